// The Engine.IO server: the sessions of all shards.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "core/shard.hpp"
#include "core/task.hpp"
#include "engineio/session.hpp"
#include "engineio/settings.hpp"
#include "engineio/shard_sessions.hpp"

namespace collab::engineio {

/// Constructed and destroyed on the main thread; `shards` and `handlers` outlive it.
class Server {
 public:
  Server(ShardSet& shards, Settings settings, SessionHandlerFactory& handlers);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const Settings& settings() const { return settings_; }
  /// Of the running shard. On a shard only.
  ShardSessions& here() { return *parts_[Shard::current()->index()]; }
  /// The shard that owns the session of that name; null if no session can have it. Any thread.
  Shard* shard_of(std::string_view sid);

  /// Refuses new sessions and closes those there are evenly over `duration`. From any shard.
  Task<void> drain(std::chrono::milliseconds duration);
  /// Refuses new sessions and closes those there are. From any shard.
  Task<void> stop();

  /// Sums over the shards. Any thread.
  CounterValues counters() const;

 private:
  ShardSet& shards_;
  const Settings settings_;
  AddressCounts addresses_;
  std::vector<std::unique_ptr<ShardSessions>> parts_;
};

}  // namespace collab::engineio
