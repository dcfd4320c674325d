// rediss://: who is trusted and who is not.
#include <gtest/gtest.h>

#include <set>

#include "redis/client.hpp"
#include "support/redis_server.hpp"
#include "support/redis_world.hpp"

namespace collab::redis {
namespace {

using support::Certificates;
using support::RedisServer;
using support::RedisWorld;

struct TlsServer {
  support::TempDir folder;
  Certificates certificates{folder.path()};
  RedisServer server{support::with_tls(certificates)};
};

TlsServer& shared() {
  static TlsServer tls;
  return tls;
}

Settings secure_settings(const RedisServer& server, const Certificates& certificates) {
  Settings settings = server.settings();
  settings.addresses.front().port = server.tls_port();
  settings.tls.is_on = true;
  settings.tls.ca_file = certificates.ca;
  return settings;
}

// The problem that the first attempt ends with.
std::string problem_with(const Settings& settings) {
  RedisWorld world(settings);
  return world.first_problem();
}

TEST(RedisTls, ConnectsToAServerThatTheCaVouchesFor) {
  RedisWorld world(secure_settings(shared().server, shared().certificates));
  world.connect();

  EXPECT_EQ(world.must("k", Arguments("SET", "k", std::string(200'000, 'x'))).text, "OK");
  EXPECT_EQ(world.must("k", Arguments("GET", "k")).text.size(), 200'000U);
  EXPECT_GE(std::stoi(shared().server.info("connected_clients")), 1);
}

TEST(RedisTls, CarriesSubscriptions) {
  RedisWorld world(secure_settings(shared().server, shared().certificates));
  world.connect();
  world.subscribe_with_log();
  ASSERT_TRUE(world.subscribe("c"));

  shared().server.run({"SPUBLISH", "c", "secret"});

  world.turn_until([&] { return world.events.size() == 1; }, "it is heard");
}

TEST(RedisTls, ChecksTheNameAndNotOnlyTheAddress) {
  Settings settings = secure_settings(shared().server, shared().certificates);
  settings.addresses.front().host = "localhost";
  RedisWorld world(settings);
  world.connect();

  EXPECT_EQ(world.must("k", Arguments("PING")).text, "PONG");
}

TEST(RedisTls, RefusesAServerOfAnotherCa) {
  Settings settings = secure_settings(shared().server, shared().certificates);
  settings.tls.ca_file = shared().certificates.other_ca;

  const std::string problem = problem_with(settings);

  EXPECT_NE(problem.find("TLS"), std::string::npos) << problem;
  EXPECT_NE(problem.find("certificate"), std::string::npos) << problem;
}

TEST(RedisTls, RefusesAServerThatTheSystemDoesNotTrust) {
  Settings settings = secure_settings(shared().server, shared().certificates);
  settings.tls.ca_file.clear();

  EXPECT_NE(problem_with(settings).find("certificate"), std::string::npos);
}

TEST(RedisTls, RefusesACertificateForAnotherName) {
  Settings settings = secure_settings(shared().server, shared().certificates);
  settings.tls.server_name = "redis.example.com";

  const std::string problem = problem_with(settings);

  EXPECT_NE(problem.find("ostname mismatch"), std::string::npos) << problem;
}

TEST(RedisTls, RefusesACertificateForAnotherAddress) {
  Settings settings = secure_settings(shared().server, shared().certificates);
  settings.tls.server_name = "127.0.0.2";

  EXPECT_NE(problem_with(settings).find("IP address mismatch"), std::string::npos);
}

TEST(RedisTls, TrustsAnybodyOnlyIfToldTo) {
  Settings settings = secure_settings(shared().server, shared().certificates);
  settings.tls.ca_file = shared().certificates.other_ca;
  settings.tls.verifies_server = false;
  RedisWorld world(settings);
  world.connect();

  EXPECT_EQ(world.must("k", Arguments("PING")).text, "PONG");
}

TEST(RedisTls, DoesNotSpeakPlainToAServerThatExpectsTls) {
  Settings settings = secure_settings(shared().server, shared().certificates);
  settings.tls = Tls{};

  EXPECT_FALSE(problem_with(settings).empty());
}

TEST(RedisTls, DoesNotSpeakTlsToAPlainServer) {
  Settings settings = secure_settings(shared().server, shared().certificates);
  settings.addresses.front().port = shared().server.port();

  EXPECT_FALSE(problem_with(settings).empty());
}

TEST(RedisTls, ShowsItsCertificateWhereOneIsDemanded) {
  RedisServer server(support::with_tls(shared().certificates, true));
  Settings settings = secure_settings(server, shared().certificates);
  EXPECT_FALSE(problem_with(settings).empty()) << "without a certificate";

  settings.tls.certificate_file = shared().certificates.client_certificate;
  settings.tls.key_file = shared().certificates.client_key;
  RedisWorld world(settings);
  world.connect();

  EXPECT_EQ(world.must("k", Arguments("PING")).text, "PONG");
}

TEST(RedisTls, LeadsThroughACluster) {
  auto options = support::with_tls(shared().certificates);
  options.emplace_back("tls-cluster yes");
  support::RedisCluster cluster(3, 0, options);
  Settings settings = secure_settings(cluster.node(0), shared().certificates);
  settings.topology = Topology::cluster;
  RedisWorld world(settings);
  world.connect();

  std::set<Address> nodes;
  for (int i = 0; i < 30; ++i) {
    const std::string key = "key:" + std::to_string(i);
    EXPECT_EQ(world.must(key, Arguments("SET", key, i)).text, "OK");
    nodes.insert(world.client->node_of(key)->address);
  }
  const std::set<Address> expected{{"127.0.0.1", cluster.node(0).tls_port()},
                                   {"127.0.0.1", cluster.node(1).tls_port()},
                                   {"127.0.0.1", cluster.node(2).tls_port()}};
  EXPECT_EQ(nodes, expected);
}

TEST(RedisTls, NamesAFileThatCannotBeUsed) {
  Settings settings = secure_settings(shared().server, shared().certificates);
  settings.tls.ca_file = "/nonexistent/ca.pem";
  asio::io_context io;

  try {
    Client client(io, settings);
    FAIL() << "it was accepted";
  } catch (const std::runtime_error& fault) {
    EXPECT_NE(std::string(fault.what()).find("/nonexistent/ca.pem"), std::string::npos);
  }
}

}  // namespace
}  // namespace collab::redis
