#include "engineio/server.hpp"

#include <boost/asio/steady_timer.hpp>

namespace collab::engineio {
namespace {

// How often a drain closes its next portion.
constexpr std::chrono::milliseconds drain_step{50};

Task<void> drain_shard(ShardSessions* sessions, std::chrono::milliseconds duration) {
  sessions->refuse_new();
  asio::steady_timer timer(sessions->shard().io());
  for (auto left = duration; left > drain_step && sessions->size() > 0; left -= drain_step) {
    const auto steps = static_cast<std::size_t>(left / drain_step);
    sessions->close_some((sessions->size() + steps - 1) / steps, CloseReason::shutdown);
    timer.expires_after(drain_step);
    co_await timer.async_wait(asio::use_awaitable);
  }
  sessions->close_some(sessions->size(), CloseReason::shutdown);
  sessions->heartbeat().stop();
}

Task<void> drain_and_tell(ShardSessions* sessions, std::chrono::milliseconds duration,
                          std::shared_ptr<OneShot<bool>> done, Shard* asker) {
  co_await drain_shard(sessions, duration);
  asker->dispatch([done] { done->set(true); });
}

}  // namespace

void CounterValues::add(const Counters& counters) {
  sessions_open += counters.sessions_open.value();
  sessions_total += counters.sessions_total.value();
  websocket_open += counters.websocket_open.value();
  upgrades_total += counters.upgrades_total.value();
  messages_received += counters.messages_received.value();
  messages_sent += counters.messages_sent.value();
  messages_dropped += counters.messages_dropped.value();
  closed_slow += counters.closed_slow.value();
  closed_ping_timeout += counters.closed_ping_timeout.value();
  closed_protocol += counters.closed_protocol.value();
}

Server::Server(ShardSet& shards, Settings settings, SessionHandlerFactory& handlers)
    : shards_(shards), settings_(std::move(settings)) {
  for (unsigned index = 0; index < shards.size(); ++index)
    parts_.push_back(std::make_unique<ShardSessions>(shards[index], settings_, handlers, addresses_));
}

Server::~Server() = default;

Shard* Server::shard_of(std::string_view sid) {
  const auto index = ShardSessions::shard_of(sid);
  return index && *index < shards_.size() ? &shards_[*index] : nullptr;
}

Task<void> Server::drain(std::chrono::milliseconds duration) {
  // All shards drain at the same time; then each is waited for.
  std::vector<std::shared_ptr<OneShot<bool>>> done;
  Shard& home = *Shard::current();
  for (const auto& part : parts_) {
    auto finished = std::make_shared<OneShot<bool>>();
    done.push_back(finished);
    part->shard().dispatch([part = part.get(), duration, finished, &home] {
      spawn(part->shard().io(), "drain sessions",
            [part, duration, finished, &home] { return drain_and_tell(part, duration, finished, &home); });
    });
  }
  for (const auto& finished : done) co_await finished->wait();
}

Task<void> Server::stop() { return drain(std::chrono::milliseconds{0}); }

CounterValues Server::counters() const {
  CounterValues sum;
  for (const auto& part : parts_) sum.add(part->counters());
  return sum;
}

}  // namespace collab::engineio
