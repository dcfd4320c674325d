// Who is behind a socket: what the connection remembers between two events.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "events/send_turn.hpp"
#include "model/ids.hpp"
#include "services/account_service.hpp"
#include "services/connections.hpp"
#include "socketio/socket.hpp"

namespace collab::events {

/// How many events a socket may send: a bucket that holds two seconds' worth. Shard of the socket only.
class EventBudget {
 public:
  using Clock = std::chrono::steady_clock;

  /// 0 = no limit.
  explicit EventBudget(std::uint64_t events_per_second)
      : rate_(static_cast<double>(events_per_second)), tokens_(2 * rate_) {}

  /// Takes one event out of the bucket. If there is none: how long until there is one, and nothing is taken.
  std::optional<std::chrono::milliseconds> take(Clock::time_point now);

 private:
  double rate_;
  double tokens_;
  Clock::time_point last_{};
};

/// The sockets of one shard by the time at which their tokens need looking at.
using ExpiryQueue = std::multimap<EpochMs, socketio::Socket*>;

/// Belongs to its socket, on the socket's shard.
class Caller final : public socketio::SocketData {
 public:
  Caller(services::Bearer bearer, services::Connections::Slot taken, std::uint64_t events_per_second,
         asio::io_context& io)
      : user_id{bearer.identity.user_id},
        identity(std::move(bearer.identity)),
        ends_at(bearer.ends_at),
        slot(std::move(taken)),
        budget(events_per_second),
        send_turns(io) {}

  UserId user_id;
  auth::Identity identity;
  EpochMs ends_at = 0;  ///< when the token, or the login behind it, ends
  services::Connections::Slot slot;
  EventBudget budget;
  SendTurns send_turns;
  std::size_t events_in_flight = 0;
  std::optional<ExpiryQueue::iterator> expiry;  ///< its place in the queue, if it is in it
  bool is_expired = false;                      ///< its token has ended; it may only authenticate again
  std::set<ListId> present_in;                  ///< lists where it said that it is there
};

/// A socket as other shards may hold it: only `shard` may lock it.
struct SocketRef {
  explicit SocketRef(const std::shared_ptr<socketio::Socket>& referred)
      : shard(&referred->shard()), id(referred->id()), socket(referred) {}

  Shard* shard;
  std::string id;
  std::weak_ptr<socketio::Socket> socket;
};

}  // namespace collab::events
