// Lists in Redis: reading them whole, bringing them in from the store, and into the present era.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/shard.hpp"
#include "exchange/keys.hpp"
#include "exchange/row_codec.hpp"
#include "redis/client.hpp"
#include "store/merge_store.hpp"
#include "store/store.hpp"

namespace collab::exchange {

struct RedisListsOptions {
  std::chrono::milliseconds clean_lifetime{std::chrono::hours(24)};  ///< how long a list stays that the store has whole
  std::chrono::milliseconds absent_lifetime{60'000};  ///< how long it is remembered that the store has no such list
  std::chrono::milliseconds seed_lifetime{10'000};    ///< how long one server may take to load a list
  std::chrono::milliseconds deadline{8'000};          ///< of a read that has to wait for another server's load
};

/// Of one shard, on which everything happens. Client, stores and clock outlive it.
class RedisLists {
 public:
  RedisLists(Shard& shard, redis::Client& client, store::Store& store, store::MergeStore& ops, const Clock& clock,
             Keys keys, RedisListsOptions options = {});

  /// The client's connect hook: learns the eras of the partitions that the node has, and renews those that were made
  /// for another master.
  Task<Result<void>> learn_eras(redis::Connection& connection);
  /// The same for one partition, when its era turned out to be another.
  Task<Result<Rev>> renew_era(unsigned partition);
  /// The same for all of them, when the store has begun an era.
  Task<Result<void>> renew_eras();
  /// Looks whether an era has begun that we have not heard of, because others noticed first, or Redis has forgotten the
  /// one that we know: it was emptied.
  Task<Result<bool>> follow_eras();
  /// Brings every list that Redis has into the present eras, those that nobody asks for too: what the store has lost of
  /// them is queued for it before they expire. Does nothing if that was done for this era of the store.
  Task<Result<void>> reconcile_all(Rev store_era);

  /// The list as it is; rev 0 if it was never created. Loads it from the store if Redis does not have it, and
  /// reconciles both if Redis has it from an older era.
  Task<Result<ListView>> read(ListId list_id);

  /// Where the list stands; nullopt if Redis does not have it.
  Task<Result<std::optional<Meta>>> position(ListId list_id);
  /// Whether nothing of it waits for the store.
  Task<Result<bool>> is_stored(ListId list_id);

  const Keys& keys() const { return keys_; }
  /// 0 = not known: it must be renewed before anything is written.
  Rev era_of(const ListId& list_id) const { return eras_[keys_.partition_of(list_id)]; }

 private:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  Task<Result<Fields>> fields(ListId list_id);
  using Work = Task<Result<void>> (RedisLists::*)(ListId list_id, std::string token);
  Task<Result<void>> attempt(ListId list_id, Work work);
  Task<Result<bool>> take_seed(ListId list_id, std::string token);
  Task<void> give_up_seed(ListId list_id, std::string token);
  Task<Result<void>> seed(ListId list_id, std::string token);
  Task<Result<void>> install(redis::Script script, unsigned partition, redis::Arguments keys,
                             redis::Arguments arguments);
  Task<Result<ListState>> stored(ListId list_id);
  Task<Result<void>> upload(std::string key, Fields fields);
  Task<Result<void>> reconcile(ListId list_id, std::string token);

  Shard& shard_;
  redis::Client& client_;
  store::Store& store_;
  store::MergeStore& ops_;
  const Clock& clock_;
  const Keys keys_;
  const RedisListsOptions options_;
  std::vector<Rev> eras_;  // by partition; 0 = not known
};

}  // namespace collab::exchange
