// The bytes of one connection: TCP or a Unix socket, with or without TLS.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "redis/settings.hpp"

namespace collab::redis {

/// Certificates and rules for TLS, read once and shared by connections. Any thread after its construction.
class TlsContext {
 public:
  /// Throws std::runtime_error, naming the file that cannot be used.
  explicit TlsContext(const Tls& tls);

  const Tls& settings() const { return tls_; }
  asio::ssl::context& native() { return context_; }

 private:
  const Tls tls_;
  asio::ssl::context context_;
};

/// See above. Owned by a Wire.
class Stream {
 public:
  using Socket = asio::generic::stream_protocol::socket;
  using Endpoint = asio::generic::stream_protocol::endpoint;

  explicit Stream(asio::io_context& io) : socket_(io) {}

  /// Connects to the first endpoint that accepts; "" or what went wrong with the last one. The caller keeps this alive,
  /// and ends it early with close().
  Task<std::string> connect(std::vector<Endpoint> endpoints);
  /// TLS on the connected socket; "" or what was wrong, in OpenSSL's words.
  Task<std::string> shake_hands(TlsContext& tls, std::string host);

  template <class Handler>
  void read_some(asio::mutable_buffer into, Handler&& handler) {
    if (tls_)
      tls_->async_read_some(into, std::forward<Handler>(handler));
    else
      socket_.async_read_some(into, std::forward<Handler>(handler));
  }
  template <class Handler>
  void write(asio::const_buffer from, Handler&& handler) {
    if (tls_)
      asio::async_write(*tls_, from, std::forward<Handler>(handler));
    else
      asio::async_write(socket_, from, std::forward<Handler>(handler));
  }
  void close();

 private:
  Socket socket_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
};

}  // namespace collab::redis
