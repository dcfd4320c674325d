// `collab-todo migrate-data`: from SQLite's file to the database of DATABASE_URL.
#pragma once

namespace CLI {
class App;
}

namespace collab::app {

/// Adds the command; it writes its exit status to `status` when it has run.
void add_transfer_command(CLI::App& app, int& status);

}  // namespace collab::app
