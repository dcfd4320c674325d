// How a session speaks: polling and WebSocket differ only below this line.
#pragma once

#include <cstdint>
#include <string_view>

#include "engineio/handshake.hpp"

namespace collab::engineio {

/// Why a session ended.
enum class CloseReason : std::uint8_t {
  client,            ///< the client sent `close`, or a WebSocket close frame
  transport_closed,  ///< the connection is gone, or a poll was aborted
  ping_timeout,
  parse_error,     ///< what came is not the protocol
  protocol_error,  ///< two polls at once, an unexpected packet, a Socket.IO fault
  slow,            ///< the send queue is beyond its hard limit
  forced,          ///< the application wants it
  shutdown,        ///< drain or stop
};
std::string_view to_string(CloseReason reason);

/// A session's way to its client. Used by the session's shard only. It may call its session until close() was called on
/// it, or it has told the session that it is gone.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual TransportKind kind() const = 0;
  /// There is something in the session's queue that was empty: take it when the turn ends. Never sends inside the call.
  virtual void wake() = 0;
  /// The session has ended: say goodbye and end. Sends what is in the queue first, if that does not have to wait,
  /// unless the reason is `slow`.
  virtual void close(CloseReason reason) = 0;
  /// The session goes on over another transport, which gets the queue. End.
  virtual void retire() = 0;
};

}  // namespace collab::engineio
