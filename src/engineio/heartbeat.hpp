// Pings and their deadlines for all sessions of a shard.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "engineio/deadlines.hpp"
#include "engineio/message.hpp"

namespace collab::engineio {

class Session;

/// Every session is in one of two lists: its next ping is due, or its pong is. One timer for both. On one shard.
///  1. A ping leaves `interval` after the session opened or the last pong came, or up to `slack` earlier.
///  2. Without a pong the session is closed exactly `timeout` after the ping was due.
class Heartbeat {
 public:
  Heartbeat(boost::asio::io_context& io, std::chrono::milliseconds interval, std::chrono::milliseconds timeout);

  /// A session opened, or its pong came.
  void expect_ping(Session& session, TimePoint now);
  /// Does what is due by `now`. Any call that depends on a session being alive makes this one first.
  void run_due(TimePoint now);
  void stop() { timer_.cancel(); }

 private:
  void arm();

  const std::chrono::milliseconds interval_, timeout_, slack_;
  DeadlineList ping_due_, pong_due_;
  boost::asio::steady_timer timer_;
  TimePoint armed_for_ = TimePoint::max();
  const SharedMessage ping_;
};

}  // namespace collab::engineio
