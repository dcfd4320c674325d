#include "transport/static_files.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <charconv>

namespace collab::transport {
namespace {

using boost::beast::iequals;

constexpr std::string_view index_path = "/index.html";
constexpr std::string_view assets = "/assets/";

struct Header {
  std::string_view name, value;
};
constexpr Header of_every_file[] = {
    // Nothing but what comes from here, except pictures and media that people link to. No inline script, no inline
    // style and no framing. 'self' includes the WebSocket of the same host.
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; media-src https:; "
     "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
     "frame-ancestors 'none'; base-uri 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    // Links that let their holder into a list are paths of ours: no other host is told where somebody comes from.
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes the next element of a comma-separated header off its front.
std::string_view next_element(std::string_view& list, char separator = ',') {
  const std::size_t end = list.find(separator);
  const std::string_view element = trimmed(list.substr(0, end));
  list = end == list.npos ? std::string_view{} : list.substr(end + 1);
  return element;
}

/// The weight in thousandths of "gzip;q=0.5"; what is no number counts as 1.
int weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view one = next_element(parameters, ';');
    if (one.size() < 3 || !iequals(one.substr(0, 2), "q=")) continue;
    double weight = 1;
    std::from_chars(one.data() + 2, one.data() + one.size(), weight);
    return static_cast<int>(std::clamp(weight, 0.0, 1.0) * 1000);
  }
  return 1000;
}

/// How much the client likes a coding: -1 = it did not say.
int weight_in(std::string_view accept_encoding, std::string_view coding) {
  int anything = -1;
  while (!accept_encoding.empty()) {
    std::string_view parameters = next_element(accept_encoding);
    const std::string_view name = next_element(parameters, ';');
    if (iequals(name, coding)) return weight_of(parameters);
    if (name == "*") anything = weight_of(parameters);
  }
  return anything;
}

std::string_view bytes_of(const StaticFile& file, Encoding encoding) {
  return encoding == Encoding::brotli ? file.brotli : encoding == Encoding::gzip ? file.gzip : file.plain;
}

std::string_view name_of(Encoding encoding) {
  return encoding == Encoding::brotli ? "br" : encoding == Encoding::gzip ? "gzip" : "";
}

/// Strong, and therefore another one for each encoding.
std::string tag_of(const StaticFile& file, Encoding encoding) {
  std::string tag = "\"";
  tag.append(file.hash);
  if (encoding != Encoding::plain) tag.append("-").append(name_of(encoding));
  return tag.append("\"");
}

bool wants_page(const HttpRequest& request) {
  std::string_view accept = request.header("accept");
  while (!accept.empty()) {
    std::string_view parameters = next_element(accept);
    if (iequals(next_element(parameters, ';'), "text/html")) return weight_of(parameters) > 0;
  }
  return false;
}

HttpResponse respond(const StaticFile& file, const HttpRequest& request, std::string_view vary) {
  const Encoding encoding = choose_encoding(file, request.header("accept-encoding"));
  const std::string tag = tag_of(file, encoding);
  const bool is_current = matches_any(request.header("if-none-match"), tag);
  HttpResponse response(is_current ? 304 : 200, is_current ? "" : std::string(bytes_of(file, encoding)),
                        std::string(content_type_of(file.path)));
  const auto add = [&response](std::string_view name, std::string_view value) {
    response.with(std::string(name), std::string(value));
  };
  add("Cache-Control", file.path.starts_with(assets) ? "public, max-age=31536000, immutable" : "no-cache");
  add("ETag", tag);
  add("Vary", vary);
  if (encoding != Encoding::plain && !is_current) add("Content-Encoding", name_of(encoding));
  for (const Header& header : of_every_file) add(header.name, header.value);
  return response;
}

HttpResponse method_not_allowed() {
  HttpResponse response(405, R"({"error":"Method not allowed"})");
  response.with("Allow", "GET, HEAD");
  return response;
}

}  // namespace

Encoding choose_encoding(const StaticFile& file, std::string_view accept_encoding) {
  // Whoever refuses the plain one too still gets it: better than a page that says so.
  Encoding best = Encoding::plain;
  int best_weight = std::max(weight_in(accept_encoding, "identity"), 0);
  for (const Encoding encoding : {Encoding::gzip, Encoding::brotli}) {
    if (bytes_of(file, encoding).empty()) continue;
    const int weight = weight_in(accept_encoding, name_of(encoding));
    if (weight <= 0 || weight < best_weight) continue;
    best = encoding;
    best_weight = weight;
  }
  return best;
}

std::string_view content_type_of(std::string_view path) {
  struct Type {
    std::string_view extension, type;
  };
  static constexpr std::array types{
      Type{".html", "text/html; charset=utf-8"},
      Type{".js", "text/javascript; charset=utf-8"},
      Type{".css", "text/css; charset=utf-8"},
      Type{".json", "application/json; charset=utf-8"},
      Type{".webmanifest", "application/manifest+json"},
      Type{".svg", "image/svg+xml"},
      Type{".png", "image/png"},
      Type{".jpg", "image/jpeg"},
      Type{".webp", "image/webp"},
      Type{".avif", "image/avif"},
      Type{".ico", "image/x-icon"},
      Type{".woff2", "font/woff2"},
      Type{".wasm", "application/wasm"},
      Type{".txt", "text/plain; charset=utf-8"},
      Type{".map", "application/json; charset=utf-8"},
  };
  for (const Type& one : types)
    if (path.ends_with(one.extension)) return one.type;
  return "application/octet-stream";
}

bool matches_any(std::string_view if_none_match, std::string_view tag) {
  while (!if_none_match.empty()) {
    std::string_view one = next_element(if_none_match);
    if (one == "*") return true;
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag) return true;
  }
  return false;
}

StaticFiles::StaticFiles(std::span<const StaticFile> files, std::vector<std::string> reserved)
    : reserved_(std::move(reserved)) {
  for (const StaticFile& file : files) {
    files_.emplace(file.path, &file);
    // What has a folder of files is no page either: a missing one is missing.
    if (const std::size_t end = file.path.find('/', 1); end != file.path.npos)
      reserved_.emplace_back(file.path.substr(1, end - 1));
  }
}

const StaticFile* StaticFiles::find(std::string_view path) const {
  const auto found = files_.find(path == "/" ? index_path : path);
  return found == files_.end() ? nullptr : found->second;
}

bool StaticFiles::is_page(std::string_view path) const {
  const std::size_t end = path.find('/', 1);
  const std::string_view first = path.substr(1, end == path.npos ? path.npos : end - 1);
  const bool is_file_of_the_root = end == path.npos && first.find('.') != first.npos;
  return !is_file_of_the_root && std::ranges::find(reserved_, first) == reserved_.end();
}

std::optional<HttpResponse> StaticFiles::answer(const HttpRequest& request) const {
  if (!request.path.starts_with('/')) return std::nullopt;
  const bool is_reading = request.method == "GET" || request.method == "HEAD";
  if (const StaticFile* file = find(request.path))
    return is_reading ? respond(*file, request, "Accept-Encoding") : method_not_allowed();
  const StaticFile* index = find(index_path);
  if (!index || !is_reading || !is_page(request.path) || !wants_page(request)) return std::nullopt;
  return respond(*index, request, "Accept, Accept-Encoding");
}

}  // namespace collab::transport
