// Forgets what has been kept long enough, in steps so small that other writes hardly wait for them.
#pragma once

#include "core/clock.hpp"
#include "store/sqlite.hpp"

namespace collab::store {

/// Each removes the oldest that are older than `before`, in the running transaction, and says how many it removed: 0 =
/// done.
Result<std::int64_t> purge_ops_step(Connection& connection, EpochMs before);
/// Tombstones of items; raises the purge_floor of their lists.
Result<std::int64_t> purge_items_step(Connection& connection, EpochMs before);
/// Empties one deleted list: a nameless tombstone and its members stay, so that each of them is told.
Result<std::int64_t> purge_lists_step(Connection& connection, EpochMs before);

}  // namespace collab::store
