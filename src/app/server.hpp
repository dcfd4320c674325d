// Builds everything, connects it, and takes it down in order. The only place that knows everyone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "app/config.hpp"
#include "app/web_client.hpp"
#include "core/error.hpp"

namespace collab::app {

/// The version that `connected`, /metrics and --version tell.
std::string_view version();

/// A running server. Main thread only.
class Server {
 public:
  /// Opens the data folder and starts to serve. The error's message tells an operator what is wrong and what to do.
  /// `web_client` outlives the server.
  static Result<std::unique_ptr<Server>> start(Config config, WebClient web_client = {});

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// As stop(), without time for clients.
  ~Server();

  /// Where it listens; what the system chose where the configuration said 0.
  std::uint16_t port() const;

  /// Blocks until SIGINT or SIGTERM. A second one ends the process at once.
  void wait_for_signal();

  /// Drains: accepts no more, lets clients go spread over DRAIN_SECONDS, so that they come back elsewhere, finishes
  /// what was begun, then ends. Blocks.
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace collab::app
