// Reads lists and memberships in one snapshot.
#pragma once

#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace collab::store {

/// See Store. `connection` is inside a read transaction.
Result<LoadedList> load_list(Connection& connection, ListId list_id, Rev era);
Result<std::vector<Membership>> memberships_of(Connection& connection, const UserId& user_id);
Result<std::optional<ListId>> list_of_link(Connection& connection, LinkId link_id);
Result<std::optional<Rev>> rev_of_op(Connection& connection, ListId list_id, const UserId& user_id, OpId op_id);

}  // namespace collab::store
