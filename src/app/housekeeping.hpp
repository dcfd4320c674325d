// What a server does without being asked: forgets what is old, and hears of logins that ended elsewhere.
#pragma once

#include <atomic>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/config.hpp"
#include "app/domain.hpp"
#include "core/shard.hpp"

namespace collab::app {

/// Two tasks on one shard. Main thread.
class Housekeeping {
 public:
  Housekeeping(const Config& config, Shard& shard, const Clock& clock, Domain& domain);
  void start();
  /// Returns when both tasks have ended. While the shard runs.
  void stop();

 private:
  Task<void> keep_accounts();
  Task<void> purge_daily();
  /// False if stop() was called meanwhile.
  Task<bool> pause(asio::steady_timer& timer, std::chrono::milliseconds duration);

  const Config& config_;
  Shard& shard_;
  const Clock& clock_;
  Domain& domain_;
  asio::steady_timer accounts_timer_, purge_timer_;
  bool is_stopping_ = false;  // on the shard
  std::atomic<int> running_{0};
};

}  // namespace collab::app
