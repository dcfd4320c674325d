// HTTP/1.1 requests out of arbitrarily cut bytes, without sockets: Beast parses, we are stricter (RFC 9112,
// sections 2.2, 5.2, 6.1 and 11).
#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "transport/http_router.hpp"

namespace collab::transport {

/// Reads one request. Refused with 400: a bare CR or LF, a folded header, a control character, both Content-Length and
/// Transfer-Encoding, a repeated Content-Length, a transfer coding other than chunked, no Host or two of them.
class HttpReader {
 public:
  enum class Step {
    more,      ///< give more bytes
    header,    ///< once, when the headers are there: set limit_body()
    complete,  ///< request() may be taken
    fault,     ///< status() says what to answer; then close
  };

  explicit HttpReader(std::size_t max_header);

  /// Takes what it can from the front of `bytes`, which it shortens; what is behind the request stays.
  Step read(std::string& bytes);
  /// A longer body is a fault: 413.
  void limit_body(std::size_t max_body) { max_body_ = max_body; }

  /// Whether a byte of a request has come.
  bool has_begun() const { return has_begun_; }
  unsigned status() const { return status_; }
  /// Valid from Step::header on; its body from Step::complete on.
  HttpRequest& request() { return request_; }
  bool keeps_alive() const { return parser_.keep_alive(); }
  bool wants_continue() const;
  unsigned version() const { return parser_.get().version(); }

 private:
  Step fail(unsigned status);
  Step read_header(std::string& bytes);
  Step read_body(std::string& bytes);
  bool has_good_fields() const;
  void fill_request();

  boost::beast::http::request_parser<boost::beast::http::string_body> parser_;
  HttpRequest request_;
  std::size_t max_header_;
  std::size_t max_body_ = 0;
  std::size_t scanned_ = 0;  // no end of the headers before this
  unsigned status_ = 0;
  bool has_skipped_line_ = false;
  bool has_begun_ = false;
  bool has_header_ = false;
};

/// Percent-decodes; "+" becomes a space if `plus_is_space`. Bad escapes stay as they are.
enum class Plus : bool { is_plus, is_space };
std::string percent_decode(std::string_view text, Plus plus);
/// "a=1&b=%20" -> {a,1},{b," "}.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view text);

/// The whole response as bytes. `keep_alive` decides the Connection header; a HEAD's answer has no body but its length.
struct ResponseFraming {
  bool keep_alive = true;
  bool is_head = false;
};
std::string serialize(const HttpResponse& response, const HeaderList& more_headers, ResponseFraming framing);

}  // namespace collab::transport
