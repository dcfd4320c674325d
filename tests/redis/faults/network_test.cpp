// A network that cuts, delays, slices and falls silent.
#include <gtest/gtest.h>

#include "redis/client.hpp"
#include "support/fault_proxy.hpp"
#include "support/redis_server.hpp"
#include "support/redis_world.hpp"

namespace collab::redis {
namespace {

using std::chrono::milliseconds;
using support::FaultProxy;
using support::RedisServer;
using support::RedisWorld;
using Clock = std::chrono::steady_clock;

// A server behind a proxy; what a client wrote through it can be looked at from outside.
class RedisNetwork : public testing::Test {
 protected:
  static RedisServer& server() {
    static RedisServer shared;
    return shared;
  }
  Settings settings() const {
    Settings through = server().settings();
    through.addresses.front().port = proxy.port();
    return through;
  }
  void SetUp() override { server().run({"FLUSHALL"}); }

  FaultProxy proxy{server().port()};
};

struct Outcomes {
  int done = 0, ok = 0, unknown = 0, refused = 0, out_of_order = 0;
  std::int64_t last = 0;
};

Task<void> push(Client& client, int number, Outcomes& outcomes) {
  const auto reply = co_await client.command("log", Arguments("RPUSH", "log", number));
  ++outcomes.done;
  if (reply) {
    ++outcomes.ok;
    outcomes.out_of_order += reply->integer <= outcomes.last;
    outcomes.last = reply->integer;
  } else {
    ++(reply.error().is_outcome_unknown ? outcomes.unknown : outcomes.refused);
  }
}

TEST_F(RedisNetwork, SlicesRepliesAtEveryByte) {
  proxy.slice(1);
  RedisWorld world(settings());
  world.connect();

  world.must("k", Arguments("SET", "k", std::string(1'000, 'x')));
  EXPECT_EQ(world.must("k", Arguments("GET", "k")).text, std::string(1'000, 'x'));
  world.must("l", Arguments("RPUSH", "l", 1, "two", ""));
  EXPECT_EQ(world.must("l", Arguments("LRANGE", "l", 0, -1)).elements.size(), 3U);
}

TEST_F(RedisNetwork, DelaysWithoutLosingTheOrder) {
  proxy.delay(milliseconds(20));
  RedisWorld world(settings());
  world.connect();
  Outcomes outcomes;

  for (int i = 0; i < 200; ++i) spawn(world.io, "push", [&, i] { return push(*world.client, i, outcomes); });
  world.turn_until([&] { return outcomes.done == 200; }, "all have replies");

  EXPECT_EQ(outcomes.ok, 200);
  EXPECT_EQ(outcomes.out_of_order, 0);
}

TEST_F(RedisNetwork, CutsConnectionsUnderLoadAndNothingThatWasConfirmedIsLost) {
  proxy.delay(milliseconds(3));
  RedisWorld world(settings());
  world.connect();
  Outcomes outcomes;
  int issued = 0;

  for (int cut = 1; cut <= 20; ++cut) {
    world.turn_until_connected();
    for (int i = 0; i < 100; ++i) {
      ++issued;
      spawn(world.io, "push", [&, number = issued] { return push(*world.client, number, outcomes); });
    }
    if (cut % 3 > 0) world.io.poll();  // now they are written, else not yet
    if (cut % 3 > 1) world.turn_until([&] { return outcomes.done == issued; }, "they are done");
    proxy.cut();
    world.turn_until([&] { return outcomes.done == issued; }, "all have an answer");
    world.turn_until([&] { return world.counters().losses.value() >= static_cast<unsigned>(cut); }, "it is noticed");
  }
  world.turn_until_connected();

  const auto written = world.must("log", Arguments("LRANGE", "log", 0, -1));
  std::map<std::string, int> times;
  for (const Reply& number : written.elements) ++times[number.text];
  for (const auto& [number, count] : times) EXPECT_EQ(count, 1) << number << " was repeated";
  const int executed = static_cast<int>(times.size());
  EXPECT_GE(executed, outcomes.ok);
  EXPECT_LE(executed, outcomes.ok + outcomes.unknown) << "what was refused was executed";
  EXPECT_GE(outcomes.ok, 600);
  EXPECT_GT(outcomes.unknown, 0);
  EXPECT_GT(outcomes.refused, 0);
  std::printf("ok %d, unknown %d, refused %d, executed %d\n", outcomes.ok, outcomes.unknown, outcomes.refused,
              executed);
}

TEST_F(RedisNetwork, CutsInTheMiddleOfAReply) {
  RedisWorld world(settings());
  world.connect();
  world.must("k", Arguments("SET", "k", std::string(1'000, 'x')));

  proxy.cut_after(500);
  const auto reply = world.command("k", Arguments("GET", "k"));

  EXPECT_EQ(reply.error().code, Errc::unavailable);
  EXPECT_TRUE(reply.error().is_outcome_unknown);
  proxy.cut_after(0);
  world.turn_until_connected();
  EXPECT_EQ(world.must("k", Arguments("GET", "k")).text.size(), 1'000U);
}

TEST_F(RedisNetwork, CutsTheGreetingAnywhere) {
  int failures = 0, successes = 0;
  for (std::size_t bytes = 1; successes < 5; ++bytes) {
    proxy.cut_after(bytes);
    const int accepted = proxy.accepted();
    RedisWorld world(settings());
    world.client->start();
    world.turn_until([&] { return proxy.accepted() >= accepted + 2 || world.client->health().is_connected; },
                     "it tries");
    ++(world.client->health().is_connected ? successes : failures);
    proxy.cut_after(0);
    proxy.cut();
    world.turn_until([&] { return world.command("k", Arguments("PING")).has_value(); },
                     "it is back after a cut behind " + std::to_string(bytes) + " bytes");
  }
  EXPECT_GT(failures, 100) << "a greeting is longer than that";
}

TEST_F(RedisNetwork, FallsSilentAndTheDeadlineEndsIt) {
  Settings impatient = settings();
  impatient.command_deadline = milliseconds(300);
  impatient.connect_deadline = milliseconds(300);
  RedisWorld world(impatient);
  world.connect();
  proxy.hold(true);

  const auto begin = Clock::now();
  const auto reply = world.command("k", Arguments("GET", "k"));

  EXPECT_TRUE(reply.error().is_outcome_unknown);
  EXPECT_LT(Clock::now() - begin, milliseconds(2'000));
  world.turn_until(
      [&] { return world.client->health().problem.find("no connection within 300 ms") != std::string::npos; },
      "an attempt to connect has ended as well");
  EXPECT_FALSE(world.command("k", Arguments("GET", "k")).error().is_outcome_unknown);
  proxy.hold(false);
  world.turn_until_connected();
}

TEST_F(RedisNetwork, RefusesAndTheClientTriesAgainWithPauses) {
  proxy.refuse(true);
  Settings steady = settings();
  steady.backoff_first = milliseconds(20);
  steady.backoff_limit = milliseconds(100);
  RedisWorld world(steady);
  world.client->start();
  const auto begin = Clock::now();
  world.turn_until([&] { return proxy.accepted() >= 10; }, "it has tried often");
  EXPECT_GE(Clock::now() - begin, milliseconds(50)) << "not in a tight loop";

  proxy.refuse(false);
  world.turn_until_connected();
  EXPECT_EQ(world.counters().losses.value(), 0U);
}

TEST_F(RedisNetwork, LeadsToASentinelInsteadOfARedis) {
  RedisServer sentinel(RedisServer::Sentinel{}, {});
  Settings wrong = server().settings();
  wrong.addresses.front().port = sentinel.port();
  RedisWorld world(wrong);

  EXPECT_NE(world.first_problem().find("is it a sentinel?"), std::string::npos) << world.client->health().problem;
}

}  // namespace
}  // namespace collab::redis
