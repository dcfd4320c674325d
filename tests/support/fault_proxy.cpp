#include "support/fault_proxy.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <future>

namespace collab::support {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct FaultProxy::Pair {
  explicit Pair(asio::io_context& io) : sides{tcp::socket(io), tcp::socket(io)}, timers{Timer(io), Timer(io)} {}
  using Timer = asio::steady_timer;

  void reset() {
    for (tcp::socket& side : sides) {
      error_code ignored;
      side.set_option(asio::socket_base::linger(true, 0), ignored);
      side.close(ignored);
    }
  }

  std::array<tcp::socket, 2> sides;  // of the client, of the server
  std::array<Timer, 2> timers;
  std::array<std::array<char, 16 * 1024>, 2> buffers;
  std::size_t from_server = 0;  // bytes forwarded since cut_after() had an effect last
};

FaultProxy::FaultProxy(std::uint16_t target)
    : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), target_(target) {
  port_ = acceptor_.local_endpoint().port();
  accept();
  thread_ = std::thread([this] { io_.run(); });
}

FaultProxy::~FaultProxy() {
  io_.stop();
  thread_.join();
}

void FaultProxy::cut() {
  std::promise<void> done;
  asio::post(io_, [&] {
    for (const auto& weak : pairs_)
      if (const auto pair = weak.lock()) pair->reset();
    pairs_.clear();
    done.set_value();
  });
  done.get_future().wait();
}

void FaultProxy::accept() {
  const auto pair = std::make_shared<Pair>(io_);
  acceptor_.async_accept(pair->sides[0], [this, pair](const error_code& fault) {
    if (fault) return;
    accept();
    ++accepted_;
    if (refuses_) return pair->reset();
    pairs_.push_back(pair);
    pair->sides[1].async_connect(tcp::endpoint(asio::ip::address_v4::loopback(), target_),
                                 [this, pair](const error_code& failed) {
                                   if (failed) return pair->reset();
                                   for (tcp::socket& side : pair->sides) side.set_option(tcp::no_delay(true));
                                   pump(pair, false);
                                   pump(pair, true);
                                 });
  });
}

void FaultProxy::pump(std::shared_ptr<Pair> pair, bool is_from_server) {
  auto& buffer = pair->buffers[is_from_server];
  pair->sides[is_from_server].async_read_some(asio::buffer(buffer),
                                              [this, pair, is_from_server](const error_code& fault, std::size_t size) {
                                                if (fault) return pair->reset();
                                                forward(pair, is_from_server, 0, size);
                                              });
}

void FaultProxy::forward(std::shared_ptr<Pair> pair, bool is_from_server, std::size_t begin, std::size_t end) {
  if (begin == end) return pump(pair, is_from_server);
  const int wait_ms = holds_ ? 1 : delay_ms_.load();
  auto& timer = pair->timers[is_from_server];
  timer.expires_after(std::chrono::milliseconds(wait_ms));
  timer.async_wait([this, pair, is_from_server, begin, end](const error_code& cancelled) {
    if (cancelled || !pair->sides[0].is_open()) return;
    if (holds_) return forward(pair, is_from_server, begin, end);
    std::size_t size = end - begin;
    const std::size_t slice = slice_, limit = cut_after_;
    if (is_from_server && slice > 0) size = std::min(size, slice);
    const bool is_last = is_from_server && limit > 0 && pair->from_server + size >= limit;
    if (is_last) size = limit - std::min(pair->from_server, limit);
    if (is_from_server) pair->from_server = limit > 0 ? pair->from_server + size : 0;
    asio::async_write(pair->sides[!is_from_server], asio::buffer(&pair->buffers[is_from_server][begin], size),
                      [this, pair, is_from_server, begin, end, size, is_last](const error_code& fault, std::size_t) {
                        if (fault) return pair->reset();
                        if (!is_last) return forward(pair, is_from_server, begin + size, end);
                        // An orderly end, so that what was forwarded arrives.
                        for (tcp::socket& side : pair->sides) {
                          error_code ignored;
                          side.close(ignored);
                        }
                      });
  });
}

}  // namespace collab::support
