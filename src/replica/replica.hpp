// L1: the lists that this server has in memory, as readers may see them. What services see of the tiers below.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/fifo_gate.hpp"
#include "core/shard.hpp"
#include "exchange/exchange.hpp"
#include "model/change_listener.hpp"
#include "replica/list_cache.hpp"

namespace collab::replica {

struct ReplicaOptions {
  std::size_t max_bytes = 256'000'000;                ///< this shard's share of L1_MAX_BYTES
  std::chrono::milliseconds reload_interval{10'000};  ///< at most one reload per list in it because a client is ahead
  std::chrono::milliseconds retry_interval{
      1'000};  ///< until a list that missed changes is fetched again after a failure
};

/// Lists of one shard, read through from its exchange and kept current by its changes. Made before the shard's loop
/// runs, destroyed after it has ended and before the exchange. Everything on the shard.
///
/// Invariants:
/// 1. Readers see durable states only, and of each list in one era never an older one than before.
/// 2. A resident list is watched. What happens between watch and fetch is kept, and applied after it.
/// 3. When commit() has returned, the state here is at least at the rev that it answers, and listeners have heard of
/// it.
class Replica {
 public:
  Replica(Shard& shard, exchange::Exchange& exchange, const Clock& clock, ReplicaOptions options);
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;
  ~Replica();

  /// The list as it is: from memory, else from the tiers below; readers who miss at once share one load. rev 0 if it
  /// was never created (such lists are not kept).
  Task<Result<ListView>> read(ListId list_id);

  /// As read(), but not before everything is here that was accepted anywhere until now: for who knows of something that
  /// is not in what read() gave.
  Task<Result<ListView>> read_current(ListId list_id);

  /// See exchange::Exchange::commit. Commands of one list are decided in the order of these calls. If the client has
  /// seen more than we know, the list is read again from the tier below first.
  Task<Result<exchange::Accepted>> commit(Command command);

  /// Null if it is not in memory. Does not count as a use.
  ListView peek(const ListId& list_id) const { return cache_.peek(list_id); }

  /// `listener` hears of every change of a resident list. It outlives this, or the loop's end. To be called before the
  /// loop runs.
  void listen(ChangeListener& listener) { listeners_.push_back(&listener); }

  /// From now on, until as many unpin(): every change of the list is heard of, whether it is in memory or not. What
  /// happens while it is not is told as a gap. Without a pin, changes are heard only as long as it happens to stay.
  void pin(const ListId& list_id);
  void unpin(const ListId& list_id);

  /// What somebody encoded of this list at this rev, if it is still there and of that type; see set_encoding.
  template <class T>
  std::shared_ptr<const T> encoding_of(const ListId& list_id, Rev rev) const {
    return std::dynamic_pointer_cast<const T>(cache_.encoding_of(list_id, rev));
  }
  /// Keeps one encoded form of the list, in place of any other, until the list changes or is evicted. Its bytes count.
  /// Without effect if the list is not here at exactly this rev.
  void set_encoding(const ListId& list_id, Rev rev, std::shared_ptr<const Encoding> encoding);

  Statistics statistics() const { return cache_.statistics(); }

 private:
  struct Activity;

  Activity& activity_of(const ListId& list_id);
  Activity* find_activity(const ListId& list_id) const;
  void drop_if_idle(const ListId& list_id);
  void evict();

  bool needs_reload(const ListState& state, const Command& command);

  void start_load(const ListId& list_id, Activity& activity);
  Task<void> load(ListId list_id);
  Task<Result<ListView>> watch_and_fetch(ListId list_id);
  bool install(const ListId& list_id, Activity& activity, ListView fetched);
  Task<void> retry_load(ListId list_id);

  void receive(const SharedChange& change, const ListView& after);
  void advance(const ListId& list_id, const ListView& before, const SharedChange& change, ListView after);

  Shard& shard_;
  exchange::Exchange& exchange_;
  const Clock& clock_;
  const ReplicaOptions options_;
  ListCache cache_;
  std::unordered_map<ListId, std::unique_ptr<Activity>> activities_;  ///< of lists that are loading or in use
  std::unordered_map<ListId, EpochMs> reloads_;  ///< when a client that was ahead last made us read a list again
  std::vector<ChangeListener*> listeners_;
};

}  // namespace collab::replica
