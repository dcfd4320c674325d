// How the storage is, in words, and the log lines about it.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace collab::store {

/// The present problem of one kind of access. Logs when it begins, at most every ten seconds while it lasts, and when
/// it is over. Any thread.
class StorageCondition {
 public:
  /// `what` is a literal: "writing".
  explicit StorageCondition(std::string_view what) : what_(what) {}

  void failed(const std::string& cause, std::size_t jobs);
  void succeeded();
  bool is_good() const;
  /// "" = none.
  std::string problem() const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  const std::string_view what_;
  mutable std::mutex mutex_;
  std::string cause_;
  Time last_logged_{};
  std::size_t unreported_jobs_ = 0;
};

}  // namespace collab::store
