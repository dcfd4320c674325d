#include "store/postgres_setup.hpp"

#include "core/log.hpp"

namespace collab::store::pg {
namespace {

// Any number will do, as long as it is ours: "COLB", "todo".
constexpr std::string_view take_turn = "select pg_advisory_xact_lock(1129270338, 1953457263);";
constexpr std::chrono::milliseconds lease_poll{250};

constexpr std::string_view select_version =
    "select case when to_regclass('todo_migrations') is null then 0 else 1 end::bigint";
constexpr std::string_view select_newest = "select coalesce(max(version), 0)::bigint from todo_migrations";

// What identifies the history that a database is on: a new cluster, a copy of the database, a promoted standby and a
// recovery to a point in time each have another one. A role that may not ask for the cluster's identifier does without.
constexpr std::string_view may_ask_for_cluster = "select has_function_privilege('pg_control_system()', 'execute')";
constexpr std::string_view select_cluster = "select system_identifier::text from pg_control_system()";
constexpr std::string_view select_place =
    "select (select oid::text from pg_database where datname = current_database()) || '/' ||"
    " case when pg_is_in_recovery() then 'standby' else substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) end";

constexpr std::string_view settle =
    "with known as (select value from todo_meta where key = 'incarnation'),"
    " noted as (insert into todo_meta (key, value) values ('incarnation', $1)"
    " on conflict (key) do update set value = excluded.value where todo_meta.value <> excluded.value)"
    " update todo_meta set value = greatest($2, value::bigint + 1)::text"
    " where key = 'era' and exists (select 1 from known where value <> $1)";

constexpr std::string_view take =
    "insert into todo_server_lease as l (name, holder, label, expires_at)"
    " values ('lists', $1, $2, clock_timestamp() + $3 * interval '1 millisecond')"
    " on conflict (name) do update set holder = excluded.holder, label = excluded.label, expires_at = "
    "excluded.expires_at"
    " where l.holder = excluded.holder or l.expires_at < clock_timestamp()";

Error start_error(const Engine& engine, std::string_view what, const std::string& cause) {
  return Error{Errc::unavailable, "the database " + engine.target.label() + " " + std::string(what) + ": " + cause};
}

Statements one(std::string_view sql, Params params = {}) {
  Statements statements;
  statements.emplace_back(sql, std::move(params));
  return statements;
}

Task<Outcome<int>> version_of(Connection& connection, Connection::Duration deadline) {
  Outcome<std::vector<Rows>> found = co_await connection.run(one(select_version), deadline);
  if (!found) co_return found.error();
  if (found->front()[0].integer(0) == 0) co_return 0;
  found = co_await connection.run(one(select_newest), deadline);
  if (!found) co_return found.error();
  co_return static_cast<int>(found->front()[0].integer(0));
}

Task<Outcome<std::string>> incarnation_of(Connection& connection, Connection::Duration deadline) {
  std::string incarnation = "cluster";
  Outcome<std::vector<Rows>> found = co_await connection.run(one(may_ask_for_cluster), deadline);
  if (!found) co_return found.error();
  if (found->front()[0].boolean(0)) {
    found = co_await connection.run(one(select_cluster), deadline);
    if (!found) co_return found.error();
    incarnation = found->front()[0].text(0);
  }
  found = co_await connection.run(one(select_place), deadline);
  if (!found) co_return found.error();
  co_return incarnation + "/" + found->front()[0].text(0);
}

// Who comes second waits for his turn, and fails because the step is there.
std::string script_of(const Migration& migration) {
  std::string script("begin;\n");
  script.append(take_turn);
  script.append(
      "\ncreate table if not exists todo_migrations (version int primary key, name text not null,"
      " applied_at timestamptz not null default now());\nalter table todo_migrations enable row level security;\n");
  const std::string version = std::to_string(migration.version);
  script.append("insert into todo_migrations (version, name) values (" + version + ", '");
  script.append(migration.name).append("');\n").append(migration.sql).append("\ncommit;\n");
  return script;
}

}  // namespace

Task<Result<void>> migrate(Engine& engine, Connection& connection, std::span<const Migration> migrations,
                           bool may_migrate) {
  const int newest = migrations.back().version;
  for (;;) {
    const Outcome<int> version = co_await version_of(connection, engine.options.read_deadline);
    if (!version) co_return start_error(engine, "cannot be read", version.error().cause);
    if (*version == newest) co_return ok();
    if (*version > newest)
      co_return Error{Errc::unavailable, "the database " + engine.target.label() + " has schema version " +
                                             std::to_string(*version) + ", and this program knows versions up to " +
                                             std::to_string(newest) + ": start a newer program"};
    if (!may_migrate)
      co_return start_error(engine, "cannot be used",
                            "it is of an older version: migrate it first, by starting the server");
    const Migration& step = migrations[static_cast<std::size_t>(*version)];
    const Outcome<> done = co_await connection.run_script(script_of(step), engine.options.migrate_deadline);
    if (done) {
      log::info("store", "the database was migrated", {{"step", step.name}});
      continue;
    }
    // Another server may have been faster; then its key is there already.
    if (!connection.is_usable()) {
      const Outcome<> opened = co_await connection.open(engine.options.connect_deadline);
      if (!opened) co_return start_error(engine, "cannot be reached", opened.error().cause);
    }
    const Outcome<int> now = co_await version_of(connection, engine.options.read_deadline);
    if (!now || *now <= *version)
      co_return start_error(engine, "cannot be migrated by " + std::string(step.name), done.error().cause);
  }
}

Task<Result<void>> check_role(Engine& engine, Connection& connection) {
  const Outcome<std::vector<Rows>> found =
      co_await connection.run(one("select row_security_active('todo_lists')"), engine.options.read_deadline);
  if (!found) co_return start_error(engine, "cannot be read", found.error().cause);
  if (found->front()[0].boolean(0))
    co_return start_error(engine, "cannot be used",
                          "row-level security hides rows from this role; connect as the role that owns the tables");
  co_return ok();
}

Task<Result<Rev>> settle_era(Engine& engine, Connection& connection) {
  static const SystemClock system;
  const Clock& clock = engine.options.clock ? *engine.options.clock : system;
  const Outcome<std::string> incarnation = co_await incarnation_of(connection, engine.options.read_deadline);
  if (!incarnation) co_return start_error(engine, "cannot be read", incarnation.error().cause);
  const EpochMs now = clock.now();
  if (engine.options.use != PostgresOptions::Use::tool) {
    const Outcome<std::vector<Rows>> settled =
        co_await connection.run(one(settle, Params::of(*incarnation, now)), engine.options.write_deadline);
    if (!settled) co_return start_error(engine, "cannot be written", settled.error().cause);
    if (settled->front().affected() > 0)
      log::warning("store", "the database was restored, copied or promoted: it begins a new epoch", {});
  }
  const Outcome<std::vector<Rows>> found = co_await connection.run(
      one("select value::bigint from todo_meta where key = 'era'"), engine.options.read_deadline);
  if (!found) co_return start_error(engine, "cannot be read", found.error().cause);
  if (found->front().is_empty()) co_return start_error(engine, "cannot be used", "todo_meta has no era");
  co_return found->front()[0].integer(0);
}

Task<Result<void>> take_lease(Engine& engine, Connection& connection) {
  const PostgresOptions& options = engine.options;
  std::optional<std::int64_t> first_end;
  for (;;) {
    Outcome<std::vector<Rows>> done =
        co_await connection.run(one(take, Params::of(options.holder, options.holder_label, options.lease_time.count())),
                                options.write_deadline);
    if (!done) co_return start_error(engine, "cannot be written", done.error().cause);
    if (done->front().affected() == 1) co_return ok();
    done = co_await connection.run(
        one("select label, expires_at, greatest(extract(epoch from expires_at - clock_timestamp()) * 1000, 0)::bigint"
            " from todo_server_lease where name = 'lists'"),
        options.read_deadline);
    if (!done) co_return start_error(engine, "cannot be read", done.error().cause);
    if (done->front().is_empty()) continue;
    const Row lease = done->front()[0];
    if (first_end && lease.time(1) > *first_end)
      co_return start_error(engine, "is in use by another server",
                            lease.text(0) + ". Stop that one first; several servers on one database need REDIS_URL");
    if (!first_end)
      log::warning("store", "another server had this database and has not given it back; waiting whether it is alive",
                   {{"server", lease.text(0)}, {"ms", lease.integer(2)}});
    first_end = lease.time(1);
    asio::steady_timer timer(engine.io, std::min(lease_poll, std::chrono::milliseconds(lease.integer(2) + 1)));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<Outcome<bool>> renew_lease(const PostgresOptions& options, Connection& connection) {
  const Outcome<std::vector<Rows>> done = co_await connection.run(
      one(take, Params::of(options.holder, options.holder_label, options.lease_time.count())), options.write_deadline);
  if (!done) co_return done.error();
  co_return done->front().affected() == 1;
}

Task<Outcome<>> release_lease(const PostgresOptions& options, Connection& connection) {
  const Outcome<std::vector<Rows>> done = co_await connection.run(
      one("delete from todo_server_lease where name = 'lists' and holder = $1", Params::of(options.holder)),
      options.write_deadline);
  if (!done) co_return done.error();
  co_return Outcome<>();
}

}  // namespace collab::store::pg
