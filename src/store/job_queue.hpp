// The door between shards and database threads: the only lock they share.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "store/sqlite_database.hpp"

namespace collab::store {

/// Jobs in the order in which they came, up to a total weight. Any thread.
class JobQueue {
 public:
  explicit JobQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Takes the job, or gives it back if there is no room or the queue is closed.
  std::unique_ptr<DatabaseJob> push(std::unique_ptr<DatabaseJob> job);

  /// Waits for jobs, and takes as many as weigh no more than `weight` (one at least). Empty: `longest` is over, or the
  /// queue is closed and drained.
  DatabaseJobs take(std::size_t weight, std::optional<std::chrono::milliseconds> longest = std::nullopt);

  /// No more jobs come in.
  void close();
  bool is_drained() const;
  /// The weight of what waits.
  std::size_t size() const;

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::unique_ptr<DatabaseJob>> jobs_;
  std::size_t size_ = 0;
  unsigned waiting_ = 0;
  bool is_closed_ = false;
};

}  // namespace collab::store
