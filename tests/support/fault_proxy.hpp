// A TCP proxy on the loopback that does to a connection what networks do on bad days.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>

namespace collab::support {

/// Forwards to 127.0.0.1:`target`, on a thread of its own. Every call may be made from any thread, at any time; it
/// holds for connections that exist and for new ones.
class FaultProxy {
 public:
  explicit FaultProxy(std::uint16_t target);
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;
  ~FaultProxy();

  std::uint16_t port() const { return port_; }
  /// For new connections.
  void set_target(std::uint16_t port) { target_ = port; }
  /// Resets every connection, and returns when that is done.
  void cut();
  /// New connections are accepted and closed at once.
  void refuse(bool does_refuse) { refuses_ = does_refuse; }
  /// Nothing is forwarded, in both directions, and nothing is closed.
  void hold(bool does_hold) { holds_ = does_hold; }
  /// Each piece is forwarded so much later.
  void delay(std::chrono::milliseconds time) { delay_ms_ = static_cast<int>(time.count()); }
  /// What the server says is forwarded in pieces of at most so many bytes; 0 = as it comes.
  void slice(std::size_t bytes) { slice_ = bytes; }
  /// Resets the connection once so many more bytes of the server's have been forwarded on it; 0 = never.
  void cut_after(std::size_t bytes) { cut_after_ = bytes; }

  /// So far.
  int accepted() const { return accepted_; }

 private:
  struct Pair;
  void accept();
  void pump(std::shared_ptr<Pair> pair, bool is_from_server);
  void forward(std::shared_ptr<Pair> pair, bool is_from_server, std::size_t begin, std::size_t end);

  boost::asio::io_context io_{1};
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::atomic<std::uint16_t> target_;
  std::atomic<bool> refuses_{false}, holds_{false};
  std::atomic<int> delay_ms_{0}, accepted_{0};
  std::atomic<std::size_t> slice_{0}, cut_after_{0};
  std::list<std::weak_ptr<Pair>> pairs_;
  std::thread thread_;
};

}  // namespace collab::support
