// What a user of the Socket.IO server implements: one Application per namespace.
#pragma once

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/task.hpp"
#include "engineio/handshake.hpp"
#include "engineio/message.hpp"

namespace collab::socketio {

using engineio::HandshakeInfo;
using engineio::SharedHandshake;
using engineio::SharedMessage;

class Socket;

/// The answer to a CONNECT: accepted, or CONNECT_ERROR with `{"message":…,"data":…}`.
class ConnectResult {
 public:
  static ConnectResult accept() { return ConnectResult(); }
  /// `data_json` is JSON text of the error's data; "" leaves it out.
  static ConnectResult refuse(std::string message, std::string data_json = "") {
    ConnectResult result;
    result.accepted_ = false;
    result.message_ = std::move(message);
    result.data_json_ = std::move(data_json);
    return result;
  }

  bool is_accepted() const { return accepted_; }
  const std::string& message() const { return message_; }
  const std::string& data_json() const { return data_json_; }

 private:
  ConnectResult() = default;
  bool accepted_ = true;
  std::string message_, data_json_;
};

/// The right to answer one event, once. Move-only; on the socket's shard only. If it is dropped unanswered, the client
/// gets no answer; if the socket has gone, replying does nothing.
class Ack {
 public:
  Ack() = default;
  Ack(std::weak_ptr<Socket> socket, std::uint64_t id) : socket_(std::move(socket)), id_(id), is_wanted_(true) {}
  Ack(Ack&& other) noexcept
      : socket_(std::move(other.socket_)), id_(other.id_), is_wanted_(std::exchange(other.is_wanted_, false)) {}
  Ack& operator=(Ack&& other) noexcept {
    socket_ = std::move(other.socket_);
    id_ = other.id_;
    is_wanted_ = std::exchange(other.is_wanted_, false);
    return *this;
  }

  /// The client asked for an answer and has not had it yet.
  explicit operator bool() const { return is_wanted_; }

  /// Answers. `args_json`: the arguments as JSON values, separated by commas, without brackets: `{"ok":true}`.
  /// `attachments` are what `{"_placeholder":true,"num":n}` in it stand for.
  void reply(std::string_view args_json, const std::vector<std::string>& attachments = {});

 private:
  std::weak_ptr<Socket> socket_;
  std::uint64_t id_ = 0;
  bool is_wanted_ = false;
};

/// One event of a client.
struct Event {
  std::string name;
  /// What follows the name; binary is `{"_placeholder":true,"num":n}`. In memory that ends with the call of on_event:
  /// who keeps some of it makes a copy with a storage of its own.
  boost::json::array args;
  std::vector<std::string> attachments;  ///< what placeholder n stands for
  Ack ack;
};

enum class DisconnectReason {
  client_left,       ///< the client sent DISCONNECT
  server_left,       ///< Socket::disconnect()
  transport_closed,  ///< the connection ended, or the client closed the session
  ping_timeout,
  slow,            ///< it did not read what it was sent
  protocol_error,  ///< the client broke the protocol
  shutdown,        ///< drain or stop of the server
};
std::string_view to_string(DisconnectReason reason);

/// The behaviour behind one namespace. One object serves all shards; every call comes on the socket's shard.
class Application {
 public:
  virtual ~Application() = default;

  /// A client wants to join. `auth` is its CONNECT payload, null if there was none. The socket can send only after
  /// on_connected. A refused socket, or one that went meanwhile, gets no further call.
  virtual Task<ConnectResult> on_connect(std::shared_ptr<Socket> socket, boost::json::value auth,
                                         SharedHandshake handshake) = 0;
  /// The CONNECT reply has been queued; what is emitted here comes right behind it.
  virtual void on_connected(const std::shared_ptr<Socket>& socket) = 0;
  /// In the order of arrival. Must not block; start a task for what takes time. A throw is logged and swallowed.
  virtual void on_event(const std::shared_ptr<Socket>& socket, Event event) = 0;
  /// Once for each socket that on_connected was called for. It has left its rooms already; emits do nothing.
  virtual void on_disconnect(Socket& socket, DisconnectReason reason) = 0;
};

}  // namespace collab::socketio
