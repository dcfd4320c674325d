#include "redis/link.hpp"

#include <boost/asio/redirect_error.hpp>

#include "core/log.hpp"

namespace collab::redis {

std::chrono::milliseconds Backoff::next() {
  const auto most = std::min<std::int64_t>(limit_.count(), first_.count() << std::min(attempts_, 20U));
  ++attempts_;
  return Milliseconds(std::uniform_int_distribution<std::int64_t>(0, most)(random_));
}

Link::Link(std::shared_ptr<Dialer> dialer, const char* purpose, std::optional<Address> address, Opener open)
    : dialer_(std::move(dialer)),
      purpose_(purpose),
      address_(std::move(address)),
      open_(std::move(open)),
      backoff_(dialer_->settings->backoff_first, dialer_->settings->backoff_limit),
      pause_(dialer_->io) {}

void Link::start() {
  is_attempting_ = true;
  spawn(dialer_->io, "redis link", [self = shared_from_this()] { return run(self); });
}

Task<void> Link::run(std::shared_ptr<Link> self) {
  while (!self->is_stopped_) {
    self->is_attempting_ = true;
    auto opened = co_await self->open_();
    if (self->is_stopped_) co_return;
    if (opened) {
      co_await keep(self, std::move(*opened));
      if (self->is_stopped_) co_return;
      if (self->on_down) self->on_down();
    } else {
      self->note_problem("cannot connect", opened.error().message);
      self->end_attempt(false);
      if (self->on_failed) self->on_failed();
    }
    if (self->is_stopped_) co_return;
    self->pause_.expires_after(self->backoff_.next());
    boost::system::error_code cancelled;
    co_await self->pause_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
}

// Returns when the connection is up no more.
Task<void> Link::keep(std::shared_ptr<Link> self, std::unique_ptr<Connection> connection) {
  const auto begin = std::chrono::steady_clock::now();
  self->closed_ = std::make_unique<OneShot<std::string>>();
  connection->on_close([weak = self->weak_from_this()](const std::string& why) {
    const auto link = weak.lock();
    if (link && link->closed_) link->closed_->set(why);
  });
  self->connection_ = std::move(connection);
  self->note_up();
  self->end_attempt(true);
  if (self->on_up) self->on_up();
  if (self->is_stopped_) co_return;
  const std::string why = co_await self->closed_->wait();
  self->connection_ = nullptr;
  self->dialer_->counters->losses.add();
  self->note_problem("connection lost", why);
  // One that breaks as soon as it is there does not begin anew with short pauses.
  if (std::chrono::steady_clock::now() - begin > self->dialer_->settings->backoff_limit) self->backoff_.reset();
}

void Link::note_up() {
  problem_.clear();
  dialer_->counters->connects.add();
  const bool is_again = std::exchange(was_problem_logged_, false);
  log::info("redis", is_again ? "connected again" : "connected",
            {{"for", purpose_}, {"node", to_string(connection_->address())}});
}

// Only the first of a row of failures is logged; health() tells the present one.
void Link::note_problem(const char* sentence, const std::string& why) {
  problem_ = why;
  if (is_stopped_ || std::exchange(was_problem_logged_, true)) return;
  log::warning("redis", sentence, {{"for", purpose_}, {"problem", why}});
}

void Link::end_attempt(bool is_connected) {
  is_attempting_ = false;
  for (OneShot<bool>& waiting : waiting_) waiting.set(is_connected);
  waiting_.clear();
}

Task<bool> Link::attempt(std::shared_ptr<Link> self) {
  if (!self->is_attempting_) co_return self->connection() != nullptr;
  OneShot<bool>& end = self->waiting_.emplace_back();
  co_return co_await end.wait();
}

void Link::reopen(const std::string& why) {
  if (connection_)
    connection_->close(why);
  else
    pause_.cancel();
}

void Link::retire(const std::string& why) {
  if (is_stopped_) return;
  if (connection_) connection_->close(why);
  end_attempt(false);
  stop();
}

void Link::stop() {
  is_stopped_ = true;
  on_up = on_down = on_failed = nullptr;
  waiting_.clear();
  closed_ = nullptr;
  connection_ = nullptr;
  pause_.cancel();
}

}  // namespace collab::redis
