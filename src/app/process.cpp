#include "app/process.hpp"

#include <signal.h>

#include <cerrno>
#include <filesystem>

#include "core/log.hpp"

namespace collab::app {
namespace {

// Signals are taken by sigwait on the main thread, so they are blocked in every thread from the start.
sigset_t termination_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

void note_termination(int received) {
  log::info("server", "stopping", {{"signal", received}});
  // From now on the default action counts: whoever cannot wait may interrupt again.
  const sigset_t signals = termination_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace

Result<void> open_log(const Config& config) {
  const log::Options logs{config.log_level, config.log_format, true, config.log_file};
  try {
    if (!logs.file.empty()) {
      const auto folder = std::filesystem::path(logs.file).parent_path();
      if (!folder.empty()) std::filesystem::create_directories(folder);
    }
    log::configure(logs);
  } catch (const std::exception& fault) {
    return Error{Errc::unavailable,
                 "The log file " + logs.file + " cannot be opened: " + fault.what() + ". Set LOG_FILE"};
  }
  for (const std::string& warning : config.warnings) log::warning("config", warning);
  return ok();
}

void block_termination() {
  const sigset_t signals = termination_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

bool wait_for_termination(std::chrono::milliseconds limit) {
  const sigset_t signals = termination_signals();
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left =
        std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(end - std::chrono::steady_clock::now()));
    const timespec time{static_cast<time_t>(left.count() / 1'000'000'000),
                        static_cast<long>(left.count() % 1'000'000'000)};
    const int received = sigtimedwait(&signals, nullptr, &time);
    if (received > 0) return note_termination(received), true;
    if (errno != EINTR) return false;
  }
}

void wait_for_termination() {
  const sigset_t signals = termination_signals();
  int received = 0;
  sigwait(&signals, &received);
  note_termination(received);
}

}  // namespace collab::app
