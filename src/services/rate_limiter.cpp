#include "services/rate_limiter.hpp"

namespace collab::services {

RateLimiter::RateLimiter(RateLimit limit, const Clock& clock, std::size_t max_keys)
    : limit_(limit), clock_(clock), max_keys_(max_keys) {}

RateStanding RateLimiter::attempt(const std::string& key) {
  if (limit_.is_off()) return {};
  const std::lock_guard lock(mutex_);
  const auto now = clock_.now();
  forget_ended(now);
  Window& window = window_of(key, now);
  const bool is_allowed = window.used < limit_.count;
  if (is_allowed) ++window.used;
  return RateStanding{is_allowed, limit_.count, limit_.count - window.used, window.ends_at};
}

void RateLimiter::forget_ended(EpochMs now) {
  while (!by_end_.empty()) {
    const auto oldest = windows_.find(by_end_.front());
    if (oldest->second.ends_at > now) return;
    windows_.erase(oldest);
    by_end_.pop_front();
  }
}

RateLimiter::Window& RateLimiter::window_of(const std::string& key, EpochMs now) {
  if (const auto found = windows_.find(key); found != windows_.end()) return found->second;
  if (windows_.size() >= max_keys_) {
    windows_.erase(by_end_.front());
    by_end_.pop_front();
  }
  by_end_.push_back(key);
  const auto place = std::prev(by_end_.end());
  return windows_.emplace(key, Window{now + limit_.period.count(), 0, place}).first->second;
}

}  // namespace collab::services
