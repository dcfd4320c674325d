// Copies of a database file that can be kept, and the way back. For the command line as well as for a running server.
#pragma once

#include <filesystem>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "model/ids.hpp"

namespace collab::store {

/// Copies the database of a data folder, as it stands at this moment, to `target`, which must not exist. Works while a
/// server runs on it, in this process or another, and makes nobody wait. The copy is one file, complete on the disk
/// when this returns, with an era of its own: a server that is started on it does not pretend to continue the old one.
Result<void> backup_database(const std::filesystem::path& data_dir, const std::filesystem::path& target,
                             const Clock& clock = SystemClock{});

struct Restored {
  Rev era = 0;
  std::filesystem::path previous;  ///< where the database that was there went; empty = there was none
};

/// Makes `backup` the database of a data folder, with a new era. Refused if it is no database of ours, damaged, or of a
/// newer version, and while a server runs on the folder; nothing has changed then.
Result<Restored> restore_database(const std::filesystem::path& backup, const std::filesystem::path& data_dir,
                                  const Clock& clock = SystemClock{});

}  // namespace collab::store
