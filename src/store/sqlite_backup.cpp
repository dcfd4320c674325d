#include "store/sqlite_backup.hpp"

#include "store/database_copy.hpp"
#include "store/files.hpp"
#include "store/migrations.hpp"
#include "store/sqlite_database.hpp"

namespace collab::store {
namespace {

using Path = std::filesystem::path;

int newest_version() { return sqlite_migrations().back().version; }

Path with_suffix(const Path& file, std::string_view suffix) {
  Path result = file;
  result += suffix;
  return result;
}

Result<Connection> open_existing(const Path& file, OpenOptions::Mode mode) {
  std::error_code fault;
  if (!std::filesystem::is_regular_file(file, fault))
    return Error{Errc::not_found, "there is no database at " + file.string()};
  auto connection = Connection::open(file, {.mode = mode});
  if (!connection) return Error{Errc::unavailable, "cannot open " + file.string() + ": " + connection.error().message};
  return connection;
}

// Whether it can be restored: ours, of a version we know, and every page of it in order.
Result<void> examine(Connection& backup, const Path& file) {
  const auto version = schema_version(backup, file, newest_version());
  if (!version) return version.error();
  if (*version == 0) return Error{Errc::unavailable, "the file " + file.string() + " is empty"};
  auto check = backup.statement("pragma quick_check(1)");
  const auto row = check.step();
  if (!row || !*row || check.bytes(0) != "ok")
    return Error{Errc::unavailable, "the backup " + file.string() + " is damaged"};
  return ok();
}

// The era of what is there now; 0 if there is nothing, or nothing that can be read. Brings the write-ahead log into the
// file.
Rev settle_present(const Path& database) {
  auto present = open_existing(database, OpenOptions::Mode::read_write);
  if (!present) return 0;
  const Rev era = read_era(*present);
  (void)present->execute("pragma wal_checkpoint(truncate)");
  return era;
}

// Keeps the present file under another name too, so that there is a database at every moment. What is left of its
// write-ahead log, if it could not be read, goes along: the two belong together.
Result<Path> put_aside(const Path& database, EpochMs now) {
  const Path aside = with_suffix(database, ".before-restore." + file_stamp(now));
  std::error_code fault;
  if (!std::filesystem::exists(database, fault)) return Path{};
  std::filesystem::create_hard_link(database, aside, fault);
  if (fault)
    if (auto renamed = rename_durably(database, aside); !renamed) return renamed.error();
  if (std::filesystem::exists(with_suffix(database, "-wal"), fault))
    if (auto renamed = rename_durably(with_suffix(database, "-wal"), with_suffix(aside, "-wal")); !renamed)
      return renamed.error();
  std::filesystem::remove(with_suffix(database, "-shm"), fault);
  return aside;
}

}  // namespace

Result<void> backup_database(const Path& data_dir, const Path& target, const Clock& clock) {
  // Not read-only: reading a write-ahead log that no server has open needs to write its index.
  auto source = open_existing(data_dir / database_file_name, OpenOptions::Mode::read_write);
  if (!source) return source.error();
  const auto version = schema_version(*source, data_dir / database_file_name, newest_version());
  if (!version) return version.error();
  return copy_database(*source, target, clock);
}

Result<Restored> restore_database(const Path& backup, const Path& data_dir, const Clock& clock) {
  const Path database = data_dir / database_file_name;
  const Path incoming = with_suffix(database, ".restoring");

  if (auto made = make_folder(data_dir); !made) return made.error();
  const auto lock = LockFile::acquire(data_dir);
  if (!lock) return lock.error();
  auto source = open_existing(backup, OpenOptions::Mode::read_only);
  if (!source) return source.error();
  if (auto examined = examine(*source, backup); !examined) return examined.error();

  std::error_code fault;
  std::filesystem::remove(incoming, fault);
  const Rev era = std::max({clock.now(), settle_present(database) + 1, read_era(*source) + 1});
  if (auto copied = copy_database(*source, incoming, clock, era); !copied) return copied.error();
  const auto previous = put_aside(database, clock.now());
  if (!previous) return previous.error();
  if (auto renamed = rename_durably(incoming, database); !renamed) return renamed.error();
  auto restored = open_existing(database, OpenOptions::Mode::read_only);
  if (!restored) return restored.error();
  return Restored{read_era(*restored), *previous};
}

}  // namespace collab::store
