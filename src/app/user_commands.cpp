#include "app/user_commands.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>

#include "app/config.hpp"
#include "app/domain.hpp"
#include "core/shard.hpp"

namespace collab::app {
namespace {

constexpr int done = 0, failed = 1, misused = 2;

int fail(const Error& error, int status = failed) {
  std::cerr << "collab-todo: " << describe(error) << "\n";
  return status;
}

using Work = std::function<Task<Result<std::string>>(services::AccountService&)>;

// Opens the accounts beside a server that may be running, does the work, and prints what it says.
int with_accounts(const std::vector<std::string>& settings, const Work& work) {
  Result<Config> config = load_config(settings, process_environment(), Purpose::serving);
  if (!config) return fail(config.error(), misused);
  if (const Result<void> provided = provide_jwt_secret(*config); !provided) return fail(provided.error(), misused);
  const SystemClock clock;
  ShardSet shards(1);
  const Result<std::unique_ptr<Domain>> domain = Domain::open_beside_server(*config, shards, clock);
  if (!domain) return fail(domain.error());
  Result<std::string> outcome = Error{Errc::internal, "The command ended early"};
  asio::io_context& io = shards[0].io();
  asio::co_spawn(
      io, [&] { return work((*domain)->accounts()); },
      [&](std::exception_ptr escaped, Result<std::string> result) {
        if (escaped) std::rethrow_exception(escaped);
        outcome = std::move(result);
      });
  shards[0].run_until_idle();
  (*domain)->close();
  if (!outcome) return fail(outcome.error());
  std::cout << *outcome << "\n";
  return done;
}

// From standard input, so that it is in no history and no process list.
std::string read_password() {
  std::cerr << "Password (8 to 128 characters, one line on standard input): ";
  std::string password;
  std::getline(std::cin, password);
  return password;
}

}  // namespace

void add_user_commands(CLI::App& app, int& status) {
  CLI::App* user =
      app.add_subcommand("user", "Create an account, reset its password, delete it; while the server runs or not");
  user->require_subcommand(1);
  auto email = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  const auto add = [&](const char* verb, const char* about) {
    CLI::App* command = user->add_subcommand(verb, about);
    command->allow_extras();
    command->add_option("email", *email, "The account's e-mail address")->required();
    command->footer("Every setting may be given as a flag too, such as --data-dir DIR.");
    return command;
  };

  CLI::App* create = add("create", "Create an account; the password is read from standard input");
  create->add_option("--name", *name, "The name that others see")->required();
  create->callback([create, email, name, &status] {
    services::NewAccount account{*email, read_password(), *name};
    status =
        with_accounts(create->remaining(), [account](services::AccountService& accounts) -> Task<Result<std::string>> {
          services::NewAccount wanted = account;
          const Result<UserId> id = co_await accounts.create_account(std::move(wanted));
          if (!id) co_return id.error();
          co_return "Created " + id->value + ".";
        });
  });

  CLI::App* reset = add("reset-password", "Replace the password, read from standard input, and end every login");
  reset->callback([reset, email, &status] {
    const std::string password = read_password();
    status = with_accounts(
        reset->remaining(), [email, password](services::AccountService& accounts) -> Task<Result<std::string>> {
          const Result<void> changed = co_await accounts.reset_password(*email, password);
          if (!changed) co_return changed.error();
          co_return std::string("The password was replaced, and every login of this account has ended.");
        });
  });

  CLI::App* remove = add("delete", "Delete the account and end its logins. Its lists stay with their members");
  remove->callback([remove, email, &status] {
    status =
        with_accounts(remove->remaining(), [email](services::AccountService& accounts) -> Task<Result<std::string>> {
          const Result<void> deleted = co_await accounts.delete_account(*email);
          if (!deleted) co_return deleted.error();
          co_return std::string("The account was deleted.");
        });
  });
}

}  // namespace collab::app
