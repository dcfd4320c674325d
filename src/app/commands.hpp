// The command line: what an operator can ask of the binary.
#pragma once

#include "app/web_client.hpp"

namespace collab::app {

/// Runs the subcommand that the words name; the process's exit status: 0 done, 1 failed, 2 the words or settings are
/// wrong. What went wrong is on standard error, in sentences. `web_client` is what `serve` serves at "/".
int run_command(int count, const char* const* words, WebClient web_client);

}  // namespace collab::app
