#include "services/connections.hpp"

#include <gtest/gtest.h>

#include <future>

namespace collab::services {
namespace {

/// Four shards in which connections come at the same time.
class ConnectionsTest : public ::testing::Test {
 protected:
  ConnectionsTest() { shards_.start(); }
  ~ConnectionsTest() override { shards_.stop_and_join(); }

  using Slots = std::vector<Connections::Slot>;

  /// `count` users of its own connect on each shard; what they were given, when all have their answers.
  Slots open_everywhere(Connections& connections, unsigned count) {
    std::vector<std::promise<Slots>> done(shards_.size());
    for (unsigned shard = 0; shard < shards_.size(); ++shard) {
      spawn(shards_[shard].io(), "test: open", [&connections, &promise = done[shard], shard, count]() -> Task<void> {
        Slots slots;
        for (unsigned i = 0; i < count; ++i) {
          UserId user{"user " + std::to_string(shard) + "." + std::to_string(i)};
          Task<Result<Connections::Slot>> opening = connections.open(std::move(user));
          Result<Connections::Slot> slot = co_await std::move(opening);
          if (slot) slots.push_back(std::move(*slot));
        }
        promise.set_value(std::move(slots));
      });
    }
    Slots all;
    for (auto& promise : done)
      for (auto& slot : promise.get_future().get()) all.push_back(std::move(slot));
    return all;
  }

  ShardSet shards_{4};
};

TEST_F(ConnectionsTest, AreNeverMoreThanTheLimitHoweverManyComeAtOnce) {
  Connections connections(shards_, 0, 50);
  for (int round = 0; round < 20; ++round) {
    Slots slots = open_everywhere(connections, 100);
    EXPECT_EQ(slots.size(), 50u);
    EXPECT_EQ(connections.total(), 50u);
    slots.clear();
    while (connections.total() > 0) std::this_thread::yield();
  }
  EXPECT_EQ(connections.unique_users(), 0u);
  shards_.stop_and_join();  // a shard may still be returning from its last visit
}

}  // namespace
}  // namespace collab::services
