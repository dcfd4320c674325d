// The write worker on a thread of its own: in `collab-todo worker`, and in a server unless WORKER=off.
#pragma once

#include <string>

#include "app/config.hpp"
#include "core/shard.hpp"
#include "store/merge_store.hpp"
#include "worker/write_worker.hpp"

namespace collab::app {

/// Main thread.
class WorkerThread {
 public:
  /// `config.redis` is set; `store` outlives this. `name`: see WriteWorkerOptions.
  WorkerThread(const Config& config, store::MergeStore& store, std::string name);
  ~WorkerThread();

  void start();
  /// What was taken is written first, unless the store is away. Nothing if it was not started.
  void stop();

  const worker::WorkerCounters& counters() const { return worker_.counters(); }

 private:
  ShardSet shards_{1};
  worker::WriteWorker worker_;
  bool is_running_ = false;
};

}  // namespace collab::app
