// One node: commands, scripts, what happens when it goes and comes back.
#include "redis/client.hpp"

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
using Clock = std::chrono::steady_clock;

// One server for all tests of this binary that do not harm it.
RedisServer& shared_server() {
  static RedisServer server;
  return server;
}

// Counts how many replies have come and whether they came in order.
struct Tally {
  int done = 0, in_order = 0, unavailable = 0, unknown = 0;

  void note(const Result<Reply>& reply, int expected) {
    if (!reply) {
      unavailable += reply.error().code == Errc::unavailable;
      unknown += reply.error().is_outcome_unknown;
    } else if (reply->integer == expected) {
      in_order += done == expected - 1;
    }
    ++done;
  }
};

Task<void> increment(Client& client, std::string key, int expected, Tally& tally) {
  const auto reply = co_await client.command(key, Arguments("INCR", key));
  tally.note(reply, expected);
}

void start_increments(RedisWorld& world, const std::string& key, int count, Tally& tally) {
  for (int i = 1; i <= count; ++i)
    spawn(world.io, "increment", [&world, key, i, &tally] { return increment(*world.client, key, i, tally); });
}

TEST(RedisClient, AnswersCommands) {
  RedisWorld world(shared_server().settings());
  world.connect();

  EXPECT_EQ(world.must("a", Arguments("SET", "a", std::string("\0\r\n", 3))).text, "OK");
  EXPECT_EQ(world.must("a", Arguments("GET", "a")).text, std::string("\0\r\n", 3));
  EXPECT_TRUE(world.must("none", Arguments("GET", "none")).is_nil());
  EXPECT_EQ(world.must("l", Arguments("RPUSH", "l", 1, 2, 3)).integer, 3);
  EXPECT_EQ(world.must("l", Arguments("LRANGE", "l", 0, -1)).elements.size(), 3U);
  const auto wrong = world.command("l", Arguments("GET", "l"));
  ASSERT_TRUE(wrong);
  EXPECT_TRUE(wrong->is_error("WRONGTYPE"));
}

TEST(RedisClient, TellsItsNodeAndItsHealth) {
  RedisWorld world(shared_server().settings());
  EXPECT_FALSE(world.client->health().is_connected);
  EXPECT_FALSE(world.client->node_of("a"));
  world.connect();

  const auto node = world.client->node_of("a");
  ASSERT_TRUE(node);
  EXPECT_EQ(node->address, shared_server().address());
  EXPECT_EQ(node->replication_id, shared_server().info("master_replid"));
  EXPECT_TRUE(world.client->health().is_connected);
  EXPECT_TRUE(world.client->health().round_trip);
  EXPECT_EQ(world.client->health().node, to_string(shared_server().address()));
  EXPECT_EQ(world.client->nodes().size(), 1U);
}

TEST(RedisClient, AnswersAThousandCommandsOfOneTurnInTheirOrder) {
  RedisWorld world(shared_server().settings());
  world.connect();
  Tally tally;

  start_increments(world, "in-order", 1'000, tally);
  world.turn_until([&] { return tally.done == 1'000; }, "all have replies");

  EXPECT_EQ(tally.in_order, 1'000);
  EXPECT_EQ(world.must("in-order", Arguments("GET", "in-order")).text, "1000");
}

TEST(RedisClient, SendsTheCommandsOfOneTurnInOneWrite) {
  RedisWorld world(shared_server().settings());
  world.connect();
  const auto reads_before = std::stoll(shared_server().info("total_reads_processed"));
  Tally tally;

  start_increments(world, "one-write", 100, tally);
  world.turn_until([&] { return tally.done == 100; }, "all have replies");

  // One for the batch, and one for each of our two questions to the server.
  EXPECT_LE(std::stoll(shared_server().info("total_reads_processed")) - reads_before, 4);
}

TEST(RedisClient, RefusesMoreInFlightThanItsBound) {
  Settings settings = shared_server().settings();
  settings.max_in_flight = 50;
  RedisWorld world(settings);
  world.connect();
  Tally tally;

  start_increments(world, "bound", 60, tally);
  world.turn_until([&] { return tally.done == 60; }, "all have replies");

  EXPECT_EQ(tally.unavailable, 10);
  EXPECT_EQ(tally.unknown, 0);
  EXPECT_EQ(world.must("bound", Arguments("GET", "bound")).text, "50");
  EXPECT_EQ(world.counters().refused.value(), 10U);
}

TEST(RedisClient, SpeaksThroughAUnixSocket) {
  Settings settings = shared_server().settings();
  settings.addresses.front() = Address{"", 0, shared_server().socket_path()};
  RedisWorld world(settings);
  world.connect();

  EXPECT_EQ(world.must("u", Arguments("SET", "u", "1")).text, "OK");
}

TEST(RedisClient, ResolvesNames) {
  Settings settings = shared_server().settings();
  settings.addresses.front().host = "localhost";
  RedisWorld world(settings);
  world.connect();

  EXPECT_EQ(world.must("n", Arguments("PING")).text, "PONG");
}

TEST(RedisClient, SelectsItsDatabase) {
  Settings settings = shared_server().settings();
  settings.database = 3;
  RedisWorld world(settings);
  world.connect();

  world.must("k", Arguments("SET", "only-in-3", "x"));

  EXPECT_TRUE(shared_server().run({"GET", "only-in-3"}).is_nil());
}

TEST(RedisClient, ShowsItsNameToTheServer) {
  Settings settings = shared_server().settings();
  settings.client_name = "shows-its-name";
  RedisWorld world(settings);
  world.connect();
  world.must("", Arguments("PING"));

  EXPECT_EQ(shared_server().clients_named("shows-its-name"), 1);
}

TEST(RedisClient, LoadsAScriptThatTheServerHasForgotten) {
  RedisWorld world(shared_server().settings());
  const Script script("return redis.call('INCRBY', KEYS[1], ARGV[1])");
  world.client->preload(script);
  world.connect();
  EXPECT_EQ(await_on(world.io, world.client->evaluate(script, Arguments("s"), Arguments(5)))->integer, 5);
  EXPECT_EQ(world.counters().no_scripts.value(), 0U) << "it was preloaded";

  shared_server().run({"SCRIPT", "FLUSH"});

  EXPECT_EQ(await_on(world.io, world.client->evaluate(script, Arguments("s"), Arguments(2)))->integer, 7);
  EXPECT_EQ(world.counters().no_scripts.value(), 1U);
  EXPECT_EQ(await_on(world.io, world.client->evaluate(script, Arguments("s"), Arguments(1)))->integer, 8);
  EXPECT_EQ(world.counters().no_scripts.value(), 1U) << "EVAL has loaded it again";
}

TEST(RedisClient, RunsItsHookBeforeAnyOtherCommand) {
  RedisWorld world(shared_server().settings());
  shared_server().run({"DEL", "hooked"});
  bool has_run = false;
  world.client->on_connect([&has_run](Connection& connection) -> Task<Result<void>> {
    const auto reply = co_await connection.send(Arguments("SET", "hooked", connection.greeting().replication_id));
    has_run = reply && !reply->is_error();
    co_return ok();
  });
  world.client->start();
  while (!has_run) {
    const auto early = world.command("hooked", Arguments("GET", "hooked"));
    EXPECT_TRUE(!early || early->text == shared_server().info("master_replid"));
  }
  world.turn_until_connected();

  EXPECT_EQ(world.must("hooked", Arguments("GET", "hooked")).text, shared_server().info("master_replid"));
}

TEST(RedisClient, IsNotConnectedWhileItsHookFails) {
  RedisWorld world(shared_server().settings());
  int calls = 0;
  world.client->on_connect([&calls](Connection&) -> Task<Result<void>> {
    if (++calls < 3) {
      Error error;
      error.code = Errc::unavailable;
      error.message = "the era is not known";
      co_return error;
    }
    co_return ok();
  });
  EXPECT_EQ(world.first_problem(), "the era is not known");
  EXPECT_EQ(world.command("k", Arguments("PING")).error().code, Errc::unavailable);
  world.turn_until_connected();
  EXPECT_EQ(calls, 3);
}

TEST(RedisClient, GivesAConnectionOfOnesOwnForWhatBlocks) {
  RedisWorld world(shared_server().settings());
  int hooks = 0;
  world.client->on_connect([&hooks](Connection&) -> Task<Result<void>> {
    ++hooks;
    co_return ok();
  });
  world.connect();

  auto opened = await_on(world.io, world.client->open("k"));
  ASSERT_TRUE(opened);
  std::vector<Arguments> batch;
  batch.emplace_back("SET", "batch", "1");
  batch.emplace_back("INCR", "batch");
  batch.emplace_back("WAIT", "0", "100");
  const auto replies = await_on(world.io, (*opened)->send_all(std::move(batch)));

  ASSERT_TRUE(replies);
  ASSERT_EQ(replies->size(), 3U);
  EXPECT_EQ((*replies)[0].text, "OK");
  EXPECT_EQ((*replies)[1].integer, 2);
  EXPECT_TRUE((*replies)[2].is_integer());
  EXPECT_EQ(hooks, 2);
}

TEST(RedisClient, RefusesAReplica) {
  RedisServer replica({"replicaof 127.0.0.1 " + std::to_string(shared_server().port())});
  RedisWorld world(replica.settings());
  const std::string problem = world.first_problem();

  EXPECT_NE(problem.find("it is a replica"), std::string::npos) << problem;
  EXPECT_FALSE(world.command("k", Arguments("GET", "k")));
}

TEST(RedisClient, NoticesThatItsNodeIsNoMasterAnyMore) {
  RedisServer server;
  RedisWorld world(server.settings());
  world.connect();
  server.run({"REPLICAOF", "127.0.0.1", std::to_string(shared_server().port())});

  const auto refused = world.command("k", Arguments("SET", "k", "v"));

  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_FALSE(refused.error().is_outcome_unknown);
  world.turn_until([&] { return world.client->health().problem.find("replica") != std::string::npos; }, "it says so");
  server.run({"REPLICAOF", "NO", "ONE"});
  world.turn_until_connected();
  EXPECT_EQ(world.must("k", Arguments("SET", "k", "v")).text, "OK");
}

TEST(RedisClient, AnswersUnavailableAtOnceWhileTheServerIsAway) {
  RedisServer server;
  RedisWorld world(server.settings());
  world.connect();
  server.kill();
  world.turn_until_disconnected();

  const auto begin = Clock::now();
  const auto reply = world.command("k", Arguments("GET", "k"));

  EXPECT_EQ(reply.error().code, Errc::unavailable);
  EXPECT_FALSE(reply.error().is_outcome_unknown);
  EXPECT_LT(Clock::now() - begin, milliseconds(200));
  EXPECT_FALSE(world.client->health().problem.empty());
}

TEST(RedisClient, ComesBackAfterTheServerWasKilled) {
  RedisServer server({"appendonly yes", "appendfsync always"});
  RedisWorld world(server.settings());
  world.connect();
  world.must("k", Arguments("SET", "k", "kept"));
  const std::string before = world.client->node_of("k")->replication_id;
  server.kill();
  world.turn_until_disconnected();
  server.start();

  world.turn_until_connected();

  EXPECT_EQ(world.must("k", Arguments("GET", "k")).text, "kept");
  EXPECT_NE(world.client->node_of("k")->replication_id, before);
  EXPECT_EQ(world.client->health().losses, 1U);
}

TEST(RedisClient, SaysThatAnOutcomeIsUnknownWhenTheServerDiesOverACommand) {
  RedisServer server;
  RedisWorld world(server.settings());
  world.connect();
  Tally tally;
  server.pause();
  start_increments(world, "k", 10, tally);
  world.turn_until([&] { return world.counters().commands.value() >= 10 + 3; }, "they are sent");
  world.io.poll();  // and written
  server.kill();

  world.turn_until([&] { return tally.done == 10; }, "all have replies");

  EXPECT_EQ(tally.unavailable, 10);
  EXPECT_EQ(tally.unknown, 10);
}

TEST(RedisClient, ClosesTheConnectionWhenADeadlinePasses) {
  RedisServer server;
  Settings settings = server.settings();
  settings.command_deadline = milliseconds(200);
  settings.keepalive = milliseconds(60'000);
  RedisWorld world(settings);
  world.connect();
  server.pause();
  Tally tally;

  const auto begin = Clock::now();
  start_increments(world, "late", 5, tally);
  world.turn_until([&] { return tally.done == 5; }, "all have replies");

  EXPECT_EQ(tally.unknown, 5);
  EXPECT_GE(Clock::now() - begin, milliseconds(200));
  EXPECT_LT(Clock::now() - begin, milliseconds(1'500));
  EXPECT_EQ(world.counters().missed_deadlines.value(), 1U);
  EXPECT_FALSE(world.client->health().is_connected);
  server.resume();
  world.turn_until_connected();
  EXPECT_EQ(world.must("late", Arguments("GET", "late")).text, "5") << "they were executed after all";
}

TEST(RedisClient, NoticesASilentServerWithoutBeingAsked) {
  RedisServer server;
  Settings settings = server.settings();
  settings.command_deadline = milliseconds(300);
  settings.keepalive = milliseconds(100);
  RedisWorld world(settings);
  world.connect();

  server.pause();
  world.turn_until([&] { return !world.client->health().is_connected; }, "it is noticed", milliseconds(2'000));

  EXPECT_EQ(world.counters().missed_deadlines.value(), 1U);
  server.resume();
  world.turn_until_connected();
}

TEST(RedisClient, KeepsAnIdleConnectionThatAnswersItsPings) {
  Settings settings = shared_server().settings();
  settings.keepalive = milliseconds(20);
  RedisWorld world(settings);
  world.connect();
  const auto pings = [] { return shared_server().info("cmdstat_ping"); };
  const std::string before = pings();

  world.turn_until([&] { return pings() != before; }, "a PING was sent");
  world.turn_until([&, middle = pings()] { return pings() != middle; }, "and another one");

  EXPECT_EQ(world.counters().losses.value(), 0U);
}

TEST(RedisClient, WaitsUntilTheServerHasLoadedItsData) {
  RedisServer server({"appendonly yes", "enable-debug-command yes", "key-load-delay 20",
                      "loading-process-events-interval-bytes 1024"});
  ASSERT_EQ(server.run({"DEBUG", "POPULATE", "20000", "key", "20"}).text, "OK");
  server.run({"BGREWRITEAOF"});
  support::wait_until(
      [&] { return server.info("aof_rewrite_in_progress") == "0" && server.info("aof_rewrite_scheduled") == "0"; },
      "it is on the disk");
  RedisWorld world(server.settings());
  world.connect();
  world.must("more", Arguments("SET", "more", "1"));
  server.kill();
  world.turn_until_disconnected();

  server.launch();
  bool was_loading = false;
  world.turn_until(
      [&] {
        was_loading = was_loading || world.client->health().problem.find("LOADING") != std::string::npos;
        return world.client->health().is_connected;
      },
      "it is back");

  EXPECT_TRUE(was_loading);
  EXPECT_EQ(world.must("", Arguments("DBSIZE")).integer, 20'001);
}

TEST(RedisClient, SaysWhenTheServerWantsNoMoreClients) {
  RedisServer server({"maxclients 3"});
  std::vector<std::unique_ptr<RedisWorld>> guests;
  for (int i = 0; i < 3; ++i) {
    guests.push_back(std::make_unique<RedisWorld>(server.settings()));
    guests.back()->connect();
  }
  RedisWorld world(server.settings());
  const std::string problem = world.first_problem();

  EXPECT_NE(problem.find("max number of clients"), std::string::npos) << problem;
  guests.pop_back();
  world.turn_until_connected();
}

TEST(RedisClient, ObeysAclUsers) {
  RedisServer server({"user default off", "user ann on >open-sesame ~app:* &* +@all -config"});
  Settings settings = server.settings();
  settings.user = "ann";
  settings.password = "open-sesame";
  RedisWorld world(settings);
  world.connect();

  EXPECT_EQ(world.must("app:1", Arguments("SET", "app:1", "x")).text, "OK");
  const auto foreign = world.command("other", Arguments("GET", "other"));
  EXPECT_EQ(foreign.error().code, Errc::unavailable);
  EXPECT_EQ(foreign.error().message, "Redis does not permit this to our user");
}

TEST(RedisClient, SaysThatThePasswordIsWrongWithoutShowingIt) {
  RedisServer server({"requirepass open-sesame"});
  Settings settings = server.settings();
  settings.password = "hush-hush";
  RedisWorld world(settings);
  const std::string problem = world.first_problem();

  EXPECT_NE(problem.find("WRONGPASS"), std::string::npos) << problem;
  EXPECT_EQ(problem.find("hush"), std::string::npos) << problem;
}

TEST(RedisClient, SaysThatAPasswordIsNeeded) {
  RedisServer server({"requirepass open-sesame"});
  RedisWorld world(server.settings());
  const std::string problem = world.first_problem();

  EXPECT_NE(problem.find("NOAUTH"), std::string::npos) << problem;
}

TEST(RedisClient, AnswersUnavailableWhenMemoryIsFull) {
  RedisServer server;
  RedisWorld world(server.settings());
  const Script script("#!lua\nreturn redis.call('SET', KEYS[1], ARGV[1])");
  world.client->preload(script);
  world.connect();
  server.run({"CONFIG", "SET", "maxmemory", "1"});

  const auto set = world.command("k", Arguments("SET", "k", "v"));
  const auto scripted = await_on(world.io, world.client->evaluate(script, Arguments("k"), Arguments("v")));

  EXPECT_EQ(set.error().message, "Redis is out of memory");
  EXPECT_EQ(scripted.error().message, "Redis is out of memory");
  EXPECT_TRUE(server.run({"GET", "k"}).is_nil());
  EXPECT_TRUE(world.client->health().is_connected);
}

TEST(RedisClient, CanBeDestroyedWithCommandsInFlight) {
  RedisServer server;
  asio::io_context io;
  int answered = 0;
  {
    auto client = std::make_unique<Client>(io, server.settings());
    client->start();
    const auto connected = await_on(io, client->connected(RedisWorld::patience));
    ASSERT_TRUE(connected);
    server.pause();
    for (int i = 0; i < 10; ++i)
      spawn(io, "pending", [&client, &answered]() -> Task<void> {
        const auto reply = co_await client->command("k", Arguments("GET", "k"));
        answered += 1 + static_cast<int>(reply.has_error());
      });
    io.restart();
    io.poll();
  }
  io.restart();
  io.run();  // nothing is left that could keep it busy

  EXPECT_EQ(answered, 0);
}

TEST(RedisClient, CanBeDestroyedInAnyStateOfConnecting) {
  bool is_calm = false;
  for (int turns = 0; !is_calm; ++turns) {
    asio::io_context io;
    bool is_hooked = false;
    {
      Client client(io, shared_server().settings());
      client.on_connect([&is_hooked](Connection& connection) -> Task<Result<void>> {
        is_hooked = true;
        const auto reply = co_await connection.send(Arguments("PING"));
        is_hooked = !reply.has_value();
        co_return ok();
      });
      client.start();
      for (int i = 0; i < turns && !is_calm; ++i) is_calm = io.run_one_for(milliseconds(200)) == 0;
    }
    io.restart();
    io.run_for(milliseconds(1'000));
    EXPECT_TRUE(io.stopped()) << "something was left after " << turns << " turns";
    EXPECT_TRUE(!is_calm || turns > 10) << "it never got going";
  }
}

}  // namespace
}  // namespace collab::redis
