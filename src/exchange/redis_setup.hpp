// Whether a Redis is fit to hold what is accepted: looked at once, when a process has reached it.
#pragma once

#include "core/error.hpp"
#include "core/task.hpp"
#include "exchange/keys.hpp"
#include "redis/client.hpp"

namespace collab::exchange {

/// Warns in the log of every setting of Redis by which accepted changes may be lost, with what to set instead. If Redis
/// does not tell its settings, that is noted and no failure. In a cluster every master is asked that has a partition.
/// Then makes sure that the lists in this Redis are spread over as many partitions as `keys` says; the first one to
/// come decides. Errc::already_exists if they are not: this process must not use it. Errc::unavailable if it is away.
/// On the client's shard.
Task<Result<void>> check_setup(redis::Client& client, Keys keys);

}  // namespace collab::exchange
