#include "app/config_table.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <numeric>
#include <thread>

#include "app/config_values.hpp"
#include "store/postgres_connection.hpp"

namespace collab::app {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t any_number = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kilobyte = 1024;
constexpr std::uint64_t gigabyte = 1024 * 1024 * kilobyte;

bool port(std::string_view text, std::uint64_t least, std::uint16_t& into) {
  std::uint64_t number = 0;
  if (!read_number(text, least, 65535, number)) return false;
  into = static_cast<std::uint16_t>(number);
  return true;
}

template <class T>
struct Choice {
  std::string_view word;
  T value;
};

template <class T, std::size_t N>
bool one_of(std::string_view text, const Choice<T> (&choices)[N], T& into) {
  for (const Choice<T>& choice : choices) {
    if (choice.word != text) continue;
    into = choice.value;
    return true;
  }
  return false;
}

bool keep(std::string_view text, std::string& into) {
  into = text;
  return true;
}

bool limit(std::string_view text, std::uint64_t& into) { return read_number(text, 0, any_number, into); }

bool shards(std::string_view text, Config& c) {
  std::uint64_t number = std::clamp(std::thread::hardware_concurrency(), 1U, 64U);
  if (text != "auto" && !read_number(text, 1, 64, number)) return false;
  c.shards = static_cast<unsigned>(number);
  return true;
}

bool environment(std::string_view text, Config& c) {
  return one_of(text,
                {Choice<Environment>{"development", Environment::development}, {"production", Environment::production}},
                c.environment);
}

bool log_level(std::string_view text, Config& c) {
  return one_of(text,
                {Choice<log::Level>{"debug", log::Level::debug},
                 {"info", log::Level::info},
                 {"warning", log::Level::warning},
                 {"error", log::Level::error}},
                c.log_level);
}

bool log_format(std::string_view text, Config& c) {
  return one_of(text, {Choice<log::Format>{"text", log::Format::text}, {"json", log::Format::json}}, c.log_format);
}

bool log_file(std::string_view text, Config& c) {
  c.log_file = text == "none" ? "" : text;
  return true;
}

bool jwt_algorithm(std::string_view text, Config& c) {
  return one_of(text,
                {Choice<JwtAlgorithm>{"auto", JwtAlgorithm::automatic},
                 {"HS256", JwtAlgorithm::hs256},
                 {"RS256", JwtAlgorithm::rs256},
                 {"ES256", JwtAlgorithm::es256}},
                c.jwt_algorithm);
}

bool auth_port(std::string_view text, Config& c) {
  c.auth_port.reset();
  return text == "none" || port(text, 1, c.auth_port.emplace());
}

bool registration(std::string_view text, Config& c) {
  return one_of(text,
                {Choice<Registration>{"open", Registration::open},
                 {"invite", Registration::invite},
                 {"closed", Registration::closed}},
                c.registration);
}

bool conflict_scope(std::string_view text, Config& c) {
  return one_of(text,
                {Choice<ConflictScope>{"field", ConflictScope::field},
                 {"item", ConflictScope::item},
                 {"list", ConflictScope::list}},
                c.conflict_scope);
}

bool durability(std::string_view text, Config& c) {
  using exchange::Durability;
  return one_of(text,
                {Choice<Durability>{"redis", Durability::redis},
                 {"replicated", Durability::replicated},
                 {"database", Durability::database}},
                c.durability);
}

bool durability_replicas(std::string_view text, Config& c) {
  std::uint64_t number = 0;
  if (!read_number(text, 1, 100, number)) return false;
  c.durability_replicas = static_cast<unsigned>(number);
  return true;
}

bool max_payload(std::string_view text, Config& c) {
  std::uint64_t bytes = 0;
  if (!read_bytes(text, 100, gigabyte, bytes)) return false;
  c.max_payload = bytes;
  return true;
}

bool database_url(std::string_view text, Config& c) {
  return store::pg::Target::parse(std::string(text)).has_value() && keep(text, c.database_url);
}

bool writer_queue_size(std::string_view text, Config& c) {
  std::uint64_t number = 0;
  if (!read_number(text, 1, 10'000'000, number)) return false;
  c.writer_queue_size = number;
  return true;
}

constexpr std::string_view general = "General";
constexpr std::string_view logs = "Logs";
constexpr std::string_view protocol = "Protocol";
constexpr std::string_view tokens = "Tokens and accounts";
constexpr std::string_view storage = "Lists and storage";
constexpr std::string_view limits = "Limits (0 = no limit)";

constexpr std::string_view bytes_allowed = "bytes, k, M and G allowed";
constexpr std::string_view number_allowed = "a whole number";
constexpr std::string_view bool_allowed = "True or False (also true/false, 1/0, yes/no, on/off)";

// clang-format off
constexpr Setting table[] = {
    {"ENV", general, "development", "development or production",
     "In production nothing is made up: a good JWT secret must be given", environment, Secret::no, "development"},
    {"HOST", general, "0.0.0.0", "an IP address or localhost", "Address to listen on",
     [](std::string_view text, Config& c) { return read_host(text, c.host); }},
    {"PORT", general, "5001", "a port, 0 to 65535 (0 = any free one)", "Port to listen on",
     [](std::string_view text, Config& c) { return port(text, 0, c.port); }, Secret::no, "7788"},
    {"DEBUG", general, "False", bool_allowed, "Logs traffic too, unless LOG_LEVEL says otherwise",
     [](std::string_view text, Config& c) { return read_bool(text, c.debug); }},
    {"DATA_DIR", general, "data", "a folder", "Where the database and the generated secret are",
     [](std::string_view text, Config& c) { return keep(text, c.data_dir); }},
    {"SHARDS", general, "auto", "1 to 64, or auto", "Threads that serve; auto = one for each core", shards},
    {"CORS_ORIGINS", general, "*", "* or origins such as https://app.example.org, separated by commas",
     "Browser pages that may connect; with * cookies count only for pages of this host",
     [](std::string_view text, Config& c) { return read_origins(text, c.cors_origins); }},
    {"PUBLIC_URL", general, "", "an http or https address",
     "Address under which browsers see the server: for links and Secure cookies",
     [](std::string_view text, Config& c) { return read_url(text, c.public_url); }},
    {"WEB_CLIENT", general, "on", "on or off (also True/False)", "The web client at /, for builds that have it",
     [](std::string_view text, Config& c) { return read_bool(text, c.web_client); }},
    {"TRUSTED_PROXIES", general, "", "IP addresses or networks such as 10.0.0.0/8, separated by commas",
     "Proxies whose X-Forwarded-For is believed",
     [](std::string_view text, Config& c) { return read_networks(text, c.trusted_proxies); }},
    {"DRAIN_SECONDS", general, "10", "seconds, 0 to 600", "At SIGTERM, disconnects are spread over this time",
     [](std::string_view text, Config& c) { return read_duration(text, seconds(1), seconds(0), seconds(600), c.drain); }},

    {"LOG_LEVEL", logs, "info", "debug, info, warning or error", "What is logged: info is life-cycle, debug is traffic", log_level},
    {"LOG_FORMAT", logs, "text", "text or json", "Form of a line", log_format},
    {"LOG_FILE", logs, "logs/collab.log", "a file, or none", "Also written here; rotates at 10 MB", log_file},

    {"PING_INTERVAL", protocol, "15", "seconds, or with a unit (300ms), 50ms to 1h", "Time between two heartbeats",
     [](std::string_view text, Config& c) { return read_duration(text, seconds(1), milliseconds(50), hours(1), c.ping_interval); }},
    {"PING_TIMEOUT", protocol, "60", "seconds, or with a unit (300ms), 50ms to 1h",
     "A client that has not answered a heartbeat after this time is gone",
     [](std::string_view text, Config& c) { return read_duration(text, seconds(1), milliseconds(50), hours(1), c.ping_timeout); }},
    {"CONNECT_TIMEOUT", protocol, "10", "seconds, or with a unit (300ms), 50ms to 1h",
     "A connection that has not authenticated after this time is closed",
     [](std::string_view text, Config& c) { return read_duration(text, seconds(1), milliseconds(50), hours(1), c.connect_timeout); }},
    {"MAX_PAYLOAD", protocol, "1000000", bytes_allowed, "Largest message of a client", max_payload},
    {"PERMESSAGE_DEFLATE", protocol, "True", bool_allowed, "Compress for clients that offer it, where it pays",
     [](std::string_view text, Config& c) { return read_bool(text, c.permessage_deflate); }},

    {"JWT_SECRET_KEY", tokens, "", "a secret of at least 32 bytes",
     "Signs and verifies HS256 tokens; in development one is generated into DATA_DIR/jwt_secret",
     [](std::string_view text, Config& c) { return keep(text, c.jwt_secret); }, Secret::yes},
    {"JWT_ALGORITHM", tokens, "auto", "auto, HS256, RS256 or ES256",
     "The only algorithm accepted, beside HS256 for the built-in accounts; auto = that of the key: HS256 for the secret, RS256 and ES256 for a JWKS", jwt_algorithm},
    {"JWT_JWKS_URL", tokens, "", "an http or https address", "Keys of the issuer whose RS256 and ES256 tokens are accepted; with SUPABASE_URL those of the project",
     [](std::string_view text, Config& c) { return read_url(text, c.jwt_jwks_url); }},
    {"JWT_JWKS_FILE", tokens, "", "a file", "The same keys from a file",
     [](std::string_view text, Config& c) { return keep(text, c.jwt_jwks_file); }},
    {"JWT_ISSUER", tokens, "", "text", "The iss that tokens must have; not checked if empty, with SUPABASE_URL that of its tokens",
     [](std::string_view text, Config& c) { return keep(text, c.jwt_issuer); }},
    {"JWT_AUDIENCE", tokens, "", "text", "The aud that tokens must have; not checked if empty, with SUPABASE_URL authenticated",
     [](std::string_view text, Config& c) { return keep(text, c.jwt_audience); }},
    {"AUTH_SERVICE", tokens, "on", "on or off (also True/False)", "The built-in accounts under /auth",
     [](std::string_view text, Config& c) { return read_bool(text, c.auth_service); }},
    {"AUTH_PORT", tokens, "none", "a port, 1 to 65535, or none", "A second port that serves the accounts only", auth_port},
    {"REGISTRATION", tokens, "open", "open, invite or closed",
     "Who may register: anyone, those with an invitation, nobody", registration},

    {"CONFLICT_SCOPE", storage, "field", "field, item or list",
     "What must not have changed since client_rev: the fields written, the item, any item of the list", conflict_scope},
    {"DATABASE_URL", storage, "", "such as postgresql://user:password@host:5432/database?sslmode=verify-full",
     "PostgreSQL or Supabase in place of the SQLite file in DATA_DIR", database_url, Secret::yes},
    {"SUPABASE_URL", storage, "", "an https address, or http on this machine",
     "A Supabase project: lists are kept there over its REST interface unless DATABASE_URL is set, and its users' tokens are accepted",
     [](std::string_view text, Config& c) { return read_url(text, c.supabase_url); }},
    {"SUPABASE_SERVICE_KEY", storage, "", "the project's secret key or service_role key", "With SUPABASE_URL and without DATABASE_URL",
     [](std::string_view text, Config& c) { return keep(text, c.supabase_service_key); }, Secret::yes},
    {"REDIS_URL", storage, "", "such as redis://[user:password@]host:6379/0, rediss://…, redis+sentinel://…, redis+cluster://…",
     "Redis through which several servers are one; needs DATABASE_URL or SUPABASE_URL",
     [](std::string_view text, Config& c) { return redis::parse_url(text).has_value() && keep(text, c.redis_url); }, Secret::yes},
    {"REDIS_HOST", storage, "localhost", "a host name or address", "The same in parts, if it is set and REDIS_URL is not",
     [](std::string_view text, Config& c) { return keep(text, c.redis_host); }},
    {"REDIS_PORT", storage, "6379", "a port, 1 to 65535", "Of REDIS_HOST",
     [](std::string_view text, Config& c) { return keep(text, c.redis_port); }},
    {"REDIS_DB", storage, "0", number_allowed, "Of REDIS_HOST",
     [](std::string_view text, Config& c) { return keep(text, c.redis_db); }},
    {"REDIS_PASSWORD", storage, "", "text", "Of REDIS_HOST",
     [](std::string_view text, Config& c) { return keep(text, c.redis_password); }, Secret::yes},
    {"REDIS_CA_FILE", storage, "", "a file", "PEM with the authorities that Redis' certificate is checked by; the system's if empty",
     [](std::string_view text, Config& c) { return keep(text, c.redis_ca_file); }},
    {"REDIS_CERT_FILE", storage, "", "a file", "PEM with the certificate that is shown to Redis, and its chain; none if empty",
     [](std::string_view text, Config& c) { return keep(text, c.redis_cert_file); }},
    {"REDIS_KEY_FILE", storage, "", "a file", "PEM with its key",
     [](std::string_view text, Config& c) { return keep(text, c.redis_key_file); }},
    {"WORKER", storage, "on", bool_allowed, "With Redis: also bring accepted changes into the database; off where collab-todo worker does it",
     [](std::string_view text, Config& c) { return read_bool(text, c.worker); }},
    {"DURABILITY", storage, "redis", "redis, replicated or database",
     "With Redis: where a change must be before it is acknowledged; docs/redis.md tells what each survives", durability},
    {"DURABILITY_REPLICAS", storage, "1", "1 to 100", "With DURABILITY=replicated: how many replicas of Redis must have it",
     durability_replicas},
    {"WRITE_STREAM_MAX", storage, "1000000", number_allowed,
     "With Redis: changes of one partition that may wait for the database; beyond it writes are refused, none is dropped",
     [](std::string_view text, Config& c) { return limit(text, c.write_stream_max); }},
    {"WRITER_QUEUE_SIZE", storage, "1000", "1 to 10000000", "Writes that may wait in the process; full means slower, never dropped",
     writer_queue_size},
    {"L1_MAX_BYTES", storage, "256M", bytes_allowed, "Memory for lists",
     [](std::string_view text, Config& c) { return read_bytes(text, 0, any_number, c.l1_max_bytes); }},
    {"OP_ID_RETENTION", storage, "30", "days, or with a unit (12h), 1m to 3650d", "How long an op_id is remembered",
     [](std::string_view text, Config& c) { return read_duration(text, days(1), minutes(1), days(3650), c.op_id_retention); }},
    {"TRASH_RETENTION_DAYS", storage, "30", "days, or with a unit (12h), 1m to 3650d", "How long what was deleted can be restored",
     [](std::string_view text, Config& c) { return read_duration(text, days(1), minutes(1), days(3650), c.trash_retention); }},

    {"LIMIT_CONNECTIONS", limits, "0", number_allowed, "Connections of the whole server",
     [](std::string_view text, Config& c) { return limit(text, c.limit_connections); }},
    {"LIMIT_CONNECTIONS_PER_IP", limits, "1000", number_allowed, "Connections from one address",
     [](std::string_view text, Config& c) { return limit(text, c.limit_connections_per_ip); }},
    {"LIMIT_CONNECTIONS_PER_USER", limits, "100", number_allowed, "Connections of one user",
     [](std::string_view text, Config& c) { return limit(text, c.limit_connections_per_user); }},
    {"LIMIT_EVENTS_PER_SECOND", limits, "100", number_allowed, "Events from one connection, on average; twice as many at once",
     [](std::string_view text, Config& c) { return limit(text, c.limit_events_per_second); }},
    {"LIMIT_SEND_QUEUE_BYTES", limits, "4M", bytes_allowed, "Waiting for one connection to read; beyond it is closed",
     [](std::string_view text, Config& c) { return read_bytes(text, 0, any_number, c.limit_send_queue_bytes); }},
    {"LIMIT_ITEMS_PER_LIST", limits, "10000", number_allowed, "Items of one list that are not deleted",
     [](std::string_view text, Config& c) { return limit(text, c.limit_items_per_list); }},
    {"LIMIT_LISTS_PER_USER", limits, "1000", number_allowed, "Lists that one user is a member of",
     [](std::string_view text, Config& c) { return limit(text, c.limit_lists_per_user); }},
    {"LIMIT_MEMBERS_PER_LIST", limits, "500", number_allowed, "Members of one list",
     [](std::string_view text, Config& c) { return limit(text, c.limit_members_per_list); }},
    {"LIMIT_INVITATIONS_PER_USER", limits, "1000", number_allowed,
     "Shares by e-mail of one user whose addressees have not logged in or registered since",
     [](std::string_view text, Config& c) { return limit(text, c.limit_invitations_per_user); }},
    {"LIMIT_LOGINS_PER_MINUTE", limits, "20", number_allowed, "Attempts to log in, by address and by account",
     [](std::string_view text, Config& c) { return limit(text, c.limit_logins_per_minute); }},
    {"LIMIT_REGISTRATIONS_PER_HOUR", limits, "100", number_allowed, "Attempts to register, by address",
     [](std::string_view text, Config& c) { return limit(text, c.limit_registrations_per_hour); }},
};
// clang-format on

/// How many letters must be added, removed or changed to make one word of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::span<const Setting> settings() { return table; }

const Setting* find_setting(std::string_view name) {
  const auto found = std::ranges::find(table, name, &Setting::name);
  return found == std::end(table) ? nullptr : found;
}

std::string flag_of(const Setting& setting) {
  std::string flag = "--";
  for (const char c : setting.name)
    flag += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return flag;
}

std::string_view nearest_setting(std::string_view name) {
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const Setting& setting : table) {
    const bool is_cut_short = name.size() >= 5 && setting.name.starts_with(name);
    const std::size_t steps = is_cut_short ? 1 : distance(name, setting.name);
    if (steps >= least) continue;
    least = steps;
    nearest = setting.name;
  }
  return nearest;
}

}  // namespace collab::app
