// Every setting of the server, typed: defaults < .env file < environment < command line. One table (config_table.cpp)
// drives parsing, help, `collab-todo config`, the table in docs/operations.md and .env.example.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/log.hpp"
#include "exchange/durability.hpp"
#include "model/decide.hpp"
#include "redis/settings.hpp"
#include "services/account_service.hpp"

namespace collab::app {

enum class Environment { development, production };
using services::Registration;
enum class JwtAlgorithm { automatic, hs256, rs256, es256 };

/// Where the value of a setting came from, weakest first.
enum class Source { default_value, env_file, environment, flag, generated };

std::string_view to_string(Source source);

/// One setting as it stands, for people: a secret is masked already.
struct SettingShown {
  std::string_view name;
  std::string value;
  Source source = Source::default_value;
};

/// What the server was told. A plain value: copied where it is needed, never changed after start. For the limits,
/// 0 means no limit.
struct Config {
  // General
  Environment environment = Environment::development;  ///< ENV
  std::string host;                                    ///< HOST
  std::uint16_t port = 0;                              ///< PORT; 0 = any free one
  bool debug = false;                                  ///< DEBUG
  unsigned shards = 1;                                 ///< SHARDS
  std::string data_dir;                                ///< DATA_DIR
  std::string public_url;                              ///< PUBLIC_URL without a slash at the end; "" = this machine
  bool web_client = true;                              ///< WEB_CLIENT
  std::vector<std::string> cors_origins;               ///< CORS_ORIGINS; {"*"} = any
  std::vector<std::string> trusted_proxies;            ///< TRUSTED_PROXIES: addresses or networks "10.0.0.0/8"
  std::chrono::milliseconds drain{0};                  ///< DRAIN_SECONDS

  // Logs
  log::Level log_level = log::Level::info;     ///< LOG_LEVEL
  log::Format log_format = log::Format::text;  ///< LOG_FORMAT
  std::string log_file;                        ///< LOG_FILE; "" = none

  // Protocol
  std::chrono::milliseconds ping_interval{0};    ///< PING_INTERVAL
  std::chrono::milliseconds ping_timeout{0};     ///< PING_TIMEOUT
  std::chrono::milliseconds connect_timeout{0};  ///< CONNECT_TIMEOUT
  std::size_t max_payload = 0;                   ///< MAX_PAYLOAD, bytes
  bool permessage_deflate = true;                ///< PERMESSAGE_DEFLATE

  // Tokens and accounts
  std::string jwt_secret;                                ///< JWT_SECRET_KEY; "" until provide_jwt_secret()
  JwtAlgorithm jwt_algorithm = JwtAlgorithm::automatic;  ///< JWT_ALGORITHM
  std::string jwt_jwks_url;                              ///< JWT_JWKS_URL
  std::string jwt_jwks_file;                             ///< JWT_JWKS_FILE
  std::string jwt_issuer;                                ///< JWT_ISSUER; "" = not checked
  std::string jwt_audience;                              ///< JWT_AUDIENCE; "" = not checked
  bool has_shared_secret = false;                        ///< Supabase Auth may sign with jwt_secret, or with its JWKS
  bool auth_service = true;                              ///< AUTH_SERVICE
  std::optional<std::uint16_t> auth_port;                ///< AUTH_PORT: the account service's second port
  Registration registration = Registration::open;        ///< REGISTRATION

  // As they are given; `redis` is what they mean
  std::string redis_url, redis_host, redis_port, redis_db, redis_password, redis_ca_file, redis_cert_file,
      redis_key_file;

  // Lists and storage
  ConflictScope conflict_scope = ConflictScope::field;  ///< CONFLICT_SCOPE
  std::string database_url;                             ///< DATABASE_URL; "" = supabase_url, or SQLite in data_dir
  std::string supabase_url;                             ///< SUPABASE_URL without a slash at the end
  std::string supabase_service_key;                     ///< SUPABASE_SERVICE_KEY
  std::optional<redis::Settings> redis;                 ///< REDIS_URL, or REDIS_HOST and so on; nullopt = one server
  bool worker = true;                                   ///< WORKER
  exchange::Durability durability = exchange::Durability::redis;  ///< DURABILITY
  unsigned durability_replicas = 1;                               ///< DURABILITY_REPLICAS
  std::uint64_t write_stream_max = 0;                             ///< WRITE_STREAM_MAX, of each partition
  std::size_t writer_queue_size = 0;                              ///< WRITER_QUEUE_SIZE
  std::uint64_t l1_max_bytes = 0;                                 ///< L1_MAX_BYTES
  std::chrono::milliseconds op_id_retention{0};                   ///< OP_ID_RETENTION
  std::chrono::milliseconds trash_retention{0};                   ///< TRASH_RETENTION_DAYS

  // Limits
  std::uint64_t limit_connections = 0;             ///< LIMIT_CONNECTIONS
  std::uint64_t limit_connections_per_ip = 0;      ///< LIMIT_CONNECTIONS_PER_IP
  std::uint64_t limit_connections_per_user = 0;    ///< LIMIT_CONNECTIONS_PER_USER
  std::uint64_t limit_events_per_second = 0;       ///< LIMIT_EVENTS_PER_SECOND, of one socket
  std::uint64_t limit_send_queue_bytes = 0;        ///< LIMIT_SEND_QUEUE_BYTES, of one session
  std::uint64_t limit_items_per_list = 0;          ///< LIMIT_ITEMS_PER_LIST
  std::uint64_t limit_lists_per_user = 0;          ///< LIMIT_LISTS_PER_USER
  std::uint64_t limit_members_per_list = 0;        ///< LIMIT_MEMBERS_PER_LIST
  std::uint64_t limit_invitations_per_user = 0;    ///< LIMIT_INVITATIONS_PER_USER
  std::uint64_t limit_logins_per_minute = 0;       ///< LIMIT_LOGINS_PER_MINUTE, of one address and of one account
  std::uint64_t limit_registrations_per_hour = 0;  ///< LIMIT_REGISTRATIONS_PER_HOUR, of one address

  std::vector<SettingShown> shown;    ///< every setting in the table's order
  std::vector<std::string> warnings;  ///< what is odd but no mistake: to be logged at start

  bool production() const { return environment == Environment::production; }
  /// Lists are in PostgreSQL, by whichever way.
  bool has_database() const { return !database_url.empty() || !supabase_url.empty(); }
  /// True if tokens are verified with jwt_secret: always, unless a JWKS stands in for it and no account service runs.
  bool needs_jwt_secret() const { return auth_service || has_shared_secret || !has_key_set(); }
  bool has_key_set() const { return !jwt_jwks_url.empty() || !jwt_jwks_file.empty(); }
};

/// Names and values as the process was given them.
using Variables = std::map<std::string, std::string, std::less<>>;

/// The process's environment.
Variables process_environment();

/// What the settings are for: a server and whatever signs tokens for it, or work on data alone, which neither makes nor
/// verifies a token and therefore does not ask for JWT_SECRET_KEY.
enum class Purpose { serving, data };

/// Reads settings. `args` are the command line's words after the subcommand: `--port 7788`, `--port=7788`,
/// `--set PORT=7788`, `--env-file PATH`. `env_file` is the text of the .env file. Pure: no clock, no files.
/// Failure: invalid_payload with one FieldError for every mistake, loc = {variable}; see describe().
Result<Config> parse_config(std::span<const std::string> args, const Variables& environment, std::string_view env_file,
                            Purpose purpose = Purpose::serving);

/// As parse_config, reading the .env file at `env_file_path`, which may be absent, unless --env-file names it.
Result<Config> load_config(std::span<const std::string> args, const Variables& environment, Purpose purpose,
                           const std::string& env_file_path = ".env");

/// The same words with each setting's flag and its value as one: `--port 7788` becomes `--port=7788`. For a parser that
/// does not know the settings, so that it takes no value for a word of its own.
std::vector<std::string> join_flags(std::span<const std::string> words);

/// Makes config.jwt_secret usable. In development a missing one is read from DATA_DIR/jwt_secret, or generated there
/// once (32 random bytes, mode 0600; DATA_DIR is created). Does nothing if one is set or none is needed.
Result<void> provide_jwt_secret(Config& config);

/// A failure of load_config for a person: one line for each mistake.
std::string describe(const Error& error);

/// `collab-todo config`: NAME=value and its source, a line each, secrets masked.
std::string print_config(const Config& config);

/// The settings as flags, for the end of `serve --help`.
std::string settings_help();

/// The settings as Markdown tables, one for each group: the generated part of docs/operations.md.
std::string settings_markdown();

/// The text of .env.example.
std::string settings_env_example();

}  // namespace collab::app
