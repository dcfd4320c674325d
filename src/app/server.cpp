#include "app/server.hpp"

#include <chrono>
#include <future>
#include <thread>

#include "app/domain.hpp"
#include "app/front.hpp"
#include "app/housekeeping.hpp"
#include "app/process.hpp"
#include "core/log.hpp"

#ifndef COLLAB_VERSION
#define COLLAB_VERSION "0.0.0"
#endif

namespace collab::app {

std::string_view version() { return COLLAB_VERSION; }

namespace {

// Runs a task on the first shard and waits for it on the main thread.
template <class F>
void run_to_end(ShardSet& shards, F function) {
  std::promise<void> done;
  asio::co_spawn(shards[0].io(), std::move(function), [&done](std::exception_ptr escaped) {
    if (escaped) report_escaped("stop", escaped);
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace

// In the order of construction; taken down in the reverse.
struct Server::Parts {
  explicit Parts(Config c) : config(std::move(c)), shards(config.shards) {}

  const Config config;
  SystemClock clock;
  ShardSet shards;
  std::unique_ptr<Domain> domain;
  std::unique_ptr<Front> front;
  std::unique_ptr<Housekeeping> housekeeping;
  std::uint16_t port = 0;
  bool is_stopped = false;
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Server>> Server::start(Config config, WebClient web_client) {
  block_termination();

  auto parts = std::make_unique<Parts>(std::move(config));
  Result<std::unique_ptr<Domain>> domain = Domain::open(parts->config, parts->shards, parts->clock);
  if (!domain) return domain.error();
  parts->domain = std::move(*domain);
  parts->front =
      std::make_unique<Front>(parts->config, parts->shards, parts->clock, *parts->domain, version(), web_client);
  parts->housekeeping = std::make_unique<Housekeeping>(parts->config, parts->shards[0], parts->clock, *parts->domain);
  parts->shards.start();
  const auto give_up = [&parts](Error why) {
    parts->domain->close();
    parts->shards.stop_and_join();
    return why;
  };
  if (const Result<void> fit = parts->domain->start(); !fit) return give_up(fit.error());
  try {
    parts->port = parts->front->listen();
  } catch (const std::exception& fault) {
    return give_up({Errc::unavailable, "Cannot listen on " + parts->config.host + ":" +
                                           std::to_string(parts->config.port) + ": " + fault.what() +
                                           ". Is another server running there? Set HOST or PORT"});
  }
  parts->housekeeping->start();
  parts->front->set_ready(true);
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::~Server() {
  if (!parts_->is_stopped) stop();
}

std::uint16_t Server::port() const { return parts_->port; }

void Server::wait_for_signal() { wait_for_termination(); }

void Server::stop() {
  Parts& parts = *parts_;
  parts.is_stopped = true;
  parts.front->set_ready(false);
  parts.front->stop_listening();
  run_to_end(parts.shards, [&]() { return parts.front->drain_and_stop(); });
  parts.housekeeping->stop();
  parts.domain->close();
  parts.shards.stop_and_join();
  log::info("server", "stopped");
  log::flush();
}

}  // namespace collab::app
