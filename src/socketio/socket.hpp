// One client in one namespace.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/shard.hpp"
#include "core/task.hpp"
#include "engineio/message.hpp"
#include "socketio/application.hpp"

namespace collab::socketio {

class Client;
class Namespace;
class Room;
class Rooms;

/// What the application keeps with a socket: derive from it.
class SocketData {
 public:
  virtual ~SocketData() = default;
};

/// The answer of a client to emit_with_ack.
struct AckReply {
  boost::json::array args;
  std::vector<std::string> attachments;
};

/// A joined (or joining) client. Lives on the shard of its Engine.IO session, and only that shard may touch it. Held by
/// its Client while it is joined; the application may hold it longer, then every send does nothing.
class Socket : public std::enable_shared_from_this<Socket> {
 public:
  Socket(Client& client, Namespace& nsp);
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// Twenty characters, unguessable; not the Engine.IO sid.
  std::string_view id() const { return {id_.data(), id_.size()}; }
  Namespace& nsp() const { return nsp_; }
  Shard& shard() const { return shard_; }
  /// The CONNECT reply has been sent and nobody has left.
  bool is_connected() const { return state_ == State::connected; }
  /// Facts of the request that opened the session; null after it has closed.
  SharedHandshake handshake() const;

  /// Queues one event (see make_event). Past the hard limit of the queue the session is closed as `slow`, after the
  /// running handler. Never closes anything inside the call.
  void emit(const SharedMessage& event);
  /// The same for an event with attachments: the packet and its binaries, which stay together.
  void emit(std::span<const SharedMessage> parts);
  /// Drops the event instead if the queue is beyond its soft limit. False if it was dropped.
  bool emit_volatile(const SharedMessage& event);
  /// Emits and waits for the client's answer. nullopt when `timeout` has passed or the socket has gone.
  /// `args_json`: JSON values separated by commas, no brackets.
  Task<std::optional<AckReply>> emit_with_ack(std::string_view name, std::string_view args_json,
                                              std::chrono::milliseconds timeout);

  /// Sends DISCONNECT and leaves: the client does not come back by itself. on_disconnect runs inside the call.
  void disconnect();
  /// Closes the whole session: the client comes back by itself. on_disconnect runs inside the call.
  void close_transport();

  /// Bytes queued for the session (all its namespaces) that the kernel has not taken.
  std::size_t queued_bytes() const;
  /// Waits until the queue is within its soft limit. False if the socket has gone.
  Task<bool> drained();

  void set_data(std::unique_ptr<SocketData> data) { data_ = std::move(data); }
  /// What set_data gave; null if nothing. T must be its type.
  template <class T>
  T* data() const {
    return static_cast<T*>(data_.get());
  }

 private:
  friend class Ack;
  friend class Client;
  friend class Rooms;
  enum class State : std::uint8_t { connecting, connected, closed };
  struct Membership {
    Room* room;
    std::uint32_t at;  // index in room->members
  };

  Shard& shard_;
  Namespace& nsp_;
  Client* client_;  // null once closed
  std::unique_ptr<SocketData> data_;
  std::vector<Membership> rooms_;
  std::array<char, 20> id_;
  State state_ = State::connecting;
};

}  // namespace collab::socketio
