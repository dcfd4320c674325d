// The Socket.IO server: namespaces over Engine.IO sessions, on all shards.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/shard.hpp"
#include "engineio/server.hpp"
#include "socketio/application.hpp"
#include "socketio/encode.hpp"
#include "socketio/packet.hpp"
#include "socketio/rooms.hpp"
#include "socketio/socket.hpp"

namespace collab::socketio {

/// A namespace and its application; one object for all shards, made before the shards start.
class Namespace {
 public:
  Namespace(ShardSet& shards, std::string name, Application& application);

  const std::string& name() const { return name_; }
  Application& application() const { return application_; }

  /// The rooms of the running shard. On a shard only.
  Rooms& rooms() { return shards_[Shard::current()->index()].rooms; }
  /// Those of one shard, before it runs.
  Rooms& rooms_on(unsigned shard) { return shards_[shard].rooms; }
  /// Sockets joined on the running shard.
  std::size_t& joined() { return shards_[Shard::current()->index()].joined; }

  /// Emits to a room on every shard: here at once, elsewhere by dispatch. Calls from one shard keep their order at each
  /// socket. Any shard.
  void broadcast(std::string_view room, const SharedMessage& event);

 private:
  struct alignas(64) Part {  // no two shards write to one cache line
    Rooms rooms;
    std::size_t joined = 0;
  };

  ShardSet& all_;
  const std::string name_;
  Application& application_;
  std::vector<Part> shards_;
};

struct Settings {
  engineio::Settings engine = {};
  /// A session that has joined no namespace by then is closed.
  std::chrono::milliseconds connect_timeout{10'000};
  DecodeLimits decode = {};  ///< what one packet may make us keep
};

/// Everything from Engine.IO sessions upwards. Constructed and destroyed on the main thread; `shards` outlives it.
/// Life: construct, add() namespaces, start the shards, hand engine() to transport::HttpServer, drain(), stop(), join
/// the shards, destroy.
class Server final : public engineio::SessionHandlerFactory {
 public:
  Server(ShardSet& shards, Settings settings);
  ~Server() override;

  /// Before the shards start. `name` begins with "/"; `application` outlives the server.
  Namespace& add(std::string name, Application& application);
  /// Null if there is none of that name. Any thread.
  Namespace* find(std::string_view name);

  engineio::Server& engine() { return *engine_; }
  const Settings& settings() const { return settings_; }
  ShardSet& shards() { return shards_; }

  /// Calls `f` on every shard: here at once, elsewhere by dispatch. Any thread.
  void each_shard(const std::function<void(Shard&)>& f);

  /// Closes the sessions evenly over `duration`, so that clients come back elsewhere by themselves; new sessions are
  /// refused from now on. From any shard.
  Task<void> drain(std::chrono::milliseconds duration) { return engine_->drain(duration); }
  /// Closes what is left at once. From any shard. Afterwards the transports may be stopped and the shards joined.
  Task<void> stop() { return engine_->stop(); }

  std::unique_ptr<engineio::SessionHandler> make_handler(engineio::Session& session) override;

 private:
  friend class Client;
  struct ShardPart;

  ShardSet& shards_;
  const Settings settings_;
  std::map<std::string, Namespace, std::less<>> namespaces_;
  std::vector<std::unique_ptr<ShardPart>> parts_;
  std::unique_ptr<engineio::Server> engine_;
};

}  // namespace collab::socketio
