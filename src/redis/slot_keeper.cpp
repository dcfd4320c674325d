// How Nodes knows which master serves which slot of a cluster.
#include <algorithm>

#include "core/log.hpp"
#include "redis/nodes.hpp"
#include "redis/unavailable.hpp"

namespace collab::redis {
namespace {

// A migration answers each of its commands with MOVED; the map is read at most this often.
constexpr std::chrono::milliseconds map_interval{50};

}  // namespace

void Nodes::want_map() {
  if (!is_cluster() || is_stopped_) return;
  is_map_wanted_ = true;
  if (const auto waiting = std::exchange(map_wanted_, nullptr)) waiting->set(true);
}

void Nodes::note_moved(Slot slot, const Address& address) {
  by_slot_[slot] = &master_at(address);
  want_map();
}

Task<void> Nodes::keep_map(std::shared_ptr<Nodes> self) {
  Backoff backoff(self->dialer->settings->backoff_first, self->dialer->settings->backoff_limit);
  while (!self->is_stopped_) {
    if (!self->is_map_wanted_) {
      self->map_wanted_ = std::make_unique<OneShot<bool>>();
      co_await self->map_wanted_->wait();
    }
    self->is_map_wanted_ = false;
    auto map = co_await fetch_map(self);
    if (self->is_stopped_) co_return;
    if (map) {
      self->apply(*map);
      backoff.reset();
    } else {
      if (self->map_problem_.empty())
        log::warning("redis", "the cluster does not tell its slots", {{"problem", map.error().message}});
      self->map_problem_ = map.error().message;
      self->is_map_wanted_ = true;
      self->note_change();
    }
    const auto time = map ? map_interval : backoff.next();
    co_await pause(self, self->pauses_, time);
  }
}

Task<Result<SlotMap>> Nodes::ask_for_map(std::shared_ptr<Wire> wire) {
  const Arguments command("CLUSTER", "SLOTS");
  auto reply = co_await Wire::send(wire, command, std::nullopt);
  if (!reply) co_return reply.error();
  if (reply->is_error()) co_return unavailable(reply->text);
  auto map = SlotMap::parse(*reply, wire->address);
  if (map && map->ranges.empty()) co_return unavailable("no slot of the cluster has a master");
  co_return map;
}

// The connections that we have, the one that was heard last first: a silent node is asked last.
std::vector<std::shared_ptr<Wire>> Nodes::wires_by_freshness() const {
  std::vector<std::shared_ptr<Wire>> wires;
  for (const Master& master : masters_)
    if (const Connection* connection = master.link->connection()) wires.push_back(connection->wire_);
  std::sort(wires.begin(), wires.end(), [](const auto& a, const auto& b) { return a->last_heard > b->last_heard; });
  return wires;
}

Task<Result<SlotMap>> Nodes::fetch_map(std::shared_ptr<Nodes> self) {
  Result<SlotMap> map = unavailable("not asked yet");
  for (const auto& wire : self->wires_by_freshness()) {
    map = co_await ask_for_map(wire);
    if (map || self->is_stopped_) co_return map;
  }
  std::vector<Address> addresses = self->dialer->settings->addresses;
  for (const Master& master : self->masters_)
    if (const auto& address = master.link->address())
      if (std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) addresses.push_back(*address);
  for (const Address& address : addresses) {
    map = co_await fetch_map_from(self, address);
    if (map || self->is_stopped_) co_return map;
  }
  co_return map;
}

Task<Result<SlotMap>> Nodes::fetch_map_from(std::shared_ptr<Nodes> self, Address address) {
  auto connection = co_await self->dialer->open(address);
  if (!connection) co_return unavailable(to_string(address) + ": " + connection.error().message);
  auto map = co_await ask_for_map((*connection)->wire_);
  if (!map) co_return unavailable(to_string(address) + ": " + map.error().message);
  co_return map;
}

void Nodes::apply(const SlotMap& map) {
  dialer->counters->map_refreshes.add();
  has_map_ = true;
  map_problem_.clear();
  for (Master& master : masters_) master.is_in_map = false;
  const std::vector<Master*> before = by_slot_;
  by_slot_.assign(slot_count, nullptr);
  for (const SlotMap::Range& range : map.ranges) {
    Master& master = master_at(range.master);
    master.is_in_map = true;
    std::fill(by_slot_.begin() + range.first, by_slot_.begin() + range.last + 1, &master);
  }
  watch_unused();
  note_change();
  if (before != by_slot_) tell_listeners([](TopologyListener& listener) { listener.on_slots_changed(); });
}

bool Nodes::is_in_map(const Address& address) const {
  return std::any_of(masters_.begin(), masters_.end(),
                     [&](const Master& master) { return master.is_in_map && master.link->address() == address; });
}

bool Nodes::covers_all_slots() const { return std::find(by_slot_.begin(), by_slot_.end(), nullptr) == by_slot_.end(); }

// A master that lost its last slot may still answer what is in flight, and the target of ASK has no slot yet. So one
// that is not in the map goes when it has not been used between two looks.
void Nodes::watch_unused() {
  const auto is_unused = [](const Master& master) { return !master.is_in_map; };
  if (std::none_of(masters_.begin(), masters_.end(), is_unused)) return;
  retire_timer_.expires_after(dialer->settings->command_deadline);
  retire_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self || self->is_stopped_) return;
    self->retire_unused();
    self->watch_unused();
  });
}

void Nodes::retire_unused() {
  for (auto master = masters_.begin(); master != masters_.end();) {
    const Connection* connection = master->link->connection();
    const bool is_busy = connection && connection->in_flight() > 0;
    if (master->is_in_map || is_busy || !std::exchange(master->is_idle, true)) {
      ++master;
      continue;
    }
    master->link->retire("it serves no slot any more");
    std::replace(by_slot_.begin(), by_slot_.end(), &*master, static_cast<Master*>(nullptr));
    master = masters_.erase(master);
  }
}

}  // namespace collab::redis
