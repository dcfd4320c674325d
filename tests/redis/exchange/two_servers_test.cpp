// What two servers around one Redis promise of one list.
#include "servers.hpp"

namespace collab::exchange {
namespace {

struct TwoServers : RedisExchangeTest {
  ListId create() {
    const ListId list_id = a.create();
    b.follow(list_id);
    return list_id;
  }
  void expect_convergence(const ListId& list_id) {
    expect_rest(list_id);
    expect_agreement(list_id, {&a, &b});
    expect_chain(a.followed(list_id).changes);
    expect_chain(b.followed(list_id).changes);
  }

  Server a{store, redis.settings()}, b{store, redis.settings()};
  Worker worker{store, redis.settings()};
};

TEST_F(TwoServers, ConvergeUnderConcurrentEditsOfOneItem) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id);
  const auto edits_of = [&](Server& server, const std::string& who) {
    std::vector<Command> commands;
    for (int i = 0; i < 30; ++i)
      commands.push_back(command_of(list_id, ann, renaming(item_id, who + std::to_string(i))));
    return std::async(std::launch::async, [&server, commands] { return server.commit_all(commands); });
  };
  auto first = edits_of(a, "a"), second = edits_of(b, "b");

  std::set<Rev> revs;
  std::size_t accepted = 0;
  for (auto* answers : {&first, &second})
    for (const Result<Accepted>& answer : answers->get()) {
      if (!answer) {
        EXPECT_EQ(answer.error().code, Errc::unavailable);
        continue;
      }
      ++accepted;
      revs.insert(answer->rev);
    }

  EXPECT_GT(accepted, 30u);
  EXPECT_EQ(revs.size(), accepted);
  expect_convergence(list_id);
  EXPECT_EQ(b.followed(list_id).changes.size(), accepted + 1);
}

TEST_F(TwoServers, ConvergeUnderConcurrentEditsOfDifferentItems) {
  const ListId list_id = create();
  const auto adds_of = [&](Server& server) {
    std::vector<Command> commands;
    for (int i = 0; i < 50; ++i) commands.push_back(command_of(list_id, ann, adding(ItemId::make())));
    return std::async(std::launch::async, [&server, commands] { return server.commit_all(commands); });
  };
  auto first = adds_of(a), second = adds_of(b);

  for (auto* answers : {&first, &second})
    for (const Result<Accepted>& answer : answers->get()) EXPECT_TRUE(answer);
  expect_convergence(list_id);
  EXPECT_EQ(a.state(list_id)->live_items, 100u);
}

TEST_F(TwoServers, ConvergeUnderConcurrentChangesOfMembersAndItems) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id);
  const auto changes_of = [&](Server& server, const std::string& who) {
    std::vector<Command> commands;
    for (int i = 0; i < 6; ++i) {
      commands.push_back(command_of(list_id, ann, ShareList{UserId{who + std::to_string(i)}, {}, Role::editor}));
      commands.push_back(command_of(list_id, ann, renaming(item_id, who + std::to_string(i))));
    }
    return std::async(std::launch::async, [&server, commands] { return server.commit_all(commands); });
  };
  auto first = changes_of(a, "a"), second = changes_of(b, "b");

  for (auto* answers : {&first, &second})
    for (const Result<Accepted>& answer : answers->get()) EXPECT_TRUE(answer);
  expect_convergence(list_id);
  EXPECT_EQ(b.state(list_id)->member_count(), 13u);
}

TEST_F(TwoServers, FindAConflictWithWhatOnlyTheOtherHasHeard) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id);
  const Rev seen = a.state(list_id)->rev;
  a.accept(list_id, ann, renaming(item_id, "oat milk"));

  EXPECT_EQ(b.refuse(list_id, ann, renaming(item_id, "soy milk", seen)), Errc::revision_conflict);
  expect_convergence(list_id);
}

TEST_F(TwoServers, RefuseWhoWasRemovedAtTheOther) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id);
  b.accept(list_id, ann, ShareList{bob, {}, Role::editor});
  b.accept(list_id, bob, renaming(item_id, "oat milk"), op_id_of(1));
  b.unfollow(list_id);  // so that it knows nothing newer by hearsay

  a.accept(list_id, ann, RemoveMember{bob});

  EXPECT_EQ(b.refuse(list_id, bob, renaming(item_id, "soy milk")), Errc::forbidden);
  EXPECT_EQ(b.refuse(list_id, bob, renaming(item_id, "oat milk"), op_id_of(1)), Errc::forbidden);
  EXPECT_EQ((*a.state(list_id)->find_item(item_id))->name, "oat milk");
}

TEST_F(TwoServers, RefuseAViewerWhoWasAnEditorAtTheOther) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id);
  b.accept(list_id, ann, ShareList{bob, {}, Role::editor});

  a.accept(list_id, ann, ShareList{bob, {}, Role::viewer});

  EXPECT_EQ(b.refuse(list_id, bob, renaming(item_id, "soy milk")), Errc::forbidden);
}

TEST_F(TwoServers, RefuseStrangersWithoutSayingWhetherTheListExists) {
  const ListId list_id = create();

  const auto known = b.commit(list_id, eve, renaming(item_id_of(1), "x"), op_id_of(1));
  const auto unknown = b.commit(ListId::make(), eve, renaming(item_id_of(1), "x"), op_id_of(1));

  ASSERT_FALSE(known);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(known.error().code, unknown.error().code);
  EXPECT_EQ(known.error().message, unknown.error().message);
}

TEST_F(TwoServers, RepeatAnOpAtTheOtherWithTheSameRevAndNoEvent) {
  const ListId list_id = create();
  const ItemId item_id = item_id_of(1);
  const Rev rev = a.accept(list_id, ann, adding(item_id), op_id_of(1));
  const Rev last = a.accept(list_id, ann, renaming(item_id, "oat milk"));
  wait_until([&] { return b.state(list_id)->rev == last; }, "the other has heard of both");
  const std::size_t heard = b.followed(list_id).changes.size();

  const auto again = b.commit(list_id, ann, adding(item_id), op_id_of(1));

  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_repeat);
  EXPECT_EQ(again->rev, rev);
  EXPECT_EQ(b.followed(list_id).changes.size(), heard);
  expect_convergence(list_id);
}

TEST_F(TwoServers, GiveOneOpThatIsSentToBothAtOnceOneRev) {
  const ListId list_id = create();
  const ItemId item_id = a.add(list_id);
  for (std::uint8_t round = 1; round <= 20; ++round) {
    const auto at = [&](Server& server) {
      return std::async(std::launch::async, [&] {
        return server.accept(list_id, ann, renaming(item_id, "round" + std::to_string(round)), op_id_of(round));
      });
    };
    auto first = at(a), second = at(b);
    EXPECT_EQ(first.get(), second.get());
  }
  expect_convergence(list_id);
  EXPECT_EQ(a.followed(list_id).changes.size(), 21u);
}

TEST_F(TwoServers, TellUsersWhoChoseTheSameOpIdApart) {
  const ListId list_id = create();
  a.accept(list_id, ann, ShareList{bob, {}, Role::editor});
  for (std::uint8_t round = 1; round <= 20; ++round) {
    Command first = command_of(list_id, ann, adding(ItemId::make(), "of ann"));
    Command second = command_of(list_id, bob, adding(ItemId::make(), "of bob"));
    first.op_id = second.op_id = op_id_of(round);

    const auto answers = a.commit_all({first, second});

    ASSERT_TRUE(answers[0] && answers[1]);
    EXPECT_EQ(answers[0]->change->rev, answers[0]->rev);
    EXPECT_EQ(answers[1]->change->rev, answers[1]->rev);
    EXPECT_EQ(answers[0]->change->item->name, "of ann");
    EXPECT_EQ(answers[1]->change->item->name, "of bob");
  }
}

TEST_F(TwoServers, GiveTheLastPlaceOfAListOnce) {
  RedisExchangeOptions options;
  options.rules.items_per_list = 5;
  Server c(store, redis.settings(), options), d(store, redis.settings(), options);
  const ListId list_id = c.create();
  d.follow(list_id);
  const auto adds_of = [&](Server& server) {
    std::vector<Command> commands;
    for (int i = 0; i < 10; ++i) commands.push_back(command_of(list_id, ann, adding(ItemId::make())));
    return std::async(std::launch::async, [&server, commands] { return server.commit_all(commands); });
  };
  auto first = adds_of(c), second = adds_of(d);

  int accepted = 0;
  for (auto* answers : {&first, &second})
    for (const Result<Accepted>& answer : answers->get()) {
      accepted += answer ? 1 : 0;
      EXPECT_TRUE(answer || answer.error().code == Errc::limit_exceeded);
    }

  EXPECT_EQ(accepted, 5);
  expect_rest(list_id);
  EXPECT_EQ(in_redis(list_id).live_items, 5u);
}

TEST_F(TwoServers, ReadAListThatTheOtherHasJustCreated) {
  const ListId list_id = ListId::make();
  b.follow(list_id);
  EXPECT_FALSE(b.state(list_id)->exists());

  a.accept(list_id, ann, CreateList{"groceries", {}});

  wait_until([&] { return b.state(list_id)->exists(); }, "it is there");
  EXPECT_EQ(b.refuse(list_id, bob, CreateList{"mine", {}}), Errc::already_exists);
}

struct TwoServersWithoutWorker : RedisExchangeTest {
  Server a{store, redis.settings()}, b{store, redis.settings()};
};

TEST_F(TwoServersWithoutWorker, ShowAShareInListsOfBeforeTheStoreHasIt) {
  const ListId list_id = a.create();

  a.accept(list_id, ann, ShareList{bob, {}, Role::viewer});
  EXPECT_EQ(b.role_in_lists_of(bob, list_id), Role::viewer);

  a.accept(list_id, ann, RemoveMember{bob});
  EXPECT_EQ(b.role_in_lists_of(bob, list_id), Role::none);
}

TEST_F(TwoServersWithoutWorker, KeepShowingAShareWhileTheStoreComesFromBehind) {
  Gate gate(store);
  const ListId list_id = a.create();
  a.accept(list_id, ann, ShareList{bob, {}, Role::viewer});
  {
    Worker worker(gate, redis.settings());
    drain();
  }
  // The store says that Bob is a viewer, and so does Redis; between the two he was not.
  a.accept(list_id, ann, RemoveMember{bob});
  a.accept(list_id, ann, ShareList{bob, {}, Role::viewer});
  EXPECT_EQ(b.role_in_lists_of(bob, list_id), Role::viewer);
  EXPECT_EQ(b.role_in_lists_of(bob, list_id), Role::viewer);

  const redis::Reply first = redis.run({"XRANGE", keys.writes(keys.partition_of(list_id)), "-", "+", "COUNT", "1"});
  const auto removal = parse_message(list_id, first.elements.at(0).elements.at(1).elements.at(3).text);
  ASSERT_TRUE(removal);
  ASSERT_TRUE(ask(a.shard(), [&]() -> Task<bool> {
    std::vector<SharedChange> changes{removal->change};
    Task<Result<store::MergeOutcome>> merging = store.merge(std::move(changes));
    const Result<store::MergeOutcome> merged = co_await std::move(merging);
    co_return static_cast<bool>(merged);
  }));

  EXPECT_EQ(b.role_in_lists_of(bob, list_id), Role::viewer);
}

TEST_F(TwoServersWithoutWorker, ForgetMembershipsThatTheStoreHas) {
  const ListId list_id = a.create();
  a.accept(list_id, ann, ShareList{bob, {}, Role::viewer});
  a.accept(list_id, ann, DeleteList{});
  EXPECT_EQ(redis.run({"HLEN", Keys::memberships(bob)}).integer, 1);

  Worker worker(store, redis.settings());
  drain();

  wait_until(
      [&] {
        EXPECT_EQ(b.lists_of(bob)->size(), 1u);
        return redis.run({"HLEN", Keys::memberships(bob)}).integer == 0;
      },
      "the overlay is empty");
}

TEST_F(TwoServersWithoutWorker, ARepeatedShareIsShownEvenIfTheFirstServerCouldNotNoteIt) {
  const ListId list_id = a.create();
  a.accept(list_id, ann, ShareList{bob, {}, Role::viewer}, op_id_of(1));
  redis.run({"DEL", Keys::memberships(bob)});  // as if it had ended between the commit and the note

  b.accept(list_id, ann, ShareList{bob, {}, Role::viewer}, op_id_of(1));

  EXPECT_EQ(b.role_in_lists_of(bob, list_id), Role::viewer);
}

TEST_F(TwoServersWithoutWorker, ShowALinkBeforeTheStoreHasIt) {
  const ListId list_id = a.create();
  CreateShareLink link;
  link.link_id = LinkId::make();
  link.secret_hash = std::string(32, 'h');
  a.accept(list_id, ann, link);

  const auto found = ask(b.shard(), [&]() -> Task<std::optional<ListId>> {
    Task<Result<std::optional<ListId>>> finding = b.exchange().list_of_link(link.link_id);
    Result<std::optional<ListId>> result = co_await std::move(finding);
    co_return result ? *result : std::nullopt;
  });
  EXPECT_EQ(found, list_id);
  b.accept(list_id, bob, AcceptShareLink{link.secret_hash, {}});
  EXPECT_EQ(a.role_in_lists_of(bob, list_id), Role::viewer);
}

TEST_F(TwoServersWithoutWorker, CatchUpWithWhatWasAcceptedBeforeItWasAsked) {
  const ListId list_id = a.create();
  b.follow(list_id);
  std::promise<void> is_blocked, may_go_on;
  auto catching_up = std::async(std::launch::async, [&] {
    return ask(b.shard(), [&]() -> Task<std::pair<Rev, Rev>> {
      is_blocked.set_value();
      may_go_on.get_future().wait();  // its loop stands still: it hears nothing of what happens meanwhile
      const Rev before = b.state_here(list_id)->rev;
      Task<Result<void>> catching = b.exchange().catch_up(list_id);
      const Result<void> caught_up = co_await std::move(catching);
      EXPECT_TRUE(caught_up);
      co_return std::pair(before, b.state_here(list_id)->rev);
    });
  });
  is_blocked.get_future().wait();

  const Rev rev = a.accept(list_id, ann, ShareList{bob, {}, Role::viewer});
  may_go_on.set_value();

  const auto [before, after] = catching_up.get();
  EXPECT_LT(before, rev);
  EXPECT_EQ(after, rev);
}

TEST_F(TwoServersWithoutWorker, BringNoticesToWhoeverWatchesTheUser) {
  const ListId list_id = a.create();
  const auto watched = ask(b.shard(), [&]() -> Task<bool> {
    Task<Result<void>> watching = b.exchange().watch_user(bob);
    const Result<void> done = co_await std::move(watching);
    co_return static_cast<bool>(done);
  });
  ASSERT_TRUE(watched);

  a.accept(list_id, ann, ShareList{bob, {}, Role::viewer});
  wait_until([&] { return b.notices() == 1; }, "the share is told");
  EXPECT_EQ(a.notices(), 0u);
  EXPECT_EQ(unwritten(list_id), 2);
}

}  // namespace
}  // namespace collab::exchange
