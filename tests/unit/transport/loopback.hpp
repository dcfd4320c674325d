// A whole server on 127.0.0.1 that echoes Engine.IO messages, and a client that sends raw bytes and blocks.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <future>
#include <memory>
#include <string>

#include "transport/http_server.hpp"
#include "transport/unique_fd.hpp"

namespace collab::transport {

struct EchoHandlers final : engineio::SessionHandlerFactory {
  struct Echo final : engineio::SessionHandler {
    explicit Echo(engineio::Session& to) : session(to) {}
    void on_message(engineio::Message::Kind kind, std::string_view data) override {
      if (kind == engineio::Message::Kind::binary) return void(session.send(engineio::make_binary(data)));
      if (data == "who") {
        const auto& info = *session.handshake();
        return void(session.send(engineio::make_text("4" + info.remote.to_string() + " " + info.cookie)));
      }
      // "n*text" comes back n times, in one turn
      const std::size_t star = data.find('*');
      const int times = star == std::string_view::npos ? 1 : std::stoi(std::string(data.substr(0, star)));
      if (star != std::string_view::npos) data.remove_prefix(star + 1);
      const auto message = engineio::make_text("4" + std::string(data));
      for (int count = 0; count < times; ++count) session.send(message);
    }
    void on_close(engineio::CloseReason) override {}
    engineio::Session& session;
  };
  std::unique_ptr<engineio::SessionHandler> make_handler(engineio::Session& session) override {
    return std::make_unique<Echo>(session);
  }
};

class Loopback {
 public:
  explicit Loopback(unsigned shard_count = 1, HttpSettings http_settings = {}, engineio::Settings engine_settings = {})
      : shards(shard_count),
        engine(shards, std::move(engine_settings), handlers),
        server(shards, std::move(http_settings), router, &engine) {
    router.get("/hello", [](const HttpRequest& request) { return hello(request); });
    router.post("/size", [](const HttpRequest& request) { return size(request); });
    router.get("/throw", [](const HttpRequest& request) { return fault(request); });
    port = server.listen("127.0.0.1", 0);
    shards.start();
  }
  ~Loopback() {
    std::promise<void> stopped;
    spawn(shards[0].io(), "stop", [&] { return stop(&engine, &server, &stopped); });
    stopped.get_future().wait();
    shards.stop_and_join();
    EXPECT_EQ(server.counters().connections_open, 0u);
    EXPECT_EQ(server.counters().websockets_open, 0u);
    EXPECT_EQ(engine.counters().sessions_open, 0u);
  }

  ShardSet shards;
  HttpRouter router;
  EchoHandlers handlers;
  engineio::Server engine;
  HttpServer server;
  std::uint16_t port = 0;

 private:
  static Task<HttpResponse> hello(const HttpRequest& request) {
    co_return HttpResponse(
        200, "hello " + request.remote.to_string() + request.query_text + std::string(request.header("cookie")),
        "text/plain");
  }
  static Task<HttpResponse> size(const HttpRequest& request) {
    co_return HttpResponse(200, std::to_string(request.body.size()), "text/plain");
  }
  static Task<HttpResponse> fault(const HttpRequest&) {
    throw std::runtime_error("on purpose");
    co_return HttpResponse(200);
  }
  static Task<void> stop(engineio::Server* engine, HttpServer* server, std::promise<void>* stopped) {
    co_await engine->stop();
    co_await server->stop();
    stopped->set_value();
  }
};

/// A blocking client. Everything that it waits for must come within ten seconds.
class RawClient {
 public:
  explicit RawClient(const Loopback& server) : RawClient(server.port) {}
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{10, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      ADD_FAILURE() << "cannot connect";
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  void get(std::string_view target, std::string_view more_headers = "") {
    send("GET " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + std::string(more_headers) + "\r\n");
  }
  void post(std::string_view target, std::string_view body) {
    send("POST " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  }

  /// One whole answer: "200 body". Its headers are in `headers` afterwards.
  std::string response() {
    while (in_.find("\r\n\r\n") == std::string::npos)
      if (!more()) return "end";
    const std::size_t end = in_.find("\r\n\r\n") + 4;
    headers = in_.substr(0, end);
    const std::size_t at = headers.find("Content-Length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(headers.substr(at + 16));
    while (in_.size() < end + length)
      if (!more()) return "end";
    const std::string body = in_.substr(end, length);
    in_.erase(0, end + length);
    return headers.substr(9, 3) + (body.empty() ? "" : " " + body);
  }
  /// Exactly `size` bytes.
  std::string bytes(std::size_t size) {
    while (in_.size() < size)
      if (!more()) return "end after " + in_;
    const std::string taken = in_.substr(0, size);
    in_.erase(0, size);
    return taken;
  }
  /// All there is until the server ends the connection.
  std::string until_end() {
    while (more()) {
    }
    if (has_timed_out_) return "timed out after " + in_;
    return std::exchange(in_, {});
  }
  /// The payload of the next frame; "end" if the connection ends. The first byte of the frame is in `first`.
  std::string frame() {
    std::string head = bytes(2);
    if (head.size() != 2) return "end";
    first = static_cast<unsigned char>(head[0]);
    std::size_t size = static_cast<unsigned char>(head[1]);
    const std::size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (extra > 0) {
      size = 0;
      for (const char c : bytes(extra)) size = size << 8 | static_cast<unsigned char>(c);
    }
    return bytes(size);
  }
  int descriptor() const { return fd_.get(); }
  void end() { const UniqueFd gone = std::move(fd_); }
  void reset_connection() {
    const linger hard{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    end();
  }

  std::string headers;
  unsigned first = 0;

 private:
  bool more() {
    char buffer[65'536];
    const ssize_t size = ::recv(fd_.get(), buffer, sizeof buffer, 0);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) has_timed_out_ = true;
    if (size <= 0) return false;
    in_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }

  UniqueFd fd_;
  std::string in_;
  bool has_timed_out_ = false;
};

}  // namespace collab::transport
