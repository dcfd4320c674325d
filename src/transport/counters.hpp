// What the transports count, for the metrics.
#pragma once

#include <cstdint>

#include "core/counter.hpp"

namespace collab::transport {

/// One set per shard.
struct Counters {
  Counter connections_open;  ///< TCP connections now, HTTP and WebSocket
  Counter connections_total;
  Counter connections_refused;  ///< over max_connections_per_address
  Counter websockets_open;
  Counter requests_total;  ///< HTTP requests answered, upgrades included
  Counter requests_bad;    ///< malformed, too large or too slow
  Counter bytes_received;
  Counter bytes_sent;
  Counter websocket_sends;  ///< sendmsg calls of WebSockets
  Counter websocket_messages_received;
};

/// A moment's sum over the shards.
struct CounterValues {
  std::uint64_t connections_open = 0, connections_total = 0, connections_refused = 0, websockets_open = 0,
                requests_total = 0, requests_bad = 0, bytes_received = 0, bytes_sent = 0, websocket_sends = 0,
                websocket_messages_received = 0;

  void add(const Counters& counters);
};

}  // namespace collab::transport
