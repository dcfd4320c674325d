// The opening handshake of a WebSocket, seen by the server (RFC 6455, section 4.2), and the negotiation of
// permessage-deflate (RFC 7692, section 7). Strings in, strings out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace collab::transport {

/// The parts of an HTTP request that decide. A header that came several times is joined by ", " (RFC 9110, 5.3), except
/// `key`, `version` and `host`, which must not come twice: the HTTP layer refuses that, or passes the joined value,
/// which is refused here.
struct UpgradeRequest {
  std::string_view method;
  unsigned http_version = 11;  ///< 10 or 11
  std::string_view host;
  std::string_view upgrade;
  std::string_view connection;
  std::string_view key;      ///< Sec-WebSocket-Key
  std::string_view version;  ///< Sec-WebSocket-Version
};

/// Why a request does not become a WebSocket.
struct UpgradeRefusal {
  unsigned status = 400;  ///< 426 with "Sec-WebSocket-Version: 13" if only the version is wrong
  std::string_view message = {};
};

/// nullopt if the request is a valid opening handshake of version 13.
std::optional<UpgradeRefusal> check_upgrade(const UpgradeRequest& request);

/// True if the comma-separated list `header` has `token`, whatever the case.
bool has_token(std::string_view header, std::string_view token);

/// Sec-WebSocket-Accept for a key: "dGhlIHNhbXBsZSBub25jZQ==" -> "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".
std::string accept_key(std::string_view key);

/// What both sides agreed on. Neither side keeps its window between messages, so a connection costs no zlib state.
struct DeflateAgreement {
  int server_window_bits = 15;  ///< 9–15: the window we may use when compressing
  std::string header;           ///< the value of Sec-WebSocket-Extensions in the answer
};

/// Chooses the first acceptable permessage-deflate offer of a Sec-WebSocket-Extensions header; nullopt if there is
/// none. An offer with an unknown, repeated or ill-valued parameter is passed over, as is one with an 8-bit server
/// window, which zlib cannot produce.
std::optional<DeflateAgreement> negotiate_deflate(std::string_view extensions);

/// Appends the whole 101 response. `extra_headers` is complete lines, each ended by CRLF, or empty.
void append_switching_protocols(std::string& out, std::string_view key, const DeflateAgreement* deflate = nullptr,
                                std::string_view extra_headers = {});

}  // namespace collab::transport
