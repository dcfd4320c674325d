// What is known about a client from the HTTP request that opened its session.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <memory>
#include <string>

namespace collab::engineio {

enum class TransportKind : std::uint8_t { polling, websocket };

/// Immutable facts of the opening request. Any thread.
struct HandshakeInfo {
  boost::asio::ip::address remote;  ///< the client's address, after X-Forwarded-For of trusted proxies
  std::string host;                 ///< header Host
  std::string origin;               ///< header Origin; "" = not a browser
  std::string cookie;      ///< header Cookie; "" also where the origin may not use credentials (docs/protocol.md)
  std::string user_agent;  ///< header User-Agent, shortened to 200 bytes
  TransportKind transport = TransportKind::polling;
  bool over_address_limit = false;  ///< the address has more sessions than allowed: refuse with rate_limited
};

using SharedHandshake = std::shared_ptr<const HandshakeInfo>;

}  // namespace collab::engineio
