#include "redis/subscriptions.hpp"

#include <algorithm>

#include "core/log.hpp"
#include "redis/unavailable.hpp"

namespace collab::redis {
namespace {

// A channel that is sent on more often than this, without ever being confirmed, goes in circles.
constexpr unsigned max_moves = 16;

}  // namespace

Subscriptions::Subscriptions(std::shared_ptr<Nodes> nodes)
    : nodes_(std::move(nodes)),
      retry_timer_(nodes_->dialer->io),
      retry_backoff_(nodes_->dialer->settings->backoff_first, nodes_->dialer->settings->backoff_limit) {}

Task<Result<void>> Subscriptions::subscribe(std::shared_ptr<Subscriptions> self, std::string name) {
  if (self->is_stopped_) co_return unavailable("Redis is not connected");
  auto found = self->channels_.find(name);
  if (found == self->channels_.end()) {
    const Slot slot = slot_of(name);
    Branch* branch = self->branch_for(slot);
    if (!branch) co_return unavailable("Redis is not connected");
    found = self->channels_.try_emplace(name).first;
    found->second.slot = slot;
    found->second.branch = branch;
  }
  Channel& channel = found->second;
  if (channel.state == State::subscribed) co_return ok();
  if (channel.state == State::fresh) {
    const Link& link = *channel.branch->link;
    if (!link.connection() && !link.is_attempting()) {
      if (!channel.is_lost) self->channels_.erase(found);
      co_return unavailable("Redis is not connected");
    }
    self->ask(found->first, channel);
  }
  auto& waiting = channel.waiting.emplace_back();
  co_return co_await waiting.wait();
}

void Subscriptions::unsubscribe(std::string_view name) {
  const auto found = channels_.find(std::string(name));
  if (found == channels_.end()) return;
  Channel& channel = found->second;
  for (auto& waiting : channel.waiting) waiting.set(unavailable("it was unsubscribed meanwhile"));
  if (channel.is_lost) --lost_;
  if (channel.state != State::fresh) take_leave(found->first, *channel.branch);
  std::erase(restored_, found->first);
  channels_.erase(found);
}

void Subscriptions::stop() {
  is_stopped_ = true;
  for (Branch& branch : branches_) branch.link->stop();
  channels_.clear();
  retry_timer_.cancel();
  message_handler = nullptr;
  lost_handler = nullptr;
}

Subscriptions::Branch* Subscriptions::branch_for(Slot slot) {
  std::optional<Address> address;
  if (nodes_->is_cluster()) {
    address = nodes_->address_of(slot);
    if (!address) return nullptr;
  }
  for (Branch& branch : branches_)
    if (branch.address == address) return &branch;
  return &add_branch(std::move(address));
}

Subscriptions::Branch& Subscriptions::add_branch(std::optional<Address> address) {
  Branch& branch = branches_.emplace_back();
  branch.address = address;
  branch.link = std::make_shared<Link>(nodes_->dialer, "subscriptions", address,
                                       [nodes = nodes_, address] { return Nodes::open_master(nodes, address); });
  branch.link->on_up = [this, &branch] { on_up(branch); };
  branch.link->on_down = branch.link->on_failed = [this, &branch] { on_down(branch); };
  branch.link->start();
  return branch;
}

void Subscriptions::on_up(Branch& branch) {
  Connection* connection = branch.link->connection();
  if (!connection) return;
  branch.asked.clear();
  connection->listen(
      [weak = weak_from_this(), &branch](Reply reply) {
        const auto self = weak.lock();
        if (self && !self->is_stopped_) self->on_reply(branch, std::move(reply));
      },
      [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && !self->is_stopped_) self->announce_restored();
      });
  for (auto& [name, channel] : channels_)
    if (channel.branch == &branch) ask(name, channel);
}

// The connection has gone, or there is still none.
void Subscriptions::on_down(Branch& branch) {
  nodes_->want_map();
  branch.asked.clear();
  std::vector<std::string> concerned;
  for (auto& [name, channel] : channels_)
    if (channel.branch == &branch) concerned.push_back(name);
  for (const std::string& name : concerned) {
    const auto found = channels_.find(name);
    if (found->second.state == State::subscribed) mark_lost(found->second);
    fail(found);
  }
}

void Subscriptions::ask(const std::string& name, Channel& channel) {
  channel.state = State::fresh;
  Connection* connection = channel.branch->link->connection();
  if (!connection) return;  // on_up() asks
  connection->tell(Arguments("SSUBSCRIBE", name));
  Asked asked;
  asked.channel = name;
  asked.serial = channel.serial = ++serials_;
  channel.branch->asked.push_back(std::move(asked));
  channel.state = State::asked;
}

void Subscriptions::take_leave(const std::string& name, Branch& branch) {
  Connection* connection = branch.link->connection();
  if (!connection) return;
  connection->tell(Arguments("SUNSUBSCRIBE", name));
  Asked asked;
  asked.channel = name;
  branch.asked.push_back(std::move(asked));
}

void Subscriptions::mark_lost(Channel& channel) {
  channel.state = State::fresh;
  if (!std::exchange(channel.is_lost, true)) ++lost_;
}

void Subscriptions::fail(Channels::iterator found) {
  Channel& channel = found->second;
  channel.state = State::fresh;
  for (auto& waiting : channel.waiting) waiting.set(unavailable("Redis did not confirm the subscription"));
  channel.waiting.clear();
  if (!channel.is_lost) channels_.erase(found);
}

void Subscriptions::on_reply(Branch& branch, Reply reply) {
  if (reply.is_error()) return on_error(branch, reply);
  if (!reply.is_array() || reply.elements.size() < 3) return;
  const std::string &kind = reply.elements[0].text, &name = reply.elements[1].text;
  if (kind == "ssubscribe") return on_confirmed(branch, name);
  if (kind == "sunsubscribe") return on_unsubscribed(branch, name);
  if (kind != "smessage") return;
  announce_restored();
  const auto found = channels_.find(name);
  if (found == channels_.end() || found->second.branch != &branch || found->second.state != State::subscribed) return;
  if (message_handler) message_handler(name, reply.elements[2].text);
}

void Subscriptions::on_confirmed(Branch& branch, const std::string& name) {
  // What was asked before and has no reply by now has lost it to a push that looked the same.
  std::uint64_t serial = 0;
  while (serial == 0 && !branch.asked.empty()) {
    if (branch.asked.front().channel == name) serial = branch.asked.front().serial;
    branch.asked.pop_front();
  }
  const auto found = channels_.find(name);
  if (found == channels_.end() || found->second.state != State::asked || found->second.serial != serial) return;
  Channel& channel = found->second;
  channel.state = State::subscribed;
  channel.moves = 0;
  retry_backoff_.reset();
  for (auto& waiting : channel.waiting) waiting.set(ok());
  channel.waiting.clear();
  if (!std::exchange(channel.is_lost, false)) return;
  --lost_;
  restored_.push_back(name);
}

// The reply to an SUNSUBSCRIBE, or a push: the slot has left this node.
void Subscriptions::on_unsubscribed(Branch& branch, const std::string& name) {
  if (!branch.asked.empty() && !branch.asked.front().is_subscribe() && branch.asked.front().channel == name) {
    branch.asked.pop_front();
    return;
  }
  const auto found = channels_.find(name);
  if (found == channels_.end() || found->second.branch != &branch || found->second.state != State::subscribed) return;
  mark_lost(found->second);
  nodes_->want_map();
  // Wherever we still believe it to be: MOVED tells the rest.
  Branch* now = branch_for(found->second.slot);
  if (now) move(name, found->second, *now);
}

// An error belongs to the first command without a reply; MOVED, to the first one of its slot, as an unasked
// `sunsubscribe` may have been taken for the reply to ours.
std::optional<Subscriptions::Asked> Subscriptions::take_asked(Branch& branch, const Reply& error,
                                                              const std::optional<Redirection>& moved) {
  auto asked = branch.asked.begin();
  if (moved)
    asked = std::find_if(asked, branch.asked.end(),
                         [&](const Asked& candidate) { return slot_of(candidate.channel) == moved->slot; });
  if (asked == branch.asked.end()) return std::nullopt;
  Asked taken = std::move(*asked);
  branch.asked.erase(asked);
  if (!moved) log::warning("redis", "a subscription was refused", {{"reply", error.text}});
  return taken;
}

void Subscriptions::on_error(Branch& branch, const Reply& reply) {
  const auto moved = Redirection::parse(reply, branch.address.value_or(Address()));
  const auto asked = take_asked(branch, reply, moved);
  if (!asked || !asked->is_subscribe()) return;
  const auto found = channels_.find(asked->channel);
  if (found == channels_.end() || found->second.state != State::asked || found->second.serial != asked->serial) return;
  Channel& channel = found->second;
  channel.state = State::fresh;
  if (moved && !moved->is_ask && ++channel.moves <= max_moves) {
    nodes_->dialer->counters->moved.add();
    nodes_->note_moved(moved->slot, moved->to);
    Branch* now = branch_for(channel.slot);
    if (now && now != &branch) return move(found->first, channel, *now);
  }
  channel.moves = 0;
  nodes_->want_map();
  fail(found);
  retry_later();
}

// To another branch, or once more in its own. The channel is not subscribed any more.
void Subscriptions::move(const std::string& name, Channel& channel, Branch& to) {
  channel.branch = &to;
  const Link& link = *to.link;
  if (link.connection() || link.is_attempting()) return ask(name, channel);
  fail(channels_.find(name));  // on_up() asks for the lost ones
}

void Subscriptions::announce_restored() {
  if (restored_.empty()) return;
  const auto restored = std::exchange(restored_, {});
  log::info("redis", "subscriptions restored", {{"channels", restored.size()}, {"still_lost", lost_}});
  if (lost_handler) lost_handler(restored);
}

// Channels that a connected node did not want: while a cluster heals, or without the right to subscribe.
void Subscriptions::retry_later() {
  if (lost_ == 0 || is_stopped_ || std::exchange(is_retry_due_, true)) return;
  retry_timer_.expires_after(retry_backoff_.next());
  retry_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const auto self = weak.lock();
    if (!self) return;
    self->is_retry_due_ = false;
    if (!cancelled && !self->is_stopped_) self->retry();
  });
}

void Subscriptions::retry() {
  for (auto& [name, channel] : channels_)
    if (channel.is_lost && channel.state == State::fresh && channel.branch->link->connection()) ask(name, channel);
}

void Subscriptions::on_master_lost(const std::string& why) {
  for (Branch& branch : branches_) branch.link->reopen(why);
}

// Channels follow their slots. The old node, if it is still there, need not serve them any more.
void Subscriptions::on_slots_changed() {
  if (is_stopped_) return;
  std::vector<std::string> moved;
  for (auto& [name, channel] : channels_) {
    const auto address = nodes_->address_of(channel.slot);
    if (address && channel.branch->address != address) moved.push_back(name);
  }
  for (const std::string& name : moved) {
    const auto found = channels_.find(name);
    if (found == channels_.end()) continue;
    Channel& channel = found->second;
    if (channel.state != State::fresh) take_leave(name, *channel.branch);
    if (channel.state == State::subscribed) mark_lost(channel);
    channel.state = State::fresh;
    Branch* now = branch_for(channel.slot);
    if (now) move(found->first, channel, *now);
  }
  retire_unused();
}

// Branches to nodes that have no slot any more.
void Subscriptions::retire_unused() {
  for (auto branch = branches_.begin(); branch != branches_.end();) {
    const bool is_used = std::any_of(channels_.begin(), channels_.end(),
                                     [&](const auto& entry) { return entry.second.branch == &*branch; });
    if (is_used || (branch->address && nodes_->is_in_map(*branch->address))) {
      ++branch;
      continue;
    }
    branch->link->retire("it serves no slot any more");
    branch = branches_.erase(branch);
  }
}

Health Subscriptions::health() const {
  Health health;
  health.is_connected = lost_ == 0;
  for (const Branch& branch : branches_) {
    const Connection* connection = branch.link->connection();
    if (connection) {
      health.node += (health.node.empty() ? "" : ", ") + to_string(connection->address());
      if (!health.round_trip || connection->round_trip() > health.round_trip)
        health.round_trip = connection->round_trip();
    } else if (health.problem.empty()) {
      health.problem = branch.link->problem();
    }
  }
  if (health.is_connected)
    health.problem.clear();
  else if (health.problem.empty())
    health.problem = "subscriptions are being restored";
  return health;
}

}  // namespace collab::redis
