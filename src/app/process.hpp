// What every long-lived process of ours does: it opens its log, and ends when it is told to.
#pragma once

#include <chrono>

#include "app/config.hpp"
#include "core/error.hpp"

namespace collab::app {

/// Opens the log that the settings say, and its folder; logs their warnings. Main thread, before others log. The error
/// names the file.
Result<void> open_log(const Config& config);

/// From here on SIGINT and SIGTERM wait for wait_for_termination(). Main thread, before other threads start: they
/// inherit it.
void block_termination();

/// Blocks until SIGINT or SIGTERM, and logs which; then the next one ends the process at once. False if `limit` passed
/// first.
bool wait_for_termination(std::chrono::milliseconds limit);
void wait_for_termination();

}  // namespace collab::app
