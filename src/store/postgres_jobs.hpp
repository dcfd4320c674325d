// What coroutines ask of the database's thread, and the queue in which it waits.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "core/error.hpp"
#include "core/task.hpp"
#include "model/change.hpp"
#include "store/postgres_backend.hpp"

namespace collab::store::pg {

/// A piece of work and the coroutine that waits for it. Made by the awaiting coroutine, worked on by the database's
/// thread, then sent home to the executor, where the coroutine is resumed.
class Job {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Job(const asio::any_io_executor& home, std::size_t weight)
      : home_(home), queued_at_(std::chrono::steady_clock::now()), weight_(weight) {}
  virtual ~Job() = default;

  /// Replaces the result by this one.
  virtual void fail(const Error& error) = 0;
  /// Gives the result to the coroutine. On the executor; at most once, and the last call.
  virtual void resume() = 0;

  asio::any_io_executor home() const { return home_.get_executor(); }
  Time queued_at() const { return queued_at_; }
  /// How many changes it counts for, in the queue and in health(). 0: always let in.
  std::size_t weight() const { return weight_; }

 private:
  asio::executor_work_guard<asio::any_io_executor> home_;
  Time queued_at_;
  std::size_t weight_;
};

/// Posts the job to its executor; jobs of one executor keep their order.
template <class AnyJob>
void send_home(std::unique_ptr<AnyJob> job) {
  auto home = job->home();
  asio::post(home, [arrived = std::move(job)]() mutable {
    arrived->resume();
    arrived.reset();
  });
}

inline Error unavailable(std::string message) { return Error{Errc::unavailable, std::move(message), {}, 1'000}; }
inline Error no_room() { return unavailable("The storage is busy at the moment. Please try again."); }
inline Error not_available() { return unavailable("The storage is not available at the moment. Please try again."); }

/// A function that speaks to the database.
class Call : public Job {
 public:
  enum class Kind { read, write, upkeep };

  Call(const asio::any_io_executor& home, Kind kind) : Job(home, kind == Kind::upkeep ? 0 : 1), kind_(kind) {}

  /// Does the work and keeps the result, or gives the fault. May be called again after a fault that may pass.
  virtual Task<std::optional<Fault>> work(Link& link) = 0;

  Kind kind() const { return kind_; }

 private:
  const Kind kind_;
};

/// The changes of one call of apply().
class Changes : public Job {
 public:
  Changes(const asio::any_io_executor& home, std::vector<SharedChange> given)
      : Job(home, given.size()), changes(std::move(given)), durable(changes.size(), false) {}

  void fail(const Error&) override { durable.assign(changes.size(), false); }

  const std::vector<SharedChange> changes;
  std::vector<bool> durable;
};

/// Jobs in the order in which they came, up to a total weight. Any thread.
template <class AnyJob>
class Queue {
 public:
  explicit Queue(std::size_t capacity) : capacity_(capacity) {}

  /// Takes the job, or gives it back if there is no room or the queue is closed.
  std::unique_ptr<AnyJob> push(std::unique_ptr<AnyJob> job, bool to_the_front = false) {
    const std::scoped_lock lock(mutex_);
    if (is_closed_ || (job->weight() > 0 && weight_ > 0 && weight_ + job->weight() > capacity_)) return job;
    weight_ += job->weight();
    if (to_the_front)
      jobs_.push_front(std::move(job));
    else
      jobs_.push_back(std::move(job));
    return nullptr;
  }
  /// The oldest; null if there is none, or it would weigh more than `most`.
  std::unique_ptr<AnyJob> take(std::size_t most = SIZE_MAX) {
    const std::scoped_lock lock(mutex_);
    if (jobs_.empty() || jobs_.front()->weight() > most) return nullptr;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    weight_ -= job->weight();
    return job;
  }
  /// No more jobs come in.
  void close() {
    const std::scoped_lock lock(mutex_);
    is_closed_ = true;
  }
  bool is_closed() const {
    const std::scoped_lock lock(mutex_);
    return is_closed_;
  }
  /// The weight of what waits.
  std::size_t size() const {
    const std::scoped_lock lock(mutex_);
    return weight_;
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<AnyJob>> jobs_;
  std::size_t weight_ = 0;
  bool is_closed_ = false;
};

}  // namespace collab::store::pg
