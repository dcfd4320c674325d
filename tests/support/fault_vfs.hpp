// A disk that fails on demand, below SQLite: power cuts that lose all that was not synced, a full disk, I/O errors,
// read-only files.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

struct sqlite3_vfs;

namespace collab::support {

/// A VFS of SQLite, registered under name() as long as this lives, over the real one. Files are written through, so
/// that several connections work as always; beside each file stands what would be left of it if the power went now.
///
/// What survives a cut:
///  1. Of a file: what it was at its last xSync. With `Unsynced::some`, each later write survives or not by chance too,
///  as a disk
///     may write in any order, also half of a write.
///  2. Of a folder's entries: a file that was created is there once a journal or log beside it, created later or
///  itself, was
///     synced (that is when SQLite syncs the folder). A deletion without syncDir is undone.
/// After the cut every operation fails, like those of a process that is gone. Any thread.
class FaultVfs {
 public:
  enum class Unsynced { none, some };

  explicit FaultVfs(std::uint64_t seed = 1);
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;
  ~FaultVfs();

  const std::string& name() const { return name_; }
  /// From now on whoever opens a database without naming a VFS gets this one, as long as it lives.
  void become_default();

  /// The power goes after this many more writes and syncs.
  void cut_after(std::uint64_t operations);
  bool is_cut() const;
  /// Writes what survived into another folder.
  void salvage(const std::filesystem::path& into, Unsynced unsynced);
  /// Writes and syncs so far.
  std::uint64_t operations() const;

  enum class Fault { none, disk_full, io_error, sync_error, read_only, unreadable };
  /// From now on every write (sync_error: every sync, unreadable: every read) fails like this; none: works again.
  void set_fault(Fault fault);

  /// From now on whoever syncs waits in it.
  void hold_syncs();
  /// Returns when somebody does: what he writes is on its way, and all that comes after it has to queue.
  void wait_until_held();
  void release_syncs();

 private:
  friend struct FaultVfsCalls;

  struct Write {
    std::int64_t at;
    std::string bytes;  // a truncation has none: `at` is the new size
    bool is_truncation;
  };
  struct File {
    std::string synced;           // content at the last sync
    std::vector<Write> unsynced;  // since then
    bool is_entry_durable = false;
    bool is_deleted = false;  // and the deletion is not durable yet
  };

  /// Counts an operation; an SQLite result code if it has to fail.
  int before_write();
  int before_sync();
  void wait_while_held(std::unique_lock<std::mutex>& lock);
  int before_read() const;
  int unless_cut() const;
  File& file(const std::string& path);

  const std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  mutable std::mutex mutex_;
  std::map<std::string, File> files_;
  std::uint64_t operations_ = 0;
  std::optional<std::uint64_t> cut_at_;
  bool is_cut_ = false;
  Fault fault_ = Fault::none;
  bool holds_syncs_ = false;
  unsigned held_ = 0;  // syncs that wait
  std::condition_variable moved_;
  std::uint64_t seed_;
};

}  // namespace collab::support
