// What has happened: complete new rows with their revision. Applying a change twice is harmless.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/list.hpp"

namespace collab {

enum class ChangeKind {
  list_created,
  list_updated,
  list_deleted,
  list_restored,
  member_set,      ///< added, or given another role, by the owner or by a link
  member_removed,  ///< by the owner
  member_left,     ///< by himself
  ownership_transferred,
  item_added,
  item_updated,
  item_deleted,
  item_restored,
  link_created,
  link_revoked,
  nothing,  ///< an update whose values were all there already: ok, no rev, no event
};

/// The list's own row.
struct ListRow {
  std::string name;
  Rev name_rev = 0;
  UserId owner_id;
  bool is_deleted = false;
  EpochMs created_at = 0;
  EpochMs updated_at = 0;
};

/// One accepted change of one list. It takes exactly one rev, which every row in it carries.
struct Change {
  ChangeKind kind = ChangeKind::nothing;
  ListId list_id;
  Rev rev = 0;
  Rev prev_rev = 0;  ///< the list's rev before; revs of a list form a chain
  UserId user_id;    ///< who did it
  std::optional<OpId> op_id;
  std::optional<ListRow> list;  ///< the rows that are new; absent ones did not change
  SharedItem item;              ///< may be null
  std::vector<Member> members;
  std::optional<ShareLink> link;
};
using SharedChange = std::shared_ptr<const Change>;

}  // namespace collab
