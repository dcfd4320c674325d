// Sharded pub/sub on one node.
#include "redis/subscriber.hpp"

#include <gtest/gtest.h>

#include "support/fault_proxy.hpp"
#include "support/redis_server.hpp"
#include "support/redis_world.hpp"

namespace collab::redis {
namespace {

using std::chrono::milliseconds;
using support::await_on;
using support::RedisServer;
using support::RedisWorld;

std::int64_t publish(const RedisServer& server, const std::string& channel, const std::string& payload) {
  return server.run({"SPUBLISH", channel, payload}).integer;
}

Task<void> subscribe_and_count(Subscriber& subscriber, std::string channel, int& confirmed, int& refused) {
  const auto result = co_await subscriber.subscribe(channel);
  ++(result ? confirmed : refused);
}

TEST(RedisSubscriber, CompletesWhenTheServerHasConfirmed) {
  RedisServer server;
  RedisWorld world(server.settings());
  world.connect();
  world.subscribe_with_log();

  ASSERT_TRUE(world.subscribe("c"));

  EXPECT_EQ(publish(server, "c", "1"), 1);
  EXPECT_EQ(publish(server, "c", std::string("\0\r\n", 3)), 1);
  EXPECT_EQ(publish(server, "other", "x"), 0);
  world.turn_until([&] { return world.messages["c"].size() == 2; }, "both are here");
  EXPECT_EQ(world.messages["c"], (std::vector<std::string>{"1", std::string("\0\r\n", 3)}));
  EXPECT_EQ(world.subscriber->channels(), 1U);
}

TEST(RedisSubscriber, SubscribesTwiceAsOnce) {
  RedisServer server;
  RedisWorld world(server.settings());
  world.connect();
  world.subscribe_with_log();

  ASSERT_TRUE(world.subscribe("c"));
  ASSERT_TRUE(world.subscribe("c"));

  publish(server, "c", "1");
  publish(server, "c", "2");
  world.turn_until([&] { return world.events.size() == 2; }, "both are here");
  EXPECT_EQ(world.events, (std::vector<std::string>{"c=1", "c=2"}));
}

TEST(RedisSubscriber, HearsNothingAfterUnsubscribing) {
  RedisServer server;
  RedisWorld world(server.settings());
  world.connect();
  world.subscribe_with_log();
  ASSERT_TRUE(world.subscribe("c"));
  ASSERT_TRUE(world.subscribe("d"));

  publish(server, "c", "already on its way");
  world.subscriber->unsubscribe("c");
  world.turn_until(
      [&] {
        return server.run({"PUBSUB", "SHARDNUMSUB", "c"}).elements[1].integer == 0;
      },
      "the server knows");
  publish(server, "d", "x");
  world.turn_until([&] { return !world.events.empty(); }, "d is heard");

  EXPECT_EQ(world.events, std::vector<std::string>{"d=x"});
  world.subscriber->unsubscribe("never subscribed");
}

TEST(RedisSubscriber, CanSubscribeAgainInTheSameBreath) {
  RedisServer server;
  RedisWorld world(server.settings());
  world.connect();
  world.subscribe_with_log();
  int confirmed = 0, refused = 0;
  for (int i = 0; i < 3; ++i) {
    spawn(world.io, "subscribe", [&] { return subscribe_and_count(*world.subscriber, "c", confirmed, refused); });
    spawn(world.io, "unsubscribe", [&]() -> Task<void> {
      world.subscriber->unsubscribe("c");
      co_return;
    });
  }

  ASSERT_TRUE(world.subscribe("c"));

  world.turn_until([&] { return confirmed + refused == 3; }, "all are answered");
  EXPECT_EQ(refused, 3);
  EXPECT_EQ(publish(server, "c", "1"), 1);
  world.turn_until([&] { return world.events.size() == 1; }, "it is heard");
}

TEST(RedisSubscriber, SubscribesThousandsAtOnce) {
  RedisServer server;
  RedisWorld world(server.settings());
  world.connect();
  world.subscribe_with_log();
  ASSERT_TRUE(world.subscribe("first"));
  const auto reads = std::stoll(server.info("total_reads_processed"));
  int confirmed = 0, refused = 0;

  for (int i = 0; i < 20'000; ++i)
    spawn(world.io, "subscribe",
          [&, i] { return subscribe_and_count(*world.subscriber, "c" + std::to_string(i), confirmed, refused); });
  world.turn_until([&] { return confirmed + refused == 20'000; }, "all are confirmed");

  EXPECT_EQ(confirmed, 20'000);
  EXPECT_LT(std::stoll(server.info("total_reads_processed")) - reads, 400) << "they travel together";
  EXPECT_EQ(publish(server, "c19999", "x"), 1);
}

TEST(RedisSubscriber, AnswersUnavailableWhileTheServerIsAway) {
  RedisServer server;
  RedisWorld world(server.settings());
  world.connect();
  world.subscribe_with_log();
  server.kill();

  const auto result = world.subscribe("c");

  EXPECT_EQ(result.error().code, Errc::unavailable);
  EXPECT_EQ(world.subscriber->channels(), 0U);
}

TEST(RedisSubscriber, RestoresEverythingAfterTheServerWasKilledAndNamesIt) {
  RedisServer server;
  RedisWorld world(server.settings());
  world.connect();
  world.subscribe_with_log();
  for (const char* channel : {"a", "b", "c"}) ASSERT_TRUE(world.subscribe(channel));
  publish(server, "a", "before");
  world.turn_until([&] { return world.events.size() == 1; }, "it is heard");

  server.kill();
  world.turn_until([&] { return world.subscriber->lost_channels() == 3; }, "the loss is noticed");
  EXPECT_FALSE(world.subscriber->health().is_connected);
  EXPECT_FALSE(world.subscriber->health().problem.empty());
  server.start();
  world.turn_until([&] { return world.lost.size() == 3; }, "all are restored");

  EXPECT_EQ(world.subscriber->lost_channels(), 0U);
  EXPECT_TRUE(world.subscriber->health().is_connected);
  EXPECT_EQ(publish(server, "a", "after"), 1);
  world.turn_until([&] { return world.messages["a"].size() == 2; }, "it is heard");
  for (const char* channel : {"a", "b", "c"}) EXPECT_EQ(world.lost[channel], 1) << channel;
}

TEST(RedisSubscriber, TellsOfALossBeforeTheFirstMessageThatComesAfterIt) {
  RedisServer server;
  support::FaultProxy proxy(server.port());
  Settings settings = server.settings();
  settings.addresses.front().port = proxy.port();
  RedisWorld world(settings);
  world.connect();
  world.subscribe_with_log();
  ASSERT_TRUE(world.subscribe("c"));
  std::atomic<bool> stops{false};
  std::thread publisher([&server, &stops] {
    for (int i = 0; !stops; ++i) publish(server, "c", std::to_string(i));
  });

  for (int cut = 1; cut <= 10; ++cut) {
    const std::size_t heard = world.messages["c"].size();
    world.turn_until([&] { return world.messages["c"].size() > heard + 20; }, "messages flow");
    proxy.cut();
    world.turn_until([&] { return world.lost["c"] == cut; }, "it is restored");
  }
  stops = true;
  publisher.join();

  int last = -1, gaps = 0;
  bool was_lost = false;
  for (const std::string& event : world.events) {
    if (event == "c lost") {
      was_lost = true;
      continue;
    }
    const int number = std::stoi(event.substr(2));
    EXPECT_GT(number, last) << "never again, never back";
    if (number != last + 1 && last >= 0) {
      EXPECT_TRUE(was_lost) << "a gap that nobody told of: " << last << " to " << number;
      ++gaps;
    }
    was_lost = false;
    last = number;
  }
  EXPECT_GT(gaps, 0) << "the publisher did not stop meanwhile";
}

TEST(RedisSubscriber, NoticesASilentServerByItself) {
  RedisServer server;
  Settings settings = server.settings();
  settings.keepalive = milliseconds(100);
  settings.command_deadline = milliseconds(300);
  RedisWorld world(settings);
  world.connect();
  world.subscribe_with_log();
  ASSERT_TRUE(world.subscribe("c"));

  server.pause();
  world.turn_until([&] { return world.subscriber->lost_channels() == 1; }, "it is noticed", milliseconds(2'000));
  server.resume();

  world.turn_until([&] { return world.lost["c"] == 1; }, "it is restored");
}

TEST(RedisSubscriber, GivesUpASubscriptionThatIsNotConfirmed) {
  RedisServer server;
  Settings settings = server.settings();
  settings.command_deadline = milliseconds(200);
  settings.keepalive = milliseconds(60'000);
  RedisWorld world(settings);
  world.connect();
  world.subscribe_with_log();
  ASSERT_TRUE(world.subscribe("a"));
  server.pause();

  const auto result = world.subscribe("b");

  EXPECT_EQ(result.error().code, Errc::unavailable);
  EXPECT_EQ(world.subscriber->channels(), 1U) << "a is to be restored, b is forgotten";
  server.resume();
  world.turn_until([&] { return world.lost["a"] == 1; }, "a is restored");
}

TEST(RedisSubscriber, SaysThatAUserMayNotSubscribe) {
  RedisServer server({"user default on nopass ~* resetchannels &allowed* +@all"});
  RedisWorld world(server.settings());
  world.connect();
  world.subscribe_with_log();

  EXPECT_FALSE(world.subscribe("forbidden"));
  EXPECT_TRUE(world.subscribe("allowed-1"));
  EXPECT_EQ(world.subscriber->channels(), 1U);
}

TEST(RedisSubscriber, CanBeDestroyedWhileItSubscribes) {
  RedisServer server;
  asio::io_context io;
  int confirmed = 0, refused = 0;
  {
    Client client(io, server.settings());
    client.start();
    const auto connected = await_on(io, client.connected(RedisWorld::patience));
    ASSERT_TRUE(connected);
    Subscriber subscriber(client);
    const auto first = await_on(io, subscriber.subscribe("first"));
    ASSERT_TRUE(first);
    server.pause();
    for (int i = 0; i < 10; ++i)
      spawn(io, "subscribe",
            [&, i] { return subscribe_and_count(subscriber, "c" + std::to_string(i), confirmed, refused); });
    io.restart();
    io.poll();
  }
  io.restart();
  io.run();

  EXPECT_EQ(confirmed + refused, 0);
}

}  // namespace
}  // namespace collab::redis
