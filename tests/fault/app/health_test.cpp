// What a whole server says of itself while its disk is slow, full or gone: each number of the writer is moved by a
// known amount.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <chrono>
#include <deque>

#include "app/server.hpp"
#include "core/log.hpp"
#include "support/fault_vfs.hpp"
#include "support/temp_dir.hpp"
#include "unit/transport/loopback.hpp"

namespace collab::app {
namespace {

namespace json = boost::json;
using support::FaultVfs;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using transport::RawClient;

struct Answer {
  int status = 0;
  json::object body;
};

class HealthOfAServer : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { log::configure({.level = log::Level::error, .console = false}); }

  HealthOfAServer() {
    vfs_.become_default();
    const std::vector<std::string> flags{"--host=127.0.0.1",
                                         "--port=0",
                                         "--shards=1",
                                         "--drain-seconds=0",
                                         "--limit-registrations-per-hour=0",
                                         "--jwt-secret-key=a secret of the tests, long enough for HS256",
                                         "--data-dir=" + folder_.path().string()};
    Result<Config> config = parse_config(flags, {}, "");
    if (!config) throw std::runtime_error(describe(config.error()));
    Result<std::unique_ptr<Server>> started = Server::start(std::move(*config));
    if (!started) throw std::runtime_error(started.error().message);
    server_ = std::move(*started);
  }
  ~HealthOfAServer() override {
    vfs_.set_fault(FaultVfs::Fault::none);
    vfs_.release_syncs();
  }

  static Answer parsed(const std::string& response) {
    return {std::stoi(response.substr(0, 3)), json::parse(response.substr(4)).as_object()};
  }
  Answer get(std::string_view path) {
    RawClient client(server_->port());
    client.get(path);
    return parsed(client.response());
  }
  /// What the server says of its writer, in either path.
  std::string writer_in(std::string_view path) { return json::serialize(get(path).body.at("writer")); }
  std::string status() { return std::string(get("/health").body.at("status").as_string()); }

  /// A client that registers: one write. It does not wait for the answer.
  RawClient begin_to_register() {
    RawClient client(server_->port());
    const std::string name = std::to_string(++people_);
    std::string body = R"({"email":"p)";
    body.append(name).append(R"(@example.org","password":"password 1","name":"P"})");
    client.post("/auth/register", body);
    return client;
  }
  int register_one() { return parsed(begin_to_register().response()).status; }

  /// Waits for what must come; a bound, not a wait.
  template <class F>
  static bool comes(F holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!holds())
      if (std::chrono::steady_clock::now() > end) return false;
    return true;
  }

  support::TempDir folder_;
  FaultVfs vfs_;
  std::unique_ptr<Server> server_;
  int people_ = 0;
};

std::string numbers(std::string_view running, int queue_size, int processed, int failed) {
  std::string text = R"({"running":)";
  text.append(running).append(R"(,"queue_size":)").append(std::to_string(queue_size));
  text.append(R"(,"writes_processed":)").append(std::to_string(processed));
  text.append(R"(,"writes_failed":)").append(std::to_string(failed));
  return text;
}

TEST_F(HealthOfAServer, BeginsAtNothing) {
  const Answer health = get("/health");

  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.body.at("status"), "healthy");
  for (const char* path : {"/health", "/metrics"}) EXPECT_EQ(writer_in(path), numbers("true", 0, 0, 0) + "}");
}

TEST_F(HealthOfAServer, CountsWhatWaitsForTheDiskAndWhatIsStored) {
  vfs_.hold_syncs();
  std::deque<RawClient> clients;
  clients.push_back(begin_to_register());
  vfs_.wait_until_held();
  EXPECT_EQ(writer_in("/health"), numbers("true", 0, 0, 0) + "}") << "it is in its transaction, and waits no more";

  for (int i = 0; i < 5; ++i) clients.push_back(begin_to_register());
  const std::string five_wait = numbers("true", 5, 0, 0) + "}";
  EXPECT_TRUE(comes([&] { return writer_in("/health") == five_wait; })) << writer_in("/health");
  EXPECT_EQ(writer_in("/metrics"), five_wait);

  vfs_.release_syncs();
  for (RawClient& client : clients) EXPECT_EQ(parsed(client.response()).status, 201);
  for (const char* path : {"/health", "/metrics"}) EXPECT_EQ(writer_in(path), numbers("true", 0, 6, 0) + "}");
}

TEST_F(HealthOfAServer, CountsWhatCouldNotBeStoredAndIsDegradedMeanwhile) {
  ASSERT_EQ(register_one(), 201);

  vfs_.set_fault(FaultVfs::Fault::disk_full);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(register_one(), 503);

  const Answer health = get("/health");
  EXPECT_EQ(health.status, 200) << "reads still work";
  EXPECT_EQ(health.body.at("status"), "degraded");
  for (const char* path : {"/health", "/metrics"})
    EXPECT_THAT(writer_in(path), AllOf(StartsWith(numbers("false", 0, 1, 3)), HasSubstr("the disk is full")));

  vfs_.set_fault(FaultVfs::Fault::none);
  EXPECT_TRUE(comes([&] { return status() == "healthy"; }));
  EXPECT_EQ(register_one(), 201);
  for (const char* path : {"/health", "/metrics"}) EXPECT_EQ(writer_in(path), numbers("true", 0, 2, 3) + "}");
}

TEST_F(HealthOfAServer, Is503WhileStorageCannotBeRead) {
  ASSERT_EQ(register_one(), 201);

  vfs_.set_fault(FaultVfs::Fault::unreadable);
  // It looks by itself, every few seconds.
  EXPECT_TRUE(comes([&] { return get("/health").status == 503; }));

  const Answer health = get("/health");
  EXPECT_EQ(health.body.at("status"), "unhealthy");
  std::vector<std::string> keys;
  for (const auto& field : health.body) keys.emplace_back(field.key());
  EXPECT_EQ(keys, (std::vector<std::string>{"status", "redis", "writer", "pubsub_listener", "connections"}));

  vfs_.set_fault(FaultVfs::Fault::none);
  EXPECT_TRUE(comes([&] { return get("/health").status == 200; }));
  EXPECT_EQ(status(), "healthy");
}

}  // namespace
}  // namespace collab::app
