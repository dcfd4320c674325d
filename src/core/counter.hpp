// A number that one shard counts and anybody may read.
#pragma once

#include <atomic>
#include <cstdint>

namespace collab {

/// Written by its shard only, without the cost of an atomic addition; read by any thread.
class Counter {
 public:
  void add(std::uint64_t by = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  void subtract(std::uint64_t by = 1) { add(~by + 1); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace collab
