// Whether a server hears through Redis what it says there.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "core/shard.hpp"
#include "redis/client.hpp"
#include "redis/subscriber.hpp"

namespace collab::exchange {

struct EchoMonitorOptions {
  std::chrono::milliseconds interval{5'000};     ///< between two messages to itself
  std::chrono::milliseconds deaf_after{15'000};  ///< without having heard one, a server is deaf
};

/// Publishes on a channel of its own and listens to it. Connections that answer PINGs say little of whether messages
/// are delivered: Redis may refuse to publish (ACL), or the way between nodes of a cluster may be broken. On the shard
/// of client and subscriber, which outlive it; destroyed after the loop has ended.
class EchoMonitor {
 public:
  EchoMonitor(Shard& shard, redis::Client& client, redis::Subscriber& subscriber, EchoMonitorOptions options);

  /// Once. `on_recovered` is called when it hears itself again after it had been deaf: what was published meanwhile is
  /// lost, though no subscription was.
  void start(std::function<void()> on_recovered);
  /// For each message of the subscriber: true if it was one to itself.
  bool hear(std::string_view channel);
  /// It has not heard itself for so long that others' changes may have been missed.
  bool is_deaf() const;
  /// For an operator; "" = it hears itself.
  std::string problem() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  Task<void> beat();

  Shard& shard_;
  redis::Client& client_;
  redis::Subscriber& subscriber_;
  const EchoMonitorOptions options_;
  const std::string channel_;
  std::function<void()> on_recovered_;
  Time heard_at_{};
  std::string refusal_;  ///< of the last message, in Redis' words
};

}  // namespace collab::exchange
