#include "store/sqlite_open.hpp"

#include "core/log.hpp"
#include "store/database_copy.hpp"
#include "store/files.hpp"
#include "store/migrations.hpp"

namespace collab::store {
namespace {

// A file up to this size is checked whole at each start (some 30 ms); a bigger one by the beginning of each table.
constexpr std::uintmax_t checked_whole_bytes = 16 * 1024 * 1024;
constexpr const char* synchronous_full = "pragma synchronous = full";
constexpr const char* synchronous_normal = "pragma synchronous = normal";
constexpr const char* cache_pragma = "pragma cache_size = -16384; pragma temp_store = memory";

Error start_error(const SqliteOptions& options, std::string_view what, const std::string& cause) {
  return Error{Errc::unavailable,
               "the database " + database_file(options).string() + " " + std::string(what) + ": " + cause};
}

Result<Connection> open_with(const SqliteOptions& options, OpenOptions::Mode mode) {
  return Connection::open(database_file(options),
                          {.mode = mode, .vfs = options.vfs, .busy_timeout = options.busy_timeout});
}

Result<void> set_up_writer(Connection& connection, const SqliteOptions& options) {
  {
    auto mode = connection.statement("pragma journal_mode = wal");
    const auto row = mode.step();
    if (!row) return row.error();
    if (!*row || mode.bytes(0) != "wal") return connection.report(SQLITE_READONLY);
  }
  // Checkpoints are the writer's, between batches; a log that has grown beyond the limit gives its space back.
  auto set = connection.execute("pragma wal_autocheckpoint = 0; pragma journal_size_limit = 67108864");
  if (set) set = connection.execute(cache_pragma);
  if (set)
    set = connection.execute(options.durability == Durability::power_cut ? synchronous_full : synchronous_normal);
  return set;
}

Result<void> check_small_file(Connection& connection) {
  auto check = connection.statement("pragma quick_check(1)");
  const auto row = check.step();
  if (!row) return row.error();
  if (*row && check.bytes(0) == "ok") return ok();
  return connection.report(SQLITE_CORRUPT);
}

Result<void> check_tables(Connection& connection) {
  std::vector<std::string> tables;
  {
    auto names = connection.statement("select name from sqlite_schema where type = 'table'");
    for (;;) {
      const auto row = names.step();
      if (!row) return row.error();
      if (!*row) break;
      tables.push_back(names.text(0));
    }
  }
  for (const auto& table : tables)
    if (auto read = connection.execute(("select 1 from \"" + table + "\" limit 1").c_str()); !read) return read;
  return ok();
}

Result<void> check_soundness(Connection& connection, const SqliteOptions& options) {
  std::error_code fault;
  const auto size = std::filesystem::file_size(database_file(options), fault);
  return !fault && size <= checked_whole_bytes ? check_small_file(connection) : check_tables(connection);
}

// The first write shows what would else only be found at the first change: a lock, a full disk, a read-only file.
Result<void> note_start(Connection& connection, EpochMs now) {
  if (auto begun = connection.execute("begin immediate"); !begun) return begun;
  auto done = connection.statement("insert or replace into meta (key, value) values ('opened_at', ?)").bind(now).run();
  if (done && read_era(connection) == 0) done = write_era(connection, now);
  if (done) done = connection.execute("commit");
  if (!done && connection.is_in_transaction()) (void)connection.execute("rollback");
  return done;
}

}  // namespace

std::filesystem::path database_file(const SqliteOptions& options) { return options.data_dir / database_file_name; }

const Clock& clock_of(const SqliteOptions& options) {
  static const SystemClock system;
  return options.clock ? *options.clock : system;
}

bool is_storage_fault(const SqliteFault& fault) {
  switch (fault.primary()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_PERM:
    case SQLITE_NOTADB:
      return true;
    default:
      return false;
  }
}

Result<Connection> open_writer(const SqliteOptions& options) {
  auto connection = open_with(options, OpenOptions::Mode::read_write);
  if (!connection) return connection;
  if (auto ready = set_up_writer(*connection, options); !ready)
    return Error{Errc::unavailable, connection->take_fault().cause};
  return connection;
}

Result<Connection> open_reader(const SqliteOptions& options) {
  auto connection = open_with(options, OpenOptions::Mode::read_write);
  if (!connection) return connection;
  auto ready = connection->execute(cache_pragma);
  if (ready) ready = connection->execute("pragma query_only = on");
  if (!ready) return Error{Errc::unavailable, connection->take_fault().cause};
  return connection;
}

Result<Rev> prepare_database(const SqliteOptions& options) {
  const auto file = database_file(options);
  std::error_code fault;
  const bool is_new = !std::filesystem::exists(file, fault);
  auto connection = open_with(options, OpenOptions::Mode::create);
  if (!connection) return start_error(options, "cannot be opened", connection.error().message);
  const auto failed = [&](std::string_view what) { return start_error(options, what, connection->take_fault().cause); };

  if (sqlite3_db_readonly(connection->handle(), "main") == 1)
    return start_error(options, "cannot be written", describe_fault(SQLITE_READONLY, ""));
  const auto migrations = sqlite_migrations();
  if (auto version = schema_version(*connection, file, migrations.back().version); !version) return version.error();
  if (auto ready = set_up_writer(*connection, options); !ready) return failed("cannot be prepared");
  if (auto sound = check_soundness(*connection, options); !sound) return failed("cannot be used");
  if (auto migrated = migrate(*connection, file, clock_of(options), migrations); !migrated) return migrated.error();
  if (auto noted = note_start(*connection, clock_of(options).now()); !noted) return failed("cannot be written");
  if (is_new)
    if (auto synced = sync_to_disk(options.data_dir); !synced) return synced.error();
  return read_era(*connection);
}

Result<Rev> examine_database(const SqliteOptions& options) {
  std::error_code fault;
  if (!std::filesystem::exists(database_file(options), fault))
    return start_error(options, "cannot be opened", "there is no such file: is DATA_DIR right?");
  auto connection = open_with(options, OpenOptions::Mode::read_write);
  if (!connection) return start_error(options, "cannot be opened", connection.error().message);
  const int newest = sqlite_migrations().back().version;
  const auto version = schema_version(*connection, database_file(options), newest);
  if (!version) return version.error();
  if (*version < newest)
    return start_error(options, "cannot be used",
                       "it is of an older version: migrate it first, by starting the server");
  return read_era(*connection);
}

}  // namespace collab::store
