// The schema of the database file and its way forward. There is no way back but a backup.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "core/clock.hpp"
#include "store/sqlite.hpp"

namespace collab::store {

/// One step: brings a database of version - 1 to version. Version 0 is an empty file.
struct Migration {
  int version;
  std::string_view name;  ///< of its file, for the log
  std::string_view sql;
};

/// All files of migrations/sqlite, by version, from 1 without a gap. They are compiled into the program.
std::span<const Migration> sqlite_migrations();

/// Marks a file as ours ("COLB"): PRAGMA application_id.
inline constexpr std::int64_t application_id = 0x434F4C42;

/// The version of a database of ours; 0 if it is empty. An error if it is something else, or newer than `newest`.
Result<int> schema_version(Connection& connection, const std::filesystem::path& file, int newest);

/// Brings the database to the newest version, each step in a transaction of its own. One that has content is copied
/// first, to <file>.before-v<newest>.<time>. `file` is the one that is open.
Result<void> migrate(Connection& connection, const std::filesystem::path& file, const Clock& clock,
                     std::span<const Migration> migrations);

}  // namespace collab::store
