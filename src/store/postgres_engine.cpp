#include "store/postgres_engine.hpp"

#include <algorithm>

namespace collab::store::pg {
namespace {

constexpr std::chrono::milliseconds first_pause{5};

}  // namespace

std::chrono::milliseconds Engine::chance_up_to(std::chrono::milliseconds most) {
  return std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, most.count())(chance_));
}

Task<std::optional<Fault>> Engine::ensure_open(Link& link) {
  if (link.is_usable()) co_return std::nullopt;
  if (std::chrono::steady_clock::now() < next_attempt_) co_return last_fault_;
  const Outcome<> opened = co_await link.open(options.connect_deadline);
  if (opened) {
    backoff_ = {};
    next_attempt_ = {};
    co_return std::nullopt;
  }
  // Half of it by chance: servers that lost the same database do not come back in one moment.
  backoff_ = std::clamp(backoff_ * 2, options.first_backoff, options.last_backoff);
  next_attempt_ = std::chrono::steady_clock::now() + backoff_ / 2 + chance_up_to(backoff_ / 2);
  last_fault_ = opened.error();
  co_return last_fault_;
}

Task<> Engine::pause_before(int attempt) {
  asio::steady_timer timer(io, chance_up_to(first_pause * (1 << attempt)));
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace collab::store::pg
