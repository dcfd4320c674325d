#include "app/config.hpp"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "app/config_env_file.hpp"
#include "app/config_table.hpp"
#include "app/config_values.hpp"

extern char** environ;  // POSIX has no header for it

namespace collab::app {

namespace {

constexpr std::string_view sample_secret = "your-super-secret-jwt-key-change-in-production";
constexpr std::size_t least_secret = 32;
constexpr std::string_view how_to_make_a_secret = "make one with: openssl rand -hex 32";
constexpr std::string_view masked = "********";

struct Given {
  std::string value;
  Source source = Source::default_value;
};

/// One flag of the command line: `--name value`, `--name=value` or `--name` alone.
struct Flag {
  std::string name;
  std::optional<std::string> value = {};
  std::size_t words = 1;  ///< how many it is made of
};

Flag split_flag(std::span<const std::string> words) {
  const std::size_t equals = words[0].find('=');
  if (equals != std::string::npos) return {words[0].substr(0, equals), words[0].substr(equals + 1)};
  if (!words[0].starts_with("--") || words.size() < 2 || words[1].starts_with("--")) return {words[0]};
  return {words[0], words[1], 2};
}

/// "LOG_FILE" for "--log-file".
std::string variable_of(std::string_view flag) {
  std::string name;
  for (const char c : flag.substr(2))
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

/// What was given for each setting, and the mistakes and oddities on the way to a Config.
class Reader {
 public:
  explicit Reader(Purpose purpose) : purpose_(purpose) {}

  void env_file(std::string_view text);
  void environment(const Variables& variables);
  void flags(std::span<const std::string> args);
  Result<Config> finish();

 private:
  void give(const Setting& setting, std::string_view value, Source source);
  void fault(std::string_view name, std::string message, std::string_view type = "value_error");
  void warn(std::string message) { config_.warnings.push_back(std::move(message)); }
  void unknown(std::string_view name, std::string_view place);
  void flag(const Flag& flag);
  void set(const Flag& flag);
  bool is_given(std::string_view name) const { return given_.contains(name); }
  void read_all();
  void check_supabase();
  void accept_tokens_of(const std::string& issuer);
  void check_redis();
  void check_secret();
  void check_tokens();
  void check_together();
  void show();

  const Purpose purpose_;
  std::map<std::string, Given, std::less<>> given_;
  std::vector<FieldError> faults_;
  Config config_;
};

std::string in_quotes(std::string_view value) {
  constexpr std::size_t longest = 80;
  std::string result = "\"";
  for (const char c : value.substr(0, longest)) result += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  if (value.size() > longest) result += "…";
  return result + '"';
}

std::string from(Source source) {
  return source == Source::flag ? "given as a flag" : "from the " + std::string(to_string(source));
}

void Reader::give(const Setting& setting, std::string_view value, Source source) {
  const std::string_view text = trimmed(value);
  if (text.empty()) return;  // an empty value is the same as none
  given_.insert_or_assign(std::string(setting.name), Given{std::string(text), source});
}

void Reader::fault(std::string_view name, std::string message, std::string_view type) {
  faults_.push_back({{std::string(name)}, std::move(message), std::string(type)});
}

void Reader::unknown(std::string_view name, std::string_view place) {
  std::string message = std::string(name) + " " + std::string(place) + " is no setting and has no effect";
  if (const std::string_view nearest = nearest_setting(name); !nearest.empty())
    message += "; did you mean " + std::string(nearest) + "?";
  warn(std::move(message));
}

void Reader::env_file(std::string_view text) {
  const EnvFile file = parse_env_file(text);
  for (const std::size_t number : file.strange)
    fault(".env", "line " + std::to_string(number) + " is not NAME=value, or a quote is not closed");
  for (const EnvLine& line : file.lines) {
    if (const Setting* setting = find_setting(line.name))
      give(*setting, line.value, Source::env_file);
    else
      unknown(line.name, "in line " + std::to_string(line.number) + " of the .env file");
  }
}

void Reader::environment(const Variables& variables) {
  // An environment is full of other programs' variables: only what looks like ours is worth a word.
  constexpr std::array<std::string_view, 9> prefixes{"LIMIT_", "JWT_",  "WRITER_",   "OP_ID_",  "TRASH_",
                                                     "L1_",    "CORS_", "CONFLICT_", "TRUSTED_"};
  for (const auto& [name, value] : variables) {
    if (const Setting* setting = find_setting(name))
      give(*setting, value, Source::environment);
    else if (std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); }))
      unknown(name, "in the environment");
  }
}

void Reader::flags(std::span<const std::string> args) {
  for (std::size_t index = 0; index < args.size();) {
    const Flag flag = split_flag(args.subspan(index));
    index += flag.words;
    if (flag.name == "--env-file") continue;  // load_config has used it
    if (!flag.name.starts_with("--") || flag.name.size() < 3)
      fault(flag.name, "is not a flag; settings are given as --port 7788 or --set PORT=7788", "unknown");
    else if (flag.name == "--set")
      set(flag);
    else
      this->flag(flag);
  }
}

/// `--port 7788`
void Reader::flag(const Flag& flag) {
  const std::string variable = variable_of(flag.name);
  if (const Setting* setting = find_setting(variable)) {
    if (flag.value)
      give(*setting, *flag.value, Source::flag);
    else if (setting->name == "DEBUG")
      give(*setting, "True", Source::flag);
    else
      fault(flag.name, "needs a value after it", "missing");
    return;
  }
  const Setting* nearest = find_setting(nearest_setting(variable));
  fault(flag.name, nearest ? "there is no such flag; did you mean " + flag_of(*nearest) + "?" : "there is no such flag",
        "unknown");
}

/// `--set PORT=7788`
void Reader::set(const Flag& flag) {
  const std::size_t equals = flag.value ? flag.value->find('=') : std::string::npos;
  if (equals == std::string::npos) {
    fault(flag.name, "needs NAME=value after it", "missing");
    return;
  }
  const std::string name = flag.value->substr(0, equals);
  if (const Setting* setting = find_setting(name)) {
    give(*setting, flag.value->substr(equals + 1), Source::flag);
    return;
  }
  const std::string nearest(nearest_setting(name));
  fault(name, "given with --set is no setting" + (nearest.empty() ? "" : "; did you mean " + nearest + "?"), "unknown");
}

void Reader::read_all() {
  for (const Setting& setting : settings()) {
    if (!setting.read) continue;
    const auto found = given_.find(setting.name);
    if (found == given_.end()) {
      if (!setting.fallback.empty()) setting.read(setting.fallback, config_);
      continue;
    }
    const Given& given = found->second;
    const bool is_text = std::ranges::none_of(given.value, [](unsigned char c) { return c < ' '; });
    if (is_text && setting.read(given.value, config_)) continue;
    const std::string shown = setting.secret == Secret::yes ? "the value" : in_quotes(given.value);
    fault(setting.name,
          shown + " (" + from(given.source) + ") is not allowed; allowed: " + std::string(setting.allowed));
  }
}

void Reader::check_supabase() {
  std::string& url = config_.supabase_url;
  if (!is_given("SUPABASE_URL")) {
    if (is_given("SUPABASE_SERVICE_KEY")) warn("SUPABASE_SERVICE_KEY has no effect without SUPABASE_URL");
    return;
  }
  if (url.empty()) return;  // it was refused for what it is
  if (url.starts_with("http://") && !is_on_this_machine(url))
    fault("SUPABASE_URL", "must begin with https://, or whoever is on the way could read the key, and all lists");
  if (config_.database_url.empty() && config_.supabase_service_key.empty())
    fault("SUPABASE_SERVICE_KEY",
          "is missing: with it lists are kept in the project of SUPABASE_URL. Set it, or DATABASE_URL", "missing");
  if (!config_.database_url.empty() && is_given("SUPABASE_SERVICE_KEY"))
    warn("SUPABASE_SERVICE_KEY has no effect with DATABASE_URL, which is the shorter way to the same database");
  accept_tokens_of(url + "/auth/v1");
}

/// Supabase Auth's, unless the settings of tokens say otherwise: signed with a published key, or with the shared secret
/// of older projects.
void Reader::accept_tokens_of(const std::string& issuer) {
  if (!is_given("JWT_ISSUER")) config_.jwt_issuer = issuer;
  if (!is_given("JWT_AUDIENCE")) config_.jwt_audience = "authenticated";
  if (config_.has_key_set() || config_.jwt_algorithm == JwtAlgorithm::hs256) return;
  config_.jwt_jwks_url = issuer + "/.well-known/jwks.json";
  config_.has_shared_secret = is_given("JWT_SECRET_KEY");
}

void Reader::check_redis() {
  const bool is_url = is_given("REDIS_URL");
  if (!is_url && !is_given("REDIS_HOST")) {
    for (const std::string_view name :
         {"REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD", "REDIS_CA_FILE", "REDIS_CERT_FILE", "REDIS_KEY_FILE"})
      if (is_given(name)) warn(std::string(name) + " has no effect without REDIS_HOST or REDIS_URL");
    if (config_.durability == exchange::Durability::replicated)
      fault("DURABILITY", "is replicated, and there is no Redis that could have replicas. Set REDIS_URL, or remove it");
    return;
  }
  if (is_url && config_.redis_url.empty()) return;  // it was refused for what it is
  Result<redis::Settings> settings =
      is_url ? redis::parse_url(config_.redis_url)
             : redis::from_parts(config_.redis_host, config_.redis_port, config_.redis_db, config_.redis_password);
  if (!settings) return fault(is_url ? "REDIS_URL" : "REDIS_HOST", settings.error().message);
  settings->tls.ca_file = config_.redis_ca_file;
  settings->tls.certificate_file = config_.redis_cert_file;
  settings->tls.key_file = config_.redis_key_file;
  if (config_.redis_cert_file.empty() != config_.redis_key_file.empty())
    fault(config_.redis_cert_file.empty() ? "REDIS_CERT_FILE" : "REDIS_KEY_FILE",
          "is missing: a certificate and its key go together", "missing");
  config_.redis = std::move(*settings);
  if (!config_.has_database())
    fault("DATABASE_URL",
          "is missing: servers that meet in Redis keep their lists in one PostgreSQL. Set it, or remove " +
              std::string(is_url ? "REDIS_URL" : "REDIS_HOST"),
          "missing");
}

void Reader::check_secret() {
  if (purpose_ == Purpose::data || !config_.needs_jwt_secret()) return;
  const std::string& secret = config_.jwt_secret;
  std::string what;
  if (secret == sample_secret)
    what = "is the sample from the documentation, which everyone knows";
  else if (!secret.empty() && secret.size() < least_secret)
    what = "has " + std::to_string(secret.size()) + " bytes; at least " + std::to_string(least_secret) + " are needed";
  else if (secret.empty() && config_.production())
    what = "is missing";
  if (what.empty()) return;
  if (config_.production())
    fault("JWT_SECRET_KEY",
          what + ". In production set a secret of your own; " + std::string(how_to_make_a_secret) +
              (config_.auth_service ? "" : ", or set JWT_JWKS_URL"),
          secret.empty() ? "missing" : "value_error");
  else
    warn("JWT_SECRET_KEY " + what + ": good enough for development only; " + std::string(how_to_make_a_secret));
}

void Reader::check_tokens() {
  const bool has_keys = config_.has_key_set() || is_given("JWT_JWKS_URL") || is_given("JWT_JWKS_FILE");
  if (is_given("JWT_JWKS_URL") && is_given("JWT_JWKS_FILE"))
    fault("JWT_JWKS_FILE", "is set together with JWT_JWKS_URL; set one of them");
  const bool asymmetric = config_.jwt_algorithm == JwtAlgorithm::rs256 || config_.jwt_algorithm == JwtAlgorithm::es256;
  if (asymmetric && !has_keys) fault("JWT_ALGORITHM", "needs the issuer's keys: set JWT_JWKS_URL or JWT_JWKS_FILE");
  if (config_.jwt_algorithm == JwtAlgorithm::hs256 && has_keys)
    fault("JWT_ALGORITHM", "is HS256, for which the keys of a JWKS are never used; remove it or the JWKS");
  if (config_.production() && config_.jwt_jwks_url.starts_with("http://"))
    warn("JWT_JWKS_URL is fetched without TLS: who can change it on its way can sign tokens");
}

void Reader::check_together() {
  if (config_.auth_port && *config_.auth_port == config_.port)
    fault("AUTH_PORT", "is the same as PORT, which serves the accounts anyway; choose another or none");
  if (config_.auth_port && !config_.auth_service) fault("AUTH_PORT", "is set, but AUTH_SERVICE is off");
  if (config_.production() && config_.debug) warn("DEBUG is on in production: the log will be large");
  if (config_.debug && !is_given("LOG_LEVEL")) config_.log_level = log::Level::debug;
}

void Reader::show() {
  for (const Setting& setting : settings()) {
    const auto found = given_.find(setting.name);
    SettingShown shown{setting.name, std::string(setting.fallback), Source::default_value};
    if (found != given_.end()) shown = {setting.name, found->second.value, found->second.source};
    if (setting.secret == Secret::yes && !shown.value.empty()) shown.value = masked;
    if (setting.name == "JWT_JWKS_URL") shown.value = config_.jwt_jwks_url;
    if (setting.name == "JWT_ISSUER") shown.value = config_.jwt_issuer;
    if (setting.name == "JWT_AUDIENCE") shown.value = config_.jwt_audience;
    if (setting.name == "SHARDS" && shown.value == "auto") shown.value = std::to_string(config_.shards);
    if (setting.name == "LOG_LEVEL" && shown.source == Source::default_value && config_.debug) shown.value = "debug";
    config_.shown.push_back(std::move(shown));
  }
}

Result<Config> Reader::finish() {
  read_all();
  check_supabase();
  check_redis();
  check_secret();
  check_tokens();
  check_together();
  if (!faults_.empty()) return Error{Errc::invalid_payload, "the settings have mistakes", std::move(faults_)};
  show();
  return std::move(config_);
}

std::string hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

Error secret_failure(const std::string& file) {
  return Error{Errc::unavailable, "cannot keep the generated JWT secret in " + file + ": " +
                                      std::generic_category().message(errno) +
                                      ". Make DATA_DIR writable, or set JWT_SECRET_KEY"};
}

/// Writes `secret` to a new file that only its owner may read.
bool write_private(const std::string& file, std::string_view secret) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  const bool written = ::write(descriptor, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) &&
                       ::fsync(descriptor) == 0;
  return ::close(descriptor) == 0 && written;
}

}  // namespace

std::string_view to_string(Source source) {
  switch (source) {
    case Source::default_value:
      return "default";
    case Source::env_file:
      return ".env file";
    case Source::environment:
      return "environment";
    case Source::flag:
      return "flag";
    case Source::generated:
      return "generated";
  }
  return "";
}

Variables process_environment() {
  Variables variables;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text(*entry);
    if (const std::size_t equals = text.find('='); equals != std::string_view::npos)
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Result<Config> parse_config(std::span<const std::string> args, const Variables& environment, std::string_view env_file,
                            Purpose purpose) {
  Reader reader(purpose);
  reader.env_file(env_file);
  reader.environment(environment);
  reader.flags(args);
  return reader.finish();
}

Result<Config> load_config(std::span<const std::string> args, const Variables& environment, Purpose purpose,
                           const std::string& env_file_path) {
  std::string path = env_file_path;
  bool is_named = false;
  for (std::size_t index = 0; index < args.size(); ++index) {
    if (args[index].starts_with("--env-file=")) {
      path = args[index].substr(11);
      is_named = true;
    } else if (args[index] == "--env-file") {
      path = index + 1 < args.size() ? args[index + 1] : "";
      is_named = true;
    }
  }
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::error_code error;
  if ((!file || file.bad()) && (is_named || std::filesystem::exists(path, error)))
    return Error{Errc::invalid_payload,
                 "the settings have mistakes",
                 {{{is_named ? "--env-file" : path}, in_quotes(path) + " cannot be read", "value_error"}}};
  return parse_config(args, environment, text, purpose);
}

std::vector<std::string> join_flags(std::span<const std::string> words) {
  std::vector<std::string> joined;
  for (std::size_t index = 0; index < words.size();) {
    const Flag flag = split_flag(words.subspan(index));
    const bool is_ours = flag.name == "--set" || flag.name == "--env-file" ||
                         (flag.name.starts_with("--") && find_setting(variable_of(flag.name)));
    joined.push_back(is_ours && flag.value ? flag.name + "=" + *flag.value : words[index]);
    index += is_ours ? flag.words : 1;
  }
  return joined;
}

Result<void> provide_jwt_secret(Config& config) {
  if (!config.jwt_secret.empty() || !config.needs_jwt_secret()) return ok();
  const std::filesystem::path folder(config.data_dir);
  const std::string file = (folder / "jwt_secret").string();
  std::error_code error;
  std::filesystem::create_directories(folder, error);

  std::array<unsigned char, 32> random{};
  if (!std::filesystem::exists(file, error)) {
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
      return Error{Errc::unavailable, "the system gives no random numbers"};
    // Complete under another name first, then linked: another process sees a whole secret or none, and ours or its own.
    const std::string draft = file + "." + std::to_string(::getpid());
    ::unlink(draft.c_str());
    const bool made =
        write_private(draft, hex(random) + "\n") && (::link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST);
    const int reason = errno;
    ::unlink(draft.c_str());
    errno = reason;
    if (!made) return secret_failure(file);
  }
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return secret_failure(file);
  config.jwt_secret = trimmed(text);
  if (config.jwt_secret.size() < least_secret) {
    config.jwt_secret.clear();
    return Error{Errc::unavailable, file + " holds no secret of at least 32 bytes. Remove it to have a new one made"};
  }
  for (SettingShown& shown : config.shown)
    if (shown.name == "JWT_SECRET_KEY") shown = {shown.name, std::string(masked), Source::generated};
  return ok();
}

}  // namespace collab::app
