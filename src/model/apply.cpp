#include <algorithm>

#include "model/decide.hpp"

namespace collab {
namespace {

/// The rows with this one in the place of its predecessor, or where its key belongs.
template <class Row, class IsBefore>
std::shared_ptr<const std::vector<Row>> with_row(const std::vector<Row>& rows, const Row& row, IsBefore is_before) {
  auto next = std::make_shared<std::vector<Row>>();
  next->reserve(rows.size() + 1);
  *next = rows;
  const auto place = std::lower_bound(next->begin(), next->end(), row, is_before);
  if (place != next->end() && !is_before(row, *place))
    *place = row;
  else
    next->insert(place, row);
  return next;
}

void apply_list_row(ListState& state, const ListRow& row, Rev rev) {
  state.own_rev = rev;
  state.name = row.name;
  state.name_rev = row.name_rev;
  state.owner_id = row.owner_id;
  state.is_deleted = row.is_deleted;
  state.created_at = row.created_at;
  state.updated_at = row.updated_at;
}

void apply_item(ListState& state, const SharedItem& item) {
  const SharedItem* before = state.find_item(item->id);
  if (before && !(*before)->is_deleted) --state.live_items;
  if (!item->is_deleted) ++state.live_items;
  if (item->position > state.last_position) state.last_position = item->position;
  state.items = std::move(state.items).set(item->id, item);
}

}  // namespace

ListState apply(const ListState& state, const Change& change) {
  ListState next = state;
  if (change.kind == ChangeKind::nothing || change.rev <= state.rev) return next;
  next.id = change.list_id;
  next.rev = change.rev;
  if (change.list || change.link || !change.members.empty()) next.sharing_rev = change.rev;
  if (change.list) apply_list_row(next, *change.list, change.rev);
  if (change.item) {
    next.items_rev = change.rev;
    apply_item(next, change.item);
  }
  for (const Member& member : change.members)
    next.members =
        with_row(*next.members, member, [](const Member& a, const Member& b) { return a.user_id < b.user_id; });
  if (change.link)
    next.links =
        with_row(*next.links, *change.link, [](const ShareLink& a, const ShareLink& b) { return a.id < b.id; });
  return next;
}

}  // namespace collab
