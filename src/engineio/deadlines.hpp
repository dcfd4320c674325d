// Many deadlines of one length in one list, so that each costs O(1) and all of them one timer.
#pragma once

#include <chrono>

namespace collab::engineio {

using TimePoint = std::chrono::steady_clock::time_point;

/// What stands in a DeadlineList: derive from it. In at most one list at a time. Leaves its list when destroyed.
class DeadlineHook {
 public:
  DeadlineHook() = default;
  DeadlineHook(const DeadlineHook&) = delete;
  DeadlineHook& operator=(const DeadlineHook&) = delete;
  ~DeadlineHook() { unlink(); }

  bool is_linked() const { return next_ != nullptr; }
  TimePoint deadline() const { return deadline_; }
  void unlink() {
    if (!next_) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }

 private:
  friend class DeadlineList;
  DeadlineHook* previous_ = nullptr;
  DeadlineHook* next_ = nullptr;
  TimePoint deadline_{};
};

/// Deadlines in order of arrival, which is their order in time if every one is "now + the same interval". On one shard.
class DeadlineList {
 public:
  DeadlineList() { head_.previous_ = head_.next_ = &head_; }
  /// What is still in the list is in none afterwards.
  ~DeadlineList() {
    while (auto* hook = front()) hook->unlink();
  }

  /// Precondition: `deadline` is not before that of any other member.
  void push_back(DeadlineHook& hook, TimePoint deadline) {
    hook.unlink();
    hook.deadline_ = deadline;
    hook.previous_ = head_.previous_;
    hook.next_ = &head_;
    head_.previous_->next_ = &hook;
    head_.previous_ = &hook;
  }
  DeadlineHook* front() const { return head_.next_ == &head_ ? nullptr : head_.next_; }
  /// When the first one is due; the end of time if there is none.
  TimePoint first() const { return front() ? front()->deadline() : TimePoint::max(); }

 private:
  DeadlineHook head_;
};

}  // namespace collab::engineio
