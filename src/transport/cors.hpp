// Which browser origins may speak to us, and with which rights (docs/protocol.md; the Fetch standard's CORS).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transport/http_router.hpp"

namespace collab::transport {

/// What one origin may do.
struct OriginRights {
  bool may_connect = true;       ///< polling and WebSocket upgrade
  bool has_credentials = false;  ///< cookies count
};

/// The policy, the same for every connection. Immutable; any thread.
class Cors {
 public:
  /// `origins`: exact origins ("https://app.example"), or "*": anyone may connect, but credentials are honoured only
  /// for origins on the request's own host, any port. A request's own origin is always allowed.
  explicit Cors(std::vector<std::string> origins);
  /// Answers `*` to everyone and honours nothing: for the conformance server.
  static Cors star();

  /// `origin` and `host` are the headers of one request; "" where it had none.
  OriginRights rights(std::string_view origin, std::string_view host) const;
  /// Adds what the answer to such a request must say; for OPTIONS (`preflight`) methods and headers too. Of what it
  /// says already, `answered`, scripts of other origins may read how long to wait: Retry-After and X-RateLimit-*.
  enum class Answer { plain, preflight };
  void add_headers(std::string_view origin, std::string_view host, Answer answer, HeaderList& headers,
                   const HeaderList& answered = {}) const;

 private:
  Cors() = default;
  std::vector<std::string> origins_;
  bool is_any_ = false;
  bool is_star_ = false;
};

}  // namespace collab::transport
