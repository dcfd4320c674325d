#include "transport/http_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>

namespace collab::transport {
namespace {

namespace http = boost::beast::http;
using boost::beast::iequals;

constexpr std::string_view header_end = "\r\n\r\n";

// Every line ends in CRLF, none is folded, no other control characters. `block` may be cut off at its end.
bool has_good_lines(std::string_view block) {
  for (std::size_t at = 0; at < block.size(); ++at) {
    const char c = block[at];
    const bool has_next = at + 1 < block.size();
    if (c == '\n') {
      if (at == 0 || block[at - 1] != '\r') return false;
      if (has_next && (block[at + 1] == ' ' || block[at + 1] == '\t')) return false;
    } else if (c == '\r') {
      if (has_next && block[at + 1] != '\n') return false;
    } else if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) {
      return false;
    }
  }
  return true;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

HttpReader::HttpReader(std::size_t max_header) : max_header_(max_header) {
  // Lengths are checked here, where the limits are known.
  parser_.header_limit(static_cast<std::uint32_t>(max_header + header_end.size()));
  parser_.body_limit(boost::none);
}

HttpReader::Step HttpReader::fail(unsigned status) {
  status_ = status;
  return Step::fault;
}

HttpReader::Step HttpReader::read(std::string& bytes) {
  if (status_ != 0) return Step::fault;
  return has_header_ ? read_body(bytes) : read_header(bytes);
}

HttpReader::Step HttpReader::read_header(std::string& bytes) {
  if (!has_begun_ && !has_skipped_line_) {  // RFC 9112, 2.2: one empty line is forgiven
    if (bytes == "\r") return Step::more;
    has_skipped_line_ = bytes.starts_with("\r\n");
    if (has_skipped_line_) bytes.erase(0, 2);
  }
  if (bytes.empty()) return Step::more;
  has_begun_ = true;
  const std::size_t end = bytes.find(header_end, scanned_ < header_end.size() ? 0 : scanned_ - header_end.size());
  const std::size_t length = end == std::string::npos ? bytes.size() : end + header_end.size();
  if (length > max_header_) return fail(431);
  if (!has_good_lines(std::string_view(bytes).substr(0, length))) return fail(400);
  if (end == std::string::npos) {
    scanned_ = bytes.size();
    return Step::more;
  }
  boost::system::error_code fault;
  parser_.put(boost::asio::buffer(bytes.data(), length), fault);
  if ((fault && fault != http::error::need_more) || !parser_.is_header_done() || !has_good_fields()) return fail(400);
  bytes.erase(0, length);
  has_header_ = true;
  fill_request();
  return Step::header;
}

HttpReader::Step HttpReader::read_body(std::string& bytes) {
  if (const auto length = parser_.content_length(); length && *length > max_body_) return fail(413);
  // No chunked body ends in less than its last chunk; Beast asserts this where it comes back to it.
  const std::size_t least = parser_.chunked() ? std::string_view("0\r\n\r\n").size() : 1;
  while (!parser_.is_done() && bytes.size() >= least) {
    boost::system::error_code fault;
    parser_.eager(true);
    const std::size_t used = parser_.put(boost::asio::buffer(bytes), fault);
    bytes.erase(0, used);
    if (fault && fault != http::error::need_more) return fail(400);
    if (parser_.get().body().size() > max_body_) return fail(413);
    if (used == 0 || fault == http::error::need_more) break;
  }
  if (!parser_.is_done()) {
    // Only the head of a chunk can stay unread, and it is short.
    return bytes.size() > max_header_ ? fail(400) : Step::more;
  }
  request_.body = std::move(parser_.get().body());
  return Step::complete;
}

bool HttpReader::has_good_fields() const {
  unsigned lengths = 0, hosts = 0, codings = 0;
  bool is_coding_known = true;
  for (const auto& field : parser_.get()) {
    if (field.name() == http::field::content_length) {
      // Beast takes a list of equal lengths for one of them; another server may read it otherwise.
      if (field.value().find(',') != boost::beast::string_view::npos) return false;
      ++lengths;
    }
    if (field.name() == http::field::host) ++hosts;
    if (field.name() != http::field::transfer_encoding) continue;
    ++codings;
    is_coding_known = iequals(field.value(), "chunked");
  }
  const unsigned http_version = parser_.get().version();
  if (http_version != 10 && http_version != 11) return false;
  if (lengths > 1 || codings > 1 || (lengths > 0 && codings > 0) || !is_coding_known) return false;
  if (codings > 0 && http_version == 10) return false;
  return hosts == 1 || (hosts == 0 && http_version == 10);
}

bool HttpReader::wants_continue() const {
  return parser_.get().version() == 11 && iequals(parser_.get()[http::field::expect], "100-continue");
}

void HttpReader::fill_request() {
  const auto& message = parser_.get();
  request_.method = std::string(message.method_string());
  std::string_view target(message.target().data(), message.target().size());
  if (!target.starts_with('/')) {
    // absolute-form: the path begins behind the authority
    const std::size_t scheme_end = target.find("://");
    if (scheme_end != std::string_view::npos) {
      const std::size_t path = target.find_first_of("/?", scheme_end + 3);
      target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
    }
  }
  target = target.substr(0, target.find('#'));
  const std::size_t question = target.find('?');
  request_.path = percent_decode(target.substr(0, question), Plus::is_plus);
  if (question != std::string_view::npos) request_.query_text = std::string(target.substr(question + 1));
  request_.query = parse_query(request_.query_text);
  for (const auto& field : message) {
    const auto name = field.name_string();
    const auto value = field.value();
    request_.headers.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }
}

std::string percent_decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '%' && at + 2 < text.size() && hex_value(text[at + 1]) >= 0 && hex_value(text[at + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
      at += 2;
    } else {
      out += c == '+' && plus == Plus::is_space ? ' ' : c;
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> query;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    std::string value;
    if (equals != std::string_view::npos) value = percent_decode(pair.substr(equals + 1), Plus::is_space);
    query.emplace_back(percent_decode(pair.substr(0, equals), Plus::is_space), std::move(value));
  }
  return query;
}

std::string serialize(const HttpResponse& response, const HeaderList& more_headers, ResponseFraming framing) {
  std::string out;
  out.reserve(256 + response.body.size());
  const auto reason = http::obsolete_reason(http::int_to_status(response.status));
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reason.data(), reason.size()).append("\r\n");
  const auto add = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  const bool has_body = response.status != 204 && response.status != 304;
  if (has_body) {
    if (!response.body.empty() && !response.content_type.empty()) add("Content-Type", response.content_type);
    add("Content-Length", std::to_string(response.body.size()));
  }
  for (const auto& [name, value] : response.headers) add(name, value);
  for (const auto& [name, value] : more_headers) add(name, value);
  if (!framing.keep_alive) add("Connection", "close");
  out.append("\r\n");
  if (has_body && !framing.is_head) out.append(response.body);
  return out;
}

}  // namespace collab::transport
