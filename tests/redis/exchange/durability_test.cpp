// DURABILITY: what has happened to a change by the time it is acknowledged.
#include "servers.hpp"

namespace collab::exchange {
namespace {

using std::chrono::milliseconds;

RedisExchangeOptions options_of(Durability durability) {
  RedisExchangeOptions options;
  options.durability = durability;
  options.replica_fence.deadline = milliseconds(300);
  options.store_fence.look_interval = milliseconds(20);
  options.store_fence.deadline = milliseconds(300);
  return options;
}

bool says_to_send_it_again(const Result<Accepted>& answer) {
  return !answer && answer.error().code == Errc::unavailable &&
         answer.error().message.find("same op_id") != std::string::npos;
}

// ------------------------------------------------------------------------------------------------------- replicated

struct WithReplica : RedisExchangeTest {
  // A Redis that gets its first replica becomes another master by its replication id: before servers come.
  WithReplica() : RedisExchangeTest({"repl-diskless-sync-delay 0"}) {
    wait_until([&] { return redis.info("slave0").find("state=online") != std::string::npos; }, "the replica is there");
    redis.run({"SET", "test", "first"});
    wait_until([&] { return replica.run({"GET", "test"}).text == "first"; }, "the replica follows");
  }
  std::string in_replica(const ListId& list_id, const ItemId& item_id) const {
    return replica.run({"HGET", key(list_id), item_field(item_id)}).text;
  }

  support::RedisServer replica{{"replicaof 127.0.0.1 " + std::to_string(redis.port())}};
};

struct Replicated : WithReplica {
  /// How often Redis was asked to WAIT.
  int waits() const {
    constexpr std::string_view name = "cmdstat_wait:calls=";
    const std::string text = redis.run({"INFO", "commandstats"}).text;
    const std::size_t at = text.find(name);
    return at == text.npos ? 0 : std::stoi(text.substr(at + name.size()));
  }

  Server server{store, store, redis.settings(), options_of(Durability::replicated)};
};

TEST_F(Replicated, WhatIsAcknowledgedIsInTheReplica) {
  const ListId list_id = server.create();
  for (int i = 0; i < 20; ++i) {
    const ItemId item_id = server.add(list_id, "milk" + std::to_string(i));
    EXPECT_THAT(in_replica(list_id, item_id), testing::HasSubstr("milk" + std::to_string(i)));
  }
}

TEST_F(Replicated, ManyAtOnceShareTheWaiting) {
  const ListId list_id = server.create();
  std::vector<Command> commands;
  for (int i = 0; i < 100; ++i) commands.push_back(command_of(list_id, ann, adding(ItemId::make())));
  const int before = waits();

  for (const Result<Accepted>& answer : server.commit_all(commands)) EXPECT_TRUE(answer);

  EXPECT_GT(waits() - before, 0);
  EXPECT_LT(waits() - before, 50);
  EXPECT_EQ(replica.run({"HGET", key(list_id), "m"}).text, redis.run({"HGET", key(list_id), "m"}).text);
}

TEST_F(Replicated, WhatNoReplicaHasIsNotAcknowledgedAndNeitherIsItsRepetition) {
  const ListId list_id = server.create();
  const ItemId item_id = server.add(list_id);
  replica.pause();
  EXPECT_TRUE(says_to_send_it_again(server.commit(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1))));
  EXPECT_TRUE(says_to_send_it_again(server.commit(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1))));

  EXPECT_THAT(call(server.shard(), [&] { return server.exchange().health(); }).problem,
              testing::HasSubstr("replicas of Redis did not confirm: 0 of 1"));
  replica.resume();
  Rev rev = 0;
  wait_until(
      [&] {
        const auto answer = server.commit(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1));
        if (answer) rev = answer->rev;
        return static_cast<bool>(answer);
      },
      "the replica has it");
  EXPECT_EQ(rev, server.state(list_id)->rev);
  EXPECT_THAT(in_replica(list_id, item_id), testing::HasSubstr("oat milk"));
}

TEST_F(Replicated, WhatAnotherMasterNeverHadIsNotAcknowledged) {
  const ListId list_id = server.create();
  server.add(list_id);
  const Rev era = parse_rev(redis.run({"GET", keys.era(keys.partition_of(list_id))}).text).value_or(0);
  redis.run({"SET", keys.era(keys.partition_of(list_id)), rev_text(era + 1)});

  const auto passed = ask(server.shard(), [&]() -> Task<Result<void>> {
    redis::Client client(server.shard().io(), redis.settings());
    client.start();
    Task<Result<void>> connecting = client.connected(milliseconds(5'000));
    const Result<void> connected = co_await std::move(connecting);
    if (!connected) co_return connected.error();
    ReplicaFence fence(server.shard(), client, keys, {1, milliseconds(300)});
    Task<Result<void>> passing = fence.pass(keys.partition_of(list_id), era);
    co_return co_await std::move(passing);
  });

  ASSERT_FALSE(passed);
  EXPECT_THAT(passed.error().message, testing::HasSubstr("another master"));
}

// --------------------------------------------------------------------------------------------------------- database

struct InDatabase : RedisExchangeTest {
  static worker::WriteWorkerOptions telling() {
    worker::WriteWorkerOptions options;
    options.tells_written = true;
    return options;
  }

  Gate gate{store};
  Server server{store, store, redis.settings(), options_of(Durability::database)};
};

TEST_F(InDatabase, WhatIsAcknowledgedIsInTheStore) {
  Worker worker(gate, redis.settings(), telling());
  const ListId list_id = server.create();
  for (int i = 0; i < 5; ++i) {
    const ItemId item_id = server.add(list_id, "milk" + std::to_string(i));
    const SharedItem* item = store.stored(list_id)->find_item(item_id);
    ASSERT_TRUE(item);
    EXPECT_EQ((*item)->name, "milk" + std::to_string(i));
  }
}

TEST_F(InDatabase, WhatTheStoreDoesNotHaveIsNotAcknowledgedAndNeitherIsItsRepetition) {
  Worker worker(gate, redis.settings(), telling());
  const ListId list_id = server.create();
  const ItemId item_id = server.add(list_id);
  gate.is_away = true;
  EXPECT_TRUE(says_to_send_it_again(server.commit(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1))));
  EXPECT_TRUE(says_to_send_it_again(server.commit(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1))));

  gate.is_away = false;
  wait_until([&] { return static_cast<bool>(server.commit(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1))); },
             "the store has it");
  EXPECT_EQ((*store.stored(list_id)->find_item(item_id))->name, "oat milk");
}

TEST_F(InDatabase, AServerThatAWorkerTellsNothingLooksForItself) {
  Worker silent(gate, redis.settings());
  const ListId list_id = server.create();
  const ItemId item_id = server.add(list_id);
  server.accept(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1));
  EXPECT_EQ((*store.stored(list_id)->find_item(item_id))->name, "oat milk");
}

TEST_F(InDatabase, WhatASecondServerAcceptedIsWaitedForToo) {
  Worker worker(gate, redis.settings(), telling());
  const ListId list_id = server.create();
  const ItemId item_id = server.add(list_id);
  gate.is_away = true;
  Server other(store, store, redis.settings(), options_of(Durability::database));
  EXPECT_TRUE(says_to_send_it_again(server.commit(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1))));
  EXPECT_TRUE(says_to_send_it_again(other.commit(list_id, ann, renaming(item_id, "oat milk"), op_id_of(1))));
}

}  // namespace
}  // namespace collab::exchange
