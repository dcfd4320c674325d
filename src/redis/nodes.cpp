#include "redis/nodes.hpp"

#include <algorithm>

#include "core/log.hpp"
#include "redis/unavailable.hpp"

namespace collab::redis {

Nodes::Nodes(std::shared_ptr<Dialer> opener)
    : dialer(std::move(opener)), retire_timer_(dialer->io), sentinels_(dialer->settings->addresses) {}

Nodes::~Nodes() = default;

void Nodes::start() {
  if (is_cluster()) {
    by_slot_.assign(slot_count, nullptr);
    is_map_wanted_ = true;
    spawn(dialer->io, "redis slot map", [self = shared_from_this()] { return keep_map(self); });
    return;
  }
  const bool is_fixed = dialer->settings->topology == Topology::single;
  add_master(is_fixed ? std::optional(dialer->settings->addresses.front()) : std::nullopt);
  if (!is_fixed) watch_sentinels();
}

void Nodes::stop() {
  is_stopped_ = true;
  dialer->stop();
  for (Master& master : masters_) master.link->stop();
  if (sentinel_watch_) sentinel_watch_->stop();
  map_wanted_ = nullptr;
  retire_timer_.cancel();
  pauses_.clear();
  watchers_.clear();
  hook = nullptr;
}

Task<Result<std::unique_ptr<Connection>>> Nodes::open_master(std::shared_ptr<Nodes> self,
                                                             std::optional<Address> address) {
  if (!address && self->dialer->settings->topology == Topology::single)
    address = self->dialer->settings->addresses.front();
  if (!address) {
    auto found = co_await find_master(self);
    if (!found) co_return found.error();
    address = std::move(*found);
  }
  auto connection = co_await self->dialer->open(*address);
  if (!connection) co_return unavailable(to_string(*address) + ": " + connection.error().message);
  if (!(*connection)->greeting().is_master)
    co_return unavailable(to_string(*address) + ": it is a replica, not a master");
  co_return connection;
}

Task<Result<std::unique_ptr<Connection>>> Nodes::open_hooked(std::shared_ptr<Nodes> self,
                                                             std::optional<Address> address) {
  auto connection = co_await open_master(self, std::move(address));
  if (!connection || !self->hook) co_return connection;
  auto hooked = co_await self->hook(**connection);
  if (!hooked) co_return hooked.error();
  if (!(*connection)->is_open()) co_return unavailable("the connection was lost again");
  co_return connection;
}

Nodes::Master& Nodes::add_master(std::optional<Address> address) {
  Master& master = masters_.emplace_back();
  master.is_in_map = !is_cluster();
  master.link = std::make_shared<Link>(
      dialer, "commands", address, [weak = weak_from_this(), address] { return open_hooked(weak.lock(), address); });
  master.link->on_up = [this] { note_change(); };
  master.link->on_down = master.link->on_failed = [this] {
    note_change();
    want_map();
  };
  master.link->start();
  return master;
}

Nodes::Master& Nodes::master_at(const Address& address) {
  for (Master& master : masters_)
    if (master.link->address() == address) return master;
  return add_master(address);
}

const Nodes::Master* Nodes::master_of(std::optional<Slot> slot) const {
  if (is_cluster() && slot) return by_slot_[*slot];
  for (const Master& master : masters_)
    if (master.is_in_map && master.link->connection()) return &master;
  return masters_.empty() ? nullptr : &masters_.front();
}

std::optional<Address> Nodes::address_of(Slot slot) const {
  const Master* master = is_cluster() && has_map_ ? by_slot_[slot] : nullptr;
  return master ? master->link->address() : std::nullopt;
}

Task<Result<std::unique_ptr<Connection>>> Nodes::open_dedicated(std::shared_ptr<Nodes> self, std::optional<Slot> slot) {
  const Master* master = self->master_of(slot);
  if (!master || !master->link->connection()) co_return unavailable("Redis is not connected");
  co_return co_await open_hooked(self, master->link->address());
}

// Wakes whoever waits in connected(): they look for themselves.
void Nodes::note_change() {
  for (const auto& watcher : std::exchange(watchers_, {})) watcher->done.set(true);
}

void Nodes::tell_listeners(const std::function<void(TopologyListener&)>& tell) {
  std::erase_if(listeners, [](const auto& weak) { return weak.expired(); });
  for (const auto& weak : std::vector(listeners))
    if (const auto listener = weak.lock()) tell(*listener);
}

void Nodes::lose_master(const std::string& why) {
  for (Master& master : masters_) master.link->reopen(why);
  tell_listeners([&](TopologyListener& listener) { listener.on_master_lost(why); });
}

// A write was refused because the node has become a replica.
void Nodes::note_demotion(Link& link) {
  const std::string why = "it is no master any more";
  if (!is_cluster()) return lose_master(why);
  link.reopen(why);
  want_map();
}

Task<void> Nodes::pause(std::shared_ptr<Nodes> self, Pauses& pauses, std::chrono::milliseconds time) {
  const std::shared_ptr<Pause>& pause = pauses.emplace_back(std::make_shared<Pause>(self->dialer->io));
  pause->timer.expires_after(time);
  pause->timer.async_wait([&pauses, weak_pause = std::weak_ptr(pause),
                           weak = std::weak_ptr(self)](const boost::system::error_code& cancelled) {
    const auto nodes = weak.lock();
    const auto over = weak_pause.lock();
    if (cancelled || !nodes || !over) return;
    over->done.set(true);
    pauses.remove(over);
  });
  co_await pause->done.wait();
}

Task<Result<void>> Nodes::connected(std::shared_ptr<Nodes> self, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const Health state = self->health();
    if (state.is_connected) co_return ok();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) co_return unavailable(state.problem);
    co_await pause(self, self->watchers_, left);
  }
}

std::optional<Node> Nodes::node_of(std::optional<Slot> slot) const {
  const Master* master = master_of(slot);
  const Connection* connection = master ? master->link->connection() : nullptr;
  if (!connection) return std::nullopt;
  return Node{connection->address(), connection->greeting().replication_id};
}

std::vector<Node> Nodes::connected_nodes() const {
  std::vector<Node> nodes;
  for (const Master& master : masters_)
    if (const Connection* connection = master.link->connection())
      nodes.push_back(Node{connection->address(), connection->greeting().replication_id});
  return nodes;
}

Health Nodes::health() const {
  Health health;
  health.losses = dialer->counters->losses.value();
  health.is_connected = !masters_.empty();
  for (const Master& master : masters_) {
    if (!master.is_in_map) continue;
    const Connection* connection = master.link->connection();
    if (connection) {
      health.node += (health.node.empty() ? "" : ", ") + to_string(connection->address());
      if (!health.round_trip || connection->round_trip() > health.round_trip)
        health.round_trip = connection->round_trip();
      continue;
    }
    health.is_connected = false;
    if (health.problem.empty()) health.problem = master.link->problem();
  }
  if (is_cluster() && !has_map_) {
    health.is_connected = false;
    health.problem = map_problem_;
  } else if (is_cluster() && health.is_connected && !covers_all_slots()) {
    health.is_connected = false;
    health.problem = "some slots of the cluster have no master";
  }
  if (!health.is_connected && health.problem.empty()) health.problem = "not connected yet";
  return health;
}

}  // namespace collab::redis
