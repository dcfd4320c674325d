// The thread that speaks to PostgreSQL, and what its connections share.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <random>
#include <thread>

#include "store/postgres_backend.hpp"
#include "store/storage_condition.hpp"
#include "store/store.hpp"

namespace collab::store::pg {

/// Shared by everybody on the database's thread, and used there only, but for what is noted.
class Engine {
 public:
  explicit Engine(std::unique_ptr<Backend> b) : backend(std::move(b)), options(backend->options) {}

  /// Opens the link unless it is open. While attempts fail, those that come too soon are refused with the last
  /// cause.
  Task<std::optional<Fault>> ensure_open(Link& link);
  /// A short time of chance before the `attempt`th repetition, so that two that collided do not meet again.
  Task<> pause_before(int attempt);

  const std::unique_ptr<Backend> backend;
  const PostgresOptions& options;
  asio::io_context io{1};
  StorageCondition writing{"writing"};  ///< any thread, as are the counters
  StorageCondition reading{"reading"};
  std::atomic<std::uint64_t> processed{0}, failed{0}, batches{0};

 private:
  using Time = std::chrono::steady_clock::time_point;

  std::chrono::milliseconds chance_up_to(std::chrono::milliseconds most);

  Time next_attempt_{};
  std::chrono::milliseconds backoff_{0};
  Fault last_fault_;
  std::mt19937 chance_{std::random_device{}()};
};

}  // namespace collab::store::pg
