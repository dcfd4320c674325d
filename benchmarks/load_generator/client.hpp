// One simulated Socket.IO client: WebSocket, Engine.IO v4 and Socket.IO v5 over a non-blocking socket.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "websocket.hpp"

namespace collab::bench {

class Client;
class Swarm;

/// The run has no result: the server broke a promise, refused, closed a connection, or did not answer in time.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a scenario hears from its clients. `json` is the packet's argument array and is gone when the call returns.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_event(Client&, std::string_view /*name*/, std::string_view /*json*/) {}
  virtual void on_ack(Client&, std::uint64_t /*id*/, std::string_view /*json*/) {}
  /// An event too large to be kept: the first bytes of its argument array, and the length of the whole frame.
  virtual void on_large_event(Client&, std::string_view /*name*/, std::string_view /*head*/, std::size_t /*size*/) {}
};

/// Owned by a Swarm, used on its one thread. Whatever the server does wrong on the connection throws a Failure.
class Client {
 public:
  Client(Swarm& swarm, std::size_t index, std::string user, std::string token);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Emits an event that wants no acknowledgement; the bytes leave at the end of the loop's turn.
  void emit(std::string_view event, std::string_view data);
  /// Emits one that does; its acknowledgement carries the returned id, which counts up from 0.
  std::uint64_t request(std::string_view event, std::string_view data);

  /// The id of the next request's acknowledgement.
  std::uint64_t next_ack() const { return next_ack_; }

  std::size_t index() const { return index_; }
  const std::string& user() const { return user_; }
  bool is_ready() const { return stage_ == Stage::ready; }
  std::uint64_t bytes_received() const { return bytes_received_; }
  void listen(Listener* listener) { listener_ = listener; }
  /// From now on large events arrive whole by `on_event`.
  void keep_large_events() { keeps_large_ = true; }

 private:
  friend class Swarm;
  enum class Stage { connecting, upgrading, opening, joining_namespace, ready };

  void start(const std::string& host, std::uint16_t port, const std::string& source);
  void on_writable();
  void on_readable(std::string& shared_buffer);
  void on_bytes(std::string_view bytes);
  std::string_view take_upgrade_response(std::string_view bytes);
  std::size_t take_skipped(std::string_view bytes);
  void on_frame(std::uint8_t opcode, std::string_view payload);
  void on_engine_packet(std::string_view packet);
  void on_socket_packet(std::string_view packet);
  void send_packet(std::string_view packet);
  void mark_dirty();
  /// Sends what waits; true when nothing is left.
  bool flush();
  [[noreturn]] void fail(const std::string& why) const;

  Swarm& swarm_;
  std::size_t index_;
  std::string user_;
  std::string token_;
  int socket_ = -1;
  Stage stage_ = Stage::connecting;
  bool is_dirty_ = false;
  bool waits_to_write_ = false;
  bool keeps_large_ = false;
  std::uint64_t next_ack_ = 0;
  std::uint64_t bytes_received_ = 0;
  Listener* listener_ = nullptr;
  std::string unread_;
  std::string unsent_;
  std::size_t skip_left_ = 0;
  std::size_t skipped_size_ = 0;
  std::string skipped_head_;
};

}  // namespace collab::bench
