// What the rules of all actions share. Only for decide*.cpp.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "model/decide.hpp"

namespace collab {

/// One command before its judge. The references live as long as the call of decide().
struct Case {
  const ListState& state;
  const Command& command;
  const Rules& rules;
  EpochMs now;

  /// The rev that an accepted change gets: above all before it, whatever the clock does.
  Rev next_rev() const;
  /// An accepted change with its head filled in and no rows yet.
  std::shared_ptr<Change> accept(ChangeKind kind) const;
  /// The answer to what is so already.
  SharedChange nothing() const;
  /// The list's own row as it is.
  ListRow list_row() const;
};

using Decision = Result<SharedChange>;

Error refusal(Errc code, std::string message);
/// An invalid_payload about one field.
Error fault_of(std::string_view field, std::string message, std::string_view type);
/// Always the same text: clients of the original service compare it.
Error conflict();

/// `gone` if the list is deleted.
Result<void> check_not_deleted(const ListState& state);
/// What of a conflict can be said before knowing which fields are written: another epoch, or a rev that this list never
/// had.
Result<void> check_seen(const ListState& state, const SeenByClient& seen);
/// Whether something that changed at `rev` is newer than what the client saw.
bool is_newer(Rev rev, const SeenByClient& seen);
/// `limit_exceeded` if there are `limit` already; 0 = no limit. `what` in the plural: "items".
Result<void> check_limit(std::size_t present, std::size_t limit, std::string_view what, std::string_view remedy);
/// Whether something deleted then can still be restored.
bool is_restorable(EpochMs deleted_at, EpochMs now, EpochMs trash_retention);

// One function per action; decide() has checked authorize() and the client's rev. decide_list.cpp:
Decision decide_action(const Case& c, const CreateList& action);
Decision decide_action(const Case& c, const UpdateList& action);
Decision decide_action(const Case& c, const DeleteList& action);
Decision decide_action(const Case& c, const RestoreList& action);
// decide_member.cpp:
Decision decide_action(const Case& c, const ShareList& action);
Decision decide_action(const Case& c, const RemoveMember& action);
Decision decide_action(const Case& c, const TransferList& action);
Decision decide_action(const Case& c, const RenameMember& action);
Decision decide_action(const Case& c, const CreateShareLink& action);
Decision decide_action(const Case& c, const RevokeShareLink& action);
Decision decide_action(const Case& c, const AcceptShareLink& action);
// decide_item.cpp:
Decision decide_action(const Case& c, const AddItem& action);
Decision decide_action(const Case& c, const UpdateItem& action);
Decision decide_action(const Case& c, const DeleteItem& action);
Decision decide_action(const Case& c, const RestoreItem& action);

}  // namespace collab
