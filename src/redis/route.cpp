// How a command finds its node: MOVED, ASK, TRYAGAIN, NOSCRIPT.
#include <algorithm>

#include "redis/nodes.hpp"
#include "redis/unavailable.hpp"

namespace collab::redis {
namespace {

// A command that was sent on more often than this goes in circles.
constexpr unsigned max_rounds = 16;
constexpr std::chrono::milliseconds first_try_again{5}, last_try_again{200};

}  // namespace

Task<Result<Reply>> Nodes::execute(std::shared_ptr<Nodes> self, std::optional<Slot> slot, Request request) {
  const Master* master = self->master_of(slot);
  if (!master || !master->link->connection()) {
    self->dialer->counters->refused.add();
    co_return unavailable("Redis is not connected");
  }
  Route route;
  route.slot = slot;
  route.link = master->link;
  const auto end = std::chrono::steady_clock::now() + self->dialer->settings->command_deadline;
  for (unsigned round = 0; round < max_rounds + route.try_agains; ++round) {
    auto reply = co_await send_by(self, route, request.command);
    if (!reply || !reply->is_error()) co_return reply;
    const bool goes_on = co_await react(self, route, request, *reply);
    if (!goes_on || std::chrono::steady_clock::now() > end) co_return unless_fault(std::move(*reply));
  }
  co_return unavailable("the Redis cluster sends this command in circles");
}

Task<Result<Reply>> Nodes::send_by(std::shared_ptr<Nodes> self, const Route& route, const Arguments& command) {
  const Connection* connection = route.link->connection();
  if (!connection) {
    self->dialer->counters->refused.add();
    co_return unavailable("Redis is not connected");
  }
  if (!route.is_asking) co_return co_await Wire::send(connection->wire_, command, std::nullopt);
  // ASKING holds for one command, so both leave together each time.
  std::vector<Arguments> both;
  both.emplace_back("ASKING");
  both.push_back(command);
  auto replies = co_await Wire::send_all(connection->wire_, both, std::nullopt);
  if (!replies) co_return replies.error();
  co_return std::move(replies->back());
}

// After an error that says that nothing was executed: whether to send it again, by `route`.
Task<bool> Nodes::react(std::shared_ptr<Nodes> self, Route& route, Request& request, const Reply& reply) {
  Counters& counters = *self->dialer->counters;
  if (request.by_text && reply.is_error("NOSCRIPT")) {
    counters.no_scripts.add();
    request.command = request.by_text();
    request.by_text = nullptr;
    co_return true;
  }
  if (reply.is_error("READONLY")) self->note_demotion(*route.link);
  if (!self->is_cluster()) co_return false;
  if (reply.is_error("CLUSTERDOWN")) self->want_map();
  if (reply.is_error("TRYAGAIN")) {
    counters.try_agains.add();
    const auto time = std::min(last_try_again, first_try_again * (1U << std::min(route.try_agains, 8U)));
    route.try_agains += 1;
    co_await pause(self, self->pauses_, time);
    const Master* owner = self->master_of(route.slot);
    if (owner) route.link = owner->link;
    route.is_asking = false;
    co_return owner != nullptr;
  }
  const auto redirection = Redirection::parse(reply, route.link->address().value_or(Address()));
  if (!redirection) co_return false;
  co_return co_await follow(self, route, *redirection);
}

Task<bool> Nodes::follow(std::shared_ptr<Nodes> self, Route& route, const Redirection& redirection) {
  Counters& counters = *self->dialer->counters;
  (redirection.is_ask ? counters.asked : counters.moved).add();
  if (!redirection.is_ask) self->note_moved(redirection.slot, redirection.to);
  Master& master = self->master_at(redirection.to);
  master.is_idle = false;
  route.link = master.link;
  route.is_asking = redirection.is_ask;
  if (route.link->connection()) co_return true;
  co_return co_await Link::attempt(route.link);
}

}  // namespace collab::redis
