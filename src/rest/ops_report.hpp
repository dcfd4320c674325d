// What an operator can ask a server, as plain numbers; gathered by the app, shown by ops_routes.
#pragma once

#include <cstdint>
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
  std::uint64_t total_connections = 0;
  std::uint64_t unique_users = 0;
  CacheReport cache;
  std::vector<Metric> more;
};

}  // namespace collab::rest
