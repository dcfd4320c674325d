// The threads that read: each job in a snapshot of its own.
#pragma once

#include <thread>

#include "store/job_queue.hpp"
#include "store/storage_condition.hpp"

namespace collab::store {

/// A small pool. Each thread has a connection, which it opens anew after a fault of the storage; then it tries the file
/// from time to time, so that it recovers without being asked.
class Readers {
 public:
  explicit Readers(const SqliteOptions& options) : options_(options), queue_(options.read_queue) {}
  ~Readers();

  /// Opens the connections and starts the threads. Once.
  Result<void> start();
  void submit(std::unique_ptr<DatabaseJob> job);
  /// Reads what waits, then ends the threads.
  void close();

  /// "" = none.
  std::string problem() const { return condition_.problem(); }

 private:
  void loop(std::optional<Connection> connection);
  void read_one(std::optional<Connection>& connection, DatabaseJob& job);
  Result<void> read_in_snapshot(std::optional<Connection>& connection, DatabaseJob& job);
  Result<void> ensure_open(std::optional<Connection>& connection);
  void probe(std::optional<Connection>& connection);

  const SqliteOptions options_;
  JobQueue queue_;
  StorageCondition condition_{"reading"};
  std::vector<std::thread> threads_;
};

}  // namespace collab::store
