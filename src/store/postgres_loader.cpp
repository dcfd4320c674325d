#include "store/postgres_loader.hpp"

#include "store/postgres_readers.hpp"

namespace collab::store::pg {
namespace {

constexpr std::string_view select_list =
    "select rev, items_rev, purge_floor, name, name_rev, owner_id, is_deleted, created_at, updated_at, last_position,"
    " own_rev from todo_lists where id = $1 and own_rev > 0";

constexpr std::string_view select_items =
    "select id, rev, field_revs, name, description, status, done, due_text, media_url, position, is_deleted, "
    "created_at,"
    " updated_at, created_by, updated_by from todo_items where list_id = $1";

constexpr std::string_view select_members = "select user_id, name, role, rev from todo_list_members where list_id = $1";

constexpr std::string_view select_links =
    "select id, secret_hash, role, expires_at, is_revoked, created_at, rev from todo_share_links where list_id = $1";

constexpr std::string_view select_ops = "select user_id, op_id from todo_ops where list_id = $1";

constexpr std::string_view select_memberships =
    "select m.list_id, m.role, l.is_deleted, m.rev from todo_list_members m join todo_lists l on l.id = m.list_id"
    " where m.user_id = $1 and l.own_rev > 0";

}  // namespace

Task<Outcome<LoadedList>> load_list(Connection& connection, ListId list_id, Rev era, Connection::Duration deadline) {
  const Params id = Params::of(list_id);
  Statements statements;
  statements.emplace_back("begin isolation level repeatable read read only");
  for (const std::string_view sql : {select_list, select_items, select_members, select_links, select_ops})
    statements.emplace_back(sql, id);
  statements.emplace_back("commit");
  const Outcome<std::vector<Rows>> found = co_await connection.run(std::move(statements), deadline);
  if (!found) co_return found.error();

  auto state = std::make_shared<ListState>();
  state->id = list_id;
  state->era = era;
  LoadedList loaded{state, {}};
  const std::vector<Rows>& rows = *found;
  if (rows[1].is_empty()) co_return loaded;
  read_list(*state, rows[1][0]);
  const Outcome<> items = read_items(*state, rows[2]);
  if (!items) co_return items.error();
  state->members = read_members(rows[3]);
  state->links = read_links(rows[4]);
  loaded.op_fingerprints = read_fingerprints(rows[5]);
  co_return loaded;
}

Task<Outcome<std::vector<Membership>>> memberships_of(Connection& connection, const UserId& user_id,
                                                      Connection::Duration deadline) {
  Statements statements;
  statements.emplace_back(select_memberships, Params::of(user_id));
  const Outcome<std::vector<Rows>> found = co_await connection.run(std::move(statements), deadline);
  if (!found) co_return found.error();
  co_return read_memberships(found->front());
}

Task<Outcome<std::optional<ListId>>> list_of_link(Connection& connection, LinkId link_id,
                                                  Connection::Duration deadline) {
  Statements statements;
  statements.emplace_back("select list_id from todo_share_links where id = $1", Params::of(link_id));
  const Outcome<std::vector<Rows>> found = co_await connection.run(std::move(statements), deadline);
  if (!found) co_return found.error();
  const Rows& rows = found->front();
  std::optional<ListId> list_id;
  if (!rows.is_empty()) list_id = rows[0].id<ListId>(0);
  co_return list_id;
}

Task<Outcome<std::optional<Rev>>> rev_of_op(Connection& connection, ListId list_id, const UserId& user_id, OpId op_id,
                                            Connection::Duration deadline) {
  Statements statements;
  statements.emplace_back("select rev from todo_ops where list_id = $1 and op_id = $2 and user_id = $3",
                          Params::of(list_id, op_id, user_id));
  const Outcome<std::vector<Rows>> found = co_await connection.run(std::move(statements), deadline);
  if (!found) co_return found.error();
  const Rows& rows = found->front();
  std::optional<Rev> rev;
  if (!rows.is_empty()) rev = rows[0].integer(0);
  co_return rev;
}

Task<Outcome<std::vector<StoredOp>>> ops_of(Connection& connection, ListId list_id, Connection::Duration deadline) {
  Statements statements;
  statements.emplace_back("select user_id, op_id, rev from todo_ops where list_id = $1", Params::of(list_id));
  const Outcome<std::vector<Rows>> found = co_await connection.run(std::move(statements), deadline);
  if (!found) co_return found.error();
  co_return read_ops(found->front());
}

}  // namespace collab::store::pg
