// A socket that does not read is closed, and costs the others nothing.
#include <gtest/gtest.h>

#include "unit/events/event_world.hpp"

namespace collab::events {
namespace {

using namespace test;

class SlowReader : public testing::TestWithParam<unsigned> {};

TEST_P(SlowReader, IsClosedAndTheOthersHearEverything) {
  socketio::Settings settings;
  settings.engine.soft_limit = 1'000;
  settings.engine.hard_limit = 4'000;
  EventWorld world(GetParam(), settings);
  const ListId list_id = ListId::make();
  world.accept(list_id, ann, CreateList{"groceries", {}});
  world.accept(list_id, ann, ShareList{bob, {}, Role::viewer});
  // On the list's shard and on another, each behind one that does not read.
  TestClient slow_here = world.connect(bob, world.owner(list_id));
  TestClient quick_here = world.connect(bob, world.owner(list_id));
  TestClient slow_there = world.connect(bob, world.other(list_id));
  TestClient quick_there = world.connect(bob, world.other(list_id));
  std::vector<std::string> expected = {"list_snapshot"};
  for (TestClient* client : {&slow_here, &quick_here, &slow_there, &quick_there})
    client->ask("join_list", "{\"list_id\":\"" + list_id.to_string() + "\"}");
  slow_here.stop_reading();
  slow_there.stop_reading();

  for (int count = 0; count < 50; ++count) {
    world.accept(list_id, ann, adding(ItemId::make(), std::to_string(count)));
    expected.push_back("item_added " + std::to_string(count));
    for (TestClient* client : {&quick_here, &quick_there}) client->packets();
  }

  for (TestClient* client : {&quick_here, &quick_there}) {
    EXPECT_EQ(client->heard_of(list_id), expected);
    EXPECT_EQ(client->closed_for(), std::nullopt);
  }
  for (TestClient* client : {&slow_here, &slow_there}) EXPECT_EQ(client->closed_for(), engineio::CloseReason::slow);
}

INSTANTIATE_TEST_SUITE_P(Shards, SlowReader, testing::Values(1u, 3u));

}  // namespace
}  // namespace collab::events
