// Large messages of one socket go one after the other.
#pragma once

#include <memory>

#include "core/error.hpp"
#include "core/fifo_gate.hpp"
#include "core/task.hpp"

namespace collab::socketio {
class Socket;
}

namespace collab::events {

struct SocketRef;

/// Whose turn it is to send something large to one socket. Between seeing that the queue has drained and filling it, a
/// handler goes to the shard of a list; without turns, any number of them would see the same empty queue. Part of the
/// socket's Caller, on its shard.
///
/// A turn may be waited for as long as the socket lives. That has an end: whoever has the turn waits only for a store
/// with deadlines and for a client that must read whatever is queued before a ping within PING_TIMEOUT, and there are
/// no more of them than events in flight.
class SendTurns {
 public:
  explicit SendTurns(asio::io_context& io) : gate_(io) {}

  /// Waits for its turn, in order of arrival; give_back() ends it. False if there will be none: see close().
  Task<bool> take();
  void give_back();
  /// The socket has gone: whoever waits is refused, and whoever comes.
  void close();

 private:
  FifoGate gate_;
  bool is_taken_ = false;
  bool is_closed_ = false;
};

/// A turn that was taken; it ends with this object, on the socket's shard. To be held until the message stands in the
/// socket's queue: what the list's shard sends is there when the answer of Shard::run is.
class SendTurn {
 public:
  explicit SendTurn(std::shared_ptr<socketio::Socket> socket) : socket_(std::move(socket)) {}
  SendTurn(SendTurn&&) = default;
  SendTurn& operator=(SendTurn&&) = delete;
  ~SendTurn();

 private:
  std::shared_ptr<socketio::Socket> socket_;
};

/// Waits until it is our turn to send something large and the client has read what was sent before. `unavailable` if
/// the socket has gone. Who has a turn must not ask for another. On the socket's shard.
Task<Result<SendTurn>> take_send_turn(SocketRef socket);

}  // namespace collab::events
