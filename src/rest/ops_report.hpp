// What an operator can ask a server, as plain numbers; gathered by the app, shown by ops_routes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace collab::rest {

struct WriterReport {
  bool is_running = false;
  std::uint64_t queue_size = 0;
  std::uint64_t writes_processed = 0;
  std::uint64_t writes_failed = 0;
  std::uint64_t batches = 0;
  std::string problem = {};  ///< in words; "" = none
};

/// What servers have in common: the changes that wait in Redis for the database, and the way there.
struct SharedReport {
  std::uint64_t queue_length = 0;            ///< changes that are accepted and not in the database, of all servers
  std::uint64_t lag = 0;                     ///< those of them that a worker has taken and not finished
  std::uint64_t oldest_ms = 0;               ///< since the oldest of them was accepted; 0 = none waits
  std::uint64_t dead_letters = 0;            ///< changes that the database refused for what they are
  std::string problem = {};                  ///< why the four above are not of now; "" = they are
  std::optional<std::uint64_t> age_ms = {};  ///< of the four above; nullopt: they were never read
  std::uint64_t retries = 0;                 ///< of this process's worker: batches tried again
  std::uint64_t taken_over = 0;              ///< of this process's worker: changes that another one had taken
  std::uint64_t worker_dead_letters = 0;     ///< of this process's worker: changes that it put aside
  std::uint64_t redis_reconnects = 0;        ///< connections to Redis that broke
  std::optional<std::uint64_t> redis_round_trip_us = {};
};

struct CacheReport {
  std::uint64_t cached_lists = 0;
  std::uint64_t total_items = 0;
  std::uint64_t active_items = 0;
  std::uint64_t deleted_items = 0;
  std::uint64_t bytes = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;
};

/// A number that Prometheus scrapes and no field of the seed's JSON names.
struct Metric {
  enum class Type { counter, gauge };
  std::string name;  ///< collab_<module>_<what>_<unit>
  std::string help;
  Type type = Type::counter;
  double value = 0;
  std::vector<std::pair<std::string, std::string>> labels = {};
};

struct OpsReport {
  bool is_ready = false;  ///< started, and not draining
  std::string version;
  std::string redis = "disabled";
  std::string pubsub_listener = "disabled";
  bool can_read = true;  ///< what is not in memory can be read from storage
  WriterReport writer;
  std::optional<SharedReport> shared = {};  ///< nullopt without Redis
  std::uint64_t total_connections = 0;
  std::uint64_t unique_users = 0;
  CacheReport cache;
  std::vector<Metric> more;
};

}  // namespace collab::rest
