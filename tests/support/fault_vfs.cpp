#include "support/fault_vfs.hpp"

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

namespace collab::support {
namespace {

// What SQLite allocates for each open file: our part, then the real file.
struct OpenFile {
  sqlite3_file base;
  FaultVfs* owner;
  std::string* path;
  bool is_journal;  // the first sync of a journal or log syncs the folder, too
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

OpenFile* self(sqlite3_file* file) { return reinterpret_cast<OpenFile*>(file); }

std::string unique_name() {
  static std::atomic<int> count{0};
  return "fault-" + std::to_string(++count);
}

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void overwrite(std::string& content, std::int64_t at, std::string_view bytes) {
  const auto begin = static_cast<std::size_t>(at);
  if (content.size() < begin + bytes.size()) content.resize(begin + bytes.size());
  std::copy(bytes.begin(), bytes.end(), content.begin() + at);
}

}  // namespace

// The functions that SQLite calls. They have to be plain functions; all of them belong to FaultVfs.
struct FaultVfsCalls {
  static FaultVfs& owner(sqlite3_vfs* vfs) { return *static_cast<FaultVfs*>(vfs->pAppData); }
  static sqlite3_vfs* real() { return sqlite3_vfs_find("unix"); }

  static int close(sqlite3_file* file) {
    OpenFile* f = self(file);
    const int code = f->real()->pMethods ? f->real()->pMethods->xClose(f->real()) : SQLITE_OK;
    delete std::exchange(f->path, nullptr);
    return code;
  }

  static int read(sqlite3_file* file, void* out, int size, sqlite3_int64 at) {
    OpenFile* f = self(file);
    {
      const std::scoped_lock lock(f->owner->mutex_);
      if (const int code = f->owner->before_read()) return code;
    }
    return f->real()->pMethods->xRead(f->real(), out, size, at);
  }

  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    OpenFile* f = self(file);
    const std::scoped_lock lock(f->owner->mutex_);
    if (const int code = f->owner->before_write()) return code;
    if (f->path)
      f->owner->file(*f->path).unsynced.push_back(
          {at, std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size)), false});
    return f->real()->pMethods->xWrite(f->real(), bytes, size, at);
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    OpenFile* f = self(file);
    const std::scoped_lock lock(f->owner->mutex_);
    if (const int code = f->owner->before_write()) return code;
    if (f->path) f->owner->file(*f->path).unsynced.push_back({size, {}, true});
    return f->real()->pMethods->xTruncate(f->real(), size);
  }

  // The content is in the real file already; it is not synced for real, which would only take time.
  static int sync(sqlite3_file* file, int) {
    OpenFile* f = self(file);
    std::unique_lock lock(f->owner->mutex_);
    f->owner->wait_while_held(lock);
    if (const int code = f->owner->before_sync()) return code;
    if (!f->path) return SQLITE_OK;
    auto& synced = f->owner->file(*f->path);
    for (const auto& write : synced.unsynced) {
      if (write.is_truncation)
        synced.synced.resize(static_cast<std::size_t>(write.at));
      else
        overwrite(synced.synced, write.at, write.bytes);
    }
    synced.unsynced.clear();
    if (std::exchange(f->is_journal, false))
      for (auto& [path, entry] : f->owner->files_)
        if (std::filesystem::path(path).parent_path() == std::filesystem::path(*f->path).parent_path())
          entry.is_entry_durable = !entry.is_deleted;
    return SQLITE_OK;
  }

  static int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return self(file)->real()->pMethods->xFileSize(self(file)->real(), size);
  }
  static int lock(sqlite3_file* file, int level) {
    return self(file)->real()->pMethods->xLock(self(file)->real(), level);
  }
  static int unlock(sqlite3_file* file, int level) {
    return self(file)->real()->pMethods->xUnlock(self(file)->real(), level);
  }
  static int check_reserved_lock(sqlite3_file* file, int* result) {
    return self(file)->real()->pMethods->xCheckReservedLock(self(file)->real(), result);
  }
  static int file_control(sqlite3_file* file, int op, void* argument) {
    return self(file)->real()->pMethods->xFileControl(self(file)->real(), op, argument);
  }
  static int sector_size(sqlite3_file* file) { return self(file)->real()->pMethods->xSectorSize(self(file)->real()); }
  // No promises: neither atomic writes nor safe appends.
  static int characteristics(sqlite3_file*) { return 0; }
  static int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    return self(file)->real()->pMethods->xShmMap(self(file)->real(), page, size, extend, out);
  }
  static int shm_lock(sqlite3_file* file, int offset, int n, int flags) {
    return self(file)->real()->pMethods->xShmLock(self(file)->real(), offset, n, flags);
  }
  static void shm_barrier(sqlite3_file* file) { self(file)->real()->pMethods->xShmBarrier(self(file)->real()); }
  static int shm_unmap(sqlite3_file* file, int remove) {
    return self(file)->real()->pMethods->xShmUnmap(self(file)->real(), remove);
  }

  static const sqlite3_io_methods& methods() {
    static const sqlite3_io_methods table = [] {
      sqlite3_io_methods m{};
      m.iVersion = 2;
      m.xClose = close;
      m.xRead = read;
      m.xWrite = write;
      m.xTruncate = truncate;
      m.xSync = sync;
      m.xFileSize = file_size;
      m.xLock = lock;
      m.xUnlock = unlock;
      m.xCheckReservedLock = check_reserved_lock;
      m.xFileControl = file_control;
      m.xSectorSize = sector_size;
      m.xDeviceCharacteristics = characteristics;
      m.xShmMap = shm_map;
      m.xShmLock = shm_lock;
      m.xShmBarrier = shm_barrier;
      m.xShmUnmap = shm_unmap;
      return m;
    }();
    return table;
  }

  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    FaultVfs& o = owner(vfs);
    OpenFile* f = self(file);
    std::memset(static_cast<void*>(f), 0, sizeof(OpenFile));
    const std::scoped_lock lock(o.mutex_);
    if (const int code = o.unless_cut()) return code;
    if (o.fault_ == FaultVfs::Fault::read_only && (flags & SQLITE_OPEN_READWRITE))
      flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
    std::error_code ignored;
    const bool is_new = path && !std::filesystem::exists(path, ignored);
    const int code = real()->xOpen(real(), path, f->real(), flags, out_flags);
    if (code != SQLITE_OK) return code;
    f->owner = &o;
    f->is_journal = is_new && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL));
    if (path) {
      f->path = new std::string(path);
      auto& entry = o.file(*f->path);
      if (is_new) entry = FaultVfs::File{};
    }
    f->base.pMethods = &methods();
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* path, int sync_folder) {
    FaultVfs& o = owner(vfs);
    const std::scoped_lock lock(o.mutex_);
    if (const int code = o.before_write()) return code;
    const auto known = o.files_.find(path);
    if (known != o.files_.end()) {
      if (sync_folder || !known->second.is_entry_durable)
        o.files_.erase(known);
      else
        known->second.is_deleted = true;
    }
    return real()->xDelete(real(), path, 0);
  }

  static int access(sqlite3_vfs*, const char* path, int flags, int* result) {
    return real()->xAccess(real(), path, flags, result);
  }
  static int full_pathname(sqlite3_vfs*, const char* path, int size, char* out) {
    return real()->xFullPathname(real(), path, size, out);
  }
  static int randomness(sqlite3_vfs*, int size, char* out) { return real()->xRandomness(real(), size, out); }
  static int sleep(sqlite3_vfs*, int microseconds) { return real()->xSleep(real(), microseconds); }
  static int current_time(sqlite3_vfs*, double* time) { return real()->xCurrentTime(real(), time); }
  static int last_error(sqlite3_vfs*, int size, char* out) { return real()->xGetLastError(real(), size, out); }
};

FaultVfs::FaultVfs(std::uint64_t seed) : name_(unique_name()), vfs_(std::make_unique<sqlite3_vfs>()), seed_(seed) {
  sqlite3_initialize();
  sqlite3_vfs* real = FaultVfsCalls::real();
  vfs_->iVersion = 1;
  vfs_->szOsFile = static_cast<int>(sizeof(OpenFile)) + real->szOsFile;
  vfs_->mxPathname = real->mxPathname;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = FaultVfsCalls::open;
  vfs_->xDelete = FaultVfsCalls::remove;
  vfs_->xAccess = FaultVfsCalls::access;
  vfs_->xFullPathname = FaultVfsCalls::full_pathname;
  vfs_->xRandomness = FaultVfsCalls::randomness;
  vfs_->xSleep = FaultVfsCalls::sleep;
  vfs_->xCurrentTime = FaultVfsCalls::current_time;
  vfs_->xGetLastError = FaultVfsCalls::last_error;
  sqlite3_vfs_register(vfs_.get(), 0);
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(vfs_.get()); }

void FaultVfs::cut_after(std::uint64_t operations) {
  const std::scoped_lock lock(mutex_);
  cut_at_ = operations_ + operations;
}

bool FaultVfs::is_cut() const {
  const std::scoped_lock lock(mutex_);
  return is_cut_;
}

std::uint64_t FaultVfs::operations() const {
  const std::scoped_lock lock(mutex_);
  return operations_;
}

void FaultVfs::set_fault(Fault fault) {
  const std::scoped_lock lock(mutex_);
  fault_ = fault;
}

void FaultVfs::become_default() { sqlite3_vfs_register(vfs_.get(), 1); }

void FaultVfs::hold_syncs() {
  const std::scoped_lock lock(mutex_);
  holds_syncs_ = true;
}

void FaultVfs::wait_until_held() {
  std::unique_lock lock(mutex_);
  moved_.wait(lock, [this] { return held_ > 0; });
}

void FaultVfs::release_syncs() {
  const std::scoped_lock lock(mutex_);
  holds_syncs_ = false;
  moved_.notify_all();
}

void FaultVfs::wait_while_held(std::unique_lock<std::mutex>& lock) {
  if (!holds_syncs_) return;
  ++held_;
  moved_.notify_all();
  moved_.wait(lock, [this] { return !holds_syncs_; });
  --held_;
}

int FaultVfs::unless_cut() const { return is_cut_ ? SQLITE_IOERR : SQLITE_OK; }

int FaultVfs::before_read() const { return fault_ == Fault::unreadable ? SQLITE_IOERR_READ : unless_cut(); }

int FaultVfs::before_write() {
  if (is_cut_) return SQLITE_IOERR_WRITE;
  if (fault_ == Fault::disk_full) return SQLITE_FULL;
  if (fault_ == Fault::io_error) return SQLITE_IOERR_WRITE;
  if (fault_ == Fault::read_only) return SQLITE_READONLY;
  if (cut_at_ && operations_ >= *cut_at_) is_cut_ = true;
  ++operations_;
  return is_cut_ ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

int FaultVfs::before_sync() {
  if (is_cut_ || fault_ == Fault::sync_error) return SQLITE_IOERR_FSYNC;
  if (cut_at_ && operations_ >= *cut_at_) is_cut_ = true;
  ++operations_;
  return is_cut_ ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

// A file that was there before this VFS looked at it is taken to be durable as it is.
FaultVfs::File& FaultVfs::file(const std::string& path) {
  const auto known = files_.find(path);
  if (known != files_.end()) return known->second;
  File found;
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    found.synced = content_of(path);
    found.is_entry_durable = true;
  }
  return files_.emplace(path, std::move(found)).first->second;
}

void FaultVfs::salvage(const std::filesystem::path& into, Unsynced unsynced) {
  const std::scoped_lock lock(mutex_);
  std::mt19937_64 chance(seed_);
  for (const auto& [path, file] : files_) {
    if (!file.is_entry_durable) continue;
    std::string content = file.synced;
    for (const Write& write : file.unsynced) {
      if (unsynced == Unsynced::none || chance() % 2) continue;
      // A write in part: only its first sector.
      const std::string_view bytes = write.bytes;
      if (write.is_truncation)
        content.resize(static_cast<std::size_t>(write.at));
      else
        overwrite(content, write.at, chance() % 4 == 0 ? bytes.substr(0, 512) : bytes);
    }
    std::ofstream out(into / std::filesystem::path(path).filename(), std::ios::binary);
    out << content;
  }
}

}  // namespace collab::support
