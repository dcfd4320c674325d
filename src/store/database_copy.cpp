#include "store/database_copy.hpp"

#include "store/files.hpp"

namespace collab::store {
namespace {

Error copy_error(const std::filesystem::path& target, const std::string& cause) {
  return Error{Errc::unavailable, "cannot copy the database to " + target.string() + ": " + cause};
}

// All pages in one step: SQLite would begin again whenever somebody writes between two. In WAL mode nobody waits for
// it.
Result<void> copy_pages(Connection& source, Connection& target) {
  sqlite3_backup* backup = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
  if (!backup) return target.report(sqlite3_extended_errcode(target.handle()));
  int code = SQLITE_OK;
  do {
    code = sqlite3_backup_step(backup, -1);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED) break;
  } while (code == SQLITE_OK);
  const int finished = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return target.report(code);
  if (finished != SQLITE_OK) return target.report(finished);
  return ok();
}

// A copy of a file in WAL mode is in WAL mode; as one file it can be carried around.
Result<void> make_single_file(Connection& copy) { return copy.execute("pragma journal_mode = delete"); }

Result<void> fill(Connection& source, const std::filesystem::path& partial, const Clock& clock, Rev least_era) {
  auto copy = Connection::open(partial, {.mode = OpenOptions::Mode::create});
  if (!copy) return copy.error();
  auto done = copy_pages(source, *copy);
  if (done) done = make_single_file(*copy);
  if (done) done = write_era(*copy, std::max({clock.now(), read_era(*copy) + 1, least_era}));
  if (!done) return Error{Errc::unavailable, copy->take_fault().cause};
  return ok();
}

}  // namespace

Rev read_era(Connection& connection) {
  const auto era = connection.query_integer("select value from meta where key = 'era'");
  (void)connection.take_fault();
  return era ? *era : 0;
}

Result<void> write_era(Connection& connection, Rev era) {
  return connection.statement("insert or replace into meta (key, value) values ('era', ?)").bind(era).run();
}

Result<void> copy_database(Connection& source, const std::filesystem::path& target, const Clock& clock, Rev least_era) {
  std::error_code fault;
  if (std::filesystem::exists(target, fault)) return copy_error(target, "there is such a file already");
  auto partial = target;
  partial += ".partial";
  std::filesystem::remove(partial, fault);

  auto done = fill(source, partial, clock, least_era);
  if (done) done = sync_to_disk(partial);
  if (done) done = rename_durably(partial, target);
  if (!done) {
    std::filesystem::remove(partial, fault);
    return copy_error(target, done.error().message);
  }
  return ok();
}

}  // namespace collab::store
