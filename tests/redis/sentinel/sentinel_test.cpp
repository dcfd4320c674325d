// Three sentinels, a master and two replicas.
#include <gtest/gtest.h>

#include "redis/client.hpp"
#include "support/redis_server.hpp"
#include "support/redis_world.hpp"

namespace collab::redis {
namespace {

using std::chrono::milliseconds;
using support::RedisSentinels;
using support::RedisServer;
using support::RedisWorld;

// One set for all tests: each of them leaves it with a master and two replicas that follow it.
RedisSentinels& servers() {
  static RedisSentinels shared;
  return shared;
}

Address master_address() { return servers().node(servers().master()).address(); }

void wait_until_all_follow() {
  for (std::size_t i = 0; i < servers().size(); ++i) {
    RedisServer& node = servers().node(i);
    // Who has just been resumed is cut off by the sentinels while it becomes a replica, this question included.
    const auto says = [&](const char* name, std::string_view value) {
      try {
        return node.info(name) == value;
      } catch (const std::runtime_error&) {
        return false;
      }
    };
    support::wait_until(
        [&] {
          if (i == servers().master()) return says("connected_slaves", "2");
          return says("role", "slave") && says("master_link_status", "up");
        },
        "a master with two replicas");
  }
  for (std::size_t i = 0; i < 3; ++i)
    support::wait_until(
        [&] {
          return servers().sentinel(i).run({"INFO", "sentinel"}).text.find("status=ok") != std::string::npos;
        },
        "the sentinels are content");
}

// The sentinels may have changed their minds while nobody turned the loop: what they said then is heard only now.
void turn_until_written(RedisWorld& world, const std::string& value) {
  world.turn_until(
      [&] {
        const auto reply = world.command("k", Arguments("SET", "k", value));
        return reply && reply->text == "OK" && world.client->node_of("k")->address == master_address();
      },
      "the master takes a write");
}

TEST(RedisSentinel, LeadsToTheMaster) {
  RedisWorld world(servers().settings());
  world.connect();

  EXPECT_EQ(world.client->node_of("k")->address, master_address());
  EXPECT_EQ(world.must("k", Arguments("SET", "k", "v")).text, "OK");
}

TEST(RedisSentinel, IsFoundWhenTheFirstOnesAreAway) {
  Settings settings = servers().settings();
  settings.addresses.insert(settings.addresses.begin(), Address{"127.0.0.1", support::server_port()});
  RedisWorld world(settings);

  world.connect();

  EXPECT_EQ(world.client->node_of("k")->address, master_address());
}

TEST(RedisSentinel, SaysThatItDoesNotKnowTheName) {
  Settings settings = servers().settings();
  settings.master_name = "nobody";
  RedisWorld world(settings);
  world.client->start();

  world.turn_until([&] { return world.client->health().problem.find("no master named nobody") != std::string::npos; },
                   "it says so");
}

TEST(RedisSentinel, SwitchesTheMasterAndTheClientFollows) {
  RedisWorld world(servers().settings());
  world.connect();
  world.subscribe_with_log();
  ASSERT_TRUE(world.subscribe("c"));
  const auto before = *world.client->node_of("k");
  servers().node(servers().master()).run({"WAIT", "2", "1000"});

  ASSERT_EQ(servers().sentinel(0).run({"SENTINEL", "FAILOVER", "tests"}).text, "OK");
  world.turn_until(
      [&] {
        const auto node = world.client->node_of("k");
        return node && node->address != before.address && world.lost["c"] > 0 && world.subscriber->lost_channels() == 0;
      },
      "it has followed", milliseconds(30'000));

  EXPECT_NE(world.client->node_of("k")->replication_id, before.replication_id);
  wait_until_all_follow();
  turn_until_written(world, "after");
  world.turn_until([&] { return world.subscriber->lost_channels() == 0; }, "it is calm");
  const std::size_t heard = world.messages["c"].size();
  servers().node(servers().master()).run({"SPUBLISH", "c", "x"});
  world.turn_until([&] { return world.messages["c"].size() > heard; }, "messages come from the new master");
}

TEST(RedisSentinel, ReplacesAKilledMaster) {
  RedisWorld world(servers().settings());
  world.connect();
  world.subscribe_with_log();
  ASSERT_TRUE(world.subscribe("c"));
  world.must("kept", Arguments("SET", "kept", "v"));
  world.must("kept", Arguments("WAIT", "2", "1000"));
  const std::size_t old = servers().master();

  servers().node(old).kill();
  world.turn_until_disconnected();
  EXPECT_EQ(world.command("k", Arguments("GET", "k")).error().code, Errc::unavailable);
  world.turn_until([&] { return world.client->health().is_connected && world.lost["c"] > 0; }, "there is another one",
                   milliseconds(30'000));

  EXPECT_NE(servers().master(), old);
  EXPECT_EQ(world.must("kept", Arguments("GET", "kept")).text, "v");
  servers().node(old).start();
  wait_until_all_follow();
  turn_until_written(world, "the old one has not caught us");
}

TEST(RedisSentinel, ReplacesAMasterThatHangs) {
  RedisWorld world(servers().settings());
  world.connect();
  world.subscribe_with_log();
  ASSERT_TRUE(world.subscribe("c"));
  const std::size_t old = servers().master();

  servers().node(old).pause();
  world.turn_until(
      [&] {
        const auto node = world.client->node_of("k");
        return node && node->address != servers().node(old).address() && world.lost["c"] > 0;
      },
      "there is another one", milliseconds(30'000));
  EXPECT_EQ(world.must("k", Arguments("SET", "k", "v")).text, "OK");

  servers().node(old).resume();
  wait_until_all_follow();
  turn_until_written(world, "w");
}

}  // namespace
}  // namespace collab::redis
