// L3: permanent rows. The seam behind which SQLite stands today and PostgreSQL next.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "model/change.hpp"
#include "model/list.hpp"

namespace collab::store {

/// A list that a user is or was a member of.
struct Membership {
  ListId list_id;
  Role role = Role::none;   ///< none: removed, or left
  bool is_deleted = false;  ///< the list is
  Rev rev = 0;              ///< of the member's row
};

/// A remembered op: who sent it, and the rev it was given.
struct StoredOp {
  UserId user_id;
  OpId op_id;
  Rev rev = 0;
};

/// What a load brings: the list, and a 64-bit fingerprint (op_fingerprint) of every remembered op of it.
struct LoadedList {
  ListView state;
  std::vector<std::uint64_t> op_fingerprints;
};

/// Tells apart ops without keeping them: equal ops have equal fingerprints; the reverse is almost always true.
std::uint64_t op_fingerprint(const UserId& user_id, const OpId& op_id);

/// Counters since start, for /health and /metrics. Any thread.
struct Health {
  bool is_running = false;     ///< the last attempt to write succeeded, or none was made
  bool can_read = true;        ///< the last attempt to read succeeded, or none was made
  std::size_t queue_size = 0;  ///< changes waiting for their transaction
  std::uint64_t writes_processed = 0;
  std::uint64_t writes_failed = 0;
  std::uint64_t batches = 0;
  std::string problem = {};  ///< for a person; "" = none
};

/// All methods: from any shard's coroutine; the result comes home to the caller's shard. Faults of the storage are
/// Errc::unavailable, with the cause in the log.
class Store {
 public:
  virtual ~Store() = default;

  /// The list with its tombstones, members and links, in one consistent snapshot; rev 0 if it was never created.
  virtual Task<Result<LoadedList>> load(ListId list_id) = 0;

  /// Every membership the user ever had. Empty means: never had a list.
  virtual Task<Result<std::vector<Membership>>> lists_of(UserId user_id) = 0;

  /// The rev that this op was given, if it is remembered.
  virtual Task<Result<std::optional<Rev>>> find_op(ListId list_id, UserId user_id, OpId op_id) = 0;

  /// Which list a share link belongs to; nullopt if there is no such link. Revoked links count.
  virtual Task<Result<std::optional<ListId>>> list_of_link(LinkId link_id) = 0;

  /// Makes changes durable. Completes when they are, or have failed; true per change = durable. Calls from one shard
  /// are applied in call order, and complete in it. Changes of many callers share one transaction. A change whose
  /// prev_rev is not the stored rev of its list is refused; so, when one fails, all that were decided on top of it fail
  /// too. A change that is stored already (same list and rev) counts as durable. Of a change of kind `nothing`, the op
  /// is remembered with the rev that it carries, which is the list's.
  virtual Task<std::vector<bool>> apply(std::vector<SharedChange> changes) = 0;

  /// The era of this database: epoch milliseconds of its creation or its last restore.
  virtual Rev era() const = 0;

  virtual Health health() const = 0;
};

}  // namespace collab::store
