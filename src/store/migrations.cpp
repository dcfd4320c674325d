#include "store/migrations.hpp"

#include "core/log.hpp"
#include "store/database_copy.hpp"
#include "store/files.hpp"

namespace collab::store {
namespace {

Error with_cause(Connection& connection, const std::filesystem::path& file, std::string_view what) {
  std::string message = "the database " + file.string() + " " + std::string(what) + ": ";
  return Error{Errc::unavailable, message + connection.take_fault().cause};
}

// A pragma takes no bound values; these are numbers of ours.
std::string mark_as(int version) {
  std::string sql = "pragma user_version = ";
  sql.append(std::to_string(version)).append("; pragma application_id = ").append(std::to_string(application_id));
  return sql;
}

Result<void> run_step(Connection& connection, const Migration& migration) {
  if (auto begun = connection.execute("begin immediate"); !begun) return begun;
  auto done = connection.execute(std::string(migration.sql).c_str());
  if (done) done = connection.execute(mark_as(migration.version).c_str());
  if (done) done = connection.execute("commit");
  if (!done && connection.is_in_transaction()) (void)connection.execute("rollback");
  return done;
}

}  // namespace

Result<int> schema_version(Connection& connection, const std::filesystem::path& file, int newest) {
  const auto version = connection.query_integer("pragma user_version");
  const auto owner = version ? connection.query_integer("pragma application_id") : version;
  const auto tables = owner ? connection.query_integer("select count(*) from sqlite_schema") : owner;
  if (!tables) return with_cause(connection, file, "cannot be read");

  const bool is_empty = *tables == 0 && *owner == 0 && *version == 0;
  if (!is_empty && (*owner != application_id || *version <= 0))
    return Error{Errc::unavailable,
                 "the file " + file.string() + " is no database of collab-todo: it is left as it is"};
  if (*version > newest)
    return Error{Errc::unavailable, "the database " + file.string() + " has schema version " +
                                        std::to_string(*version) + ", and this program knows versions up to " +
                                        std::to_string(newest) + ": start a newer program, or restore an older backup"};
  return static_cast<int>(*version);
}

Result<void> migrate(Connection& connection, const std::filesystem::path& file, const Clock& clock,
                     std::span<const Migration> migrations) {
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  const auto version = schema_version(connection, file, newest);
  if (!version) return version.error();
  if (*version == newest) return ok();

  if (*version > 0) {
    auto copy = file;
    copy += ".before-v" + std::to_string(newest) + "." + file_stamp(clock.now());
    if (auto copied = copy_database(connection, copy, clock); !copied) return copied;
    log::info("store", "the database was copied before its migration",
              {{"copy", copy.string()}, {"version", *version}});
  }
  for (const Migration& migration : migrations) {
    if (migration.version <= *version) continue;
    if (!run_step(connection, migration))
      return with_cause(connection, file, "cannot be migrated by " + std::string(migration.name));
    if (*version > 0) log::info("store", "the database was migrated", {{"step", migration.name}});
  }
  return ok();
}

}  // namespace collab::store
