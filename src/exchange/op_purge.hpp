// Forgetting ops in Redis: they have no TTL, because an op that goes before its list would be applied twice.
#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/task.hpp"
#include "exchange/keys.hpp"
#include "model/ids.hpp"
#include "redis/client.hpp"

namespace collab::exchange {

struct PurgedOps {
  std::uint64_t lists = 0;  ///< of which everything was forgotten, because Redis does not have them any more
  std::uint64_t ops = 0;    ///< of other lists, that were too old
};

/// Forgets the ops of lists that Redis does not have, and those of the others that are older than `oldest`
/// (OP_ID_RETENTION). Walks the keys of every master in small steps; to be called about daily, by any number of
/// servers. An error ends it in between; what was forgotten until then stays so. On the client's shard.
Task<Result<PurgedOps>> purge_ops(redis::Client& client, Keys keys, EpochMs oldest);

}  // namespace collab::exchange
