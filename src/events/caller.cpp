#include "events/caller.hpp"

#include <algorithm>
#include <cmath>

namespace collab::events {

std::optional<std::chrono::milliseconds> EventBudget::take(Clock::time_point now) {
  if (rate_ == 0) return std::nullopt;
  if (last_ != Clock::time_point{}) {
    const std::chrono::duration<double> passed = now - last_;
    tokens_ = std::min(2 * rate_, tokens_ + passed.count() * rate_);
  }
  last_ = now;
  if (tokens_ >= 1) {
    tokens_ -= 1;
    return std::nullopt;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil((1 - tokens_) / rate_ * 1000)));
}

}  // namespace collab::events
