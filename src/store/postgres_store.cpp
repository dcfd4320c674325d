#include "store/postgres_store.hpp"

#include "store/postgres_loader.hpp"
#include "store/postgres_rows.hpp"

namespace collab::store {
namespace {

constexpr std::int64_t rows_per_step = 500;

/// What came of a merge, with the database's refusal of a value as an outcome.
struct Merged {
  std::size_t written = 0;
  std::string refusal;  ///< "" = none
};

pg::Statements merge_statements(const pg::Fold& fold, std::chrono::milliseconds deadline) {
  pg::Column ids(pg::Type::uuid);
  for (const ListId& id : fold.list_ids()) ids.add(id);
  pg::Statements statements;
  pg::begin_write(statements, deadline);
  statements.emplace_back("select todo_lock_lists($1)", pg::Params::of(ids));
  fold.add_rows_to(statements);
  fold.add_ops_to(statements, pg::Fold::KnownOps::kept);
  statements.emplace_back("commit");
  return statements;
}

// Each is one transaction that gives how many rows it removed.
constexpr std::string_view purge_ops = "select todo_purge_ops($1, $2)";
constexpr std::string_view purge_items = "select todo_purge_items($1, $2)";
constexpr std::string_view purge_lists = "select todo_purge_lists($1, $2)";

}  // namespace

Task<Result<LoadedList>> PostgresStore::load(ListId list_id) {
  auto call = [list_id, era = database_.era(), deadline = database_.options().read_deadline](
                  pg::Connection& connection) { return pg::load_list(connection, list_id, era, deadline); };
  return database_.read(std::move(call));
}

Task<Result<std::vector<Membership>>> PostgresStore::lists_of(UserId user_id) {
  auto call = [user = std::move(user_id), deadline = database_.options().read_deadline](pg::Connection& connection) {
    return pg::memberships_of(connection, user, deadline);
  };
  return database_.read(std::move(call));
}

Task<Result<std::optional<Rev>>> PostgresStore::find_op(ListId list_id, UserId user_id, OpId op_id) {
  auto call = [list_id, user = std::move(user_id), op_id, deadline = database_.options().read_deadline](
                  pg::Connection& connection) { return pg::rev_of_op(connection, list_id, user, op_id, deadline); };
  return database_.read(std::move(call));
}

Task<Result<std::vector<StoredOp>>> PostgresStore::ops_of(ListId list_id) {
  auto call = [list_id, deadline = database_.options().read_deadline](pg::Connection& connection) {
    return pg::ops_of(connection, list_id, deadline);
  };
  return database_.read(std::move(call));
}

Task<Result<std::optional<ListId>>> PostgresStore::list_of_link(LinkId link_id) {
  auto call = [link_id, deadline = database_.options().read_deadline](pg::Connection& connection) {
    return pg::list_of_link(connection, link_id, deadline);
  };
  return database_.read(std::move(call));
}

Task<std::vector<bool>> PostgresStore::apply(std::vector<SharedChange> changes) {
  return database_.apply(std::move(changes));
}

Task<Result<MergeOutcome>> PostgresStore::merge(std::vector<SharedChange> changes) {
  auto fold = std::make_shared<pg::Fold>();
  for (const SharedChange& change : changes) fold->add(change);
  if (fold->is_empty()) co_return MergeOutcome{};
  auto call = [fold,
               deadline = database_.options().write_deadline](pg::Connection& connection) -> Task<pg::Outcome<Merged>> {
    pg::Statements statements = merge_statements(*fold, deadline);
    const pg::Outcome<std::vector<pg::Rows>> done = co_await connection.run(std::move(statements), deadline);
    Merged merged;
    if (!done && done.error().kind != pg::Fault::Kind::data) co_return done.error();
    if (!done)
      merged.refusal = done.error().cause;
    else
      for (std::size_t index = 3; index + 1 < done->size(); ++index)
        merged.written += static_cast<std::size_t>((*done)[index][0].integer(0));
    co_return merged;
  };
  const Result<Merged> merged = co_await database_.write(std::move(call));
  if (!merged) co_return merged.error();
  if (!merged->refusal.empty()) co_return Error{Errc::invalid_payload, merged->refusal};
  co_return MergeOutcome{merged->written};
}

// Until there is nothing left to do; what was done in all. Each step is a transaction, and waits its turn.
Task<Result<std::int64_t>> PostgresStore::repeat(std::string_view step, EpochMs before) {
  std::int64_t total = 0;
  for (;;) {
    auto call = [step, before, deadline = database_.options().write_deadline](
                    pg::Connection& connection) -> Task<pg::Outcome<std::int64_t>> {
      pg::Statements statements;
      statements.emplace_back(step, pg::Params::of(before, rows_per_step));
      const pg::Outcome<std::vector<pg::Rows>> done = co_await connection.run(std::move(statements), deadline);
      if (!done) co_return done.error();
      co_return done->front()[0].integer(0);
    };
    const Result<std::int64_t> removed = co_await database_.keep_house(std::move(call));
    if (!removed) co_return removed.error();
    if (*removed == 0) co_return total;
    total += *removed;
  }
}

Task<Result<Purged>> PostgresStore::purge(EpochMs now, Retention retention) {
  const Result<std::int64_t> ops = co_await repeat(purge_ops, now - retention.ops);
  if (!ops) co_return ops.error();
  const Result<std::int64_t> items = co_await repeat(purge_items, now - retention.trash);
  if (!items) co_return items.error();
  const Result<std::int64_t> lists = co_await repeat(purge_lists, now - retention.trash);
  if (!lists) co_return lists.error();
  co_return Purged{*items, *lists, *ops};
}

}  // namespace collab::store
