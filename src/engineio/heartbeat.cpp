#include "engineio/heartbeat.hpp"

#include <algorithm>

#include "engineio/session.hpp"

namespace collab::engineio {

using namespace std::chrono_literals;

// Pings that are nearly due go along with one that is, so that many sessions do not mean as many wake-ups.
Heartbeat::Heartbeat(boost::asio::io_context& io, std::chrono::milliseconds interval, std::chrono::milliseconds timeout)
    : interval_(interval),
      timeout_(timeout),
      slack_(std::min(interval / 100, 50ms)),
      timer_(io),
      ping_(make_text("2")) {}

void Heartbeat::expect_ping(Session& session, TimePoint now) {
  session.awaits_pong_ = false;
  ping_due_.push_back(session, now + interval_);
  if (ping_due_.first() < armed_for_) arm();
}

void Heartbeat::run_due(TimePoint now) {
  while (pong_due_.first() <= now) static_cast<Session*>(pong_due_.front())->close(CloseReason::ping_timeout);
  while (ping_due_.first() <= now + slack_) {
    auto& session = *static_cast<Session*>(ping_due_.front());
    session.awaits_pong_ = true;
    pong_due_.push_back(session, session.deadline() + timeout_);
    session.send(ping_);
  }
  // Late ourselves, by a whole timeout: those that we have just pinged have had no time to answer, and still are dead.
  while (pong_due_.first() <= now) static_cast<Session*>(pong_due_.front())->close(CloseReason::ping_timeout);
}

void Heartbeat::arm() {
  armed_for_ = std::min(ping_due_.first(), pong_due_.first());
  if (armed_for_ == TimePoint::max()) return;
  timer_.expires_at(armed_for_);
  timer_.async_wait([this](boost::system::error_code fault) {
    if (fault) return;
    armed_for_ = TimePoint::max();
    run_due(std::chrono::steady_clock::now());
    arm();
  });
}

}  // namespace collab::engineio
