// How a command finds its node: MOVED, ASK, TRYAGAIN, NOSCRIPT.
#include <algorithm>

#include "redis/nodes.hpp"
#include "redis/unavailable.hpp"

namespace collab::redis {
namespace {

// Who was sent on more often than this asks nodes that disagree: they need time.
constexpr unsigned quick_rounds = 3;
constexpr std::chrono::milliseconds first_pause{5}, longest_pause{200};

std::chrono::milliseconds pause_after(unsigned pauses) {
  return std::min(longest_pause, first_pause * (1U << std::min(pauses, 8U)));
}

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
  for (;;) {
    auto reply = co_await send_by(self, route, request.command);
    if (!reply || !reply->is_error()) co_return reply;
    const bool goes_on = co_await react(self, route, request, *reply);
    if (!goes_on || std::chrono::steady_clock::now() > end) co_return unless_fault(std::move(*reply));
  }
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
    co_await pause(self, self->pauses_, pause_after(route.pauses++));
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
  if (++route.redirections > quick_rounds) co_await pause(self, self->pauses_, pause_after(route.pauses++));
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
