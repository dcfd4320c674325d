#include "app/housekeeping.hpp"

#include "core/log.hpp"

namespace collab::app {
namespace {

constexpr std::chrono::seconds account_interval{2};
constexpr std::chrono::seconds first_purge_after{60};
constexpr std::chrono::hours purge_interval{24};

}  // namespace

Housekeeping::Housekeeping(const Config& config, Shard& shard, const Clock& clock, Domain& domain)
    : config_(config),
      shard_(shard),
      clock_(clock),
      domain_(domain),
      accounts_timer_(shard.io()),
      purge_timer_(shard.io()) {}

void Housekeeping::start() {
  running_ = 2;
  spawn(shard_.io(), "keep accounts", [this] { return keep_accounts(); });
  spawn(shard_.io(), "purge", [this] { return purge_daily(); });
}

void Housekeeping::stop() {
  shard_.post([this] {
    is_stopping_ = true;
    accounts_timer_.cancel();
    purge_timer_.cancel();
  });
  for (int left = running_; left > 0; left = running_) running_.wait(left);
}

Task<bool> Housekeeping::pause(asio::steady_timer& timer, std::chrono::milliseconds duration) {
  if (is_stopping_) co_return false;
  timer.expires_after(duration);
  boost::system::error_code cancelled;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  co_return !is_stopping_;
}

Task<void> Housekeeping::keep_accounts() {
  // At once the first time: from here on, what other processes revoke is noticed.
  for (bool goes_on = true; goes_on;) {
    const Result<void> kept = co_await domain_.accounts().keep_house();
    if (!kept) log::debug("accounts", "housekeeping is tried again later", {{"why", kept.error().message}});
    goes_on = co_await pause(accounts_timer_, account_interval);
  }
  --running_;
  running_.notify_all();
}

Task<void> Housekeeping::purge_daily() {
  std::chrono::milliseconds wait = first_purge_after;
  while (co_await pause(purge_timer_, wait)) {
    wait = purge_interval;
    const store::Retention retention{config_.op_id_retention.count(), config_.trash_retention.count()};
    co_await domain_.purge(clock_.now(), retention);
  }
  --running_;
  running_.notify_all();
}

}  // namespace collab::app
