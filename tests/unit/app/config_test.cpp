// The settings: where they come from, which win, what is refused and how it is said.
#include "app/config.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace collab::app {
namespace {

using namespace std::chrono_literals;

const std::string good_secret(40, 'k');

Result<Config> parse(std::vector<std::string> args = {}, Variables environment = {}, std::string_view env_file = {}) {
  return parse_config(args, environment, env_file);
}

Config good(std::vector<std::string> args = {}, Variables environment = {}, std::string_view env_file = {}) {
  const Result<Config> config = parse(std::move(args), std::move(environment), env_file);
  EXPECT_TRUE(config) << (config ? "" : describe(config.error()));
  return config ? *config : Config{};
}

/// The only fault's "variable: message".
std::string fault(std::vector<std::string> args = {}, Variables environment = {}, std::string_view env_file = {}) {
  const Result<Config> config = parse(std::move(args), std::move(environment), env_file);
  if (config) return "no fault";
  const std::vector<FieldError>& faults = config.error().fields;
  EXPECT_EQ(faults.size(), 1U) << describe(config.error());
  return faults.empty() ? "" : faults[0].loc.at(0) + ": " + faults[0].msg;
}

std::string shown(const Config& config, std::string_view name) {
  for (const SettingShown& one : config.shown)
    if (one.name == name) return one.value + " (" + std::string(to_string(one.source)) + ")";
  return "not shown";
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

Variables production(Variables more = {}) {
  more.insert({{"ENV", "production"}, {"JWT_SECRET_KEY", good_secret}});
  return more;
}

/// A folder of its own that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "config.XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

void write(const std::string& path, std::string_view text) { std::ofstream(path) << text; }

TEST(Config, HasTheDefaultsOfTheOriginalService) {
  const Config config = good();

  EXPECT_EQ(config.environment, Environment::development);
  EXPECT_EQ(config.host, "0.0.0.0");
  EXPECT_EQ(config.port, 5001);
  EXPECT_FALSE(config.debug);
  EXPECT_EQ(config.cors_origins, std::vector<std::string>{"*"});
  EXPECT_EQ(config.writer_queue_size, 1000U);
}

TEST(Config, HasTheDefaultsOfTheContract) {
  const Config config = good();

  EXPECT_EQ(config.ping_interval, 15s);
  EXPECT_EQ(config.ping_timeout, 60s);
  EXPECT_EQ(config.max_payload, 1'000'000U);
  EXPECT_EQ(config.conflict_scope, ConflictScope::field);
  EXPECT_EQ(config.op_id_retention, 30 * 24h);
  EXPECT_EQ(config.trash_retention, 30 * 24h);
  EXPECT_EQ(config.limit_items_per_list, 10'000U);
  EXPECT_EQ(config.limit_lists_per_user, 1'000U);
  EXPECT_EQ(config.limit_members_per_list, 500U);
  EXPECT_EQ(config.limit_invitations_per_user, 1'000U);
  EXPECT_TRUE(config.auth_service);
  EXPECT_EQ(config.registration, Registration::open);
  EXPECT_FALSE(config.auth_port);
  EXPECT_EQ(config.log_file, "logs/collab.log");
  EXPECT_EQ(config.log_level, log::Level::info);
  EXPECT_EQ(config.log_format, log::Format::text);
}

TEST(Config, UsesBetweenOneAndSixtyFourShardsByDefault) {
  const Config config = good();

  EXPECT_GE(config.shards, 1U);
  EXPECT_LE(config.shards, 64U);
  EXPECT_EQ(shown(config, "SHARDS"), std::to_string(config.shards) + " (default)");
}

TEST(Config, PrefersTheEnvFileToDefaults) { EXPECT_EQ(good({}, {}, "PORT=7788\n").port, 7788); }

TEST(Config, PrefersTheEnvironmentToTheEnvFile) { EXPECT_EQ(good({}, {{"PORT", "1"}}, "PORT=2").port, 1); }

TEST(Config, PrefersFlagsToTheEnvironment) { EXPECT_EQ(good({"--port", "3"}, {{"PORT", "1"}}, "PORT=2").port, 3); }

TEST(Config, TellsWhereEachValueComesFrom) {
  const Config config = good({"--host=127.0.0.1"}, {{"PORT", "1"}}, "SHARDS=2");

  EXPECT_EQ(shown(config, "HOST"), "127.0.0.1 (flag)");
  EXPECT_EQ(shown(config, "PORT"), "1 (environment)");
  EXPECT_EQ(shown(config, "SHARDS"), "2 (.env file)");
  EXPECT_EQ(shown(config, "LOG_FORMAT"), "text (default)");
}

TEST(Config, ReadsFlagsWithEqualsAndWithSpace) {
  const Config config = good({"--log-level=error", "--limit-items-per-list", "5", "--set", "SHARDS=3", "--set=PORT=9"});

  EXPECT_EQ(config.log_level, log::Level::error);
  EXPECT_EQ(config.limit_items_per_list, 5U);
  EXPECT_EQ(config.shards, 3U);
  EXPECT_EQ(config.port, 9);
}

TEST(Config, TakesTheLastOfTwoFlags) { EXPECT_EQ(good({"--port=1", "--port=2"}).port, 2); }

TEST(Config, ReadsDebugWithoutAValue) {
  EXPECT_TRUE(good({"--debug"}).debug);
  EXPECT_TRUE(good({"--debug", "--port=1"}).debug);
  EXPECT_FALSE(good({"--debug", "False"}).debug);
}

TEST(Config, AcceptsBooleansAsPythonAndOthersWriteThem) {
  for (const char* yes : {"True", "true", "TRUE", "1", "yes", "on", "On"})
    EXPECT_TRUE(good({}, {{"DEBUG", yes}}).debug) << yes;
  for (const char* no : {"False", "false", "0", "no", "off", "OFF"})
    EXPECT_FALSE(good({}, {{"DEBUG", no}}).debug) << no;
  EXPECT_FALSE(good({}, {{"AUTH_SERVICE", "off"}}).auth_service);
}

TEST(Config, RefusesOtherWordsForBooleans) {
  EXPECT_TRUE(contains(fault({}, {{"DEBUG", "maybe"}}), "DEBUG: \"maybe\" (from the environment) is not allowed"));
}

TEST(Config, TakesAnEmptyValueForNone) {
  EXPECT_EQ(good({}, {{"PORT", ""}}, "PORT=2").port, 2);
  EXPECT_EQ(good({}, {{"REDIS_HOST", ""}, {"JWT_SECRET_KEY", " "}}).port, 5001);
}

TEST(Config, TrimsValues) { EXPECT_EQ(good({}, {{"PORT", " 12 "}}).port, 12); }

TEST(Config, AcceptsPortZeroForAnyFreePort) { EXPECT_EQ(good({"--port=0"}).port, 0); }

TEST(Config, RefusesPortsThatAreNone) {
  for (const char* port : {"65536", "-1", "80a", "0x50", "1e3", "99999999999999999999"})
    EXPECT_TRUE(contains(fault({}, {{"PORT", port}}), "a port, 0 to 65535")) << port;
}

TEST(Config, RefusesHostsThatAreNoAddress) {
  EXPECT_TRUE(contains(fault({"--host=example"}), "HOST"));
  EXPECT_EQ(good({"--host=::1"}).host, "::1");
  EXPECT_EQ(good({"--host=localhost"}).host, "localhost");
}

TEST(Config, BoundsShards) {
  EXPECT_EQ(good({"--shards=64"}).shards, 64U);
  EXPECT_TRUE(contains(fault({"--shards=65"}), "1 to 64"));
  EXPECT_TRUE(contains(fault({"--shards=0"}), "1 to 64"));
}

TEST(Config, ReadsBytesWithSuffixes) {
  EXPECT_EQ(good({"--l1-max-bytes=64M"}).l1_max_bytes, 64ULL << 20);
  EXPECT_EQ(good({"--l1-max-bytes=2G"}).l1_max_bytes, 2ULL << 30);
  EXPECT_EQ(good({"--l1-max-bytes=512k"}).l1_max_bytes, 512ULL << 10);
  EXPECT_EQ(good({"--l1-max-bytes=12345"}).l1_max_bytes, 12345U);
  EXPECT_EQ(good({"--l1-max-bytes=0"}).l1_max_bytes, 0U);
}

TEST(Config, RefusesBytesThatAreTooManyOrNone) {
  for (const char* bytes : {"M", "1T", "-1k", "1.5G", "99999999999G", "12 k"})
    EXPECT_TRUE(contains(fault({}, {{"L1_MAX_BYTES", bytes}}), "L1_MAX_BYTES")) << bytes;
}

TEST(Config, ReadsDurationsWithAndWithoutUnits) {
  EXPECT_EQ(good({"--ping-interval=25"}).ping_interval, 25s);
  EXPECT_EQ(good({"--ping-interval=0.3"}).ping_interval, 300ms);
  EXPECT_EQ(good({"--ping-interval=300ms"}).ping_interval, 300ms);
  EXPECT_EQ(good({"--op-id-retention=12h"}).op_id_retention, 12h);
  EXPECT_EQ(good({"--op-id-retention=7"}).op_id_retention, 7 * 24h);
  EXPECT_EQ(good({"--drain-seconds=0"}).drain, 0ms);
}

TEST(Config, RefusesDurationsThatAreNone) {
  for (const char* duration : {"0", "-1", "abc", "1w", "inf", "nan", "2h", "1e9"})
    EXPECT_TRUE(contains(fault({}, {{"PING_TIMEOUT", duration}}), "PING_TIMEOUT")) << duration;
}

TEST(Config, ReadsOrigins) {
  EXPECT_EQ(good({"--cors-origins=https://A.example/, http://localhost:3000"}).cors_origins,
            (std::vector<std::string>{"https://a.example", "http://localhost:3000"}));
  EXPECT_EQ(good({"--cors-origins=https://a.example,*"}).cors_origins, std::vector<std::string>{"*"});
  EXPECT_EQ(good({"--cors-origins=http://[::1]:80"}).cors_origins, std::vector<std::string>{"http://[::1]:80"});
}

TEST(Config, RefusesOriginsThatNoBrowserSends) {
  for (const char* origin :
       {"example.com", "https://a.example/path", "://a", "https://", "http://a:port", "http://a b"})
    EXPECT_TRUE(contains(fault({}, {{"CORS_ORIGINS", origin}}), "CORS_ORIGINS")) << origin;
}

TEST(Config, ReadsProxiesAsAddressesAndNetworks) {
  EXPECT_EQ(good({"--trusted-proxies=127.0.0.1, 10.0.0.0/8,fd00::/8"}).trusted_proxies,
            (std::vector<std::string>{"127.0.0.1", "10.0.0.0/8", "fd00::/8"}));
  EXPECT_TRUE(contains(fault({"--trusted-proxies=10.0.0.0/40"}), "TRUSTED_PROXIES"));
  EXPECT_TRUE(contains(fault({"--trusted-proxies=nginx"}), "TRUSTED_PROXIES"));
}

TEST(Config, ReadsThePublicAddressWithoutItsLastSlash) {
  EXPECT_EQ(good({"--public-url=https://todo.example/"}).public_url, "https://todo.example");
  EXPECT_TRUE(contains(fault({"--public-url=todo.example"}), "PUBLIC_URL"));
  EXPECT_TRUE(contains(fault({"--public-url=https://user@todo.example"}), "PUBLIC_URL"));
}

TEST(Config, ReadsChoicesExactly) {
  EXPECT_EQ(good({"--conflict-scope=list"}).conflict_scope, ConflictScope::list);
  EXPECT_EQ(good({"--registration=invite"}).registration, Registration::invite);
  EXPECT_EQ(good({"--log-format=json"}).log_format, log::Format::json);
  EXPECT_TRUE(contains(fault({"--conflict-scope=Field"}), "field, item or list"));
  EXPECT_TRUE(contains(fault({"--env=staging"}), "development or production"));
}

TEST(Config, SwitchesTheLogFileOffByNone) { EXPECT_EQ(good({"--log-file=none"}).log_file, ""); }

TEST(Config, LogsTrafficWhenDebugging) {
  EXPECT_EQ(good({"--debug"}).log_level, log::Level::debug);
  EXPECT_EQ(good({"--debug", "--log-level=warning"}).log_level, log::Level::warning);
}

TEST(Config, AllowsZeroForEveryLimit) {
  const Config config = good({"--limit-connections-per-ip=0", "--limit-connections-per-user=0",
                              "--limit-events-per-second=0", "--limit-items-per-list=0"});

  EXPECT_EQ(config.limit_connections_per_ip, 0U);
  EXPECT_EQ(config.limit_connections_per_user, 0U);
  EXPECT_EQ(config.limit_events_per_second, 0U);
  EXPECT_EQ(config.limit_items_per_list, 0U);
}

TEST(Config, ReportsAllMistakesAtOnce) {
  const Result<Config> config = parse({"--shards=many", "--nonsense"}, {{"PORT", "abc"}, {"REDIS_HOST", "localhost"}},
                                      "LOG_LEVEL=loud\nrubbish\n");

  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, Errc::invalid_payload);
  const std::string text = describe(config.error());
  EXPECT_EQ(config.error().fields.size(), 6U) << text;
  for (const char* part : {"SHARDS", "--nonsense", "PORT", "REDIS_HOST", "LOG_LEVEL", ".env: line 2"})
    EXPECT_TRUE(contains(text, part)) << part << " in " << text;
}

TEST(Config, SaysValueSourceAndWhatIsAllowed) {
  EXPECT_EQ(fault({}, {}, "LOG_LEVEL=loud"),
            "LOG_LEVEL: \"loud\" (from the .env file) is not allowed; allowed: debug, info, warning or error");
}

TEST(Config, NeverSaysASecret) {
  const std::string secret = "short-but-mine";
  const Result<Config> refused = parse({}, {{"ENV", "production"}, {"JWT_SECRET_KEY", secret}});
  const Config accepted = good({}, {{"JWT_SECRET_KEY", good_secret}});

  ASSERT_FALSE(refused);
  EXPECT_FALSE(contains(describe(refused.error()), secret));
  EXPECT_FALSE(contains(print_config(accepted), good_secret));
  EXPECT_EQ(shown(accepted, "JWT_SECRET_KEY"), "******** (environment)");
  EXPECT_FALSE(contains(describe(parse({"--database-url=postgres://u:pw@[h/d"}).error()), "pw"));
}

TEST(Config, RefusesControlCharacters) { EXPECT_TRUE(contains(fault({}, {{"JWT_ISSUER", "a\nb"}}), "JWT_ISSUER")); }

TEST(Config, TakesADatabaseAndKeepsItsPasswordToItself) {
  const Config config = good({}, {{"DATABASE_URL", "postgresql://u:pw@h/d?sslmode=verify-full"}});

  EXPECT_EQ(config.database_url, "postgresql://u:pw@h/d?sslmode=verify-full");
  EXPECT_EQ(shown(config, "DATABASE_URL"), "******** (environment)");
  EXPECT_EQ(good({}).database_url, "");
  EXPECT_TRUE(contains(fault({}, {{"DATABASE_URL", "mysql://h/d"}}), "postgresql://"));
}

TEST(Config, TakesAProjectOfSupabaseAndTheTokensOfItsUsers) {
  const Config config = good({}, {{"SUPABASE_URL", "https://p.supabase.co/"}, {"SUPABASE_SERVICE_KEY", "sb_secret_x"}});

  EXPECT_EQ(config.supabase_url, "https://p.supabase.co");
  EXPECT_EQ(config.jwt_issuer, "https://p.supabase.co/auth/v1");
  EXPECT_EQ(config.jwt_audience, "authenticated");
  EXPECT_EQ(config.jwt_jwks_url, "https://p.supabase.co/auth/v1/.well-known/jwks.json");
  EXPECT_EQ(shown(config, "JWT_ISSUER"), "https://p.supabase.co/auth/v1 (default)");
  EXPECT_EQ(shown(config, "SUPABASE_SERVICE_KEY"), "******** (environment)");
}

TEST(Config, LetsTheSettingsOfTokensStandBesideSupabase) {
  const Variables project{{"SUPABASE_URL", "https://p.supabase.co"},
                          {"SUPABASE_SERVICE_KEY", "x"},
                          {"AUTH_SERVICE", "off"},
                          {"JWT_SECRET_KEY", "a secret of at least thirty-two bytes, really"}};
  const auto with = [&project](const char* name, const char* value) {
    Variables all = project;
    all.emplace(name, value);
    return good({}, all);
  };

  EXPECT_EQ(with("JWT_ISSUER", "me").jwt_issuer, "me");
  EXPECT_EQ(with("JWT_AUDIENCE", "them").jwt_audience, "them");
  EXPECT_EQ(with("JWT_JWKS_URL", "https://keys.example").jwt_jwks_url, "https://keys.example");
  EXPECT_FALSE(with("JWT_JWKS_FILE", "keys.json").needs_jwt_secret());
  EXPECT_EQ(with("JWT_ALGORITHM", "HS256").jwt_jwks_url, "");
  EXPECT_TRUE(with("JWT_ALGORITHM", "auto").needs_jwt_secret()) << "an older project may sign with the secret";
}

TEST(Config, RefusesSupabaseByHalves) {
  EXPECT_TRUE(contains(fault({}, {{"SUPABASE_URL", "localhost"}}), "SUPABASE_URL"));
  EXPECT_TRUE(contains(fault({}, {{"SUPABASE_URL", "https://p.supabase.co"}}), "SUPABASE_SERVICE_KEY: is missing"));
  const Variables open_line{{"SUPABASE_URL", "http://p.supabase.co"}, {"SUPABASE_SERVICE_KEY", "hush"}};
  EXPECT_TRUE(contains(fault({}, open_line), "SUPABASE_URL: must begin with https://"));
  const Variables pretender{{"SUPABASE_URL", "http://localhost.example"}, {"SUPABASE_SERVICE_KEY", "hush"}};
  EXPECT_TRUE(contains(fault({}, pretender), "must begin with https://"));
  EXPECT_TRUE(good({}, {{"SUPABASE_URL", "http://127.0.0.1:54321"}, {"SUPABASE_SERVICE_KEY", "x"}}).has_database());
  const Config direct = good({}, {{"SUPABASE_URL", "https://p.supabase.co"},
                                  {"SUPABASE_SERVICE_KEY", "x"},
                                  {"DATABASE_URL", "postgresql://u@h/d?sslmode=verify-full"}});
  EXPECT_TRUE(contains(direct.warnings.at(0), "no effect with DATABASE_URL"));
}

TEST(Config, UsesRedisOnlyWhereItIsAskedFor) {
  const std::string database = "postgresql://ann@localhost/lists";
  EXPECT_FALSE(good({}, {{"DATABASE_URL", database}}).redis);
  EXPECT_FALSE(good({}, {{"DATABASE_URL", database}, {"REDIS_PORT", "7000"}}).redis);

  const Config by_url =
      good({}, {{"DATABASE_URL", database}, {"REDIS_URL", "rediss://ann:secret@redis.example:7000/2"}});
  ASSERT_TRUE(by_url.redis);
  EXPECT_EQ(by_url.redis->addresses.at(0).host, "redis.example");
  EXPECT_TRUE(by_url.redis->tls.is_on);

  const Config by_parts =
      good({}, {{"DATABASE_URL", database}, {"REDIS_HOST", "other"}, {"REDIS_PORT", "7000"}, {"REDIS_DB", "2"}});
  ASSERT_TRUE(by_parts.redis);
  EXPECT_EQ(by_parts.redis->addresses.at(0).port, 7000);
  EXPECT_EQ(by_parts.redis->database, 2);
}

TEST(Config, RefusesRedisWithoutADatabaseOrWithNonsense) {
  EXPECT_TRUE(contains(fault({}, {{"REDIS_URL", "redis://localhost"}}), "DATABASE_URL: is missing"));
  EXPECT_TRUE(contains(fault({}, {{"REDIS_HOST", "localhost"}}), "DATABASE_URL: is missing"));
  EXPECT_TRUE(contains(fault({}, {{"REDIS_URL", "http://localhost"}}), "REDIS_URL"));
  EXPECT_FALSE(contains(fault({}, {{"REDIS_URL", "http://ann:hush@localhost"}}), "hush"));
}

TEST(Config, WarnsOfSettingsWithoutEffect) {
  const Config config = good({}, {{"REDIS_PORT", "6379"}, {"REDIS_DB", "1"}, {"SUPABASE_SERVICE_KEY", "x"}});

  EXPECT_EQ(config.warnings.size(), 3U);
}

TEST(Config, WarnsOfUnknownVariablesWithASuggestion) {
  const Config config = good({}, {{"LIMIT_ITEM_PER_LIST", "5"}, {"PATH", "/bin"}, {"JWT_SECRET", "x"}}, "PROT=1");

  ASSERT_EQ(config.warnings.size(), 3U);
  EXPECT_TRUE(contains(config.warnings[0], "PROT in line 1 of the .env file"));
  EXPECT_TRUE(contains(config.warnings[0], "did you mean PORT?"));
  EXPECT_TRUE(contains(config.warnings[1], "did you mean JWT_SECRET_KEY?"));
  EXPECT_TRUE(contains(config.warnings[2], "did you mean LIMIT_ITEMS_PER_LIST?"));
}

TEST(Config, RefusesUnknownFlagsWithASuggestion) {
  EXPECT_EQ(fault({"--prot", "80"}), "--prot: there is no such flag; did you mean --port?");
  EXPECT_TRUE(contains(fault({"--set", "PROT=80"}), "did you mean PORT?"));
  EXPECT_TRUE(contains(fault({"7788"}), "is not a flag"));
}

TEST(Config, RefusesFlagsWithoutAValue) {
  EXPECT_EQ(fault({"--port"}), "--port: needs a value after it");
  EXPECT_EQ(fault({"--port", "--debug"}), "--port: needs a value after it");
  EXPECT_EQ(fault({"--set", "PORT"}), "--set: needs NAME=value after it");
}

TEST(Config, JoinsFlagsWithTheirValuesForOtherParsers) {
  const std::vector<std::string> words{"backup", "--data-dir", "d",      "out.db", "--user",
                                       "ann",    "--set",      "PORT=1", "--debug"};

  EXPECT_EQ(join_flags(words),
            (std::vector<std::string>{"backup", "--data-dir=d", "out.db", "--user", "ann", "--set=PORT=1", "--debug"}));
}

TEST(ConfigSecret, IsNeededInProduction) {
  const std::string text = fault({}, {{"ENV", "production"}});

  EXPECT_TRUE(contains(text, "JWT_SECRET_KEY: is missing"));
  EXPECT_TRUE(contains(text, "openssl rand -hex 32"));
}

TEST(ConfigSecret, MustBeLongInProduction) {
  EXPECT_TRUE(contains(fault({}, {{"ENV", "production"}, {"JWT_SECRET_KEY", std::string(31, 'x')}}), "has 31 bytes"));
  EXPECT_EQ(good({}, {{"ENV", "production"}, {"JWT_SECRET_KEY", std::string(32, 'x')}}).jwt_secret.size(), 32U);
}

TEST(ConfigSecret, MustNotBeTheSampleInProduction) {
  EXPECT_TRUE(
      contains(fault({}, {{"ENV", "production"}, {"JWT_SECRET_KEY", "your-super-secret-jwt-key-change-in-production"}}),
               "sample"));
}

TEST(ConfigSecret, MayBeWeakInDevelopmentWithAWarning) {
  const Config sample = good({}, {{"JWT_SECRET_KEY", "your-super-secret-jwt-key-change-in-production"}});
  const Config small = good({}, {{"JWT_SECRET_KEY", "abc"}});

  EXPECT_EQ(sample.warnings.size(), 1U);
  EXPECT_EQ(small.warnings.size(), 1U);
  EXPECT_EQ(small.jwt_secret, "abc");
}

TEST(ConfigSecret, IsNotNeededWhereOnlyAnIssuerSpeaks) {
  const Config config =
      good({}, {{"ENV", "production"}, {"JWT_JWKS_URL", "https://issuer.example/jwks.json"}, {"AUTH_SERVICE", "off"}});

  EXPECT_FALSE(config.needs_jwt_secret());
}

TEST(ConfigSecret, IsNotNeededForWorkOnDataAlone) {
  const Variables missing{{"ENV", "production"}}, weak{{"ENV", "production"}, {"JWT_SECRET_KEY", "abc"}};

  EXPECT_TRUE(parse_config({}, missing, {}, Purpose::data));
  EXPECT_TRUE(parse_config({}, weak, {}, Purpose::data));
  EXPECT_FALSE(parse_config({}, missing, {}, Purpose::serving));
}

TEST(ConfigSecret, IsNeededForTheAccountServiceBesideAnIssuer) {
  EXPECT_TRUE(
      contains(fault({}, {{"ENV", "production"}, {"JWT_JWKS_FILE", "keys.json"}}), "JWT_SECRET_KEY: is missing"));
}

TEST(ConfigTokens, RefusesTwoSourcesOfKeys) {
  EXPECT_TRUE(contains(fault({"--jwt-jwks-url=https://a.example/k", "--jwt-jwks-file=k"}), "set one of them"));
}

TEST(ConfigTokens, RefusesAnAlgorithmWithoutItsKeys) {
  EXPECT_TRUE(contains(fault({"--jwt-algorithm=RS256"}), "JWT_JWKS_URL or JWT_JWKS_FILE"));
  EXPECT_TRUE(contains(fault({"--jwt-algorithm=HS256", "--jwt-jwks-file=k"}), "JWT_ALGORITHM"));
  EXPECT_TRUE(contains(fault({"--jwt-algorithm=none"}), "auto, HS256, RS256 or ES256"));
  EXPECT_EQ(good({"--jwt-algorithm=ES256", "--jwt-jwks-file=k"}).jwt_algorithm, JwtAlgorithm::es256);
}

TEST(ConfigTokens, WarnsOfKeysFetchedWithoutTls) {
  EXPECT_EQ(good({}, production({{"JWT_JWKS_URL", "http://issuer.example/k"}})).warnings.size(), 1U);
}

TEST(ConfigTokens, ReadsTheSecondPort) {
  EXPECT_EQ(good({"--auth-port=5566"}).auth_port, std::uint16_t{5566});
  EXPECT_TRUE(contains(fault({"--auth-port=5001"}), "the same as PORT"));
  EXPECT_TRUE(contains(fault({"--auth-port=5566", "--auth-service=off"}), "AUTH_SERVICE is off"));
}

TEST(ConfigEnvFile, ReadsQuotesCommentsAndExports) {
  const Config config = good({}, {},
                             "\xEF\xBB\xBF# a comment\r\n"
                             "export PORT=1 # why\r\n"
                             "  HOST = '127.0.0.1'  # quoted\n"
                             "JWT_ISSUER=\"a \\\"b\\\" #c\"\n"
                             "JWT_AUDIENCE=x#y\n"
                             "\n");

  EXPECT_EQ(config.port, 1);
  EXPECT_EQ(config.host, "127.0.0.1");
  EXPECT_EQ(config.jwt_issuer, "a \"b\" #c");
  EXPECT_EQ(config.jwt_audience, "x#y");
}

TEST(ConfigEnvFile, NamesTheLineThatIsWrong) {
  EXPECT_TRUE(contains(fault({}, {}, "PORT=1\nHOST='127.0.0.1\n"), ".env: line 2"));
  EXPECT_TRUE(contains(fault({}, {}, "1X=2"), ".env: line 1"));
  EXPECT_TRUE(contains(fault({}, {}, "PORT 7788"), ".env: line 1"));
}

TEST(ConfigEnvFile, IsReadFromTheNamedPath) {
  const Folder folder;
  write(folder / "other.env", "PORT=4");
  const std::vector<std::string> args{"--env-file", folder / "other.env", "--shards=2"};

  const Result<Config> config = load_config(args, {}, Purpose::serving, folder / "absent");

  ASSERT_TRUE(config);
  EXPECT_EQ(config->port, 4);
  EXPECT_EQ(config->shards, 2U);
}

TEST(ConfigEnvFile, MayBeAbsentUnlessNamed) {
  const Folder folder;

  EXPECT_TRUE(load_config({}, {}, Purpose::serving, folder / "absent"));
  const std::vector<std::string> args{"--env-file=" + (folder / "absent")};
  EXPECT_FALSE(load_config(args, {}, Purpose::serving, folder / "absent"));
}

TEST(ConfigSecret, IsGeneratedOnceInDevelopment) {
  const Folder folder;
  Config first = good({"--data-dir=" + (folder / "data")});
  Config second = first;

  ASSERT_TRUE(provide_jwt_secret(first));
  ASSERT_TRUE(provide_jwt_secret(second));

  EXPECT_EQ(first.jwt_secret.size(), 64U);
  EXPECT_EQ(first.jwt_secret, second.jwt_secret);
  struct stat status {};
  ASSERT_EQ(::stat((folder / "data/jwt_secret").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(shown(first, "JWT_SECRET_KEY"), "******** (generated)");
}

TEST(ConfigSecret, IsNotGeneratedWhereOneIsGiven) {
  const Folder folder;
  Config config = good({"--data-dir=" + (folder / "data"), "--jwt-secret-key=" + good_secret});

  ASSERT_TRUE(provide_jwt_secret(config));

  EXPECT_EQ(config.jwt_secret, good_secret);
  EXPECT_FALSE(std::filesystem::exists(folder / "data/jwt_secret"));
}

TEST(ConfigSecret, SaysSoWhenTheFileIsEmptyOrTheFolderCannotBeMade) {
  const Folder folder;
  write(folder / "jwt_secret", "");
  write(folder / "file", "");
  Config empty = good({"--data-dir=" + (folder / ".")});
  Config blocked = good({"--data-dir=" + (folder / "file")});

  EXPECT_FALSE(provide_jwt_secret(empty));
  EXPECT_FALSE(provide_jwt_secret(blocked));
}

TEST(ConfigText, PrintsEverySettingWithItsSource) {
  const std::string text = print_config(good({"--port=7"}));

  EXPECT_TRUE(contains(text, "PORT=7 "));
  EXPECT_TRUE(contains(text, "# flag"));
  EXPECT_TRUE(contains(text, "L1_MAX_BYTES=256M "));
  EXPECT_TRUE(contains(text, "REDIS_HOST=localhost "));
}

TEST(ConfigText, HelpNamesEveryFlag) {
  const std::string help = settings_help();

  for (const SettingShown& one : good().shown) {
    std::string flag = "--";
    for (const char c : one.name) flag += c == '_' ? '-' : static_cast<char>(std::tolower(c));
    EXPECT_TRUE(contains(help, "  " + flag + " ")) << flag;
  }
}

}  // namespace
}  // namespace collab::app
