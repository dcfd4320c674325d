// A Socket.IO server on one shard whose turns are run by hand, clients without transports, and an application that
// remembers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "engineio/packet.hpp"
#include "socketio/server.hpp"

namespace collab::socketio {

struct SilentTransport final : engineio::Transport {
  engineio::TransportKind kind() const override { return engineio::TransportKind::websocket; }
  void wake() override {}
  void close(engineio::CloseReason) override {}
  void retire() override {}
};

/// Accepts everybody but those whose auth is {"refuse":true}; joins those of {"room":name} to that room.
struct RecordingApplication final : Application {
  Task<ConnectResult> on_connect(std::shared_ptr<Socket>, boost::json::value auth, SharedHandshake) override {
    if (auth.is_object() && auth.as_object().contains("throw")) throw std::runtime_error("on purpose");
    if (auth.is_object() && auth.as_object().contains("refuse"))
      co_return ConnectResult::refuse("No", R"({"code":"token_invalid"})");
    if (gate) co_await gate->wait();
    co_return ConnectResult::accept();
  }
  void on_connected(const std::shared_ptr<Socket>& socket) override {
    log.push_back("connected");
    sockets.push_back(socket);
    socket->emit(make_event("welcome", "1", socket->nsp().name()));
  }
  void on_event(const std::shared_ptr<Socket>& socket, Event event) override {
    std::string line = event.name;
    for (const auto& arg : event.args) {
      line += ' ';
      append_json(line, arg);
    }
    for (const auto& attachment : event.attachments) line += " <" + attachment + ">";
    log.push_back(std::move(line));
    if (event.name == "leave") socket->disconnect();
    if (event.name == "close") socket->close_transport();
    if (event.ack) {
      event.ack.reply(R"({"ok":true})");
      event.ack.reply(R"("twice")");
    }
    kept = std::move(event.ack);
  }
  void on_disconnect(Socket& socket, DisconnectReason reason) override {
    log.push_back("disconnected " + std::string(to_string(reason)));
    socket.emit(make_event("late", ""));
  }

  std::vector<std::string> log;
  std::vector<std::shared_ptr<Socket>> sockets;
  std::shared_ptr<OneShot<bool>> gate;  // holds on_connect up
  Ack kept;
};

struct SocketioWorld {
  SocketioWorld() {
    server.add("/", application);
    server.add("/custom", application);
  }

  std::shared_ptr<engineio::Session> open() {
    std::shared_ptr<engineio::Session> session;
    shards[0].post([&] {
      session = server.engine().here().open({}, std::make_shared<SilentTransport>());
      session->sent(1);
    });
    run_ready();
    return session;
  }

  /// The client says this, without Engine.IO's type.
  void say(const std::shared_ptr<engineio::Session>& session, std::string_view text,
           engineio::DataKind kind = engineio::DataKind::text) {
    shards[0].post([=] { session->receive({engineio::PacketType::message, kind, text}); });
    run_ready();
  }
  std::shared_ptr<engineio::Session> join(std::string_view connect = "0") {
    const auto session = open();
    say(session, connect);
    heard(session);
    return session;
  }

  /// What the client has been sent since, "|" between packets.
  static std::string heard(const std::shared_ptr<engineio::Session>& session) {
    std::string all;
    const std::size_t count = session->queue().waiting().size();
    for (const auto& message : session->queue().waiting())
      all.append(all.empty() ? "" : "|").append(message->payload());
    session->sent(count);
    return all;
  }

  template <class F>
  void on_shard(F f) {
    shards[0].post(f);
    run_ready();
  }

  void run_ready() {
    for (int turn = 0; turn < 3; ++turn) {
      shards[0].post([this] { shards[0].stop(); });
      shards[0].loop();
      shards[0].io().restart();
    }
  }

  ShardSet shards{1};
  RecordingApplication application;
  Server server{shards, Settings{}};
};

}  // namespace collab::socketio
