// Every rule of a write, without I/O. The only place that has them.
#pragma once

#include "core/error.hpp"
#include "model/change.hpp"
#include "model/command.hpp"

namespace collab {

/// What a client_rev is compared with: the fields written, the item, or the newest item change of the list.
enum class ConflictScope { field, item, list };

/// Configured rules. A limit of 0 is switched off.
struct Rules {
  ConflictScope conflict_scope = ConflictScope::field;
  std::size_t items_per_list = 10'000;          ///< LIMIT_ITEMS_PER_LIST, live ones
  std::size_t members_per_list = 500;           ///< LIMIT_MEMBERS_PER_LIST
  std::size_t links_per_list = 100;             ///< LIMIT_LINKS_PER_LIST, not revoked
  EpochMs trash_retention = 30LL * 86'400'000;  ///< TRASH_RETENTION_DAYS
};

/// Whether this user may do this at all: membership, then role. The same `forbidden` whether or not the list exists.
/// CreateList and AcceptShareLink pass for everybody.
Result<void> authorize(const ListState& state, const Command& command);

/// Decides a command on the newest state: authorize(), existence, conflict, limits, in that order. Pure.
/// A change of kind `nothing` carries the present rev and is not to be applied or sent.
Result<SharedChange> decide(const ListState& state, const Command& command, const Rules& rules, EpochMs now);

/// The state after the change. A change that is not newer (rev <= state.rev) gives the same state back. Pure.
ListState apply(const ListState& state, const Change& change);

/// Whether `client_rev` claims to have seen more than this state knows: the tier may have lost something.
bool is_ahead(const ListState& state, const Command& command);

}  // namespace collab
