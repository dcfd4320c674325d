// Sharded pub/sub: subscriptions that survive what happens to the servers, and say so.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "redis/client.hpp"

namespace collab::redis {

class Subscriptions;

/// SSUBSCRIBE over one connection per master, beside the client's. Redis sends at most once: what is published while a
/// subscription is away is gone, and `lost` tells which channels that concerns. Everything on the client's shard; the
/// client outlives it.
///
///  1. Messages of a channel are handed over in the order in which Redis sent them, from the moment that subscribe()
///     completes, and none after unsubscribe().
///  2. If the continuity of a subscribed channel was broken (connection, failover, moved slot, silence), it is
///     subscribed again, for ever, with backoff. `lost` names it once that was confirmed, before the first message
///     that comes after the gap.
///  3. A dead or silent node is noticed within Settings::keepalive + Settings::command_deadline (10 s by default).
/// Handlers run on the shard, must not wait, and may call everything here; they must not destroy it.
class Subscriber {
 public:
  using MessageHandler = std::function<void(std::string_view channel, std::string_view payload)>;
  using LostHandler = std::function<void(const std::vector<std::string>& channels)>;

  /// Connects when the first channel needs it.
  explicit Subscriber(Client& client);
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  /// Both before the first subscribe().
  void on_message(MessageHandler handler);
  void on_lost(LostHandler handler);

  /// Completes when the server has confirmed, or with Errc::unavailable; then the channel is not subscribed. If it is
  /// already, completes at once: a set, no counts. Calls of one turn leave in one write. Waits for a connection that
  /// is just being made, but not for a second attempt. A channel that is between loss and restoration counts as not
  /// confirmed: this waits for one attempt and then answers `unavailable`, and the old subscription stays.
  Task<Result<void>> subscribe(std::string channel);
  /// At once; harmless if it is not subscribed. A subscribe() that still waits is answered `unavailable`.
  void unsubscribe(std::string_view channel);

  /// Channels that are subscribed or to be restored.
  std::size_t channels() const;
  /// Those of them that are waiting to be restored: deaf at present.
  std::size_t lost_channels() const;
  /// Is connected if there is nothing to restore; the problem otherwise.
  Health health() const;

 private:
  std::shared_ptr<Subscriptions> subscriptions_;
};

}  // namespace collab::redis
