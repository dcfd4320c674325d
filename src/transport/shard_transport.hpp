// What the connections of one shard share: the read buffer, their deadlines, the settings, the counters.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/shard.hpp"
#include "engineio/address_counts.hpp"
#include "engineio/deadlines.hpp"
#include "transport/counters.hpp"
#include "transport/http_server.hpp"
#include "transport/unique_fd.hpp"

namespace collab::transport {

/// A socket without a type-erased executor: half the size.
using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// What a connection waits for, each with its own limit from HttpSettings.
enum class WaitFor : std::uint8_t {
  request,  ///< idle_timeout
  header,   ///< header_timeout
  body,     ///< body_timeout
  write,    ///< write_timeout
  goodbye,  ///< the peer's end of a WebSocket that we have closed
  nothing,  ///< no limit here: a waiting poll, a handler, an open WebSocket
};

/// Whatever holds a TCP connection. In exactly one list of its ShardTransport from enter() to leave().
class Connection : public engineio::DeadlineHook {
 public:
  virtual ~Connection() = default;
  /// Its time is over, or everything stops: close the socket now and leave.
  virtual void abort() = 0;
};

/// One per shard, used by it only, but for take() and the counters. Constructed and destroyed on the main thread.
class ShardTransport {
 public:
  ShardTransport(Shard& shard, const HttpSettings& settings, const HttpRouter& router, engineio::Server* engine,
                 std::vector<std::unique_ptr<ShardTransport>>& all, engineio::AddressCounts& addresses);

  Shard& shard() const { return shard_; }
  const HttpSettings& settings() const { return settings_; }
  const HttpRouter& router() const { return router_; }
  engineio::Server* engine() const { return engine_; }
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }
  ShardTransport& of(const Shard& shard) const { return *all_[shard.index()]; }

  /// Everything is read into this one, and handled before the next read.
  std::array<char, 64 * 1024>& buffer() { return buffer_; }
  /// For messages being inflated.
  std::string& inflated() { return inflated_; }

  /// Serves a connection that was just accepted. Any thread.
  void take(UniqueFd fd, boost::asio::ip::address peer, Serve serve);

  /// A connection is there.
  void enter(Connection& connection);
  /// It waits for something else now. Does nothing for one that has left.
  void wait_for(Connection& connection, WaitFor what);
  /// `to` takes the place of `from`, as in an upgrade.
  void hand_over(Connection& from, Connection& to);
  /// It has ended. Leaving twice is leaving once.
  void leave(Connection& connection, const boost::asio::ip::address& peer);
  /// Whether a peer's connections are counted against max_connections_per_address.
  bool is_limited(const boost::asio::ip::address& peer) const;
  engineio::AddressCounts& addresses() const { return addresses_; }

  /// Closes all connections and refuses further ones.
  void abort_all();
  std::size_t open() const { return open_; }
  bool is_stopped() const { return is_stopped_; }

 private:
  static constexpr std::size_t kinds = static_cast<std::size_t>(WaitFor::nothing) + 1;
  void link(Connection& connection, WaitFor what);
  void sweep();

  Shard& shard_;
  const HttpSettings& settings_;
  const HttpRouter& router_;
  engineio::Server* const engine_;
  std::vector<std::unique_ptr<ShardTransport>>& all_;
  engineio::AddressCounts& addresses_;
  std::array<engineio::DeadlineList, kinds> lists_;
  boost::asio::steady_timer timer_;
  Counters counters_;
  std::size_t open_ = 0;
  bool is_sweeping_ = false;
  bool is_stopped_ = false;
  std::string inflated_;
  std::array<char, 64 * 1024> buffer_;
};

}  // namespace collab::transport
