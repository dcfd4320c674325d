// What one Engine.IO session means to Socket.IO: its packets and the namespaces it has joined.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <vector>

#include "core/task.hpp"
#include "engineio/deadlines.hpp"
#include "engineio/session.hpp"
#include "socketio/packet.hpp"
#include "socketio/server.hpp"
#include "socketio/socket.hpp"

namespace collab::socketio {

/// Owned by its session, on its shard. Its deadline is that of the first CONNECT.
class Client final : public engineio::SessionHandler, public engineio::DeadlineHook {
 public:
  Client(Server& server, engineio::Session& session);

  engineio::Session& session() const { return session_; }

  void on_message(engineio::Message::Kind kind, std::string_view data) override;
  void on_close(engineio::CloseReason reason) override;

  /// The server leaves this namespace.
  void disconnect(Socket& socket);

  using PendingAck = std::shared_ptr<OneShot<std::optional<AckReply>>>;
  /// Registers a server-initiated ack of `socket` and returns its id.
  std::uint64_t expect_ack(Socket& socket, PendingAck pending);
  /// Its time is over: completes it with nullopt if it is still open.
  void give_up_ack(std::uint64_t id);

 private:
  struct Awaited {
    Socket* socket;
    PendingAck pending;
  };
  struct Acks {
    std::uint64_t next_id = 0;
    std::map<std::uint64_t, Awaited> awaited;
  };

  void handle(Packet packet);
  void start_connect(Packet packet);
  static Task<void> connect(std::shared_ptr<Socket> socket, boost::json::value auth, SharedHandshake handshake);
  void finish_connect(const std::shared_ptr<Socket>& socket, const ConnectResult& result);
  void handle_event(const std::shared_ptr<Socket>& socket, Packet packet);
  void handle_ack(Socket& socket, Packet packet);
  void remove(const std::shared_ptr<Socket>& socket, DisconnectReason reason);
  std::shared_ptr<Socket> find(std::string_view nsp) const;
  void fail(std::string_view why);
  void send_text(std::string packet);

  Server& server_;
  engineio::Session& session_;
  Decoder decoder_;
  std::vector<std::shared_ptr<Socket>> sockets_;  // joined and joining
  std::unique_ptr<Acks> acks_;
};

}  // namespace collab::socketio
