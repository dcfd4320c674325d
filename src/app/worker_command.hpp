// `collab-todo worker`: what brings accepted changes from Redis into the database, as a process of its own.
#pragma once

namespace CLI {
class App;
}

namespace collab::app {

/// Adds the subcommand; `status` receives the exit status when it has run.
void add_worker_command(CLI::App& app, int& status);

}  // namespace collab::app
