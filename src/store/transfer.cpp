#include "store/transfer.hpp"

#include "store/list_loader.hpp"
#include "store/postgres_rows.hpp"

namespace collab::store {
namespace {

constexpr std::int64_t page_rows = 1'000;

constexpr std::string_view raise_list =
    "update todo_lists set items_rev = greatest(items_rev, $2), last_position = greatest(last_position, $3),"
    " purge_floor = greatest(purge_floor, $4), rev = greatest(rev, $5)"
    " where id = $1 and (items_rev < $2 or last_position < $3 or purge_floor < $4 or rev < $5)";

/// A table about people, on both sides. The first two columns order the rows.
struct Table {
  std::string_view select;  ///< from SQLite; two values follow: how many rows, and how many to skip
  std::string_view insert;  ///< into PostgreSQL, from one array for each column
  std::vector<pg::Type> types;
};

const std::vector<Table>& tables_of_people() {
  using enum pg::Type;
  static const std::vector<Table> tables{
      {"SELECT id, email, name, password_hash, created_at FROM accounts ORDER BY id LIMIT ? OFFSET ?",
       "insert into todo_accounts (id, email, name, password_hash, created_at) select * from unnest($1, $2, $3, $4, $5)"
       " on conflict do nothing",
       {text, text, text, text, integer}},
      {"SELECT id, user_id, csrf_hash, created_at, expires_at, revoked_at FROM refresh_families ORDER BY id LIMIT ?"
       " OFFSET ?",
       "insert into todo_login_families as t (id, user_id, csrf_hash, created_at, expires_at, revoked_at)"
       " select * from unnest($1, $2, $3, $4, $5, $6) on conflict (id) do update set"
       " expires_at = greatest(t.expires_at, excluded.expires_at),"
       " revoked_at = coalesce(t.revoked_at, excluded.revoked_at)",
       {text, text, bytes, integer, integer, integer}},
      {"SELECT token_hash, family_id, used_at, salt, successor_hash FROM refresh_tokens ORDER BY token_hash LIMIT ?"
       " OFFSET ?",
       "insert into todo_refresh_tokens as t (token_hash, family_id, used_at, salt, successor_hash)"
       " select * from unnest($1, $2, $3, $4, $5) on conflict (token_hash) do update set used_at = excluded.used_at,"
       " salt = excluded.salt, successor_hash = excluded.successor_hash where t.used_at is null",
       {bytes, text, integer, bytes, bytes}},
      {"SELECT email, list_id, role, invited_by, created_at, is_settled FROM invitations ORDER BY email, list_id LIMIT "
       "?"
       " OFFSET ?",
       "insert into todo_invitations (email, list_id, role, invited_by, created_at, is_settled)"
       " select email, list_id, role::list_role, invited_by, created_at, is_settled"
       " from unnest($1, $2, $3, $4, $5, $6) as u (email, list_id, role, invited_by, created_at, is_settled)"
       " on conflict do nothing",
       {text, uuid, text, text, integer, boolean}},
      {"SELECT user_id, name FROM people ORDER BY user_id LIMIT ? OFFSET ?",
       "insert into todo_people as t (user_id, name) select * from unnest($1, $2)"
       " on conflict (user_id) do update set name = excluded.name where t.name is null",
       {text, text}},
  };
  return tables;
}

void add_value(pg::Column& column, pg::Type type, const Statement& row, int index) {
  if (row.is_null(index))
    column.add_null();
  else if (type == pg::Type::integer)
    column.add(row.integer(index));
  else if (type == pg::Type::boolean)
    column.add_boolean(row.boolean(index));
  else if (type == pg::Type::uuid)
    column.add(row.uuid(index));
  else
    column.add(row.bytes(index));
}

/// Some rows of a table, by columns.
struct Page {
  std::vector<pg::Column> columns;
  std::int64_t rows = 0;
};

Result<Page> read_page(Connection& connection, const Table& table, std::int64_t skip) {
  Page page;
  for (const pg::Type type : table.types) page.columns.emplace_back(type);
  auto query = connection.statement(table.select);
  query.bind(page_rows, skip);
  for (;; ++page.rows) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return page;
    for (std::size_t n = 0; n < table.types.size(); ++n)
      add_value(page.columns[n], table.types[n], query, static_cast<int>(n));
  }
}

Result<std::vector<ListId>> read_list_ids(Connection& connection) {
  std::vector<ListId> ids;
  auto query = connection.statement("select list_id from lists order by list_id");
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return ids;
    ids.push_back(query.id<ListId>(0));
  }
}

SharedChange row_of(const ListState& list, ChangeKind kind, Rev rev) {
  auto change = std::make_shared<Change>();
  change->kind = kind;
  change->list_id = list.id;
  change->rev = rev;
  return change;
}

/// Everything of one list, as changes that lead to it.
struct WholeList {
  pg::Fold rows;
  pg::Params heights;  ///< of raise_list
  std::size_t items = 0;
};
using SharedList = std::shared_ptr<const WholeList>;

void add_list(pg::Fold& fold, const ListState& list) {
  auto own = std::make_shared<Change>(*row_of(list, ChangeKind::list_updated, list.own_rev));
  own->list = ListRow{list.name, list.name_rev, list.owner_id, list.is_deleted, list.created_at, list.updated_at};
  own->members = *list.members;
  fold.add(own);
  list.items.for_each([&](const ItemId&, const SharedItem& item) {
    auto change = std::make_shared<Change>(*row_of(list, ChangeKind::item_updated, item->rev));
    change->item = item;
    fold.add(change);
  });
  for (const ShareLink& link : *list.links) {
    auto change = std::make_shared<Change>(*row_of(list, ChangeKind::link_created, link.rev));
    change->link = link;
    fold.add(change);
  }
}

Result<SharedList> read_list(Connection& connection, ListId list_id) {
  const Result<LoadedList> loaded = load_list(connection, list_id, 0);
  if (!loaded) return loaded.error();
  const ListState& state = *loaded->state;
  auto whole = std::make_shared<WholeList>();
  add_list(whole->rows, state);
  whole->items = state.items.size();
  whole->heights = pg::Params::of(list_id, state.items_rev, state.last_position, state.purge_floor, state.rev);
  auto ops = connection.statement("select op_id, user_id, rev from ops where list_id = ?");
  ops.bind(list_id);
  for (;;) {
    const auto row = ops.step();
    if (!row) return row.error();
    if (!*row) return SharedList(whole);
    auto op = std::make_shared<Change>(*row_of(state, ChangeKind::nothing, ops.integer(2)));
    op->op_id = ops.id<OpId>(0);
    op->user_id = UserId{ops.text(1)};
    whole->rows.add(op);
  }
}

Task<pg::Outcome<bool>> write_list(pg::Connection& connection, SharedList list, pg::Connection::Duration deadline) {
  pg::Statements statements;
  pg::begin_write(statements, deadline);
  list->rows.add_rows_to(statements);
  list->rows.add_ops_to(statements, pg::Fold::KnownOps::kept);
  statements.emplace_back(raise_list, list->heights);
  statements.emplace_back("commit");
  const pg::Outcome<std::vector<pg::Rows>> done = co_await connection.run(std::move(statements), deadline);
  if (!done) co_return done.error();
  co_return true;
}

Task<Result<void>> transfer_table(SqliteDatabase& from, PostgresDatabase& to, const Table& table, Transferred& so_far) {
  for (std::int64_t skip = 0;; skip += page_rows) {
    auto read = [&table, skip](Connection& connection) { return read_page(connection, table, skip); };
    const Result<Page> page = co_await from.read(std::move(read));
    if (!page) co_return page.error();
    if (page->rows == 0) co_return ok();
    pg::Params params;
    for (const pg::Column& column : page->columns) params.add(column);
    auto write = [&table, params,
                  deadline = to.options().migrate_deadline](pg::Connection& connection) -> Task<pg::Outcome<bool>> {
      pg::Statements statements;
      statements.emplace_back(table.insert, params);
      const pg::Outcome<std::vector<pg::Rows>> done = co_await connection.run(std::move(statements), deadline);
      if (!done) co_return done.error();
      co_return true;
    };
    const Result<bool> written = co_await to.write(std::move(write));
    if (!written) co_return written.error();
    so_far.account_rows += static_cast<std::size_t>(page->rows);
  }
}

}  // namespace

Task<Result<Transferred>> transfer(SqliteDatabase& from, PostgresDatabase& to,
                                   std::function<void(const Transferred&)> report) {
  Transferred so_far;
  for (const Table& table : tables_of_people()) {
    const Result<void> done = co_await transfer_table(from, to, table, so_far);
    if (!done) co_return done.error();
  }
  auto list_ids = [](Connection& connection) { return read_list_ids(connection); };
  const Result<std::vector<ListId>> ids = co_await from.read(std::move(list_ids));
  if (!ids) co_return ids.error();
  so_far.of_lists = ids->size();
  for (const ListId& id : *ids) {
    auto read = [id](Connection& connection) { return read_list(connection, id); };
    const Result<SharedList> list = co_await from.read(std::move(read));
    if (!list) co_return list.error();
    auto write = [list = *list, deadline = to.options().migrate_deadline](pg::Connection& connection) {
      return write_list(connection, list, deadline);
    };
    const Result<bool> written = co_await to.write(std::move(write));
    if (!written) co_return written.error();
    ++so_far.lists;
    so_far.items += (*list)->items;
    report(so_far);
  }
  co_return so_far;
}

}  // namespace collab::store
