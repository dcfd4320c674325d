#include "store/postgres_loader.hpp"

#include <algorithm>

#include "store/postgres_rows.hpp"
#include "store/row_codec.hpp"

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

Status status_of(std::string_view name) { return parse_status(name).value_or(Status::not_started); }

Role role_in(const Row& row, int column) {
  return role_of_name(row.is_null(column) ? std::nullopt : std::optional(row.bytes(column)));
}

void read_list(ListState& state, const Row& row) {
  state.rev = row.integer(0);
  state.items_rev = row.integer(1);
  state.purge_floor = row.integer(2);
  state.name = row.text(3);
  state.name_rev = row.integer(4);
  state.owner_id = UserId{row.text(5)};
  state.is_deleted = row.boolean(6);
  state.created_at = row.time(7);
  state.updated_at = row.time(8);
  state.last_position = row.text(9);
  state.own_rev = row.integer(10);
}

Outcome<SharedItem> read_item(const Row& row) {
  auto item = std::make_shared<Item>();
  item->id = row.id<ItemId>(0);
  item->rev = row.integer(1);
  if (row.is_null(2))
    item->field_revs.fill(item->rev);
  else if (!unpack_field_revs(row.bytes(2), item->rev, item->field_revs))
    return Fault{Fault::Kind::outage, "the field_revs of item " + item->id.to_string() + " cannot be read"};
  item->name = row.text(3);
  item->description = row.optional_text(4);
  item->status = status_of(row.bytes(5));
  item->done = row.boolean(6);
  item->due_date = row.optional_text(7);
  item->media_url = row.optional_text(8);
  item->position = row.text(9);
  item->is_deleted = row.boolean(10);
  item->created_at = row.time(11);
  item->updated_at = row.time(12);
  item->created_by = UserId{row.text(13)};
  item->updated_by = row.is_null(14) ? item->created_by : UserId{row.text(14)};
  return SharedItem(std::move(item));
}

Outcome<> read_items(ListState& state, const Rows& rows) {
  for (int row = 0; row < rows.size(); ++row) {
    Outcome<SharedItem> item = read_item(rows[row]);
    if (!item) return item.error();
    if (!(*item)->is_deleted) ++state.live_items;
    const ItemId id = (*item)->id;
    state.items = std::move(state.items).set(id, std::move(*item));
  }
  return Outcome<>();
}

// Sorted here: the database's order of texts is its locale's.
std::shared_ptr<std::vector<Member>> read_members(const Rows& rows) {
  auto members = std::make_shared<std::vector<Member>>();
  for (int row = 0; row < rows.size(); ++row)
    members->push_back(
        Member{UserId{rows[row].text(0)}, rows[row].optional_text(1), role_in(rows[row], 2), rows[row].integer(3)});
  std::ranges::sort(*members, {}, &Member::user_id);
  return members;
}

std::shared_ptr<std::vector<ShareLink>> read_links(const Rows& rows) {
  auto links = std::make_shared<std::vector<ShareLink>>();
  for (int index = 0; index < rows.size(); ++index) {
    const Row row = rows[index];
    links->push_back(ShareLink{row.id<LinkId>(0), std::string(row.bytes(1)), role_in(row, 2), row.optional_time(3),
                               row.boolean(4), row.time(5), row.integer(6)});
  }
  std::ranges::sort(*links, {}, &ShareLink::id);
  return links;
}

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
  UserId user_id;
  for (int row = 0; row < rows[5].size(); ++row) {
    user_id.value = rows[5][row].text(0);
    loaded.op_fingerprints.push_back(op_fingerprint(user_id, rows[5][row].id<OpId>(1)));
  }
  co_return loaded;
}

Task<Outcome<std::vector<Membership>>> memberships_of(Connection& connection, const UserId& user_id,
                                                      Connection::Duration deadline) {
  Statements statements;
  statements.emplace_back(select_memberships, Params::of(user_id));
  const Outcome<std::vector<Rows>> found = co_await connection.run(std::move(statements), deadline);
  if (!found) co_return found.error();
  const Rows& rows = found->front();
  std::vector<Membership> memberships;
  for (int row = 0; row < rows.size(); ++row)
    memberships.push_back(
        Membership{rows[row].id<ListId>(0), role_in(rows[row], 1), rows[row].boolean(2), rows[row].integer(3)});
  co_return memberships;
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
  const Rows& rows = found->front();
  std::vector<StoredOp> ops;
  ops.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row)
    ops.push_back({UserId{rows[row].text(0)}, rows[row].id<OpId>(1), rows[row].integer(2)});
  co_return ops;
}

}  // namespace collab::store::pg
