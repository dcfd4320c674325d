// The rules of a list as a whole.
#include "model/decision.hpp"

namespace collab {

Decision decide_action(const Case& c, const CreateList& action) {
  if (c.state.exists()) return refusal(Errc::already_exists, "A list with this id exists already; choose another id");
  auto change = c.accept(ChangeKind::list_created);
  change->list = ListRow{action.name, change->rev, c.command.user_id, false, c.now, c.now};
  change->members.push_back({c.command.user_id, action.owner_name, Role::owner, change->rev});
  return SharedChange(std::move(change));
}

Decision decide_action(const Case& c, const UpdateList& action) {
  if (auto there = check_not_deleted(c.state); !there) return there.error();
  if (auto seen = check_seen(c.state, action.seen); !seen) return seen.error();
  if (action.name == c.state.name) return c.nothing();
  const bool is_list_scope = c.rules.conflict_scope == ConflictScope::list;
  if (is_newer(is_list_scope ? std::max(c.state.name_rev, c.state.items_rev) : c.state.name_rev, action.seen))
    return conflict();
  auto change = c.accept(ChangeKind::list_updated);
  ListRow row = c.list_row();
  row.name = action.name;
  row.name_rev = change->rev;
  row.updated_at = c.now;
  change->list = std::move(row);
  return SharedChange(std::move(change));
}

Decision decide_action(const Case& c, const DeleteList&) {
  if (auto there = check_not_deleted(c.state); !there) return there.error();
  auto change = c.accept(ChangeKind::list_deleted);
  ListRow row = c.list_row();
  row.is_deleted = true;
  row.updated_at = c.now;
  change->list = std::move(row);
  return SharedChange(std::move(change));
}

Decision decide_action(const Case& c, const RestoreList&) {
  if (!c.state.is_deleted) return c.nothing();
  if (!is_restorable(c.state.updated_at, c.now, c.rules.trash_retention))
    return refusal(Errc::gone, "The list was deleted too long ago to be restored");
  auto change = c.accept(ChangeKind::list_restored);
  ListRow row = c.list_row();
  row.is_deleted = false;
  row.updated_at = c.now;
  change->list = std::move(row);
  return SharedChange(std::move(change));
}

}  // namespace collab
