// What `join` sends while the world does not stand still.
#include <gtest/gtest.h>

#include "unit/events/event_world.hpp"

namespace collab::events {
namespace {

using namespace test;

class Join : public testing::TestWithParam<unsigned> {
 protected:
  ListId create_for(const UserId& member) {
    const ListId list_id = ListId::make();
    world.accept(list_id, ann, CreateList{"groceries", {}});
    world.accept(list_id, ann, ShareList{member, {}, Role::editor});
    return list_id;
  }
  /// Commits this on its list's shard, from whichever it runs on.
  Task<void> commit(ListId list_id, Action action) {
    Command command = command_of(list_id, ann, std::move(action));
    const auto accepted = co_await world.lists->commit(std::move(command));
    EXPECT_TRUE(accepted);
  }
  /// Whether the last `user_lists` names this list.
  static bool names(const std::vector<std::string>& packets, const ListId& list_id) {
    std::string last;
    for (const std::string& packet : packets)
      if (packet.starts_with("42[\"user_lists\"")) last = packet;
    EXPECT_FALSE(last.empty());
    return last.find(list_id.to_string()) != std::string::npos;
  }
  static std::size_t place_of(const std::vector<std::string>& packets, std::string_view event) {
    const std::string beginning = "42[\"" + std::string(event) + '"';
    const auto found = std::find_if(packets.begin(), packets.end(),
                                    [&](const std::string& packet) { return packet.starts_with(beginning); });
    EXPECT_NE(found, packets.end()) << event;
    return static_cast<std::size_t>(found - packets.begin());
  }

  EventWorld world{GetParam()};
};

TEST_P(Join, NamesAListThatWasSharedMeanwhile) {
  create_for(bob);
  const ListId shared = ListId::make();
  world.accept(shared, ann, CreateList{"later", {}});
  bool is_first = true;
  world.probe.before_state = [&](const ListId&) -> Task<void> {
    ShareList share{bob, {}, Role::editor};
    if (std::exchange(is_first, false)) co_await commit(shared, std::move(share));
  };
  TestClient client = world.connect(bob, world.shards[0]);

  client.ask("join", "{}");

  const auto packets = client.packets();
  EXPECT_LT(place_of(packets, "list_shared_with_you"), place_of(packets, "user_lists"));
  EXPECT_TRUE(names(packets, shared));
}

TEST_P(Join, DoesNotNameAListThatWasTakenAwayMeanwhile) {
  const std::vector<ListId> both = {create_for(bob), create_for(bob)};
  std::vector<ListId> entered;
  world.probe.before_state = [&](const ListId& list_id) -> Task<void> {
    entered.push_back(list_id);
    RemoveMember removal{bob};
    if (entered.size() == 2) co_await commit(entered.front(), std::move(removal));
  };
  TestClient client = world.connect(bob, world.shards[0]);

  client.ask("join", "{}");

  const auto packets = client.packets();
  EXPECT_LT(place_of(packets, "list_deleted"), place_of(packets, "user_lists"));
  EXPECT_FALSE(names(packets, entered.at(0)));
  EXPECT_TRUE(names(packets, entered.at(1)));
}

TEST_P(Join, EndsEvenIfARoomIsNotTheUsersList) {
  const ListId strange = ListId::make();
  TestClient client = world.connect(bob, world.shards[0]);
  call(world.owner(strange), [&] { world.hub.enter_user(bob, strange, socketio::make_event("x", "1")); });
  client.packets();

  client.ask("join", "{}");

  EXPECT_FALSE(names(client.packets(), strange));
}

INSTANTIATE_TEST_SUITE_P(Shards, Join, testing::Values(1u, 3u));

TEST(JoinOfASlowClient, QueuesOneListAfterAnother) {
  socketio::Settings settings;
  settings.engine.soft_limit = 1;
  EventWorld world(1, settings);
  for (int count = 0; count < 3; ++count) {
    const ListId list_id = ListId::make();
    world.accept(list_id, ann, CreateList{"groceries", {}});
  }
  TestClient client = world.connect(ann, world.shards[0]);
  std::size_t entered = 0;
  world.probe.state_taken = [&](const ListId&) { ++entered; };
  const auto entered_after_a_while = [&] {
    ask(world.shards[0], [] { return settle(); });
    return call(world.shards[0], [&] { return entered; });
  };

  client.stop_reading();
  const int id = client.send("join", "{}");
  for (std::size_t count = 1; count <= 3; ++count) {
    EXPECT_EQ(entered_after_a_while(), count);
    client.read_once();
  }
  client.go_on_reading();

  client.answer(id);
}

}  // namespace
}  // namespace collab::events
