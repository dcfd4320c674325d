// collab-conformance: the protocol half without todo lists, for the official Engine.IO and Socket.IO suites.
#include <boost/asio/signal_set.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <future>
#include <stdexcept>

#include "conformance/echo_sessions.hpp"
#include "conformance/suite_application.hpp"
#include "socketio/server.hpp"
#include "transport/http_server.hpp"

namespace collab::conformance {
namespace {

struct Options {
  bool is_socketio = false;
  std::uint16_t port = 3000;
  unsigned shards = 1;
  std::chrono::milliseconds ping_interval{300}, ping_timeout{200}, connect_timeout{1000};
  std::size_t max_payload = 1'000'000;
};

unsigned long number(std::string_view name, std::string_view text, unsigned long most) {
  unsigned long value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || value > most)
    throw std::invalid_argument(std::string(name) + ": not a number in range: " + std::string(text));
  return value;
}

Options parse(int count, char** words) {
  constexpr unsigned long day_ms = 86'400'000;
  Options options;
  bool has_mode = false;
  for (int at = 1; at < count; at += 2) {
    const std::string_view name = words[at];
    if (at + 1 == count) throw std::invalid_argument(std::string(name) + ": a value is missing");
    const std::string_view value = words[at + 1];
    const auto ms = [&] { return std::chrono::milliseconds(number(name, value, day_ms)); };
    if (name == "--mode") {
      if (value != "engineio" && value != "socketio") throw std::invalid_argument("--mode: engineio or socketio");
      options.is_socketio = value == "socketio";
      has_mode = true;
    } else if (name == "--port") {
      options.port = static_cast<std::uint16_t>(number(name, value, 65'535));
    } else if (name == "--shards") {
      options.shards = static_cast<unsigned>(number(name, value, 64));
    } else if (name == "--ping-interval") {
      options.ping_interval = ms();
    } else if (name == "--ping-timeout") {
      options.ping_timeout = ms();
    } else if (name == "--connect-timeout") {
      options.connect_timeout = ms();
    } else if (name == "--max-payload") {
      options.max_payload = number(name, value, 1'000'000'000);
    } else {
      throw std::invalid_argument("unknown option " + std::string(name));
    }
  }
  if (!has_mode || options.shards == 0) throw std::invalid_argument("--mode engineio|socketio is needed");
  return options;
}

Task<void> stop(engineio::Server* engine, transport::HttpServer* http, std::promise<void>* stopped) {
  http->stop_listening();
  co_await engine->stop();
  co_await http->stop();
  stopped->set_value();
}

void run(const Options& options) {
  ShardSet shards(options.shards);
  engineio::Settings engine_settings;
  engine_settings.path = options.is_socketio ? "/socket.io/" : "/engine.io/";
  engine_settings.ping_interval = options.ping_interval;
  engine_settings.ping_timeout = options.ping_timeout;
  engine_settings.max_payload = options.max_payload;

  EchoSessions echo;
  SuiteApplication greeting(SuiteApplication::Greeting::auth), silent(SuiteApplication::Greeting::none);
  std::unique_ptr<socketio::Server> socketio_server;
  std::unique_ptr<engineio::Server> engine_server;
  if (options.is_socketio) {
    socketio::Settings settings;
    settings.engine = engine_settings;
    settings.connect_timeout = options.connect_timeout;
    socketio_server = std::make_unique<socketio::Server>(shards, std::move(settings));
    socketio_server->add("/", greeting);
    socketio_server->add("/custom", greeting);
    socketio_server->add("/foo", silent);
  } else {
    engine_server = std::make_unique<engineio::Server>(shards, engine_settings, echo);
  }
  engineio::Server& engine = socketio_server ? socketio_server->engine() : *engine_server;

  transport::HttpRouter router;
  transport::HttpSettings http_settings;
  http_settings.cors = transport::Cors::star();
  transport::HttpServer http(shards, http_settings, router, &engine);
  const std::uint16_t port = http.listen("127.0.0.1", options.port);

  std::promise<void> stopped;
  asio::signal_set signals(shards[0].io(), SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code fault, int) {
    if (!fault) spawn(shards[0].io(), "stop", [&] { return stop(&engine, &http, &stopped); });
  });
  std::printf("listening on 127.0.0.1:%u\n", port);
  std::fflush(stdout);
  shards.start();
  stopped.get_future().wait();
  shards.stop_and_join();
}

}  // namespace
}  // namespace collab::conformance

int main(int count, char** words) {
  try {
    collab::conformance::run(collab::conformance::parse(count, words));
    return 0;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "collab-conformance: %s\n", fault.what());
    return 2;
  }
}
