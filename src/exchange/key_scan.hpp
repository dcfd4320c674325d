// Walking the keys of a Redis, or of all masters of a cluster, in small steps.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "exchange/keys.hpp"
#include "redis/client.hpp"

namespace collab::exchange {

/// A step of SCAN or HSCAN: where to go on ("0" = it was the last one), and what there was.
struct ScanStep {
  std::string cursor;
  std::vector<redis::Reply> found;
};

/// Makes one step at the node that serves `routing_key`.
Task<Result<ScanStep>> scan_step(redis::Client& client, std::string routing_key, redis::Arguments command);

using VisitKey = std::function<Task<Result<void>>(std::string_view key)>;

/// Calls `visit` for every key that matches, one at a time; some more than once, if keys come and go meanwhile. Ends
/// with the first error. On the client's shard.
Task<Result<void>> for_each_key(redis::Client& client, Keys keys, std::string match, VisitKey visit);

}  // namespace collab::exchange
