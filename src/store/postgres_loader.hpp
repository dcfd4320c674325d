// Reads lists and memberships from PostgreSQL, each in one snapshot.
#pragma once

#include "store/postgres_connection.hpp"
#include "store/store.hpp"

namespace collab::store::pg {

/// See Store.
Task<Outcome<LoadedList>> load_list(Connection& connection, ListId list_id, Rev era, Connection::Duration deadline);
Task<Outcome<std::vector<Membership>>> memberships_of(Connection& connection, const UserId& user_id,
                                                      Connection::Duration deadline);
Task<Outcome<std::optional<ListId>>> list_of_link(Connection& connection, LinkId link_id,
                                                  Connection::Duration deadline);
Task<Outcome<std::optional<Rev>>> rev_of_op(Connection& connection, ListId list_id, const UserId& user_id, OpId op_id,
                                            Connection::Duration deadline);
/// See MergeStore.
Task<Outcome<std::vector<StoredOp>>> ops_of(Connection& connection, ListId list_id, Connection::Duration deadline);

}  // namespace collab::store::pg
