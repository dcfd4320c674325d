// A socket that enters a list gets its state and then exactly the changes after it, whenever they become durable.
#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "support/list_draft.hpp"
#include "unit/events/event_world.hpp"

namespace collab::events {
namespace {

using namespace test;
using Lines = std::vector<std::string>;

/// Where the socket is.
struct Place {
  const char* name;
  unsigned shards;
  bool is_elsewhere;  ///< not on the list's shard
};

enum class Knows { nothing, an_older_rev, the_present_rev };

/// How it enters, and what it has of the list already.
struct Way {
  const char* event;
  Knows knows;
};
constexpr Way ways[] = {{"join", Knows::nothing},           {"join", Knows::an_older_rev},
                        {"join", Knows::the_present_rev},   {"join_list", Knows::nothing},
                        {"join_list", Knows::an_older_rev}, {"join_list", Knows::the_present_rev}};

AddItem add(std::string name) { return adding(ItemId::make(), std::move(name)); }

/// A list of Ann's with the items 1 and 2 and a member with one socket, who is about to enter it.
struct Scene {
  Scene(EventWorld& with, const Place& place, Way taken)
      : world(with), way(taken), list_id(ListId::make()), member{"member " + list_id.to_string()} {
    world.accept(list_id, ann, CreateList{"groceries", {}});
    world.accept(list_id, ann, ShareList{member, {}, Role::editor});
    world.accept(list_id, ann, add("1"));
    const Rev older = world.rev_of(list_id);
    world.accept(list_id, ann, add("2"));
    rev = world.rev_of(list_id);
    known = way.knows == Knows::nothing ? 0 : way.knows == Knows::an_older_rev ? older : rev;
    client.emplace(world.connect(member, place.is_elsewhere ? world.other(list_id) : world.owner(list_id)));
  }

  int send() {
    std::string position = R"({"epoch":")" + std::to_string(world.store.era()) + R"(","rev":)" + std::to_string(known);
    position += "}";
    const std::string id = '"' + list_id.to_string() + '"';
    std::string data = "{";
    if (std::string_view(way.event) == "join") {
      if (known) data += "\"known\":{" + id + ":" + position + "}";
    } else {
      data += "\"list_id\":" + id;
      if (known) data += ",\"since\":" + position;
    }
    return client->send(way.event, data + "}");
  }
  /// What was heard of the list, with one more change at the end that nobody can miss.
  Lines heard() {
    world.accept(list_id, ann, add("last"));
    return client->heard_of(list_id, rev_of_what_it_has());
  }
  /// When the racing change 3 came before the state, or after it.
  Lines with_it_in_the_state() const {
    switch (way.knows) {
      case Knows::nothing:
        return {"list_snapshot 1 2 3", "item_added last"};
      case Knows::an_older_rev:
        return {"list_delta 2 3", "item_added last"};
      case Knows::the_present_rev:
        return {"list_delta 3", "item_added last"};
    }
    return {};
  }
  Lines with_it_as_an_event() const {
    switch (way.knows) {
      case Knows::nothing:
        return {"list_snapshot 1 2", "item_added 3", "item_added last"};
      case Knows::an_older_rev:
        return {"list_delta 2", "item_added 3", "item_added last"};
      case Knows::the_present_rev:
        return {"item_added 3", "item_added last"};
    }
    return {};
  }

  /// Lets `f` happen at that moment of this list's entering.
  void before_state(std::function<Task<void>()> f) {
    world.probe.before_state = [this, f = std::move(f)](const ListId& entered) -> Task<void> {
      if (entered == list_id) co_await f();
    };
  }
  void when_state_is_taken(std::function<void()> f) {
    world.probe.state_taken = [this, f = std::move(f)](const ListId& entered) {
      if (entered == list_id) f();
    };
  }

  EventWorld& world;
  const Way way;
  const ListId list_id;
  const UserId member;
  Rev rev = 0;
  Rev known = 0;
  std::optional<TestClient> client;

 private:
  // A socket that is sent away has heard of nothing before: the event follows what is there.
  Rev rev_of_what_it_has() const { return known ? known : rev; }
};

class Entering : public testing::TestWithParam<Place> {
 protected:
  void in_every_way(const std::function<void(Scene&)>& race) {
    for (const Way& way : ways) {
      SCOPED_TRACE(std::string(way.event) + " " + std::to_string(static_cast<int>(way.knows)));
      Scene scene(world, GetParam(), way);
      race(scene);
      world.probe.before_state = [](const ListId&) -> Task<void> { co_return; };
      world.probe.state_taken = [](const ListId&) {};
    }
  }

  EventWorld world{GetParam().shards};
};

TEST_P(Entering, HasInItsStateWhatBecameDurableJustBefore) {
  in_every_way([&](Scene& scene) {
    auto change = world.start_held(scene.list_id, ann, add("3"));
    scene.before_state([&] { return world.let_become_durable(scene.list_id, scene.rev); });

    scene.client->answer(scene.send());

    EXPECT_TRUE(change.get());
    EXPECT_EQ(scene.heard(), scene.with_it_in_the_state());
  });
}

TEST_P(Entering, HearsWhatBecomesDurableWhenTheStateIsTaken) {
  in_every_way([&](Scene& scene) {
    auto change = world.start_held(scene.list_id, ann, add("3"));
    scene.when_state_is_taken([&] { world.store.release(); });

    scene.client->answer(scene.send());

    EXPECT_TRUE(change.get());
    EXPECT_EQ(scene.heard(), scene.with_it_as_an_event());
  });
}

TEST_P(Entering, HearsWhatBecomesDurableAfterItsReceipt) {
  in_every_way([&](Scene& scene) {
    auto change = world.start_held(scene.list_id, ann, add("3"));

    scene.client->answer(scene.send());
    call(world.owner(scene.list_id), [&] { world.store.release(); });

    EXPECT_TRUE(change.get());
    EXPECT_EQ(scene.heard(), scene.with_it_as_an_event());
  });
}

TEST_P(Entering, OfAListThatIsReadForItHearsWhatIsDecidedMeanwhile) {
  support::ListDraft draft(ann);
  std::vector<SharedChange> stored = {draft.create(), draft.share(bob, Role::editor), draft.add("1")};
  const ListId list_id = draft.id();
  ask(world.owner(list_id), [&] { return world.store.apply(stored); });
  TestClient client = world.connect(bob, GetParam().is_elsewhere ? world.other(list_id) : world.owner(list_id));
  call(world.owner(list_id), [&] { world.store.hold_loads(); });

  const int id = client.send("join", "{}");
  ask(world.owner(list_id), [&]() -> Task<void> {
    while (world.store.held_loads() == 0) co_await settle(1);
  });
  auto change = world.start(list_id, ann, add("2"));
  call(world.owner(list_id), [&] { world.store.release(); });
  client.answer(id);

  EXPECT_TRUE(change.get());
  world.accept(list_id, ann, add("last"));
  EXPECT_EQ(client.heard_of(list_id), (Lines{"list_snapshot 1", "item_added 2", "item_added last"}));
}

TEST_P(Entering, IsRefusedToWhoWasRemovedJustBefore) {
  in_every_way([&](Scene& scene) {
    auto change = world.start_held(scene.list_id, ann, RemoveMember{scene.member});
    scene.before_state([&] { return world.let_become_durable(scene.list_id, scene.rev); });

    const std::string answer = scene.client->answer(scene.send());

    EXPECT_TRUE(change.get());
    EXPECT_EQ(answer.find("forbidden") != std::string::npos, std::string_view(scene.way.event) == "join_list");
    world.accept(scene.list_id, ann, add("secret"));
    EXPECT_EQ(scene.client->heard_of(scene.list_id, scene.rev), Lines{"list_deleted"});
  });
}

TEST_P(Entering, EndsForWhoIsRemovedWhenTheStateIsTaken) {
  Scene scene(world, GetParam(), ways[0]);
  auto change = world.start_held(scene.list_id, ann, RemoveMember{scene.member});
  scene.when_state_is_taken([&] { world.store.release(); });

  scene.client->answer(scene.send());

  EXPECT_TRUE(change.get());
  EXPECT_EQ(scene.heard(), (Lines{"list_snapshot 1 2", "list_deleted"}));
}

TEST_P(Entering, EndsForAllWhenTheListIsDeletedThen) {
  Scene scene(world, GetParam(), ways[0]);
  auto change = world.start_held(scene.list_id, ann, DeleteList{});
  scene.when_state_is_taken([&] { world.store.release(); });

  scene.client->answer(scene.send());

  EXPECT_TRUE(change.get());
  const std::string late = "{\"list_id\":\"" + scene.list_id.to_string() + "\",\"rev\":1}";
  call(world.owner(scene.list_id), [&] { world.hub.to_list(scene.list_id, socketio::make_event("late", late)); });
  EXPECT_EQ(scene.client->heard_of(scene.list_id), (Lines{"list_snapshot 1 2", "list_deleted"}));
}

/// Bob is made a member while he is there with two sockets, and Ann looks on.
TEST_P(Entering, ByBeingSharedAListHearsWhatFollowsTheSharing) {
  const ListId list_id = ListId::make();
  world.accept(list_id, ann, CreateList{"groceries", {}});
  world.accept(list_id, ann, add("1"));
  TestClient owner = world.connect(ann, world.owner(list_id));
  owner.ask("join", "{}");
  TestClient here = world.connect(bob, world.owner(list_id));
  TestClient there = world.connect(bob, world.other(list_id));

  std::vector<std::future<Result<exchange::Accepted>>> changes;
  changes.push_back(world.start_held(list_id, ann, add("2")));
  changes.push_back(world.start_held(list_id, ann, ShareList{bob, {}, Role::editor}));
  changes.push_back(world.start_held(list_id, ann, add("3")));
  std::optional<StoppedShard> stopped;
  if (world.shards.size() > 1) stopped.emplace(there.shard());
  call(world.owner(list_id), [&] { world.store.release(); });
  for (auto& change : changes) EXPECT_TRUE(change.get());
  stopped.reset();
  world.accept(list_id, ann, add("last"));

  const Lines member = {"list_shared_with_you 1 2", "item_added 3", "item_added last"};
  EXPECT_EQ(here.heard_of(list_id), member);
  EXPECT_EQ(there.heard_of(list_id), member);
  EXPECT_EQ(owner.heard_of(list_id),
            (Lines{"list_snapshot 1", "item_added 2", "members_changed", "item_added 3", "item_added last"}));
}

INSTANTIATE_TEST_SUITE_P(Shards, Entering,
                         testing::Values(Place{"OneShard", 1, false}, Place{"OfThreeTheLists", 3, false},
                                         Place{"OfThreeAnother", 3, true}),
                         [](const auto& tested) { return tested.param.name; });

/// The socket's shard is behind: what the list's shard tells it waits there while more happens.
class EnteringOnABusyShard : public Entering {};

TEST_P(EnteringOnABusyShard, HasInItsStateWhatWasPublishedJustBefore) {
  in_every_way([&](Scene& scene) {
    auto change = world.start_held(scene.list_id, ann, add("3"));
    std::optional<StoppedShard> stopped;
    std::promise<void> taken;
    scene.before_state([&]() -> Task<void> {
      stopped.emplace(scene.client->shard());
      co_await world.let_become_durable(scene.list_id, scene.rev);
    });
    scene.when_state_is_taken([&] { taken.set_value(); });

    const int id = scene.send();
    taken.get_future().wait();
    call(world.owner(scene.list_id), [] {});
    stopped.reset();
    scene.client->answer(id);

    EXPECT_TRUE(change.get());
    EXPECT_EQ(scene.heard(), scene.with_it_in_the_state());
  });
}

TEST_P(EnteringOnABusyShard, HearsWhatIsPublishedBeforeItHasEntered) {
  in_every_way([&](Scene& scene) {
    auto change = world.start_held(scene.list_id, ann, add("3"));
    std::optional<StoppedShard> stopped;
    scene.when_state_is_taken([&] {
      stopped.emplace(scene.client->shard());
      world.store.release();
    });

    const int id = scene.send();
    const auto accepted = change.get();
    stopped.reset();
    scene.client->answer(id);

    EXPECT_TRUE(accepted);
    EXPECT_EQ(scene.heard(), scene.with_it_as_an_event());
  });
}

INSTANTIATE_TEST_SUITE_P(Shards, EnteringOnABusyShard, testing::Values(Place{"OfThreeAnother", 3, true}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace collab::events
