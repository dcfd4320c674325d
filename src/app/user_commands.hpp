// collab-todo user create | reset-password | delete: accounts, for operators.
#pragma once

namespace CLI {
class App;
}

namespace collab::app {

/// Adds `user` and its subcommands; the one that runs sets `status`.
void add_user_commands(CLI::App& app, int& status);

}  // namespace collab::app
