// Which lists stay in memory: a cache bounded by bytes, least recently used first out.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>

#include "model/change.hpp"
#include "model/list.hpp"

namespace collab::replica {

/// Something derived from one state of a list, kept beside it so that it is made once for many: an encoded snapshot.
class Encoding {
 public:
  virtual ~Encoding() = default;
  /// What it takes of the memory that L1 may use.
  virtual std::size_t bytes() const = 0;
};

/// What is in memory now, and what happened since start.
struct Statistics {
  std::size_t cached_lists = 0;
  std::size_t total_items = 0;  ///< tombstones included
  std::size_t active_items = 0;
  std::size_t deleted_items = 0;  ///< tombstones
  std::size_t bytes = 0;          ///< estimated
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;

  Statistics& operator+=(const Statistics& other);
};

/// About how many bytes a list takes: everything in it, counted once.
std::size_t bytes_of(const ListState& state);

/// The states of one replica, with their sizes, counted as they change. Owned by it; its shard only. No I/O.
class ListCache {
 public:
  explicit ListCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Counts as a use, and as a hit or a miss. Null if it is not here.
  ListView use(const ListId& list_id);
  ListView peek(const ListId& list_id) const;
  bool contains(const ListId& list_id) const { return entries_.contains(list_id); }

  /// Puts a state in, in place of an older one. `extra_bytes`: what keeping it costs elsewhere.
  void put(const ListId& list_id, ListView state, std::size_t extra_bytes);
  /// Puts the state after one change in, in place of the state before it: sizes are counted by what the change touched.
  void advance(const ListId& list_id, ListView after, const Change& change, std::size_t extra_bytes);
  void erase(const ListId& list_id);

  /// Takes out lists that were not used for longest and may go, until what is left fits or only the last one used is
  /// left. `is_needed` says who may not go (that counts as a use), `on_evicted` hears who went. Looks at a few only:
  /// call it often.
  void evict(const std::function<bool(const ListId&)>& is_needed,
             const std::function<void(const ListState&)>& on_evicted);

  std::shared_ptr<const Encoding> encoding_of(const ListId& list_id, Rev rev) const;
  void set_encoding(const ListId& list_id, Rev rev, std::shared_ptr<const Encoding> encoding);

  std::size_t bytes() const { return statistics_.bytes; }
  bool is_too_big() const { return statistics_.bytes > max_bytes_; }
  Statistics statistics() const { return statistics_; }

 private:
  struct Entry {
    ListView state;
    std::size_t bytes = 0;  ///< of the state
    std::size_t extra_bytes = 0;
    std::shared_ptr<const Encoding> encoding;
    std::size_t encoding_bytes = 0;
    std::list<ListId>::iterator place;
  };

  void count(const Entry& entry);
  void uncount(const Entry& entry);

  const std::size_t max_bytes_;
  std::unordered_map<ListId, Entry> entries_;
  std::list<ListId> by_use_;  ///< last used first
  Statistics statistics_;
};

}  // namespace collab::replica
