#include "store/postgres_direct.hpp"

#include <algorithm>
#include <span>

#include "store/postgres_setup.hpp"

namespace collab::store::pg {
namespace {

constexpr std::string_view lock_chain = "select todo_lock_chain($1, $2)";
constexpr std::string_view select_heads = "select id, rev from todo_lists where id = any ($1)";
constexpr std::string_view probe_write =
    "insert into todo_meta (key, value) values ('probed_at', now()::text)"
    " on conflict (key) do update set value = excluded.value";

// Rows that show whether a change is stored: an op_id knows exactly, else every row of the change must be there as it
// was written, or newer. Each statement gives one row with one rev, or none.
void add_lookups(Statements& statements, const Change& change) {
  if (change.op_id) {
    statements.emplace_back("select rev from todo_ops where list_id = $1 and op_id = $2 and user_id = $3",
                            Params::of(change.list_id, *change.op_id, change.user_id));
    return;
  }
  if (change.list) statements.emplace_back("select own_rev from todo_lists where id = $1", Params::of(change.list_id));
  if (change.item)
    statements.emplace_back("select rev from todo_items where list_id = $1 and id = $2",
                            Params::of(change.list_id, change.item->id));
  for (const Member& member : change.members)
    statements.emplace_back("select rev from todo_list_members where list_id = $1 and user_id = $2",
                            Params::of(change.list_id, member.user_id));
  if (change.link)
    statements.emplace_back("select rev from todo_share_links where list_id = $1 and id = $2",
                            Params::of(change.list_id, change.link->id));
}

bool shows_stored(const Change& change, std::span<const Rows> found) {
  return std::ranges::all_of(found, [&change](const Rows& rows) {
    if (rows.is_empty()) return false;
    const Rev rev = rows[0].integer(0);
    return change.op_id ? rev == change.rev : rev >= change.rev;
  });
}

Connection& connection_of(Link& link) { return static_cast<Connection&>(link); }

Task<Outcome<>> run_one(Link& link, std::string_view sql, Link::Duration deadline) {
  Statements statements;
  statements.emplace_back(sql);
  const Outcome<std::vector<Rows>> done = co_await connection_of(link).run(std::move(statements), deadline);
  if (!done) co_return done.error();
  co_return Outcome<>();
}

}  // namespace

Task<Result<void>> DirectBackend::prepare(Link& link) {
  const bool may_migrate = options.use != PostgresOptions::Use::tool;
  const Result<void> migrated = co_await migrate(*this, connection_of(link), postgres_migrations(), may_migrate);
  if (!migrated) co_return migrated;
  co_return co_await check_role(*this, connection_of(link));
}

Task<Outcome<Settled>> DirectBackend::settle(Link& link, EpochMs now) {
  return settle_era(options, connection_of(link), now);
}

Task<Outcome<Lease>> DirectBackend::take_lease(Link& link) { return try_lease(options, connection_of(link)); }

Task<Outcome<>> DirectBackend::release_lease(Link& link) { return pg::release_lease(options, connection_of(link)); }

Task<Outcome<>> DirectBackend::probe_reading(Link& link) {
  return run_one(link, "select rev from todo_lists limit 1", options.read_deadline);
}

Task<Outcome<>> DirectBackend::probe_writing(Link& link) { return run_one(link, probe_write, options.write_deadline); }

Task<Outcome<Backend::Heads>> DirectBackend::heads_of(Link& link, const std::set<ListId>& lists) {
  Column ids(Type::uuid);
  for (const ListId& id : lists) ids.add(id);
  Statements statements;
  statements.emplace_back(select_heads, Params::of(ids));
  const Outcome<std::vector<Rows>> found =
      co_await connection_of(link).run(std::move(statements), options.read_deadline);
  if (!found) co_return found.error();
  Heads heads;
  const Rows& rows = found->front();
  for (int row = 0; row < rows.size(); ++row) heads[rows[row].id<ListId>(0)] = rows[row].integer(1);
  co_return heads;
}

Task<Outcome<>> DirectBackend::write(Link& link, const Fold& fold, const std::map<ListId, Rev>& before) {
  Column ids(Type::uuid), revs(Type::integer);
  for (const auto& [id, rev] : before) {
    ids.add(id);
    revs.add(rev);
  }
  const std::string& holder = options.use == PostgresOptions::Use::alone ? options.holder : std::string();
  Statements statements;
  begin_write(statements, options.write_deadline, holder);
  statements.emplace_back(lock_chain, Params::of(ids, revs));
  fold.add_rows_to(statements);
  fold.add_ops_to(statements, Fold::KnownOps::refused);
  statements.emplace_back("commit");
  const Outcome<std::vector<Rows>> done =
      co_await connection_of(link).run(std::move(statements), options.write_deadline);
  if (!done) co_return done.error();
  co_return Outcome<>();
}

Task<Outcome<std::vector<bool>>> DirectBackend::are_stored(Link& link, std::vector<SharedChange> changes) {
  Statements statements;
  std::vector<std::size_t> ends;
  for (const SharedChange& change : changes) {
    add_lookups(statements, *change);
    ends.push_back(statements.size());
  }
  const Outcome<std::vector<Rows>> found =
      co_await connection_of(link).run(std::move(statements), options.read_deadline);
  if (!found) co_return found.error();
  const std::span<const Rows> rows(*found);
  std::vector<bool> stored;
  std::size_t begin = 0;
  for (std::size_t n = 0; n < ends.size(); ++n) {
    stored.push_back(shows_stored(*changes[n], rows.subspan(begin, ends[n] - begin)));
    begin = ends[n];
  }
  co_return stored;
}

}  // namespace collab::store::pg
