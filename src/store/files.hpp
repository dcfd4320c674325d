// The few things the store does with files that SQLite does not do for it.
#pragma once

#include <filesystem>
#include <string>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace collab::store {

/// The data folder of one process, as long as this lives. Uses flock(2) on collab.lock, which the system releases when
/// the process ends, however it ends.
class LockFile {
 public:
  /// The error's message says which process has it.
  static Result<LockFile> acquire(const std::filesystem::path& data_dir);

  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;
  ~LockFile();

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

/// Creates the folder and those above it.
Result<void> make_folder(const std::filesystem::path& folder);

/// Makes the content of a file, or the entries of a folder, durable. Never for a file that SQLite has open in this
/// process: closing the descriptor would drop SQLite's locks.
Result<void> sync_to_disk(const std::filesystem::path& file_or_folder);

/// Renames, and makes the folder's entries durable. Both in one folder.
Result<void> rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// The time as part of a file name: "20260131T120000.000Z".
std::string file_stamp(EpochMs time);

/// The Error for a failed system call: what was tried, on which file, and why it failed.
Error file_error(std::string_view what, const std::filesystem::path& file, int error_number);

}  // namespace collab::store
