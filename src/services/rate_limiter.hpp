// How often somebody may try something: so many times in a window that begins with the first try.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/clock.hpp"

namespace collab::services {

/// `count` tries in each `period`; 0 = no limit.
struct RateLimit {
  std::uint64_t count = 0;
  std::chrono::milliseconds period{60'000};

  bool is_off() const { return count == 0; }
};

/// Where one key stands after a try: what the X-RateLimit headers say.
struct RateStanding {
  bool is_allowed = true;
  std::uint64_t limit = 0;  ///< 0 = there is none, and the rest means nothing
  std::uint64_t remaining = 0;
  EpochMs resets_at = 0;
};

/// Counts tries by key. Bounded: the oldest windows are forgotten when there are too many keys. Any thread: the limit
/// is one for the whole process, and a try that is worth limiting costs far more than the lock.
class RateLimiter {
 public:
  RateLimiter(RateLimit limit, const Clock& clock, std::size_t max_keys = 100'000);

  /// Counts a try of `key`; a refused one is not counted.
  RateStanding attempt(const std::string& key);

 private:
  struct Window {
    EpochMs ends_at = 0;
    std::uint64_t used = 0;
    std::list<std::string>::iterator place;
  };

  void forget_ended(EpochMs now);
  Window& window_of(const std::string& key, EpochMs now);

  const RateLimit limit_;
  const Clock& clock_;
  const std::size_t max_keys_;
  std::mutex mutex_;
  std::unordered_map<std::string, Window> windows_;
  std::list<std::string> by_end_;  // all windows are equally long: oldest first
};

}  // namespace collab::services
