#include "transport/websocket_handshake.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "core/base64.hpp"

namespace collab::transport {
namespace {

constexpr std::string_view accept_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t max_offers = 16;  ///< offers and parameters beyond these are no honest client's
constexpr std::size_t max_parameters = 16;
constexpr int min_window_bits = 9;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes what stands before the next `separator` that is not inside a quoted string; the separator goes too.
std::string_view take_until(std::string_view& text, char separator) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if (text[end] == '"') quoted = !quoted;
    if (text[end] == separator && !quoted) break;
  }
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trim(part);
}

struct Parameter {
  std::string_view name;
  std::optional<std::string_view> value;
};

Parameter read_parameter(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {text, std::nullopt};
  std::string_view value = trim(text.substr(equals + 1));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  return {trim(text.substr(0, equals)), value};
}

/// A window size as the RFC writes it: 8–15, no leading zero.
std::optional<int> read_window_bits(std::string_view text) {
  int bits = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), bits);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  if (text.front() == '0' || bits < 8 || bits > 15) return std::nullopt;
  return bits;
}

/// Reads one offer's parameters (RFC 7692, section 7.1). nullopt if it must be declined.
std::optional<DeflateAgreement> consider(std::string_view parameters) {
  DeflateAgreement agreement;
  bool asks_server_bits = false;
  std::vector<std::string_view> seen;
  while (!parameters.empty()) {
    const Parameter parameter = read_parameter(take_until(parameters, ';'));
    if (seen.size() == max_parameters || std::find(seen.begin(), seen.end(), parameter.name) != seen.end())
      return std::nullopt;
    seen.push_back(parameter.name);
    if (parameter.name == "server_no_context_takeover" || parameter.name == "client_no_context_takeover") {
      if (parameter.value) return std::nullopt;
    } else if (parameter.name == "client_max_window_bits") {
      // A permission to limit the client's window; we inflate any, so we need not use it.
      if (parameter.value && !read_window_bits(*parameter.value)) return std::nullopt;
    } else if (parameter.name == "server_max_window_bits") {
      const std::optional<int> bits = parameter.value ? read_window_bits(*parameter.value) : std::nullopt;
      if (!bits || *bits < min_window_bits) return std::nullopt;
      agreement.server_window_bits = *bits;
      asks_server_bits = true;
    } else {
      return std::nullopt;
    }
  }
  agreement.header = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  if (asks_server_bits) agreement.header += "; server_max_window_bits=" + std::to_string(agreement.server_window_bits);
  return agreement;
}

bool is_valid_key(std::string_view key) {
  if (key.size() != 24 || !key.ends_with("==")) return false;
  return std::all_of(key.begin(), key.end() - 2, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
}

}  // namespace

bool has_token(std::string_view header, std::string_view token) {
  while (!header.empty()) {
    if (equal_ignoring_case(take_until(header, ','), token)) return true;
  }
  return false;
}

std::optional<UpgradeRefusal> check_upgrade(const UpgradeRequest& request) {
  if (request.method != "GET") return UpgradeRefusal{400, "a WebSocket is opened by GET"};
  if (request.http_version < 11) return UpgradeRefusal{400, "a WebSocket needs HTTP/1.1"};
  if (request.host.empty()) return UpgradeRefusal{400, "Host is missing"};
  if (!has_token(request.upgrade, "websocket")) return UpgradeRefusal{400, "Upgrade must be websocket"};
  if (!has_token(request.connection, "upgrade")) return UpgradeRefusal{400, "Connection must have Upgrade"};
  if (!is_valid_key(trim(request.key))) return UpgradeRefusal{400, "Sec-WebSocket-Key must be 16 bytes in base64"};
  if (trim(request.version) != "13") return UpgradeRefusal{426, "Sec-WebSocket-Version must be 13"};
  return std::nullopt;
}

std::string accept_key(std::string_view key) {
  std::string text(trim(key));
  text += accept_guid;
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  std::string accept;
  append_base64(accept, {reinterpret_cast<const char*>(digest), sizeof digest});
  return accept;
}

std::optional<DeflateAgreement> negotiate_deflate(std::string_view extensions) {
  for (std::size_t offers = 0; !extensions.empty() && offers < max_offers; ++offers) {
    std::string_view offer = take_until(extensions, ',');
    if (!equal_ignoring_case(take_until(offer, ';'), "permessage-deflate")) continue;
    if (auto agreement = consider(offer)) return agreement;
  }
  return std::nullopt;
}

void append_switching_protocols(std::string& out, std::string_view key, const DeflateAgreement* deflate,
                                std::string_view extra_headers) {
  out += "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
  out += accept_key(key);
  out += "\r\n";
  if (deflate) {
    out += "Sec-WebSocket-Extensions: ";
    out += deflate->header;
    out += "\r\n";
  }
  out += extra_headers;
  out += "\r\n";
}

}  // namespace collab::transport
