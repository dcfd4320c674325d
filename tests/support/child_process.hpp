// Programs that a test starts and ends, by their process ids.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace collab::support {

/// How a program is run: as whom, and with what limit. Some refuse to run as root.
struct Runner {
  uid_t uid = 0;
  gid_t gid = 0;
  std::size_t most_file_bytes = 0;  ///< 0 = no limit
  /// This user, or `postgres` if this is root.
  static Runner unprivileged();
};

/// A program with its own log. Ended by SIGQUIT, at last by SIGKILL, when it is destroyed or this process ends in
/// whatever way.
class ChildProcess {
 public:
  /// Throws if it cannot be started. Its output goes to `log`.
  ChildProcess(const std::vector<std::string>& words, const std::filesystem::path& log, Runner runner);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  /// Sends it a signal; to itself, not to its children.
  void signal(int number) const;
  /// The same to its children, and theirs, too.
  void signal_all(int number) const;
  /// Waits for its end; its exit status, or 128 + the signal. Kills it after the deadline.
  int wait(std::chrono::seconds deadline = std::chrono::seconds(30));
  bool has_ended();

 private:
  pid_t pid_ = -1;
  int status_ = -1;
};

/// Runs a program to its end. Throws, with its output, unless it succeeds.
void run_program(const std::vector<std::string>& words, const std::filesystem::path& log, Runner runner);

/// Waits until `is_true` is, by asking every few milliseconds. Throws with `what` after the deadline.
void wait_until(const std::function<bool()>& is_true, const std::string& what,
                std::chrono::seconds deadline = std::chrono::seconds(30));

std::string text_of(const std::filesystem::path& file);

/// A TCP port of the loopback that nobody listens on at this moment.
int free_port();

}  // namespace collab::support
