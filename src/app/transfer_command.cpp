#include "app/transfer_command.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>

#include "app/config.hpp"
#include "app/storage.hpp"
#include "core/shard.hpp"
#include "store/transfer.hpp"

namespace collab::app {
namespace {

constexpr int done = 0, failed = 1, misused = 2;
constexpr std::chrono::seconds report_interval{1};

int fail(const Error& error, int status = failed) {
  std::cerr << "collab-todo: " << describe(error) << "\n";
  return status;
}

std::string in_words(const store::Transferred& so_far) {
  return std::to_string(so_far.lists) + " of " + std::to_string(so_far.of_lists) + " lists, " +
         std::to_string(so_far.items) + " items";
}

Result<store::Transferred> transfer_now(store::SqliteDatabase& from, store::PostgresDatabase& to) {
  ShardSet shards(1);
  auto last_report = std::chrono::steady_clock::now();
  const auto report = [&last_report](const store::Transferred& so_far) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_report < report_interval) return;
    last_report = now;
    std::cout << in_words(so_far) << std::endl;
  };
  Result<store::Transferred> outcome = Error{Errc::internal, "The command ended early"};
  asio::co_spawn(
      shards[0].io(), [&] { return store::transfer(from, to, report); },
      [&outcome](std::exception_ptr escaped, Result<store::Transferred> result) {
        if (escaped) std::rethrow_exception(escaped);
        outcome = std::move(result);
      });
  shards[0].run_until_idle();
  return outcome;
}

int migrate_data(const CLI::App& command) {
  const Result<Config> config = load_config(command.remaining(), process_environment(), Purpose::data);
  if (!config) return fail(config.error(), misused);
  if (config->database_url.empty())
    return fail({Errc::unavailable, "DATABASE_URL says where the data goes; set it, and stop the server"}, misused);
  store::SqliteOptions file_options;
  file_options.data_dir = config->data_dir;
  if (!std::filesystem::exists(file_options.data_dir / store::database_file_name))
    return fail({Errc::unavailable, "there is no " + config->data_dir + "/" + std::string(store::database_file_name) +
                                        ": is DATA_DIR right?"});
  const auto from = store::SqliteDatabase::open(std::move(file_options));
  if (!from) return fail(from.error());
  const Result<store::PostgresOptions> target = postgres_options(*config);
  if (!target) return fail(target.error());
  const auto to = store::PostgresDatabase::open(*target);
  if (!to) return fail(to.error());
  const Result<store::Transferred> carried = transfer_now(**from, **to);
  (*to)->close();
  (*from)->close();
  if (!carried) return fail(carried.error());
  std::cout << in_words(*carried) << " and " << carried->account_rows << " rows about people are now in "
            << (*to)->label() << ". The file stays as it is; this may be repeated.\n";
  return done;
}

}  // namespace

void add_transfer_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "migrate-data", "Carry lists, accounts and history from DATA_DIR into DATABASE_URL. The server must not run");
  command->allow_extras();
  command->footer("Every setting may be given as a flag too, such as --data-dir DIR and --database-url URL.");
  command->callback([command, &status] { status = migrate_data(*command); });
}

}  // namespace collab::app
