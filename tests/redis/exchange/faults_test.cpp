// What servers and workers around one Redis promise on bad days.
#include <fstream>

#include "exchange/op_purge.hpp"
#include "servers.hpp"
#include "support/fault_proxy.hpp"

namespace collab::exchange {
namespace {

using std::chrono::milliseconds;

redis::Settings through(const support::FaultProxy& proxy, redis::Settings settings) {
  settings.addresses = {{"127.0.0.1", proxy.port()}};
  return settings;
}

struct Faults : RedisExchangeTest {
  explicit Faults(std::vector<std::string> options = {}) : RedisExchangeTest(std::move(options)) {}
  ListId create() {
    const ListId list_id = a.create();
    b.follow(list_id);
    return list_id;
  }
  /// Until the server can write again.
  void accept_in_time(Server& server, const ListId& list_id, const UserId& user, const Action& action,
                      std::optional<OpId> op_id = std::nullopt) {
    wait_until(
        [&] {
          const auto answer = server.commit(list_id, user, action, op_id);
          EXPECT_TRUE(answer || answer.error().code == Errc::unavailable) << answer.error().message;
          return static_cast<bool>(answer);
        },
        "the server writes again");
  }
  void expect_convergence(const ListId& list_id) {
    expect_rest(list_id);
    expect_agreement(list_id, {&a, &b});
  }
  Rev era(const ListId& list_id) const {
    return parse_rev(redis.run({"GET", keys.era(keys.partition_of(list_id))}).text).value_or(0);
  }

  Gate gate{store};
  Server a{store, redis.settings()}, b{store, redis.settings()};
};

// ------------------------------------------------------------------------------------------------------------- Redis

TEST_F(Faults, AnEmptiedRedisIsFilledFromTheStoreInANewEra) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id);
  a.accept(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1));
  Worker worker(store, redis.settings());
  expect_rest(list_id);
  const Rev before = era(list_id), rev = a.state(list_id)->rev;

  redis.run({"FLUSHALL"});
  accept_in_time(b, list_id, ann, renaming(item_id, "soy milk"));

  EXPECT_GT(era(list_id), before);
  EXPECT_GT(b.state(list_id)->rev, rev);
  const auto again = a.commit(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_repeat);
  expect_convergence(list_id);
  EXPECT_GE(a.followed(list_id).gaps, 1);
}

struct DurableFaults : Faults {
  DurableFaults() : Faults({"appendonly yes", "appendfsync always"}) {}
};

TEST_F(DurableFaults, AKilledRedisLosesNothingAndBeginsAnEra) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id);
  const Rev before = era(list_id);
  a.accept(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1));
  a.accept(list_id, ann, ShareList{bob, {}, Role::viewer});
  const Rev rev = a.state(list_id)->rev;

  redis.restart();

  for (Server* server : {&a, &b})
    wait_until([&] { return server->followed(list_id).gaps > 0 && server->state(list_id); }, "the gap is told");
  EXPECT_GT(era(list_id), before);
  EXPECT_EQ(a.state(list_id)->era, era(list_id));
  EXPECT_EQ(a.state(list_id)->rev, rev);
  EXPECT_EQ((*a.state(list_id)->find_item(item_id))->name, "oat milk");
  const auto again = b.commit(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_repeat);
  EXPECT_GE(b.accept(list_id, ann, renaming(item_id, "soy milk")), era(list_id));
  EXPECT_EQ(a.role_in_lists_of(bob, list_id), Role::viewer);
  Worker worker(store, redis.settings());
  expect_convergence(list_id);
}

TEST_F(DurableFaults, AnOlderCopyOfRedisIsBroughtUpToTheStore) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id, "old name");
  const ItemId other_id = a.add(list_id, "second");
  std::optional<Worker> worker(std::in_place, store, redis.settings());
  expect_rest(list_id);
  const auto redis_dir = std::filesystem::path(redis.socket_path()).parent_path();
  const support::TempDir copy;
  std::filesystem::copy(redis_dir / "appendonlydir", copy.path() / "aof", std::filesystem::copy_options::recursive);
  a.accept(list_id, ann, renaming(item_id, "new name"), op_id_of(1));
  a.accept(list_id, ann, DeleteItem{other_id, {}});
  a.accept(list_id, ann, ShareList{bob, {}, Role::editor});
  a.accept(list_id, ann, UpdateList{"supermarket", {}});
  a.accept(list_id, ann, DeleteList{});
  expect_rest(list_id);
  const ListView stored = store.stored(list_id);
  worker.reset();

  redis.kill();
  std::filesystem::remove_all(redis_dir / "appendonlydir");
  std::filesystem::copy(copy.path() / "aof", redis_dir / "appendonlydir", std::filesystem::copy_options::recursive);
  redis.start();

  for (Server* server : {&a, &b})
    wait_until([&] { return server->followed(list_id).gaps > 0 && server->state(list_id); }, "the gap is told");
  EXPECT_EQ(support::difference(in_redis(list_id), *stored), "");
  EXPECT_EQ(support::difference(*a.state(list_id), *stored), "");
  a.accept(list_id, ann, RestoreList{});
  const auto again = b.commit(list_id, ann, renaming(item_id, "new name"), op_id_of(1));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_repeat);
  worker.emplace(store, redis.settings());
  expect_convergence(list_id);
}

TEST_F(DurableFaults, WhatTheStoreLacksIsQueuedAgainInANewEra) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id);
  a.accept(list_id, ann, ShareList{bob, {}, Role::viewer});
  // As after a promotion: a replica that has the list, and not the stream.
  redis.run({"DEL", keys.writes(keys.partition_of(list_id))});
  redis.run({"HSET", key(list_id), "n", "0"});

  redis.restart();

  wait_until([&] { return a.followed(list_id).gaps > 0 && a.state(list_id); }, "the gap is told");
  EXPECT_EQ(unwritten(list_id), entries(keys.writes(keys.partition_of(list_id))));
  EXPECT_GT(unwritten(list_id), 0);
  Worker worker(store, redis.settings());
  expect_convergence(list_id);
  EXPECT_TRUE(store.stored(list_id)->find_item(item_id));
}

TEST_F(Faults, AnEvictedListIsLoadedAndEditedAgain) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id);
  a.accept(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1));
  a.accept(list_id, ann, UpdateList{"supermarket", {}});
  Worker worker(store, redis.settings());
  expect_rest(list_id);

  redis.run({"DEL", key(list_id)});
  b.accept(list_id, ann, renaming(item_id, "soy milk"));
  expect_convergence(list_id);
  redis.run({"DEL", key(list_id)});
  a.accept(list_id, ann, ShareList{bob, {}, Role::viewer});
  expect_convergence(list_id);
  redis.run({"DEL", key(list_id)});
  EXPECT_EQ(b.refuse(list_id, bob, CreateList{"mine", {}}), Errc::already_exists);

  EXPECT_EQ(a.followed(list_id).gaps, 0);
  expect_chain(b.followed(list_id).changes);
  const auto again = a.commit(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_repeat);
}

/// Installs what was loaded, as a seeder does with this token.
redis::Reply install(support::RedisServer& redis, const Keys& keys, const ListId& list_id, const std::string& token,
                     Rev era) {
  const std::string rows = keys.loading(list_id, token);
  return redis.run({"EVAL", std::string(redis::Script(scripts::install()).text()), "6", keys.list(list_id),
                    keys.seed(list_id), rows, keys.era(keys.partition_of(list_id)), keys.ops(list_id),
                    keys.loading_ops(list_id, token), token, rev_text(era), "60000"});
}

TEST_F(Faults, ASeederThatWasPausedInstallsNothing) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id);
  std::optional<Worker> worker(std::in_place, store, redis.settings());
  expect_rest(list_id);
  redis.run({"DEL", key(list_id)});
  RedisExchangeOptions options;
  options.lists.seed_lifetime = milliseconds(50);
  Server slow(store, gate, redis.settings(), options);
  gate.holds_ops = true;
  auto reading = std::async(std::launch::async, [&] { return slow.fetch(list_id); });
  wait_until([&] { return gate.waiting == 1; }, "it has loaded the list");

  wait_until([&] { return redis.run({"EXISTS", keys.seed(list_id)}).integer == 0; }, "its seed expires");
  b.accept(list_id, ann, renaming(item_id, "oat milk"));
  expect_rest(list_id);
  const Rev rev = in_redis(list_id).rev;
  redis.run({"DEL", key(list_id)});
  gate.holds_ops = false;
  call(slow.shard(), [&] { return gate.release(), 0; });

  const auto read = reading.get();
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->rev, rev);
  EXPECT_EQ(in_redis(list_id).rev, rev);
  EXPECT_EQ(redis.run({"KEYS", "*loading*"}).elements.size(), 0u);
}

TEST_F(Faults, ASeedWhoseTokenIsGoneOrWhoseEraHasEndedInstallsNothing) {
  const ListId list_id = ListId::make();
  const Rev now = era(list_id);
  const auto load = [&](const std::string& token) {
    redis.run({"HSET", keys.loading(list_id, token), "m", "x"});
    redis.run({"HSET", keys.loading_ops(list_id, token), "op", "x"});
  };
  load("late");
  EXPECT_EQ(install(redis, keys, list_id, "late", now).integer, 0);
  load("late");
  redis.run({"SET", keys.seed(list_id), "another"});
  EXPECT_EQ(install(redis, keys, list_id, "late", now).integer, 0);
  EXPECT_EQ(redis.run({"GET", keys.seed(list_id)}).text, "another");
  load("another");
  EXPECT_EQ(install(redis, keys, list_id, "another", now - 1).integer, 0);
  EXPECT_EQ(redis.run({"EXISTS", key(list_id)}).integer, 0);
  EXPECT_EQ(redis.run({"KEYS", "*loading*"}).elements.size(), 0u);

  load("mine");
  redis.run({"SET", keys.seed(list_id), "mine"});
  EXPECT_EQ(install(redis, keys, list_id, "mine", now).integer, 1);
  EXPECT_EQ(redis.run({"EXISTS", key(list_id)}).integer, 1);
  load("mine");
  redis.run({"SET", keys.seed(list_id), "mine"});
  EXPECT_EQ(install(redis, keys, list_id, "mine", now).integer, 0) << "the list is there";
}

TEST_F(Faults, AFailedLoadDoesNotKeepTheNextOneWaiting) {
  const ListId list_id = create();
  Worker worker(store, redis.settings());
  expect_rest(list_id);
  redis.run({"DEL", key(list_id)});

  store.are_loads_failing = true;
  const auto failed = a.fetch(list_id);
  store.are_loads_failing = false;
  const auto begin = std::chrono::steady_clock::now();
  const auto read = b.fetch(list_id);

  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::unavailable);
  EXPECT_TRUE(read);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST_F(Faults, RowsOfALoadThatBreaksOffGoByThemselves) {
  const ListId list_id = create();
  Worker worker(store, redis.settings());
  expect_rest(list_id);
  redis.run({"DEL", key(list_id)});
  support::FaultProxy proxy(redis.port());
  Server far(store, gate, through(proxy, redis.settings()), {});
  gate.holds_ops = true;
  auto reading = std::async(std::launch::async, [&] { return far.fetch(list_id); });
  wait_until([&] { return gate.waiting == 1; }, "it has loaded the list");

  proxy.cut_after(1);  // what it sends next is executed, and nothing after that
  gate.holds_ops = false;
  call(far.shard(), [&] { return gate.release(), 0; });
  EXPECT_FALSE(reading.get());

  const auto rows = redis.run({"KEYS", "*loading*"}).elements;
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_GT(redis.run({"PTTL", rows[0].text}).integer, 0);
}

TEST_F(Faults, AHungRedisIsUnavailableWithinTheDeadlineAndComesBack) {
  redis::Settings hasty = redis.settings();
  hasty.command_deadline = milliseconds(200);
  Server server(store, hasty);
  const ListId list_id = server.create();
  const ItemId item_id = server.add(list_id);

  redis.pause();
  std::vector<Command> commands;
  for (int i = 0; i < 20; ++i) commands.push_back(command_of(list_id, ann, renaming(item_id, std::to_string(i))));
  const auto begin = std::chrono::steady_clock::now();
  const auto answers = server.commit_all(commands);
  const auto time = std::chrono::steady_clock::now() - begin;
  redis.resume();

  for (const Result<Accepted>& answer : answers) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::unavailable);
  }
  EXPECT_LT(time, std::chrono::seconds(2));
  accept_in_time(server, list_id, ann, renaming(item_id, "oat milk"));
  Worker worker(store, redis.settings());
  expect_rest(list_id);
  expect_agreement(list_id, {&server});
}

TEST_F(Faults, WhatHappensWhileASubscriptionIsAwayIsToldAsAGap) {
  const ListId list_id = a.create();
  const ItemId item_id = a.add(list_id);
  support::FaultProxy proxy(redis.port());
  Server far(store, through(proxy, redis.settings()));
  far.follow(list_id);

  for (int round = 0; round < 3; ++round) {
    proxy.refuse(true);
    proxy.cut();
    const Rev rev = a.accept(list_id, ann, renaming(item_id, "round" + std::to_string(round)));
    proxy.refuse(false);
    wait_until([&] { return far.state(list_id)->rev == rev; }, "it knows of the change");
  }
  EXPECT_GE(far.followed(list_id).gaps, 3);
}

TEST_F(Faults, AnEmptiedRedisIsNoticedThoughNobodyChangesAnything) {
  RedisExchangeOptions watchful;
  watchful.watch_interval = milliseconds(20);
  watchful.era_interval = milliseconds(40);
  Server quiet(store, redis.settings(), watchful);
  const ListId list_id = create();
  quiet.follow(list_id);
  Worker worker(store, redis.settings());
  expect_rest(list_id);
  const Rev era = quiet.state(list_id)->era;

  redis.run({"FLUSHALL"});

  wait_until([&] { return quiet.state(list_id)->era != era; }, "it is told of another era");
  EXPECT_EQ(quiet.state(list_id)->era, in_redis(list_id).era);
}

TEST_F(Faults, AReplyThatIsLostAppliesNothingTwice) {
  const ListId list_id = a.create();
  support::FaultProxy proxy(redis.port());
  Server far(store, through(proxy, redis.settings()));
  far.follow(list_id);
  for (std::uint8_t round = 1; round <= 8; ++round) {
    proxy.cut_after(round * 17u);
    const ItemId item_id = item_id_of(round);
    const Command command = [&] {
      Command adds = command_of(list_id, ann, adding(item_id));
      adds.op_id = op_id_of(round);
      return adds;
    }();
    const int connections = proxy.accepted();
    auto lost = std::async(std::launch::async, [&] { return far.commit_all({command}); });
    wait_until(
        [&] { return proxy.accepted() > connections || lost.wait_for(milliseconds(0)) == std::future_status::ready; },
        "a connection is cut");
    proxy.cut_after(0);
    lost.wait();
    accept_in_time(far, list_id, ann, adding(item_id), op_id_of(round));
  }
  wait_until([&] { return a.state(list_id)->live_items == 8; }, "all are there");
  expect_chain(a.followed(list_id).changes);
  EXPECT_EQ(a.followed(list_id).changes.size(), 8u);
}

// ----------------------------------------------------------------------------------------------------------- limits

TEST_F(Faults, AFullStreamRefusesAndDropsNothing) {
  RedisExchangeOptions options;
  options.write_stream_max = 3;
  Server server(store, redis.settings(), options);
  const ListId list_id = server.create();
  server.add(list_id);
  server.add(list_id);

  EXPECT_EQ(server.refuse(list_id, ann, adding(item_id_of(1)), op_id_of(1)), Errc::unavailable);
  EXPECT_EQ(unwritten(list_id), 3);
  EXPECT_EQ(in_redis(list_id).live_items, 2u);
  Worker worker(store, redis.settings());
  expect_rest(list_id);
  EXPECT_FALSE(server.commit(list_id, ann, adding(item_id_of(1)), op_id_of(1))->is_repeat);
  expect_rest(list_id);
  EXPECT_EQ(store.stored(list_id)->live_items, 3u);
}

TEST_F(Faults, ARedisWithoutMemoryRefusesWritesAndGoesOnReading) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id);
  redis.run({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  redis.run({"CONFIG", "SET", "maxmemory", "1"});

  EXPECT_EQ(a.refuse(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1)), Errc::unavailable);
  EXPECT_EQ(unwritten(list_id), 2);
  EXPECT_EQ(redis.run({"HLEN", keys.ops(list_id)}).integer, 2);
  Server later(store, redis.settings());  // who comes now may read too
  const auto read = later.fetch(list_id);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*(*read)->find_item(item_id))->name, "milk");

  redis.run({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_FALSE(a.commit(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1))->is_repeat);
  Worker worker(store, redis.settings());
  expect_convergence(list_id);
}

TEST_F(Faults, AWorkerDrainsARedisWithoutMemory) {
  const ListId list_id = create();
  a.add(list_id);
  redis.run({"XADD", keys.writes(keys.partition_of(list_id)), "*", "l", key(list_id), "c", "garbage"});
  {
    Worker first(gate, redis.settings());
    wait_until([&] { return dead(list_id) == 1; }, "the group is there");
  }
  a.add(list_id);
  redis.run({"XADD", keys.writes(keys.partition_of(list_id)), "*", "l", key(list_id), "c", "garbage"});
  redis.run({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  redis.run({"CONFIG", "SET", "maxmemory", "1"});

  worker::WriteWorkerOptions options;
  options.claim_after = milliseconds(1);
  Worker worker(store, redis.settings(), options);

  expect_rest(list_id);
  EXPECT_EQ(dead(list_id), 2);
}

TEST_F(Faults, AServerThatDoesNotHearItselfSaysSoAndComparesItsListsAfterwards) {
  const ListId list_id = create();
  RedisExchangeOptions options;
  options.echo = {milliseconds(20), milliseconds(200)};
  Server deaf(store, store, redis.settings(), options);
  deaf.follow(list_id);
  const auto health = [&] { return call(deaf.shard(), [&] { return deaf.exchange().health(); }); };
  EXPECT_TRUE(health().is_ok) << health().problem;

  redis.run({"ACL", "SETUSER", "default", "-spublish"});
  wait_until([&] { return !health().is_ok; }, "it is deaf");
  EXPECT_THAT(health().problem, testing::HasSubstr("messages through Redis have not arrived"));
  EXPECT_THAT(health().problem, testing::HasSubstr("does not permit"));
  redis.run({"ACL", "SETUSER", "default", "+spublish"});
  wait_until([&] { return health().is_ok; }, "it hears again");
}

TEST_F(Faults, AComparisonTakesChangesThatAreOnTheirWayForNoGap) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id);
  RedisExchangeOptions options;
  options.watch_interval = options.compare_interval = milliseconds(1);
  Server suspicious(store, store, redis.settings(), options);
  suspicious.follow(list_id);

  for (int i = 0; i < 300; ++i) a.accept(list_id, ann, renaming(item_id, "name" + std::to_string(i)));
  const Rev rev = a.state(list_id)->rev;
  wait_until([&] { return suspicious.state(list_id)->rev == rev; }, "it has heard of all");

  EXPECT_EQ(suspicious.followed(list_id).gaps, 0);
}

// ------------------------------------------------------------------------------------------------------------ memory

TEST_F(Faults, WhoAsksForListsThatThereAreNotFillsRedisOnlyForAMoment) {
  const ListId list_id = ListId::make();
  const Result<ListView> found = a.fetch(list_id);
  ASSERT_TRUE(found);
  EXPECT_FALSE((*found)->exists());
  const auto lifetime = redis.run({"PTTL", key(list_id)}).integer;
  EXPECT_GT(lifetime, 0);
  EXPECT_LE(lifetime, RedisListsOptions().absent_lifetime.count());

  a.accept(list_id, ann, CreateList{"groceries", {}});
  EXPECT_EQ(redis.run({"PTTL", key(list_id)}).integer, -1);
}

TEST_F(Faults, OpsAreForgottenWithTheirListOrWhenTheyAreOld) {
  const ListId gone = create(), here = create();
  const ItemId item_id = a.add(here);
  const Rev of_gone = a.accept(gone, ann, adding(ItemId::make()), op_id_of(1));
  const Rev old = a.accept(here, ann, renaming(item_id, "oat milk"), op_id_of(2));
  const Rev young = a.accept(here, ann, renaming(item_id, "soy milk"), op_id_of(3));
  Worker worker(store, redis.settings());
  expect_rest(gone);
  expect_rest(here);
  redis.run({"DEL", key(gone)});

  const auto purged = ask(a.shard(), [&] { return purge_ops(a.exchange().client(), keys, young); });
  ASSERT_TRUE(purged) << purged.error().message;
  EXPECT_EQ(purged->lists, 1u);
  EXPECT_EQ(purged->ops, 1u);
  EXPECT_EQ(redis.run({"EXISTS", keys.ops(gone)}).integer, 0);

  EXPECT_EQ(a.accept(here, ann, renaming(item_id, "soy milk"), op_id_of(3)), young);
  EXPECT_GT(a.accept(here, ann, renaming(item_id, "oat milk"), op_id_of(2)), old) << "too old to be known";
  EXPECT_EQ(b.accept(gone, ann, adding(ItemId::make()), op_id_of(1)), of_gone) << "the store remembers it";
}

// ---------------------------------------------------------------------------------------------------------- workers

TEST_F(Faults, AWorkerThatEndsBetweenMergeAndAcknowledgementIsReplaced) {
  const ListId list_id = create();
  a.add(list_id);
  gate.answers_never = true;
  std::optional<Worker> worker(std::in_place, gate, redis.settings());
  wait_until([&] { return gate.waiting > 0; }, "it has merged");
  worker->kill();
  gate.forget();
  worker.reset();
  EXPECT_EQ(unwritten(list_id), 2);
  EXPECT_EQ(redis.run({"PTTL", key(list_id)}).integer, -1);

  worker::WriteWorkerOptions options;
  options.claim_after = milliseconds(1);
  worker.emplace(store, redis.settings(), options);

  expect_convergence(list_id);
  EXPECT_GT(worker->counters().taken_over.value(), 0u);
}

TEST_F(Faults, WhatADeadWorkerLeftIsFoundBehindWhatABusyOneHas) {
  const ListId list_id = create();
  const std::string stream = keys.writes(keys.partition_of(list_id));
  std::vector<Command> commands;
  for (int i = 0; i < 200; ++i) commands.push_back(command_of(list_id, ann, adding(ItemId::make())));
  for (const Result<Accepted>& answer : a.commit_all(commands)) EXPECT_TRUE(answer);
  redis.run({"XGROUP", "CREATE", stream, "store", "0"});
  redis.run({"XREADGROUP", "GROUP", "store", "busy", "STREAMS", stream, ">"});
  const auto last = redis.run({"XREVRANGE", stream, "+", "-", "COUNT", "1"}).elements.at(0).elements.at(0).text;
  redis.run({"XCLAIM", stream, "store", "dead", "0", last, "IDLE", "3600000"});
  worker::WriteWorkerOptions options;
  options.batch_size = 10;  // of which Redis looks at ten times as many at once
  options.claim_after = std::chrono::minutes(1);
  Worker worker(store, redis.settings(), options);

  wait_until([&] { return worker.counters().processed.value() == 1; }, "what the dead one left is written");
  EXPECT_EQ(worker.counters().taken_over.value(), 1u);
  EXPECT_EQ(entries(stream), 200);
}

TEST_F(Faults, WorkersThatHaveEndedAreForgottenUnlessTheyLeftSomething) {
  const ListId list_id = create();
  const std::string stream = keys.writes(keys.partition_of(list_id));
  const auto consumers = [&] {
    std::set<std::string> names;
    for (const redis::Reply& consumer : redis.run({"XINFO", "CONSUMERS", stream, "store"}).elements)
      names.insert(consumer.elements.at(1).text);
    return names;
  };
  redis.run({"XGROUP", "CREATE", stream, "store", "0"});
  redis.run({"XREADGROUP", "GROUP", "store", "left one", "COUNT", "1", "STREAMS", stream, ">"});
  for (int i = 0; i < 5; ++i) redis.run({"XGROUP", "CREATECONSUMER", stream, "store", "dead" + std::to_string(i)});
  worker::WriteWorkerOptions options;
  options.name = "alive";
  options.consumer_lifetime = milliseconds(200);
  options.claim_after = std::chrono::hours(1);
  Worker worker(store, redis.settings(), options);

  // Whether the one that lives is among them depends on Redis: 7.0 makes a consumer when it is given an entry.
  wait_until(
      [&] {
        const auto names = consumers();
        return std::ranges::none_of(names, [](const auto& name) { return name.starts_with("dead"); });
      },
      "they are forgotten");
  EXPECT_TRUE(consumers().contains("left one"));
  a.add(list_id);
  wait_until([&] { return entries(stream) == 1; }, "what nobody had taken is written");
  EXPECT_EQ(unwritten(list_id), 1);
}

TEST_F(Faults, SeveralWorkersShareTheWorkAndCountItOnce) {
  const ListId list_id = create();
  worker::WriteWorkerOptions options;
  options.batch_size = 3;
  options.claim_after = milliseconds(0);  // so that they take from each other what is being done
  Worker first(store, redis.settings(), options), second(store, redis.settings(), options);
  for (int round = 0; round < 5; ++round) {
    std::vector<Command> commands;
    for (int i = 0; i < 30; ++i) commands.push_back(command_of(list_id, ann, adding(ItemId::make())));
    for (const Result<Accepted>& answer : a.commit_all(commands)) EXPECT_TRUE(answer);
  }

  expect_convergence(list_id);
  EXPECT_EQ(unwritten(list_id), 0);
  EXPECT_EQ(store.stored(list_id)->live_items, 150u);
}

TEST_F(Faults, AStoreThatIsAwayIsWaitedFor) {
  const ListId list_id = create();
  gate.is_away = true;
  worker::WriteWorkerOptions options;
  options.retry_min = milliseconds(5);
  Worker worker(gate, redis.settings(), options);
  a.add(list_id);
  wait_until([&] { return gate.refused > 3; }, "it was tried");
  EXPECT_EQ(unwritten(list_id), 2);
  EXPECT_EQ(dead(list_id), 0);
  EXPECT_EQ(redis.run({"PTTL", key(list_id)}).integer, -1);

  gate.is_away = false;

  expect_convergence(list_id);
  EXPECT_EQ(worker.counters().dead_letters.value(), 0u);
}

TEST_F(Faults, GarbageBecomesADeadLetterOnceAndHoldsUpNobody) {
  const ListId list_id = create();
  const std::string stream = keys.writes(keys.partition_of(list_id));
  redis.run({"XADD", stream, "*", "l", key(list_id), "c", "garbage"});
  redis.run({"XADD", stream, "*", "l", "garbage", "c", "garbage"});
  redis.run({"XADD", stream, "*", "neither", "nor"});
  const std::string good = redis.run({"XRANGE", stream, "-", "+"}).elements.at(0).elements.at(1).elements.at(3).text;
  redis.run({"XADD", stream, "*", "l", "collab:{99}:list:" + list_id.to_string(), "c", good});
  a.add(list_id);
  gate.is_away = true;  // so that the batch with them is tried several times
  worker::WriteWorkerOptions options;
  options.retry_min = milliseconds(5);
  Worker worker(gate, redis.settings(), options);
  wait_until([&] { return gate.refused > 3; }, "it was tried");
  gate.is_away = false;

  expect_convergence(list_id);
  EXPECT_EQ(dead(list_id), 4);
  EXPECT_EQ(worker.counters().dead_letters.value(), 4u);
}

TEST_F(Faults, WhatTheStoreNeverTakesBecomesADeadLetterAndPinsItsList) {
  const ListId list_id = create();
  for (int i = 0; i < 4; ++i) a.add(list_id, "good" + std::to_string(i));
  a.add(list_id, "poison");
  for (int i = 4; i < 8; ++i) a.add(list_id, "good" + std::to_string(i));
  gate.poison = "poison";
  Worker worker(gate, redis.settings());

  drain();

  EXPECT_EQ(dead(list_id), 1);
  EXPECT_EQ(unwritten(list_id), 1);
  EXPECT_EQ(redis.run({"PTTL", key(list_id)}).integer, -1);
  EXPECT_EQ(store.stored(list_id)->live_items, 8u);
  EXPECT_EQ(in_redis(list_id).live_items, 9u);
}

TEST_F(Faults, EveryWaitingEntryIsCounted) {
  std::vector<ListId> lists;
  for (int i = 0; i < 5; ++i) {
    lists.push_back(a.create());
    for (int j = 0; j <= i; ++j) a.add(lists.back());
  }
  const ItemId item_id = a.add(lists[0]);
  a.accept(lists[0], ann, renaming(item_id, "milk"));  // changes nothing, but its op is to be remembered

  std::int64_t counted = 0;
  for (const ListId& list_id : lists) counted += unwritten(list_id);
  EXPECT_EQ(counted, waiting());
  Worker worker(store, redis.settings());
  for (const ListId& list_id : lists) expect_rest(list_id);
}

}  // namespace
}  // namespace collab::exchange
