// The store as the last of several tiers: changes were decided and made known elsewhere, and come to rest here.
#pragma once

#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "model/change.hpp"
#include "store/store.hpp"

namespace collab::store {

/// What a merge did.
struct MergeOutcome {
  std::size_t written = 0;  ///< rows that are new or newer now, of lists, items, members, links and ops; 0: nothing new
};

/// For those who write behind: workers that drain a stream of changes.
class MergeStore {
 public:
  virtual ~MergeStore() = default;

  /// Makes the rows of these changes durable, in one transaction, each where it is newer than the row that is there; an
  /// op that is there keeps its rev. So any replay, part or permutation of the same changes ends with the same rows,
  /// and several workers may overlap. What was purged stays so: an item at or below its list's purge floor is not made
  /// again, nor a link or an op of a list whose content was purged. The chain of prev_rev is not checked.
  ///
  /// Errc::unavailable: nothing was written, or it is not known; the same again will do, at any time. Errc::
  /// invalid_payload: nothing was written, and the same again will not do, because the database refuses a value of one
  /// of these changes (SQLSTATE classes 22 and 23). The message, for an operator, says what it refuses; who halves the
  /// changes finds which. Any executor; the result comes home to it.
  virtual Task<Result<MergeOutcome>> merge(std::vector<SharedChange> changes) = 0;

  /// Every op of the list that is remembered: for a tier above that has forgotten them.
  virtual Task<Result<std::vector<StoredOp>>> ops_of(ListId list_id) = 0;
};

}  // namespace collab::store
