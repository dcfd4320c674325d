// The thread that writes: everything that waits becomes one transaction, and is answered when that is durable.
#pragma once

#include <atomic>
#include <thread>

#include "store/job_queue.hpp"
#include "store/storage_condition.hpp"

namespace collab::store {

/// The group commit. Between two batches it brings the write-ahead log into the database, after the answers have left.
/// After a fault it opens the file anew and tries it from time to time, so that it recovers without being asked.
class Writer {
 public:
  explicit Writer(const SqliteOptions& options);
  ~Writer();

  /// Opens the connection and starts the thread. Once.
  Result<void> start();
  void set_listener(TransactionListener* listener) { listener_ = listener; }
  void submit(std::unique_ptr<DatabaseJob> job);
  /// Writes what waits, then ends the thread.
  void close();

  /// Everything but the readers' problem.
  Health health() const;

 private:
  void loop();
  void write_batch(DatabaseJobs jobs);
  std::size_t refuse_expired(const DatabaseJobs& jobs, std::vector<DatabaseJob*>& rest);
  Result<void> transact(const std::vector<DatabaseJob*>& jobs);
  Result<void> work_on(const std::vector<DatabaseJob*>& jobs);
  Result<void> ensure_open();
  Error storage_error();
  void abandon();
  void probe();
  void checkpoint();

  const SqliteOptions options_;
  JobQueue queue_;
  StorageCondition condition_{"writing"};
  TransactionListener* listener_ = nullptr;
  std::optional<Connection> connection_;
  int log_pages_ = 0;        // of the write-ahead log, after the last commit
  int next_checkpoint_ = 0;  // at this many
  std::atomic<std::uint64_t> processed_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint64_t> batches_{0};
  std::thread thread_;
};

}  // namespace collab::store
