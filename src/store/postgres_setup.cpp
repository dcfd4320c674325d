#include "store/postgres_setup.hpp"

#include "core/log.hpp"

namespace collab::store::pg {
namespace {

// Any number will do, as long as it is ours: "COLB", "todo".
constexpr std::string_view take_turn = "select pg_advisory_xact_lock(1129270338, 1953457263);";
constexpr std::string_view make_list_of_steps =
    "create table if not exists todo_migrations (version int primary key, name text not null,"
    " applied_at timestamptz not null default now());\nalter table todo_migrations enable row level security;\n";

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

constexpr std::string_view is_known =
    "select exists (select 1 from todo_meta where key = 'incarnation' and value = $1)";

constexpr std::string_view take =
    "insert into todo_server_lease as l (name, holder, label, expires_at)"
    " values ('lists', $1, $2, clock_timestamp() + $3 * interval '1 millisecond')"
    " on conflict (name) do update set holder = excluded.holder, label = excluded.label, expires_at = "
    "excluded.expires_at"
    " where l.holder = excluded.holder or l.expires_at < clock_timestamp()";

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

std::string note_of(const Migration& migration) {
  return "insert into todo_migrations (version, name) values (" + std::to_string(migration.version) + ", '" +
         std::string(migration.name) + "');\n";
}

// Who comes second waits for his turn, and fails because the step is there.
std::string script_of(const Migration& migration) {
  std::string script("begin;\n");
  script.append(take_turn);
  script.append("\n").append(make_list_of_steps).append(note_of(migration));
  script.append(migration.sql).append("\ncommit;\n");
  return script;
}

}  // namespace

// See postgres_schema_script.
static std::string whole_script(std::span<const Migration> migrations) {
  std::string script("-- The tables and functions of collab-todo. May be run again: what is there stays as it is.\n");
  script.append(make_list_of_steps);
  for (const Migration& migration : migrations) {
    script.append("do $collab_step$\nbegin\nif not exists (select 1 from todo_migrations where version = ");
    script.append(std::to_string(migration.version)).append(") then\nexecute $collab_sql$\n").append(migration.sql);
    script.append("\n$collab_sql$;\n").append(note_of(migration)).append("end if;\nend\n$collab_step$;\n");
  }
  return script;
}

Error start_error(const Backend& backend, std::string_view what, const std::string& cause) {
  return Error{Errc::unavailable, "the database " + backend.label() + " " + std::string(what) + ": " + cause};
}

Result<void> check_version(const Backend& backend, int version, int newest, const std::string& older) {
  if (version == newest) return ok();
  if (version < newest) return start_error(backend, "cannot be used", older);
  return Error{Errc::unavailable, "the database " + backend.label() + " has schema version " + std::to_string(version) +
                                      ", and this program knows versions up to " + std::to_string(newest) +
                                      ": start a newer program"};
}

Task<Result<void>> migrate(const Backend& backend, Connection& connection, std::span<const Migration> migrations,
                           bool may_migrate) {
  const int newest = migrations.back().version;
  for (;;) {
    const Outcome<int> version = co_await version_of(connection, backend.options.read_deadline);
    if (!version) co_return start_error(backend, "cannot be read", version.error().cause);
    if (*version >= newest || !may_migrate)
      co_return check_version(backend, *version, newest,
                              "it is of an older version: migrate it first, by starting the server");
    const Migration& step = migrations[static_cast<std::size_t>(*version)];
    const Outcome<> done = co_await connection.run_script(script_of(step), backend.options.migrate_deadline);
    if (done) {
      log::info("store", "the database was migrated", {{"step", step.name}});
      continue;
    }
    // Another server may have been faster; then its key is there already.
    if (!connection.is_usable()) {
      const Outcome<> opened = co_await connection.open(backend.options.connect_deadline);
      if (!opened) co_return start_error(backend, "cannot be reached", opened.error().cause);
    }
    const Outcome<int> now = co_await version_of(connection, backend.options.read_deadline);
    if (!now || *now <= *version)
      co_return start_error(backend, "cannot be migrated by " + std::string(step.name), done.error().cause);
  }
}

Task<Result<void>> check_role(const Backend& backend, Connection& connection) {
  const Outcome<std::vector<Rows>> found =
      co_await connection.run(one("select row_security_active('todo_lists')"), backend.options.read_deadline);
  if (!found) co_return start_error(backend, "cannot be read", found.error().cause);
  if (found->front()[0].boolean(0))
    co_return start_error(backend, "cannot be used",
                          "row-level security hides rows from this role; connect as the role that owns the tables");
  co_return ok();
}

Task<Outcome<Settled>> settle_era(const PostgresOptions& options, Connection& connection, EpochMs now) {
  const Outcome<std::string> incarnation = co_await incarnation_of(connection, options.read_deadline);
  if (!incarnation) co_return incarnation.error();
  Settled result;
  const Outcome<std::vector<Rows>> known =
      co_await connection.run(one(is_known, Params::of(*incarnation)), options.read_deadline);
  if (!known) co_return known.error();
  if (options.use != PostgresOptions::Use::tool && !known->front()[0].boolean(0)) {
    const Outcome<std::vector<Rows>> settled =
        co_await connection.run(one(settle, Params::of(*incarnation, now)), options.write_deadline);
    if (!settled) co_return settled.error();
    result.is_new = settled->front().affected() > 0;
  }
  const Outcome<std::vector<Rows>> found = co_await connection.run(
      one("select (select value::bigint from todo_meta where key = 'era'), exists (select 1 from todo_lists)"),
      options.read_deadline);
  if (!found) co_return found.error();
  result.era = found->front()[0].integer(0);
  result.has_lists = found->front()[0].boolean(1);
  co_return result;
}

Task<Outcome<Lease>> try_lease(const PostgresOptions& options, Connection& connection) {
  const Outcome<std::vector<Rows>> done = co_await connection.run(
      one(take, Params::of(options.holder, options.holder_label, options.lease_time.count())), options.write_deadline);
  if (!done) co_return done.error();
  Lease lease;
  lease.is_ours = done->front().affected() == 1;
  if (lease.is_ours) co_return lease;
  const Outcome<std::vector<Rows>> found = co_await connection.run(
      one("select label, expires_at, greatest(extract(epoch from expires_at - clock_timestamp()) * 1000, 0)::bigint"
          " from todo_server_lease where name = 'lists'"),
      options.read_deadline);
  if (!found) co_return found.error();
  if (found->front().is_empty()) co_return lease;  // it has just been given back
  const Row row = found->front()[0];
  lease.label = row.text(0);
  lease.expires_at = row.time(1);
  lease.left = std::chrono::milliseconds(row.integer(2));
  co_return lease;
}

Task<Outcome<>> release_lease(const PostgresOptions& options, Connection& connection) {
  const Outcome<std::vector<Rows>> done = co_await connection.run(
      one("delete from todo_server_lease where name = 'lists' and holder = $1", Params::of(options.holder)),
      options.write_deadline);
  if (!done) co_return done.error();
  co_return Outcome<>();
}

}  // namespace collab::store::pg

namespace collab::store {

std::string postgres_schema_script() { return pg::whole_script(postgres_migrations()); }

}  // namespace collab::store
