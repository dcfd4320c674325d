// From the write streams of Redis into the store: every change that servers accepted comes to rest here.
#pragma once

#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/counter.hpp"
#include "core/shard.hpp"
#include "exchange/keys.hpp"
#include "exchange/row_codec.hpp"
#include "redis/client.hpp"
#include "store/merge_store.hpp"

namespace collab::worker {

struct WriteWorkerOptions {
  exchange::Keys keys{};
  /// Among all workers; one that begins under the name of one that ended has what that one had taken. "" = made up.
  std::string name = {};
  std::size_t batch_size = 500;                                 ///< entries that go into one transaction
  std::chrono::milliseconds poll_min{10}, poll_max{200};        ///< between looks at a stream: after work, and at rest
  std::chrono::milliseconds retry_min{100}, retry_max{10'000};  ///< after a failure, doubled each time, with jitter
  std::chrono::milliseconds claim_after{10'000};  ///< what another worker has had for so long is taken over
  bool tells_written = false;                     ///< DURABILITY=database: servers wait to be told what the store has
  std::chrono::milliseconds clean_lifetime{std::chrono::hours(24)};  ///< how long a list stays that the store has whole
  /// A worker that has not looked at a stream for so long and has taken nothing of it is forgotten there.
  std::chrono::milliseconds consumer_lifetime{std::chrono::hours(1)};
};

/// What has happened since the start. Written on the worker's shard, read by any thread.
struct WorkerCounters {
  Counter processed;     ///< entries that are in the store now
  Counter batches;       ///< transactions
  Counter retries;       ///< batches that were tried again
  Counter taken_over;    ///< entries of other workers
  Counter dead_letters;  ///< entries that the store will never take
};

/// Drains every partition's stream, as one consumer of the group "store". Entries are acknowledged only after their
/// transaction; one that is applied twice, late or out of order changes nothing (MergeStore). Outages are waited for,
/// for ever; only what the database refuses for what it is becomes a dead letter, and never holds up its batch.
/// Everything on the shard; made before its loop runs, destroyed after it has ended.
class WriteWorker {
 public:
  WriteWorker(Shard& shard, store::MergeStore& store, const redis::Settings& settings, WriteWorkerOptions options);
  ~WriteWorker();

  /// Begins. Once.
  void start();
  /// Takes no more entries; completes when what was taken is done or its present attempt has failed.
  Task<void> stop();

  const WorkerCounters& counters() const { return counters_; }
  /// "" = all is well; else why entries wait.
  std::string problem() const;
  redis::Health redis_health() const { return client_.health(); }

 private:
  struct Entry;
  struct Partition;
  using Entries = std::vector<Entry>;
  using Milliseconds = std::chrono::milliseconds;

  Task<void> drain(unsigned partition);
  Task<Result<void>> make_group(const Partition& partition);
  Task<Result<Entries>> take(Partition& partition);
  Task<Result<Entries>> take_over(Partition& partition);
  Task<void> forget_consumers(const Partition& partition);
  Entries parse_entries(const redis::Reply& reply) const;
  Task<Result<void>> process(const Partition& partition, Entries entries);
  Task<Result<void>> write(const Partition& partition, Entries entries);
  Task<Result<void>> bury(const Partition& partition, const Entry& entry, std::string why);
  Task<Result<void>> tell_written(const Partition& partition, const Entries& entries);
  Task<Result<void>> tell_members(const Entries& entries);
  Task<Result<void>> look_after(const Partition& partition, const Entry& entry);
  Task<Result<void>> acknowledge(const Partition& partition, const Entries& entries);
  Task<void> pause(Milliseconds time);

  Shard& shard_;
  store::MergeStore& store_;
  const WriteWorkerOptions options_;
  redis::Client client_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  WorkerCounters counters_;
  std::minstd_rand random_;
  bool is_stopping_ = false;
  unsigned running_ = 0;
  OneShot<bool> stopped_;
};

}  // namespace collab::worker
