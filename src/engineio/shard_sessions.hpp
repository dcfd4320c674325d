// All Engine.IO sessions of one shard.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/shard.hpp"
#include "engineio/address_counts.hpp"
#include "engineio/counters.hpp"
#include "engineio/heartbeat.hpp"
#include "engineio/session.hpp"
#include "engineio/settings.hpp"

namespace collab::engineio {

/// Opens, finds and closes. One per shard, used by it only; constructed and destroyed on the main thread.
class ShardSessions {
 public:
  ShardSessions(Shard& shard, const Settings& settings, SessionHandlerFactory& handlers, AddressCounts& addresses);
  ~ShardSessions();

  Shard& shard() const { return shard_; }
  const Settings& settings() const { return settings_; }
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }
  Heartbeat& heartbeat() { return heartbeat_; }
  std::size_t size() const { return sessions_.size(); }

  /// A new session that speaks through `transport`; its `open` packet is queued. Null while draining.
  std::shared_ptr<Session> open(HandshakeInfo handshake, std::shared_ptr<Transport> transport);
  /// Null if there is no such session, or its heartbeat has just run out.
  std::shared_ptr<Session> find(std::string_view sid);

  void refuse_new() { is_draining_ = true; }
  /// Closes up to `count` sessions.
  void close_some(std::size_t count, CloseReason reason);

  /// The shard that a sid names; nullopt if it has not the form of a sid. Any thread.
  static std::optional<unsigned> shard_of(std::string_view sid);

 private:
  friend class Session;
  void forget(Session& session);

  Shard& shard_;
  const Settings& settings_;
  SessionHandlerFactory& handlers_;
  AddressCounts& addresses_;
  Heartbeat heartbeat_;
  Counters counters_;
  std::unordered_map<std::string_view, std::shared_ptr<Session>> sessions_;  // keys are views of the sessions' sids
  bool is_draining_ = false;
};

}  // namespace collab::engineio
