// A shard whose turns are run by hand, sessions on it, and a transport that only remembers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engineio/shard_sessions.hpp"

namespace collab::engineio {

struct FakeTransport final : Transport {
  explicit FakeTransport(TransportKind spoken = TransportKind::websocket) : kind_(spoken) {}
  TransportKind kind() const override { return kind_; }
  void wake() override { ++wakes; }
  void close(CloseReason reason) override { closed_for.push_back(reason); }
  void retire() override { is_retired = true; }

  TransportKind kind_;
  int wakes = 0;
  bool is_retired = false;
  std::vector<CloseReason> closed_for;
};

/// Remembers what the session received. Outlives it.
struct Received final : SessionHandlerFactory {
  std::vector<std::string> messages;
  std::vector<CloseReason> closed_for;

  struct Handler final : SessionHandler {
    explicit Handler(Received& to) : received(to) {}
    void on_message(Message::Kind kind, std::string_view data) override {
      received.messages.push_back((kind == Message::Kind::binary ? "b:" : "t:") + std::string(data));
    }
    void on_close(CloseReason reason) override { received.closed_for.push_back(reason); }
    Received& received;
  };
  std::unique_ptr<SessionHandler> make_handler(Session&) override { return std::make_unique<Handler>(*this); }
};

struct SessionWorld {
  explicit SessionWorld(Settings with = {})
      : settings(std::move(with)), sessions(shard, settings, received, addresses) {}

  /// Runs everything that is ready, with the ends of the turns and what follows from them.
  void run_ready() {
    for (int turn = 0; turn < 3; ++turn) {
      shard.post([this] { shard.stop(); });
      shard.loop();
      shard.io().restart();
    }
  }

  std::shared_ptr<Session> open(std::shared_ptr<Transport> transport) {
    HandshakeInfo info;
    info.remote = boost::asio::ip::make_address("127.0.0.1");
    auto session = sessions.open(std::move(info), std::move(transport));
    return session;
  }

  /// What waits in the queue, "|" between packets; taken out.
  static std::string take_queue(Session& session) {
    std::string all;
    const std::size_t count = session.queue().waiting().size();
    for (const auto& message : session.queue().waiting()) all.append(all.empty() ? "" : "|").append(message->payload());
    session.sent(count);
    return all;
  }

  Shard shard{0};
  Settings settings;
  Received received;
  AddressCounts addresses;
  ShardSessions sessions;
};

}  // namespace collab::engineio
