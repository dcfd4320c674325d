// What Engine.IO counts, for the metrics.
#pragma once

#include <cstdint>

#include "core/counter.hpp"

namespace collab::engineio {

/// One set per shard.
struct Counters {
  Counter sessions_open;
  Counter sessions_total;
  Counter websocket_open;  ///< sessions whose transport is WebSocket now
  Counter upgrades_total;
  Counter messages_received;
  Counter messages_sent;     ///< queued for sending, each recipient counted
  Counter messages_dropped;  ///< volatile ones
  Counter closed_slow;
  Counter closed_ping_timeout;
  Counter closed_protocol;
};

/// A moment's sum over the shards.
struct CounterValues {
  std::uint64_t sessions_open = 0, sessions_total = 0, websocket_open = 0, upgrades_total = 0, messages_received = 0,
                messages_sent = 0, messages_dropped = 0, closed_slow = 0, closed_ping_timeout = 0, closed_protocol = 0;

  void add(const Counters& counters);
};

}  // namespace collab::engineio
