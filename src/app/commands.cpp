#include "app/commands.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "app/config.hpp"
#include "app/dead_letter_commands.hpp"
#include "app/process.hpp"
#include "app/server.hpp"
#include "app/storage.hpp"
#include "app/transfer_command.hpp"
#include "app/user_commands.hpp"
#include "app/worker_command.hpp"
#include "auth/jwt.hpp"
#include "core/log.hpp"
#include "events/asyncapi.hpp"
#include "store/postgres_setup.hpp"
#include "store/sqlite_backup.hpp"

namespace collab::app {
namespace {

constexpr int done = 0, failed = 1, misused = 2;

int fail(const Error& error, int status = failed) {
  std::cerr << "collab-todo: " << describe(error) << "\n";
  return status;
}

// Every subcommand understands every setting as a flag: --port 7788, --set PORT=7788.
std::vector<std::string> settings_of(const CLI::App& command) { return command.remaining(); }

int serve(const CLI::App& command, WebClient web_client) {
  Result<Config> config = load_config(settings_of(command), process_environment(), Purpose::serving);
  if (!config) return fail(config.error(), misused);
  if (const Result<void> provided = provide_jwt_secret(*config); !provided) return fail(provided.error(), misused);
  if (const Result<void> opened = open_log(*config); !opened) return fail(opened.error());

  const std::string host = config->host, data_dir = config->data_dir;
  const unsigned shards = config->shards;
  Result<std::unique_ptr<Server>> server = Server::start(std::move(*config), web_client);
  if (!server) return fail(server.error());
  log::info("server", "listening",
            {{"version", version()},
             {"host", host},
             {"port", (*server)->port()},
             {"shards", shards},
             {"data_dir", data_dir}});
  (*server)->wait_for_signal();
  (*server)->stop();
  return done;
}

// "90", "15m", "12h", "30d": seconds.
std::optional<std::chrono::seconds> parse_duration(const std::string& text) {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits == 0 || digits > 9 || text.size() - digits > 1) return std::nullopt;
  const std::int64_t number = std::stoll(text.substr(0, digits));
  switch (digits == text.size() ? 's' : text[digits]) {
    case 's':
      return std::chrono::seconds(number);
    case 'm':
      return std::chrono::minutes(number);
    case 'h':
      return std::chrono::hours(number);
    case 'd':
      return std::chrono::hours(24 * number);
    default:
      return std::nullopt;
  }
}

int token(const CLI::App& command, const std::string& user, const std::string& name, const std::string& expires) {
  Result<Config> config = load_config(settings_of(command), process_environment(), Purpose::serving);
  if (!config) return fail(config.error(), misused);
  if (const Result<void> provided = provide_jwt_secret(*config); !provided) return fail(provided.error(), misused);
  if (config->jwt_secret.empty())
    return fail({Errc::unavailable,
                 "Tokens are signed by the issuer of JWT_JWKS_URL or JWT_JWKS_FILE here, not by this server"},
                misused);
  const auto lifetime = parse_duration(expires);
  if (!lifetime || lifetime->count() == 0)
    return fail({Errc::invalid_payload, "--expires: '" + expires + "' is no duration; 90s, 15m, 12h and 30d are"},
                misused);
  if (user.empty() || user.size() > 255) return fail({Errc::invalid_payload, "--user: 1 to 255 characters"}, misused);
  const SystemClock clock;
  const auth::TokenIssuer issuer(config->jwt_secret, config->jwt_issuer, config->jwt_audience, clock);
  auth::TokenClaims claims{user, std::nullopt, std::nullopt, *lifetime};
  if (!name.empty()) claims.name = name;
  std::cout << issuer.issue(claims) << "\n";
  return done;
}

int show_config(const CLI::App& command) {
  const Result<Config> config = load_config(settings_of(command), process_environment(), Purpose::serving);
  if (!config) return fail(config.error(), misused);
  std::cout << print_config(*config);
  for (const std::string& warning : config->warnings) std::cerr << "collab-todo: warning: " << warning << "\n";
  return done;
}

int migrate(const CLI::App& command) {
  const Result<Config> config = load_config(settings_of(command), process_environment(), Purpose::data);
  if (!config) return fail(config.error(), misused);
  const Result<std::unique_ptr<Storage>> storage = Storage::open(Storage::Use::server, *config);
  if (!storage) return fail(storage.error());
  std::cout << (*storage)->label() << " has the newest schema.\n";
  (*storage)->close();
  return done;
}

// The file commands are SQLite's: PostgreSQL has tools of its own, which know its backups better.
Result<void> needs_sqlite(const Config& config) {
  if (!config.has_database()) return ok();
  return Error{Errc::unavailable, std::string(config.database_url.empty() ? "SUPABASE_URL" : "DATABASE_URL") +
                                      " is set, and a PostgreSQL database is backed up and restored by its own tools: "
                                      "pg_dump and pg_restore"};
}

int backup(const CLI::App& command, const std::string& file) {
  const Result<Config> config = load_config(settings_of(command), process_environment(), Purpose::data);
  if (!config) return fail(config.error(), misused);
  if (const Result<void> possible = needs_sqlite(*config); !possible) return fail(possible.error(), misused);
  if (const Result<void> copied = store::backup_database(config->data_dir, file); !copied) return fail(copied.error());
  std::cout << "Backed up " << config->data_dir << " to " << file << " (" << std::filesystem::file_size(file) / 1024
            << " kB).\n";
  return done;
}

int restore(const CLI::App& command, const std::string& file) {
  const Result<Config> config = load_config(settings_of(command), process_environment(), Purpose::data);
  if (!config) return fail(config.error(), misused);
  if (const Result<void> possible = needs_sqlite(*config); !possible) return fail(possible.error(), misused);
  const Result<store::Restored> restored = store::restore_database(file, config->data_dir);
  if (!restored) return fail(restored.error());
  std::cout << "Restored " << file << " into " << config->data_dir << " as epoch " << restored->era << ".\n";
  if (!restored->previous.empty()) std::cout << "What was there is kept as " << restored->previous.string() << ".\n";
  return done;
}

}  // namespace

int run_command(int count, const char* const* words, WebClient web_client) {
  CLI::App app("collab-todo: shared todo lists, live, for any Socket.IO client", "collab-todo");
  app.set_version_flag("--version", std::string(version()));
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);
  int status = done;

  const auto add = [&app](const char* name, const char* about) {
    CLI::App* command = app.add_subcommand(name, about);
    command->allow_extras();
    command->footer(
        "Every setting may be given as a flag too, such as --data-dir DIR; `collab-todo serve --help` lists them.");
    return command;
  };

  CLI::App* serving = add("serve", "Start the server");
  serving->footer(settings_help());
  serving->callback([&] { status = serve(*serving, web_client); });

  std::string user, name, expires = "1h", file;
  CLI::App* minting = add("token", "Print a token for a user, signed with JWT_SECRET_KEY");
  minting->add_option("--user", user, "The user's id: the token's sub")->required();
  minting->add_option("--name", name, "The name that others see");
  minting->add_option("--expires", expires, "How long it is good: 90s, 15m, 12h, 30d")->capture_default_str();
  minting->callback([&] { status = token(*minting, user, name, expires); });

  CLI::App* showing = add("config", "Print the settings as they are in effect, with secrets masked");
  showing->callback([&] { status = show_config(*showing); });

  CLI::App* migrating =
      add("migrate", "Bring the database to this version's schema, after a copy of it was made, and do not serve");
  migrating->callback([&] { status = migrate(*migrating); });

  CLI::App* copying = add("backup", "Copy the database to a new file, while the server runs or not");
  copying->add_option("file", file, "The file to make; it must not exist")->required();
  copying->callback([&] { status = backup(*copying, file); });

  CLI::App* restoring = add("restore", "Replace the database by a backup. The server must not run");
  restoring->add_option("file", file, "The backup")->required();
  restoring->callback([&] { status = restore(*restoring, file); });

  CLI::App* scripting = app.add_subcommand(
      "schema", "Print the tables and functions of a PostgreSQL database as SQL, for Supabase's SQL editor");
  scripting->callback([&] { std::cout << store::postgres_schema_script(); });

  add_worker_command(app, status);
  add_dead_letter_commands(app, status);
  add_user_commands(app, status);
  add_transfer_command(app, status);

  CLI::App* documenting = app.add_subcommand("asyncapi", "Print the AsyncAPI 3.0 document of every event");
  documenting->callback([&] { std::cout << events::asyncapi_text(); });

  try {
    std::vector<std::string> arguments = join_flags(std::vector<std::string>(words + 1, words + count));
    std::ranges::reverse(arguments);  // as CLI11 takes them
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& outcome) {
    return app.exit(outcome) == 0 ? done : misused;
  }
  return status;
}

}  // namespace collab::app
