// The command line: what an operator can ask of the binary.
#pragma once

namespace collab::app {

/// Runs the subcommand that the words name; the process's exit status: 0 done, 1 failed, 2 the words or settings are
/// wrong. What went wrong is on standard error, in sentences.
int run_command(int count, const char* const* words);

}  // namespace collab::app
