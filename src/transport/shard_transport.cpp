#include "transport/shard_transport.hpp"

#include "transport/http_connection.hpp"

namespace collab::transport {
namespace {

// How exactly deadlines are kept.
constexpr std::chrono::milliseconds sweep_interval{250};
// How long a closed WebSocket waits for its peer's close.
constexpr std::chrono::milliseconds goodbye_timeout{2'000};

std::chrono::milliseconds limit(const HttpSettings& settings, WaitFor what) {
  switch (what) {
    case WaitFor::request:
      return settings.idle_timeout;
    case WaitFor::header:
      return settings.header_timeout;
    case WaitFor::body:
      return settings.body_timeout;
    case WaitFor::write:
      return settings.write_timeout;
    case WaitFor::goodbye:
      return goodbye_timeout;
    case WaitFor::nothing:
      break;
  }
  return std::chrono::milliseconds::max();
}

}  // namespace

ShardTransport::ShardTransport(Shard& shard, const HttpSettings& settings, const HttpRouter& router,
                               engineio::Server* engine, std::vector<std::unique_ptr<ShardTransport>>& all,
                               engineio::AddressCounts& addresses)
    : shard_(shard),
      settings_(settings),
      router_(router),
      engine_(engine),
      all_(all),
      addresses_(addresses),
      timer_(shard.io()) {}

void ShardTransport::take(UniqueFd fd, boost::asio::ip::address peer, Serve serve) {
  shard_.post([this, fd = std::move(fd), peer, serve]() mutable {
    counters_.connections_total.add();
    HttpConnection::start(*this, std::move(fd), peer, serve);
  });
}

void ShardTransport::enter(Connection& connection) {
  ++open_;
  counters_.connections_open.add();
  link(connection, WaitFor::request);
  if (is_sweeping_) return;
  is_sweeping_ = true;
  sweep();
}

void ShardTransport::wait_for(Connection& connection, WaitFor what) {
  if (connection.is_linked()) link(connection, what);
}

void ShardTransport::hand_over(Connection& from, Connection& to) {
  from.unlink();
  link(to, WaitFor::nothing);
}

void ShardTransport::link(Connection& connection, WaitFor what) {
  const auto now = std::chrono::steady_clock::now();
  lists_[static_cast<std::size_t>(what)].push_back(
      connection, what == WaitFor::nothing ? engineio::TimePoint::max() : now + limit(settings_, what));
}

void ShardTransport::leave(Connection& connection, const boost::asio::ip::address& peer) {
  if (!connection.is_linked()) return;
  connection.unlink();
  --open_;
  counters_.connections_open.subtract();
  if (is_limited(peer)) addresses_.leave(peer);
}

bool ShardTransport::is_limited(const boost::asio::ip::address& peer) const {
  return settings_.max_connections_per_address > 0 && !settings_.proxies.contains(peer);
}

void ShardTransport::sweep() {
  const auto now = std::chrono::steady_clock::now();
  for (auto& list : lists_)
    while (list.first() <= now) static_cast<Connection*>(list.front())->abort();
  if (open_ == 0 || is_stopped_) {
    is_sweeping_ = false;
    return;
  }
  timer_.expires_after(sweep_interval);
  timer_.async_wait([this](boost::system::error_code fault) {
    if (!fault) sweep();
  });
}

void ShardTransport::abort_all() {
  is_stopped_ = true;
  timer_.cancel();
  for (auto& list : lists_)
    while (auto* hook = list.front()) static_cast<Connection*>(hook)->abort();
}

}  // namespace collab::transport
