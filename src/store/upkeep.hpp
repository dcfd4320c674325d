// Forgetting what is old.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/task.hpp"

namespace collab::store {

/// How long things that are only remembered stay.
struct Retention {
  EpochMs ops = 30LL * 86'400'000;    ///< OP_ID_RETENTION
  EpochMs trash = 30LL * 86'400'000;  ///< TRASH_RETENTION_DAYS: deleted items and lists
};

/// What a purge removed.
struct Purged {
  std::int64_t items = 0;
  std::int64_t lists = 0;
  std::int64_t ops = 0;
};

class Upkeep {
 public:
  virtual ~Upkeep() = default;

  /// Forgets what is older than its retention: op_ids; tombstones of items (the list's purge_floor rises to the newest
  /// of them); the items, links and names of deleted lists, of which a nameless tombstone with its members stays. Small
  /// steps between other writes; to be called about daily. A list that is in memory need not be reloaded: its floor is
  /// only lower.
  virtual Task<Result<Purged>> purge(EpochMs now, Retention retention) = 0;
};

}  // namespace collab::store
