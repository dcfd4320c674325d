#include "transport/counters.hpp"

namespace collab::transport {

void CounterValues::add(const Counters& counters) {
  connections_open += counters.connections_open.value();
  connections_total += counters.connections_total.value();
  connections_refused += counters.connections_refused.value();
  websockets_open += counters.websockets_open.value();
  requests_total += counters.requests_total.value();
  requests_bad += counters.requests_bad.value();
  bytes_received += counters.bytes_received.value();
  bytes_sent += counters.bytes_sent.value();
  websocket_sends += counters.websocket_sends.value();
  websocket_messages_received += counters.websocket_messages_received.value();
}

}  // namespace collab::transport
