#include "services/presence.hpp"

#include <algorithm>

namespace collab::services {

Presence::Presence(Shard& shard, Publish publish, std::function<Time()> now)
    : shard_(shard), publish_(std::move(publish)), now_(std::move(now)), timer_(shard.io()) {}

bool Presence::set(const ListId& list_id, PresenceEntry entry) {
  if (spread_) spread_(list_id, entry, false);
  return put(list_id, std::move(entry));
}

void Presence::receive(const ListId& list_id, PresenceEntry entry, bool is_gone) {
  if (!is_gone) {
    put(list_id, std::move(entry));
    return;
  }
  const auto found = rooms_.find(list_id);
  if (found == rooms_.end()) return;
  const auto is_it = [&](const Timed& timed) { return timed.entry.socket_id == entry.socket_id; };
  if (std::erase_if(found->second.entries, is_it) > 0) touch(list_id, found->second);
}

bool Presence::put(const ListId& list_id, PresenceEntry entry) {
  Room& room = rooms_[list_id];
  const Time expires = now_() + lifetime;
  for (Timed& timed : room.entries) {
    if (timed.entry.socket_id != entry.socket_id) continue;
    const bool is_same = timed.entry.item_id == entry.item_id && timed.entry.state == entry.state;
    timed = Timed{std::move(entry), expires};
    if (!is_same) touch(list_id, room);
    return true;
  }
  if (room.entries.size() >= max_entries_per_list) return false;
  room.entries.push_back(Timed{std::move(entry), expires});
  touch(list_id, room);
  return true;
}

void Presence::remove_socket(const ListId& list_id, const std::string& socket_id) {
  const auto found = rooms_.find(list_id);
  if (found == rooms_.end()) return;
  PresenceEntry gone;
  gone.socket_id = socket_id;
  if (spread_) spread_(list_id, gone, true);
  receive(list_id, std::move(gone), true);
}

void Presence::remove_user(const ListId& list_id, const UserId& user_id) {
  const auto found = rooms_.find(list_id);
  if (found == rooms_.end()) return;
  if (std::erase_if(found->second.entries, [&](const Timed& t) { return t.entry.user_id == user_id; }) > 0)
    touch(list_id, found->second);
}

std::vector<PresenceEntry> Presence::entries(const ListId& list_id) const {
  std::vector<PresenceEntry> result;
  const Time now = now_();
  if (const auto found = rooms_.find(list_id); found != rooms_.end())
    for (const Timed& timed : found->second.entries)
      if (timed.expires > now) result.push_back(timed.entry);
  return result;
}

void Presence::stop() {
  rooms_.clear();
  timer_.cancel();
}

void Presence::touch(const ListId& list_id, Room& room) {
  room.is_changed = true;
  const Time now = now_();
  if (now >= room.next_publish) publish(list_id, room, now);
  arm();
}

void Presence::publish(const ListId& list_id, Room& room, Time now) {
  room.is_changed = false;
  room.next_publish = now + publish_interval;
  publish_(list_id, entries(list_id));
}

void Presence::arm() {
  if (is_armed_) return;
  is_armed_ = true;
  timer_.expires_after(publish_interval / 2);
  timer_.async_wait([this](boost::system::error_code cancelled) {
    is_armed_ = false;
    if (!cancelled) run_due();
  });
}

void Presence::run_due() {
  const Time now = now_();
  for (auto next = rooms_.begin(); next != rooms_.end();) {
    auto& [list_id, room] = *next;
    if (std::erase_if(room.entries, [&](const Timed& t) { return t.expires <= now; }) > 0) room.is_changed = true;
    if (room.is_changed && now >= room.next_publish) publish(list_id, room, now);
    // An empty room stays until it may publish again, or leaving and coming back would get around the interval.
    const bool is_done = room.entries.empty() && !room.is_changed && now >= room.next_publish;
    next = is_done ? rooms_.erase(next) : std::next(next);
  }
  if (!rooms_.empty()) arm();
}

}  // namespace collab::services
