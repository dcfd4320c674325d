// Listens, speaks HTTP/1.1 (RFC 9112) and WebSocket (RFC 6455), and hands Engine.IO its sessions' traffic.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/shard.hpp"
#include "core/task.hpp"
#include "engineio/address_counts.hpp"
#include "engineio/server.hpp"
#include "transport/cors.hpp"
#include "transport/counters.hpp"
#include "transport/http_router.hpp"
#include "transport/trusted_proxies.hpp"

namespace collab::transport {

struct HttpSettings {
  Cors cors{{"*"}};
  TrustedProxies proxies = {};
  std::size_t max_header = 16 * 1024;  ///< request line and headers; above: 431
  std::size_t max_body = 1'000'000;    ///< of a request to the router; above: 413. Engine.IO has its max_payload
  std::chrono::milliseconds header_timeout{10'000};  ///< from its first byte to the end of the headers
  std::chrono::milliseconds body_timeout{30'000};    ///< from there to the end of the body
  std::chrono::milliseconds idle_timeout{75'000};    ///< between requests, and before the first
  std::chrono::milliseconds write_timeout{30'000};   ///< for the client to take an answer
  std::size_t max_connections_per_address = 0;  ///< TCP connections of a peer that is no trusted proxy; 0 = no limit
  bool deflate = true;                          ///< permessage-deflate for clients that offer it
  std::size_t deflate_threshold = 1024;         ///< smaller messages go uncompressed
};

/// What a listening port serves.
enum class Serve { router_and_engine, router_only };

class ShardTransport;
class Acceptor;

/// All listening ports and connections of the process. Constructed and destroyed on the main thread. Everything given
/// by reference outlives it. Life: construct, listen() (shards running or not), stop_listening(), stop(), join the
/// shards, destroy.
class HttpServer {
 public:
  /// `engine` may be null: then only the router is served.
  HttpServer(ShardSet& shards, HttpSettings settings, const HttpRouter& router, engineio::Server* engine);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Binds and accepts; returns the port, which the system chooses if `port` is 0. Connections go to the shards in
  /// turn. Throws boost::system::system_error if the address cannot be bound. Main thread.
  std::uint16_t listen(const std::string& host, std::uint16_t port, Serve serve = Serve::router_and_engine);
  /// Accepts no more. Any thread.
  void stop_listening();
  /// Closes every connection and waits until they have gone. From any shard. engineio::Server::stop() comes first.
  Task<void> stop();

  /// Sums over the shards. Any thread.
  CounterValues counters() const;

 private:
  ShardSet& shards_;
  const HttpSettings settings_;
  engineio::AddressCounts addresses_;  // TCP connections
  std::vector<std::unique_ptr<ShardTransport>> parts_;
  std::vector<std::shared_ptr<Acceptor>> acceptors_;
};

}  // namespace collab::transport
