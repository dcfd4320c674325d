#include "store/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace collab::store {
namespace {

constexpr std::string_view lock_file_name = "collab.lock";

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& file, int flags) : value_(::open(file.c_str(), flags | O_CLOEXEC, 0644)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int value() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

// Only for the message: a pid that was left behind is harmless.
std::string holder_of(int descriptor) {
  char text[32] = {};
  const auto size = ::pread(descriptor, text, sizeof text - 1, 0);
  std::string holder(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!holder.empty() && holder.back() == '\n') holder.pop_back();
  return holder.empty() ? "another process" : "process " + holder;
}

}  // namespace

Error file_error(std::string_view what, const std::filesystem::path& file, int error_number) {
  std::string message(what);
  message.append(" ").append(file.string()).append(": ").append(std::system_category().message(error_number));
  return Error{Errc::unavailable, std::move(message)};
}

Result<LockFile> LockFile::acquire(const std::filesystem::path& data_dir) {
  const auto path = data_dir / lock_file_name;
  Descriptor file(path, O_RDWR | O_CREAT);
  if (file.value() < 0) return file_error("cannot write the lock file", path, errno);
  if (::flock(file.value(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return file_error("cannot lock", path, errno);
    return Error{Errc::unavailable, "the data folder " + data_dir.string() + " is in use by " +
                                        holder_of(file.value()) +
                                        ": stop that server first, or choose another DATA_DIR"};
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file.value(), 0) != 0 || ::pwrite(file.value(), pid.data(), pid.size(), 0) < 0)
    return file_error("cannot write the lock file", path, errno);
  return LockFile(file.release());
}

LockFile::LockFile(LockFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

LockFile::~LockFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code fault;
  std::filesystem::create_directories(folder, fault);
  if (fault) return file_error("cannot create the folder", folder, fault.value());
  return ok();
}

Result<void> sync_to_disk(const std::filesystem::path& file_or_folder) {
  const Descriptor file(file_or_folder, O_RDONLY);
  if (file.value() < 0) return file_error("cannot open", file_or_folder, errno);
  if (::fsync(file.value()) != 0) return file_error("cannot make durable", file_or_folder, errno);
  return ok();
}

Result<void> rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code fault;
  std::filesystem::rename(from, to, fault);
  if (fault) return file_error("cannot rename to", to, fault.value());
  const auto folder = to.parent_path();
  return sync_to_disk(folder.empty() ? std::filesystem::path(".") : folder);
}

std::string file_stamp(EpochMs time) {
  std::string stamp;
  for (const char c : to_rfc3339(time))
    if (c != '-' && c != ':') stamp += c;
  return stamp;
}

}  // namespace collab::store
