// A connection that is made again whenever it breaks.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "core/task.hpp"
#include "redis/connection.hpp"
#include "redis/dialer.hpp"

namespace collab::redis {

/// How long to wait before the next attempt: random up to a limit that doubles with each attempt ("full jitter"), so
/// that clients that lost their server together do not come back together.
class Backoff {
 public:
  using Milliseconds = std::chrono::milliseconds;
  Backoff(Milliseconds first, Milliseconds limit) : first_(first), limit_(limit) {}

  Milliseconds next();
  void reset() { attempts_ = 0; }

 private:
  const Milliseconds first_, limit_;
  unsigned attempts_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

/// Keeps one connection, until stopped. Shared with its own task; on its shard only.
class Link : public std::enable_shared_from_this<Link> {
 public:
  using Opener = std::function<Task<Result<std::unique_ptr<Connection>>>()>;

  /// `purpose` is a literal for the log. `open` brings the connection in the state in which others may use it.
  /// `address` is where it leads, if that is always the same place.
  Link(std::shared_ptr<Dialer> dialer, const char* purpose, std::optional<Address> address, Opener open);

  /// All may be left empty. Called by the link's own task, after connection() has changed; they must not stop this
  /// link.
  std::function<void()> on_up = nullptr;
  std::function<void()> on_down = nullptr;    ///< a connection that was up is gone
  std::function<void()> on_failed = nullptr;  ///< an attempt has failed

  void start();
  /// Ends it: the connection is gone with the tasks that wait for it, and nothing is called any more.
  void stop();
  /// Ends it as well, but answers those who wait.
  void retire(const std::string& why);

  /// The usable connection, or nullptr.
  Connection* connection() const { return connection_ && connection_->is_open() ? connection_.get() : nullptr; }
  /// An attempt is under way: attempt() will complete soon.
  bool is_attempting() const { return is_attempting_; }
  /// Waits for the end of the present attempt, if there is one: whether there is a connection then.
  static Task<bool> attempt(std::shared_ptr<Link> self);
  /// Why there is no connection; "" if there is one or the first attempt is still under way.
  const std::string& problem() const { return problem_; }
  const std::optional<Address>& address() const { return address_; }
  /// Closes the connection, so that another one is made; without one, the next attempt begins now.
  void reopen(const std::string& why);

 private:
  static Task<void> run(std::shared_ptr<Link> self);
  static Task<void> keep(std::shared_ptr<Link> self, std::unique_ptr<Connection> connection);
  void note_up();
  void end_attempt(bool is_connected);
  void note_problem(const char* sentence, const std::string& why);

  const std::shared_ptr<Dialer> dialer_;
  const char* const purpose_;
  const std::optional<Address> address_;
  Opener open_;
  Backoff backoff_;
  asio::steady_timer pause_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<OneShot<std::string>> closed_;  // of connection_: why
  std::list<OneShot<bool>> waiting_;
  std::string problem_;
  bool is_attempting_ = false, is_stopped_ = false, was_problem_logged_ = false;
};

}  // namespace collab::redis
