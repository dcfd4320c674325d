// The living half of a Connection: it stays until its last asynchronous operation has ended.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/task.hpp"
#include "redis/arguments.hpp"
#include "redis/client.hpp"
#include "redis/connection.hpp"
#include "redis/reply.hpp"
#include "redis/stream.hpp"

namespace collab::redis {

/// See Connection, whose promises it keeps. On its shard only.
///
/// Invariants:
/// 1. `flights_` are the commands without a reply, in the order of their bytes; the last `unwritten_` of them have not
///    been given to the socket.
/// 2. Once closed, nothing is in flight, no handler is called, and it never opens again.
class Wire : public std::enable_shared_from_this<Wire> {
 public:
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::milliseconds;

  Wire(asio::io_context& io, std::shared_ptr<const Settings> settings, std::shared_ptr<Counters> counters,
       Address address);

  /// Resolves, connects and speaks TLS; "" or what went wrong.
  static Task<std::string> connect(std::shared_ptr<Wire> self, std::shared_ptr<TlsContext> tls);
  /// Closes it after `limit`, unless disarm_guard() comes first.
  void arm_guard(Milliseconds limit);
  void disarm_guard() { guard_.cancel(); }

  static Task<Result<Reply>> send(std::shared_ptr<Wire> self, const Arguments& command,
                                  std::optional<Milliseconds> deadline);
  static Task<Result<std::vector<Reply>>> send_all(std::shared_ptr<Wire> self, const std::vector<Arguments>& commands,
                                                   std::optional<Milliseconds> deadline);
  /// Starts the PINGs of a silent connection.
  void keep_alive();
  void listen(std::function<void(Reply)> handler, std::function<void()> after_read);
  bool tell(const Arguments& command);

  bool is_open() const { return is_open_; }
  /// Everything in flight is answered `unavailable`.
  void close(const std::string& why);
  /// Closes it, and destroys the tasks that wait.
  void abandon();

  asio::io_context& io;
  const std::shared_ptr<const Settings> settings;
  const Address address;
  Greeting greeting = {};
  std::function<void(const std::string&)> on_close = nullptr;
  std::string why_closed = {};
  std::optional<std::chrono::microseconds> round_trip = {};
  Clock::time_point last_heard = Clock::now();
  std::size_t expected_replies() const { return expected_; }

 private:
  struct Flight {
    std::size_t expected = 1;
    std::vector<Reply> replies = {};
    Clock::time_point sent = {}, deadline = {};
    bool is_ping = false;
    OneShot<Result<std::vector<Reply>>> done = {};
  };
  struct Resolving {
    explicit Resolving(asio::io_context& io) : resolver(io) {}
    asio::ip::tcp::resolver resolver;
    bool is_done = false;
    OneShot<Result<std::vector<Stream::Endpoint>>> done = {};
  };

  Task<Result<std::vector<Stream::Endpoint>>> resolve();
  Flight& take_off(std::size_t expected, std::optional<Milliseconds> deadline);
  Result<void> check(std::size_t commands) const;
  void ping();
  void flush_later();
  void flush();
  void read();
  void on_read(const boost::system::error_code& fault, std::size_t size);
  std::string parting_words(const boost::system::error_code& fault) const;
  void take(Reply reply);
  void land(Reply reply);
  void watch_deadline(Clock::time_point deadline);
  void look_at_deadlines();
  bool shut(const std::string& why);

  const std::shared_ptr<Counters> counters_;
  Stream stream_;
  bool is_open_ = true;
  std::shared_ptr<Resolving> resolving_;
  asio::steady_timer guard_, deadline_timer_, silence_timer_;
  std::optional<Clock::time_point> watched_deadline_;

  std::deque<Flight> flights_;
  std::size_t expected_ = 0;   // replies of all flights
  std::size_t unwritten_ = 0;  // flights
  std::string out_, writing_;
  bool is_writing_ = false, is_flush_due_ = false;

  std::vector<char> in_;
  ReplyReader reader_;
  std::function<void(Reply)> listener_;
  std::function<void()> after_read_;
  bool wants_ping_ = false;
};

}  // namespace collab::redis
