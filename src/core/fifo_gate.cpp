#include "core/fifo_gate.hpp"

#include <algorithm>

namespace collab {

// A waiting coroutine is owned by its OneShot, so its frame must not own the OneShot: it holds a reference.
Task<bool> FifoGate::wait() {
  OneShot<bool>& decision = enter(Time::max());
  const bool is_admitted = co_await decision.wait();
  --resuming_;
  co_return is_admitted;
}

Task<bool> FifoGate::wait(std::chrono::milliseconds limit) {
  OneShot<bool>& decision = enter(std::chrono::steady_clock::now() + limit);
  watch_deadlines();
  const bool is_admitted = co_await decision.wait();
  --resuming_;
  co_return is_admitted;
}

Task<void> FifoGate::follow() {
  ++resuming_;
  co_await asio::post(io_, asio::use_awaitable);
  --resuming_;
}

std::size_t FifoGate::admit(std::size_t count) {
  const std::size_t admitted = std::min(count, waiting_.size());
  for (std::size_t i = 0; i < admitted; ++i) dismiss_first(true);
  return admitted;
}

void FifoGate::refuse_all() {
  while (!waiting_.empty()) dismiss_first(false);
}

OneShot<bool>& FifoGate::enter(Time deadline) {
  Waiting& entered = waiting_.emplace_back();
  entered.deadline = deadline;
  return entered.decision;
}

void FifoGate::dismiss_first(bool is_admitted) {
  std::list<Waiting> first;
  first.splice(first.begin(), waiting_, waiting_.begin());
  ++resuming_;
  first.front().decision.set(is_admitted);
}

// One timer for all: with equal limits, the first to arrive is the first whose time is up.
void FifoGate::watch_deadlines() {
  if (is_timer_running_ || waiting_.empty()) return;
  if (!timer_) timer_.emplace(io_);
  is_timer_running_ = true;
  timer_->expires_at(waiting_.front().deadline);
  timer_->async_wait([this](boost::system::error_code error) {
    if (error) return;  // cancelled with the gate
    is_timer_running_ = false;
    const Time now = std::chrono::steady_clock::now();
    while (!waiting_.empty() && waiting_.front().deadline <= now) dismiss_first(false);
    watch_deadlines();
  });
}

}  // namespace collab
