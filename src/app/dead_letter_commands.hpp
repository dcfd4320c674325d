// `collab-todo dead-letters`: what becomes of changes that the database refused.
#pragma once

namespace CLI {
class App;
}

namespace collab::app {

/// Adds the subcommand; `status` receives the exit status when it has run.
void add_dead_letter_commands(CLI::App& app, int& status);

}  // namespace collab::app
