// A cluster of three masters with a replica each.
#include <gtest/gtest.h>

#include <set>

#include "redis/client.hpp"
#include "redis/slots.hpp"
#include "support/redis_server.hpp"
#include "support/redis_world.hpp"

namespace collab::redis {
namespace {

using std::chrono::milliseconds;
using support::await_on;
using support::RedisCluster;
using support::RedisServer;
using support::RedisWorld;

RedisCluster& cluster() {
  static RedisCluster shared;
  return shared;
}

// A tag whose slot the node with this index serves now, different for each call.
std::string tag_of(std::size_t owner) {
  static int number = 0;
  for (;;) {
    std::string tag = "{t" + std::to_string(number++) + "}";
    if (cluster().owner_of(slot_of(tag)) == owner) return tag;
  }
}

std::size_t another_master(std::size_t than) {
  std::set<std::size_t> owners;
  for (unsigned slot = 0; slot < slot_count; slot += 100) owners.insert(cluster().owner_of(slot));
  for (const std::size_t owner : owners)
    if (owner != than) return owner;
  throw std::runtime_error("there is only one master");
}

// A slot on its way between two masters, and the keys in it.
struct Moving {
  std::string tag = tag_of(cluster().owner_of(0));
  unsigned slot = slot_of(tag);
  std::size_t from = cluster().owner_of(slot), to = another_master(from);

  std::string key(int number) const { return tag + std::to_string(number); }
};

TEST(RedisCluster, ComputesTheSlotsThatTheServersCompute) {
  std::vector<std::string> keys{"", "a", "123456789", "{user}.x", "x{user}", "{}x", "{", "}", "{{a}}", "a{b}{c}"};
  for (int i = 0; i < 500; ++i) keys.push_back("collab:{" + std::to_string(i % 64) + "}:list:" + std::to_string(i));
  keys.emplace_back("\0\xff\xfe{\x01}", 6);
  for (const std::string& key : keys)
    EXPECT_EQ(cluster().node(0).run({"CLUSTER", "KEYSLOT", key}).integer, slot_of(key)) << key;
}

TEST(RedisCluster, ServesKeysOfEverySlot) {
  RedisWorld world(cluster().settings());
  world.connect();

  for (int i = 0; i < 200; ++i) {
    const std::string key = "every:" + std::to_string(i);
    EXPECT_EQ(world.must(key, Arguments("SET", key, i)).text, "OK");
    EXPECT_EQ(world.must(key, Arguments("GET", key)).text, std::to_string(i));
  }
  EXPECT_EQ(world.counters().moved.value(), 0U) << "the map was right";
  EXPECT_EQ(world.client->nodes().size(), 3U);
}

TEST(RedisCluster, IsFoundFromOneSeed) {
  Settings settings = cluster().settings();
  settings.addresses = {Address{"127.0.0.1", support::server_port()}, cluster().node(4).address()};
  RedisWorld world(settings);

  world.connect();

  EXPECT_EQ(world.client->nodes().size(), 3U);
}

TEST(RedisCluster, SaysThatAServerIsNone) {
  RedisServer alone;
  Settings settings = alone.settings();
  settings.topology = Topology::cluster;
  RedisWorld world(settings);
  world.client->start();

  world.turn_until([&] { return world.client->health().problem.find("cluster support disabled") != std::string::npos; },
                   "it says so");
  EXPECT_FALSE(world.command("k", Arguments("GET", "k")));
}

TEST(RedisCluster, FollowsMovedAndLearnsIt) {
  RedisWorld world(cluster().settings());
  world.connect();
  const Moving moving;
  cluster().begin_migration(moving.slot, moving.from, moving.to);
  cluster().end_migration(moving.slot, moving.to);

  EXPECT_EQ(world.must(moving.key(1), Arguments("SET", moving.key(1), "v")).text, "OK");
  EXPECT_EQ(world.must(moving.key(1), Arguments("GET", moving.key(1))).text, "v");

  EXPECT_EQ(world.counters().moved.value(), 1U);
  EXPECT_EQ(world.client->node_of(moving.key(1))->address, cluster().node(moving.to).address());
}

TEST(RedisCluster, FollowsAskOnlyForTheKeysThatHaveLeft) {
  RedisWorld world(cluster().settings());
  world.connect();
  const Moving moving;
  world.must(moving.key(1), Arguments("SET", moving.key(1), "stays"));
  cluster().begin_migration(moving.slot, moving.from, moving.to);

  EXPECT_EQ(world.must(moving.key(1), Arguments("GET", moving.key(1))).text, "stays");
  EXPECT_EQ(world.counters().asked.value(), 0U);
  EXPECT_EQ(world.must(moving.key(2), Arguments("SET", moving.key(2), "there")).text, "OK");
  EXPECT_EQ(world.counters().asked.value(), 1U);
  EXPECT_EQ(world.must(moving.key(2), Arguments("GET", moving.key(2))).text, "there");

  cluster().migrate_keys(moving.slot, moving.from, moving.to);
  cluster().end_migration(moving.slot, moving.to);
  EXPECT_EQ(world.must(moving.key(1), Arguments("GET", moving.key(1))).text, "stays");
}

TEST(RedisCluster, AsksWithTheTextWhenTheTargetDoesNotKnowTheScript) {
  RedisWorld world(cluster().settings());
  world.connect();
  const Moving moving;
  const Script script("return redis.call('INCRBY', KEYS[1], ARGV[1])");
  for (std::size_t i = 0; i < cluster().size(); ++i) cluster().node(i).run({"SCRIPT", "FLUSH"});
  cluster().begin_migration(moving.slot, moving.from, moving.to);

  const auto first = await_on(world.io, world.client->evaluate(script, Arguments(moving.key(1)), Arguments(3)));
  const auto second = await_on(world.io, world.client->evaluate(script, Arguments(moving.key(1)), Arguments(4)));

  EXPECT_EQ(first->integer, 3);
  EXPECT_EQ(second->integer, 7);
  EXPECT_EQ(world.counters().asked.value(), 2U);
  EXPECT_GE(world.counters().no_scripts.value(), 1U);
  cluster().migrate_keys(moving.slot, moving.from, moving.to);
  cluster().end_migration(moving.slot, moving.to);
}

TEST(RedisCluster, TriesAgainWhileKeysAreApart) {
  RedisWorld world(cluster().settings());
  world.connect();
  const Moving moving;
  world.must(moving.key(1), Arguments("SET", moving.key(1), "a"));
  cluster().begin_migration(moving.slot, moving.from, moving.to);
  Result<Reply> both = Reply{};
  bool is_done = false;
  spawn(world.io, "both", [&]() -> Task<void> {
    both = co_await world.client->command(moving.tag, Arguments("MSET", moving.key(1), "x", moving.key(2), "y"));
    is_done = true;
  });
  world.turn_until([&] { return world.counters().try_agains.value() >= 3; }, "it has tried several times");
  EXPECT_FALSE(is_done);

  cluster().migrate_keys(moving.slot, moving.from, moving.to);
  cluster().end_migration(moving.slot, moving.to);
  world.turn_until([&] { return is_done; }, "it succeeds");

  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(both->text, "OK");
}

TEST(RedisCluster, GivesUpTryingAgainAtItsDeadline) {
  Settings settings = cluster().settings();
  settings.command_deadline = milliseconds(300);
  RedisWorld world(settings);
  world.connect();
  const Moving moving;
  world.must(moving.key(1), Arguments("SET", moving.key(1), "a"));
  cluster().begin_migration(moving.slot, moving.from, moving.to);

  const auto both = world.command(moving.tag, Arguments("MSET", moving.key(1), "x", moving.key(2), "y"));

  EXPECT_EQ(both.error().code, Errc::unavailable);
  EXPECT_FALSE(both.error().is_outcome_unknown);
  cluster().migrate_keys(moving.slot, moving.from, moving.to);
  cluster().end_migration(moving.slot, moving.to);
}

TEST(RedisCluster, ReportsKeysOfTwoSlotsAsTheFaultThatTheyAre) {
  RedisWorld world(cluster().settings());
  world.connect();

  const auto reply = world.command("{a}", Arguments("MSET", "{a}", 1, "{b}", 2));

  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->is_error("CROSSSLOT"));
}

struct Load {
  std::map<std::string, int> acknowledged;
  int refused = 0, unknown = 0;
  bool is_over = false;
  int running = 0;
};

// Counts keys of one tag up, one after the other, by a script with two of them.
Task<void> count_up(Client& client, const Script& script, std::string tag, int lane, Load& load) {
  while (!load.is_over) {
    const std::string first = tag + "a" + std::to_string(lane), second = tag + "b" + std::to_string(lane);
    const auto reply = co_await client.evaluate(script, Arguments(first, second), Arguments());
    if (reply && reply->is_integer())
      ++load.acknowledged[first];
    else
      ++(reply || !reply.error().is_outcome_unknown ? load.refused : load.unknown);
    co_await asio::post(asio::use_awaitable);  // a refusal comes at once; others want a turn
  }
  --load.running;
}

TEST(RedisCluster, MovesSlotsUnderLoadAndCountsEveryCommandOnce) {
  Settings settings = cluster().settings();
  settings.command_deadline = milliseconds(5'000);
  RedisWorld world(settings);
  world.connect();
  const Script script("redis.call('INCR', KEYS[1]) return redis.call('INCR', KEYS[2])");
  const Moving moving;
  Load load;
  for (int lane = 0; lane < 20; ++lane) {
    ++load.running;
    spawn(world.io, "load", [&, lane] { return count_up(*world.client, script, moving.tag, lane, load); });
  }

  std::size_t from = moving.from, to = moving.to;
  for (int round = 0; round < 10; ++round) {
    const auto acknowledged = [&] {
      int sum = 0;
      for (const auto& [key, count] : load.acknowledged) sum += count;
      return sum;
    };
    const int before = acknowledged();
    world.turn_until([&] { return acknowledged() > before + 200; }, "the load flows");
    cluster().begin_migration(moving.slot, from, to);
    cluster().migrate_keys(moving.slot, from, to, 7);  // an odd number, so that pairs are torn apart
    const auto try_agains = world.counters().try_agains.value();
    world.turn_until([&] { return world.counters().try_agains.value() > try_agains; }, "pairs are apart");
    const auto asked = world.counters().asked.value();
    cluster().migrate_keys(moving.slot, from, to, 20);
    world.turn_until([&] { return world.counters().asked.value() > asked; }, "some keys have left");
    cluster().migrate_keys(moving.slot, from, to);
    const auto moved = world.counters().moved.value();
    cluster().end_migration(moving.slot, to);
    world.turn_until([&] { return world.counters().moved.value() > moved; }, "the slot has left");
    std::swap(from, to);
  }
  load.is_over = true;
  world.turn_until([&] { return load.running == 0; }, "the load ends");

  EXPECT_EQ(load.unknown, 0);
  EXPECT_EQ(load.refused, 0);
  for (int lane = 0; lane < 20; ++lane) {
    const std::string first = moving.tag + "a" + std::to_string(lane), second = moving.tag + "b" + std::to_string(lane);
    EXPECT_EQ(world.must(first, Arguments("GET", first)).text, std::to_string(load.acknowledged[first]));
    EXPECT_EQ(world.must(second, Arguments("GET", second)).text, std::to_string(load.acknowledged[first]));
  }
  std::printf("MOVED %llu, ASK %llu, TRYAGAIN %llu, NOSCRIPT %llu, maps %llu\n",
              static_cast<unsigned long long>(world.counters().moved.value()),
              static_cast<unsigned long long>(world.counters().asked.value()),
              static_cast<unsigned long long>(world.counters().try_agains.value()),
              static_cast<unsigned long long>(world.counters().no_scripts.value()),
              static_cast<unsigned long long>(world.counters().map_refreshes.value()));
}

TEST(RedisCluster, ConfirmsSubscriptionsOnTheRightNodes) {
  RedisWorld world(cluster().settings());
  world.connect();
  world.subscribe_with_log();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(world.subscribe("channel:" + std::to_string(i)));

  for (int i = 0; i < 30; ++i) {
    const std::string channel = "channel:" + std::to_string(i);
    EXPECT_EQ(world.must(channel, Arguments("SPUBLISH", channel, "x")).integer, 1);
  }

  world.turn_until([&] { return world.events.size() == 30; }, "all are heard");
  EXPECT_EQ(world.counters().moved.value(), 0U);
}

TEST(RedisCluster, SubscriptionsFollowTheirSlotAndSaySo) {
  RedisWorld world(cluster().settings());
  world.connect();
  world.subscribe_with_log();
  const Moving moving;
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(world.subscribe(moving.key(i)));
  const std::string stays = tag_of(moving.from);
  ASSERT_TRUE(world.subscribe(stays));

  cluster().begin_migration(moving.slot, moving.from, moving.to);
  EXPECT_EQ(world.must(moving.key(0), Arguments("SPUBLISH", moving.key(0), "during")).integer, 1);
  cluster().end_migration(moving.slot, moving.to);
  world.turn_until([&] { return world.lost.size() == 50; }, "all are restored");

  EXPECT_EQ(world.subscriber->lost_channels(), 0U);
  EXPECT_EQ(world.lost.count(stays), 0U);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(world.lost[moving.key(i)], 1);
    EXPECT_EQ(world.must(moving.key(i), Arguments("SPUBLISH", moving.key(i), "after")).integer, 1);
  }
  EXPECT_EQ(world.must(stays, Arguments("SPUBLISH", stays, "x")).integer, 1);
  world.turn_until([&] { return world.messages[moving.key(49)].size() == 1 && world.messages[stays].size() == 1; },
                   "all are heard");
  EXPECT_EQ(world.messages[moving.key(0)], (std::vector<std::string>{"during", "after"}));
}

TEST(RedisCluster, SubscribesWithAMapThatIsOutOfDate) {
  RedisWorld world(cluster().settings());
  world.connect();
  const Moving moving;
  cluster().begin_migration(moving.slot, moving.from, moving.to);
  cluster().end_migration(moving.slot, moving.to);
  world.subscribe_with_log();

  ASSERT_TRUE(world.subscribe(moving.tag));

  EXPECT_EQ(world.counters().moved.value(), 1U);
  EXPECT_EQ(cluster().node(moving.to).run({"SPUBLISH", moving.tag, "x"}).integer, 1);
  world.turn_until([&] { return world.events.size() == 1; }, "it is heard");
}

std::size_t count_of(std::string_view word, std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++count;
  return count;
}

void wait_until_whole() {
  for (std::size_t i = 0; i < cluster().size(); ++i) {
    RedisServer& node = cluster().node(i);
    support::wait_until(
        [&] {
          const std::string info = node.run({"CLUSTER", "INFO"}).text;
          const bool is_ok = info.find("cluster_state:ok") != std::string::npos;
          return is_ok && (node.info("role") == "master" ? node.info("connected_slaves") == "1"
                                                         : node.info("master_link_status") == "up");
        },
        "the cluster is whole");
    support::wait_until(
        [&] {
          const std::string nodes = node.run({"CLUSTER", "NODES"}).text;
          return nodes.find("fail") == std::string::npos && count_of("slave ", nodes) == 3;
        },
        "everybody knows who is whose replica, and nobody fails");
  }
}

TEST(RedisCluster, FailsOverWhenAMasterIsKilled) {
  wait_until_whole();
  RedisWorld world(cluster().settings());
  world.connect();
  world.subscribe_with_log();
  const std::size_t old = cluster().owner_of(0);
  const std::string tag = tag_of(old), other = tag_of(another_master(old));
  ASSERT_TRUE(world.subscribe(tag));
  ASSERT_TRUE(world.subscribe(other));
  const auto before = world.client->node_of(tag)->replication_id;
  world.must(tag, Arguments("SET", tag, "kept"));
  await_on(world.io, world.client->command(tag, Arguments("WAIT", "1", "1000")));

  cluster().node(old).kill();
  world.turn_until_disconnected();
  EXPECT_EQ(world.must(other, Arguments("SET", other, "x")).text, "OK") << "the other masters go on";
  world.turn_until([&] { return world.client->health().is_connected && world.lost[tag] > 0; }, "the replica took over",
                   milliseconds(30'000));

  EXPECT_EQ(world.must(tag, Arguments("GET", tag)).text, "kept");
  EXPECT_NE(world.client->node_of(tag)->replication_id, before);
  EXPECT_EQ(world.must(tag, Arguments("SPUBLISH", tag, "x")).integer, 1);
  world.turn_until([&] { return world.messages[tag].size() == 1; }, "it is heard");
  EXPECT_EQ(world.lost[other], 0);
  cluster().node(old).start();
  wait_until_whole();
}

TEST(RedisCluster, FailsOverWhenAMasterHangs) {
  wait_until_whole();
  RedisWorld world(cluster().settings());
  world.connect();
  world.subscribe_with_log();
  const std::size_t old = cluster().owner_of(0);
  const std::string tag = tag_of(old);
  ASSERT_TRUE(world.subscribe(tag));

  cluster().node(old).pause();
  world.turn_until(
      [&] {
        const auto node = world.client->node_of(tag);
        return node && node->address != cluster().node(old).address() && world.lost[tag] > 0 &&
               world.client->health().is_connected;
      },
      "the replica took over", milliseconds(40'000));
  EXPECT_EQ(world.must(tag, Arguments("SET", tag, "new")).text, "OK");

  cluster().node(old).resume();
  wait_until_whole();
  EXPECT_EQ(world.must(tag, Arguments("GET", tag)).text, "new");
  EXPECT_EQ(world.must(tag, Arguments("SPUBLISH", tag, "x")).integer, 1);
  world.turn_until([&] { return !world.messages[tag].empty(); }, "it is heard");
}

TEST(RedisCluster, FailsOverByHandWithoutLosingAnything) {
  wait_until_whole();
  RedisWorld world(cluster().settings());
  world.connect();
  const std::size_t old = cluster().owner_of(0);
  const std::string tag = tag_of(old);
  std::size_t replica = 0;
  while (cluster().node(replica).info("master_port") != std::to_string(cluster().node(old).port())) ++replica;
  Load load;
  const Script script("redis.call('INCR', KEYS[1]) return redis.call('INCR', KEYS[2])");
  ++load.running;
  spawn(world.io, "load", [&] { return count_up(*world.client, script, tag, 0, load); });
  world.turn_until([&] { return load.acknowledged[tag + "a0"] > 20; }, "the load flows");

  ASSERT_EQ(cluster().node(replica).run({"CLUSTER", "FAILOVER"}).text, "OK");
  world.turn_until(
      [&] {
        const auto node = world.client->node_of(tag);
        return node && node->address == cluster().node(replica).address();
      },
      "the client has followed", milliseconds(10'000));
  ASSERT_EQ(cluster().node(replica).info("role"), "master");
  const int so_far = load.acknowledged[tag + "a0"];
  world.turn_until([&] { return load.acknowledged[tag + "a0"] > so_far + 20; }, "the load flows");
  load.is_over = true;
  world.turn_until([&] { return load.running == 0; }, "the load ends");

  const auto counted = std::stoi(world.must(tag, Arguments("GET", tag + "a0")).text);
  EXPECT_GE(counted, load.acknowledged[tag + "a0"]);
  EXPECT_LE(counted, load.acknowledged[tag + "a0"] + load.unknown);
  wait_until_whole();
}

}  // namespace
}  // namespace collab::redis
