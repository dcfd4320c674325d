// A queue of coroutines that are let through in the order of their arrival.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>

#include "core/task.hpp"

namespace collab {

/// Where coroutines of one shard wait for each other without losing their order. Owned by what they wait for, which
/// outlives the shard's loop or waits until `is_clear()`; used on its shard only.
///
/// A coroutine that was let through runs a moment later. Whoever arrives in between must not overtake it: newcomers
/// look at is_clear(), and if it is false and they need not wait(), they follow().
class FifoGate {
 public:
  explicit FifoGate(asio::io_context& io) : io_(io) {}
  FifoGate(const FifoGate&) = delete;
  FifoGate& operator=(const FifoGate&) = delete;

  /// Nobody waits, and all who were let through have gone on.
  bool is_clear() const { return waiting_.empty() && resuming_ == 0; }
  std::size_t waiting() const { return waiting_.size(); }

  /// Waits for admit() or refuse_all(): whether it was let through.
  Task<bool> wait();
  /// The same, and refused after `limit`, which must be the same for all who use this gate.
  Task<bool> wait(std::chrono::milliseconds limit);
  /// Goes on at once, but behind all who were let through before.
  Task<void> follow();

  /// Lets the first of those who wait through, at most `count`. How many there were.
  std::size_t admit(std::size_t count);
  void admit_all() { admit(waiting_.size()); }
  void refuse_all();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Waiting {
    OneShot<bool> decision;
    Time deadline = Time::max();
  };

  OneShot<bool>& enter(Time deadline);
  void dismiss_first(bool is_admitted);
  void watch_deadlines();

  asio::io_context& io_;
  std::list<Waiting> waiting_;
  std::size_t resuming_ = 0;
  std::optional<asio::steady_timer> timer_;
  bool is_timer_running_ = false;
};

}  // namespace collab
