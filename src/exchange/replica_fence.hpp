// DURABILITY=replicated: nothing is acknowledged before replicas of Redis have it.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "core/shard.hpp"
#include "exchange/keys.hpp"
#include "model/ids.hpp"
#include "redis/client.hpp"

namespace collab::exchange {

struct ReplicaFenceOptions {
  unsigned replicas = 1;                      ///< DURABILITY_REPLICAS
  std::chrono::milliseconds deadline{5'000};  ///< for them to confirm
};

/// Waits for replicas, on connections of its own, because WAIT blocks: one for each master, on which whoever arrives
/// while a WAIT is under way shares the next one. On the shard of the client, which outlives it; destroyed after the
/// loop has ended.
class ReplicaFence {
 public:
  ReplicaFence(Shard& shard, redis::Client& client, Keys keys, ReplicaFenceOptions options);

  /// Completes when so many replicas have everything that the partition's master had executed in this era before this
  /// call. Errc::unavailable: it is not known whether they have. That the era is the same says that the master is: a
  /// promotion always begins another one.
  Task<Result<void>> pass(unsigned partition, Rev era);

  /// Why replicas did not confirm when they were asked last; "" = they did.
  const std::string& problem() const { return problem_; }

 private:
  struct Waiting {
    Waiting(unsigned where, Rev when) : partition(where), era(when) {}
    const unsigned partition;
    const Rev era;
    OneShot<Result<void>> done;
  };
  struct Master {
    std::vector<std::shared_ptr<Waiting>> waiting = {};
    std::unique_ptr<redis::Connection> connection = nullptr;
    bool is_running = false;
  };
  using Batch = std::vector<std::shared_ptr<Waiting>>;

  Task<void> run(Master& master);
  Result<void> judge(const Waiting& waiting, const redis::Reply& era, const redis::Reply& written,
                     const redis::Reply& confirmed) const;
  void note(const Result<void>& outcome);
  Task<Result<std::vector<redis::Reply>>> ask(Master& master, const Batch& batch);

  Shard& shard_;
  redis::Client& client_;
  const Keys keys_;
  const ReplicaFenceOptions options_;
  std::map<redis::Address, Master> masters_;
  std::string problem_;
};

}  // namespace collab::exchange
