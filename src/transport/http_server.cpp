#include "transport/http_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/log.hpp"
#include "transport/shard_transport.hpp"

namespace collab::transport {
namespace {

using boost::asio::ip::tcp;

constexpr int accepts_per_wakeup = 64;
constexpr std::chrono::milliseconds pause_without_descriptors{100};
// How long stop() waits for requests that are being handled.
constexpr std::chrono::milliseconds stop_timeout{2'000};
constexpr std::chrono::milliseconds stop_step{5};

Task<void> close_shard(ShardTransport* part) {
  part->abort_all();
  asio::steady_timer timer(part->shard().io());
  for (auto left = stop_timeout; left.count() > 0 && part->open() > 0; left -= stop_step) {
    timer.expires_after(stop_step);
    co_await timer.async_wait(asio::use_awaitable);
  }
  // The last handlers of closed sockets run before the caller goes on.
  timer.expires_after(stop_step);
  co_await timer.async_wait(asio::use_awaitable);
}

boost::asio::ip::address address_of(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    return boost::asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  boost::asio::ip::address_v6::bytes_type bytes;
  std::copy_n(v6.sin6_addr.s6_addr, bytes.size(), bytes.begin());
  return boost::asio::ip::address_v6(bytes, v6.sin6_scope_id);
}

}  // namespace

/// One listening socket. Accepts on shard 0 and deals the connections out to all shards.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(Shard& shard, std::vector<std::unique_ptr<ShardTransport>>& parts, Serve serve)
      : shard_(shard), parts_(parts), serve_(serve), acceptor_(shard.io()), pause_(shard.io()) {}

  std::uint16_t open(const std::string& host, std::uint16_t port) {
    tcp::resolver resolver(shard_.io());
    const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive);
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen(asio::socket_base::max_listen_connections);
    acceptor_.non_blocking(true);
    const std::uint16_t bound = acceptor_.local_endpoint().port();
    wait();
    return bound;
  }

  void close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

 private:
  void wait() {
    acceptor_.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](boost::system::error_code fault) {
      if (!fault && self->acceptor_.is_open()) self->accept();
    });
  }

  void accept() {
    for (int count = 0; count < accepts_per_wakeup; ++count) {
      sockaddr_storage storage{};
      socklen_t size = sizeof storage;
      UniqueFd fd(::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&storage), &size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (fd.get() < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return pause(errno);
        if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO) continue;
        break;
      }
      const int on = 1;
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      deal(std::move(fd), address_of(storage));
    }
    wait();
  }

  void deal(UniqueFd fd, const boost::asio::ip::address& peer) {
    ShardTransport& first = *parts_[0];
    if (first.is_limited(peer) && first.addresses().enter(peer) > first.settings().max_connections_per_address) {
      first.addresses().leave(peer);
      first.counters().connections_refused.add();
      return;
    }
    // Shared by all ports, so that two of them do not both favour the first shards.
    static std::atomic<unsigned> next{0};
    parts_[next.fetch_add(1, std::memory_order_relaxed) % parts_.size()]->take(std::move(fd), peer, serve_);
  }

  void pause(int fault) {
    log::warning("transport", "cannot accept connections for lack of resources", {{"errno", fault}});
    pause_.expires_after(pause_without_descriptors);
    pause_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
      if (!cancelled && self->acceptor_.is_open()) self->wait();
    });
  }

  Shard& shard_;
  std::vector<std::unique_ptr<ShardTransport>>& parts_;
  const Serve serve_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
};

HttpServer::HttpServer(ShardSet& shards, HttpSettings settings, const HttpRouter& router, engineio::Server* engine)
    : shards_(shards), settings_(std::move(settings)) {
  for (unsigned index = 0; index < shards.size(); ++index)
    parts_.push_back(std::make_unique<ShardTransport>(shards[index], settings_, router, engine, parts_, addresses_));
}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::listen(const std::string& host, std::uint16_t port, Serve serve) {
  auto acceptor = std::make_shared<Acceptor>(shards_[0], parts_, serve);
  const std::uint16_t bound = acceptor->open(host, port);
  acceptors_.push_back(std::move(acceptor));
  return bound;
}

void HttpServer::stop_listening() {
  shards_[0].dispatch([acceptors = acceptors_] {
    for (const auto& acceptor : acceptors) acceptor->close();
  });
}

Task<void> HttpServer::stop() {
  stop_listening();
  for (const auto& part : parts_) {
    const auto close = [part = part.get()] { return close_shard(part); };
    co_await part->shard().run(close);
  }
}

CounterValues HttpServer::counters() const {
  CounterValues sum;
  for (const auto& part : parts_) sum.add(part->counters());
  return sum;
}

}  // namespace collab::transport
