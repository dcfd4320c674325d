#include "replica/list_cache.hpp"

#include <utility>

namespace collab::replica {
namespace {

/// What an allocation takes beside its content, and a slot in the map of items.
constexpr std::size_t allocation_bytes = 16;
constexpr std::size_t map_slot_bytes = 48;
/// How many lists one eviction looks at: a bound on its time when most are needed.
constexpr int max_looks = 64;

std::size_t bytes_of(const std::string& text) {
  constexpr std::size_t inline_capacity = 15;
  return text.capacity() > inline_capacity ? text.capacity() + 1 + allocation_bytes : 0;
}
std::size_t bytes_of(const std::optional<std::string>& text) { return text ? bytes_of(*text) : 0; }

std::size_t bytes_of(const Item& item) {
  return sizeof(Item) + 2 * allocation_bytes + map_slot_bytes + bytes_of(item.name) + bytes_of(item.description) +
         bytes_of(item.due_date) + bytes_of(item.media_url) + bytes_of(item.position) +
         bytes_of(item.created_by.value) + bytes_of(item.updated_by.value);
}

std::size_t bytes_of_members(const ListState& state) {
  std::size_t bytes = state.members->capacity() * sizeof(Member) + 2 * allocation_bytes;
  for (const Member& member : *state.members) bytes += bytes_of(member.user_id.value) + bytes_of(member.name);
  return bytes;
}

std::size_t bytes_of_links(const ListState& state) {
  std::size_t bytes = state.links->capacity() * sizeof(ShareLink) + 2 * allocation_bytes;
  for (const ShareLink& link : *state.links) bytes += bytes_of(link.secret_hash);
  return bytes;
}

std::size_t bytes_of_head(const ListState& state) {
  return sizeof(ListState) + 2 * allocation_bytes + bytes_of(state.name) + bytes_of(state.owner_id.value) +
         bytes_of(state.last_position);
}

/// How the size of the state before a change becomes the size of the one after it.
std::size_t bytes_after(std::size_t bytes, const ListState& before, const ListState& after, const Change& change) {
  bytes = bytes + bytes_of_head(after) - bytes_of_head(before);
  if (change.item) {
    const SharedItem* old_item = before.find_item(change.item->id);
    bytes = bytes + bytes_of(*change.item) - (old_item ? bytes_of(**old_item) : 0);
  }
  if (!change.members.empty()) bytes = bytes + bytes_of_members(after) - bytes_of_members(before);
  if (change.link) bytes = bytes + bytes_of_links(after) - bytes_of_links(before);
  return bytes;
}

}  // namespace

Statistics& Statistics::operator+=(const Statistics& other) {
  cached_lists += other.cached_lists;
  total_items += other.total_items;
  active_items += other.active_items;
  deleted_items += other.deleted_items;
  bytes += other.bytes;
  hits += other.hits;
  misses += other.misses;
  evictions += other.evictions;
  return *this;
}

std::size_t bytes_of(const ListState& state) {
  std::size_t bytes = bytes_of_head(state) + bytes_of_members(state) + bytes_of_links(state);
  state.items.for_each([&bytes](const ItemId&, const SharedItem& item) { bytes += bytes_of(*item); });
  return bytes;
}

ListView ListCache::use(const ListId& list_id) {
  const auto found = entries_.find(list_id);
  if (found == entries_.end()) {
    ++statistics_.misses;
    return nullptr;
  }
  ++statistics_.hits;
  by_use_.splice(by_use_.begin(), by_use_, found->second.place);
  return found->second.state;
}

ListView ListCache::peek(const ListId& list_id) const {
  const auto found = entries_.find(list_id);
  return found == entries_.end() ? nullptr : found->second.state;
}

void ListCache::put(const ListId& list_id, ListView state, std::size_t extra_bytes) {
  erase(list_id);
  by_use_.push_front(list_id);
  Entry entry;
  entry.bytes = bytes_of(*state);
  entry.extra_bytes = extra_bytes;
  entry.state = std::move(state);
  entry.place = by_use_.begin();
  count(entry);
  entries_.emplace(list_id, std::move(entry));
}

void ListCache::advance(const ListId& list_id, ListView after, const Change& change, std::size_t extra_bytes) {
  const auto found = entries_.find(list_id);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  uncount(entry);
  entry.bytes = bytes_after(entry.bytes, *entry.state, *after, change);
  entry.extra_bytes = extra_bytes;
  entry.state = std::move(after);
  entry.encoding.reset();
  entry.encoding_bytes = 0;
  count(entry);
}

void ListCache::erase(const ListId& list_id) {
  const auto found = entries_.find(list_id);
  if (found == entries_.end()) return;
  uncount(found->second);
  by_use_.erase(found->second.place);
  entries_.erase(found);
}

void ListCache::evict(const std::function<bool(const ListId&)>& is_needed,
                      const std::function<void(const ListState&)>& on_evicted) {
  for (int looks = 0; looks < max_looks && is_too_big() && by_use_.size() > 1; ++looks) {
    const auto oldest = std::prev(by_use_.end());
    if (is_needed(*oldest)) {
      by_use_.splice(std::next(by_use_.begin()), by_use_, oldest);
      continue;
    }
    const ListView state = peek(*oldest);
    erase(state->id);
    ++statistics_.evictions;
    on_evicted(*state);
  }
}

std::shared_ptr<const Encoding> ListCache::encoding_of(const ListId& list_id, Rev rev) const {
  const auto found = entries_.find(list_id);
  if (found == entries_.end() || found->second.state->rev != rev) return nullptr;
  return found->second.encoding;
}

void ListCache::set_encoding(const ListId& list_id, Rev rev, std::shared_ptr<const Encoding> encoding) {
  const auto found = entries_.find(list_id);
  if (found == entries_.end() || found->second.state->rev != rev) return;
  Entry& entry = found->second;
  uncount(entry);
  entry.encoding = std::move(encoding);
  entry.encoding_bytes = entry.encoding ? entry.encoding->bytes() : 0;
  count(entry);
}

void ListCache::count(const Entry& entry) {
  const std::size_t items = entry.state->items.size();
  statistics_.cached_lists += 1;
  statistics_.total_items += items;
  statistics_.active_items += entry.state->live_items;
  statistics_.deleted_items += items - entry.state->live_items;
  statistics_.bytes += entry.bytes + entry.extra_bytes + entry.encoding_bytes;
}

void ListCache::uncount(const Entry& entry) {
  const std::size_t items = entry.state->items.size();
  statistics_.cached_lists -= 1;
  statistics_.total_items -= items;
  statistics_.active_items -= entry.state->live_items;
  statistics_.deleted_items -= items - entry.state->live_items;
  statistics_.bytes -= entry.bytes + entry.extra_bytes + entry.encoding_bytes;
}

}  // namespace collab::replica
