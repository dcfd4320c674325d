// The promises of exchange/exchange.hpp, for every implementation, on one shard and on three.
#include <gtest/gtest.h>

#include <random>

#include "contract/exchange/exchange_under_test.hpp"
#include "support/list_draft.hpp"
#include "support/on_shard.hpp"
#include "support/one_list.hpp"

namespace collab::exchange {
namespace {

using namespace test;

/// The least that stands above an exchange: keeps the states of watched lists current by their changes.
struct Follower {
  Exchange* exchange = nullptr;
  std::unordered_map<ListId, ListView> states;
  std::vector<SharedChange> changes;
  std::vector<Notice> notices;

  void hear(const SharedChange& change) {
    changes.push_back(change);
    ListView& state = states[change->list_id];
    if (change->rev <= state->rev) return;
    EXPECT_EQ(change->prev_rev, state->rev);
    state = std::make_shared<const ListState>(apply(*state, *change));
  }
  Task<void> follow(ListId list_id) {
    if (states.contains(list_id)) co_return;
    Task<Result<void>> watching = exchange->watch(list_id);
    const Result<void> watched = co_await std::move(watching);
    EXPECT_TRUE(watched);
    Task<Result<ListView>> fetching = exchange->fetch(list_id);
    const Result<ListView> fetched = co_await std::move(fetching);
    EXPECT_TRUE(fetched);
    states[list_id] = *fetched;
  }
  Task<Result<Accepted>> commit(Command command) {
    const ListId list_id = command.list_id;
    ListView local = states[list_id];
    Task<Result<Accepted>> committing = exchange->commit(std::move(local), std::move(command));
    co_return co_await std::move(committing);
  }
};

struct Setting {
  ExchangeFactory factory;
  unsigned shards;
};

void PrintTo(const Setting& setting, std::ostream* out) {
  *out << setting.factory.name << " on " << setting.shards << " shards";
}

std::vector<Setting> settings() {
  std::vector<Setting> all;
  for (const ExchangeFactory& factory : exchange_factories())
    for (const unsigned shards : {1u, 3u}) all.push_back({factory, shards});
  return all;
}

class ExchangeContract : public testing::TestWithParam<Setting> {
 protected:
  void SetUp() override {
    tier_ = GetParam().factory.make();
    start();
  }
  void TearDown() override { stop(); }

  void start() {
    shards_ = std::make_unique<ShardSet>(GetParam().shards);
    exchanges_ = tier_->open(*shards_, clock, rules);
    followers_ = std::vector<Follower>(exchanges_.size());
    for (std::size_t i = 0; i < exchanges_.size(); ++i) {
      Follower& follower = followers_[i];
      follower.exchange = exchanges_[i].get();
      follower.exchange->on_change([&follower](const SharedChange& change, const ListView&) { follower.hear(change); });
      follower.exchange->on_notice([&follower](const Notice& notice) { follower.notices.push_back(notice); });
    }
    shards_->start();
    tier_->started(*shards_);
  }
  void stop() {
    shards_->stop_and_join();
    exchanges_.clear();
    tier_->close();  // before the shards: its threads may still be at waking one
    shards_.reset();
    followers_.clear();
  }
  void restart() {
    stop();
    start();
  }

  Shard& shard_of(const ListId& list_id) { return shards_->owner(list_id.hash()); }
  Follower& follower_of(const ListId& list_id) { return followers_[shard_of(list_id).index()]; }
  Exchange& exchange_of(const ListId& list_id) { return *follower_of(list_id).exchange; }
  ListView state_of(const ListId& list_id) {
    return call(shard_of(list_id), [&] { return follower_of(list_id).states[list_id]; });
  }
  std::vector<SharedChange> changes_of(const ListId& list_id) {
    return call(shard_of(list_id), [&] {
      std::vector<SharedChange> result;
      for (const SharedChange& change : follower_of(list_id).changes)
        if (change->list_id == list_id) result.push_back(change);
      return result;
    });
  }

  /// All of one list and at once; the answers in the same order.
  std::vector<Result<Accepted>> commit_all(std::vector<Command> commands) {
    const ListId list_id = commands.front().list_id;
    Shard& shard = shard_of(list_id);
    Follower& follower = follower_of(list_id);
    return ask(shard, [&]() -> Task<std::vector<Result<Accepted>>> {
      co_await follower.follow(list_id);
      std::vector<Task<Result<Accepted>>> tasks;
      for (const Command& command : commands) tasks.push_back(follower.commit(command));
      Task<std::vector<Result<Accepted>>> answers = all(shard.io(), std::move(tasks));
      co_return co_await std::move(answers);
    });
  }
  Result<Accepted> commit(const ListId& list_id, const UserId& user, Action action,
                          std::optional<OpId> op_id = std::nullopt) {
    Command command = command_of(list_id, user, std::move(action));
    command.op_id = op_id;
    return commit_all({command}).front();
  }
  Rev accept(const ListId& list_id, const UserId& user, Action action, std::optional<OpId> op_id = std::nullopt) {
    const Result<Accepted> answer = commit(list_id, user, std::move(action), op_id);
    if (!answer) {
      ADD_FAILURE() << "refused: " << answer.error().message;
      return 0;
    }
    return answer->rev;
  }
  Errc refuse(const ListId& list_id, const UserId& user, Action action, std::optional<OpId> op_id = std::nullopt) {
    const Result<Accepted> answer = commit(list_id, user, std::move(action), op_id);
    EXPECT_FALSE(answer);
    return answer ? Errc::internal : answer.error().code;
  }
  ListId create() {
    const ListId list_id = ListId::make();
    accept(list_id, ann, CreateList{"groceries", {}});
    return list_id;
  }
  ListView load(const ListId& list_id) {
    return ask(shard_of(list_id), [&]() -> Task<ListView> {
      Task<Result<store::LoadedList>> loading = tier_->store().load(list_id);
      Result<store::LoadedList> loaded = co_await std::move(loading);
      co_return loaded ? loaded->state : nullptr;
    });
  }

  ManualClock clock;
  Rules rules;
  std::unique_ptr<ExchangeUnderTest> tier_;
  std::unique_ptr<ShardSet> shards_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::vector<Follower> followers_;
};

Command with_op(Command command, const OpId& op_id) {
  command.op_id = op_id;
  return command;
}

TEST_P(ExchangeContract, FetchesAListThatNeverWasAsOneWithRevZero) {
  const ListId list_id = ListId::make();
  const ListView state = ask(shard_of(list_id), [&]() -> Task<ListView> {
    co_await follower_of(list_id).follow(list_id);
    co_return follower_of(list_id).states[list_id];
  });

  ASSERT_TRUE(state);
  EXPECT_FALSE(state->exists());
  EXPECT_EQ(state->id, list_id);
  EXPECT_GT(state->era, 0);
}

TEST_P(ExchangeContract, AnswersOnlyAfterTheChangeWasHandledAndStored) {
  const ListId list_id = ListId::make();
  Shard& shard = shard_of(list_id);
  Follower& follower = follower_of(list_id);

  const Rev rev = ask(shard, [&]() -> Task<Rev> {
    co_await follower.follow(list_id);
    Command command = command_of(list_id, ann, CreateList{"x", {}});
    Task<Result<Accepted>> committing = follower.commit(std::move(command));
    const Result<Accepted> answer = co_await std::move(committing);
    EXPECT_TRUE(answer);
    EXPECT_EQ(follower.changes.size(), 1u);
    EXPECT_EQ(follower.changes.at(0), answer->change);
    EXPECT_EQ(follower.states[list_id]->rev, answer->rev);
    co_return answer->rev;
  });

  EXPECT_EQ(load(list_id)->rev, rev);
}

TEST_P(ExchangeContract, DecidesInCallOrderWithoutWaitingForTheDisk) {
  const ListId list_id = create();
  std::vector<Command> commands;
  for (int i = 0; i < 100; ++i) {
    commands.push_back(command_of(list_id, ann, adding(item_id_of(static_cast<std::uint8_t>(i)))));
    commands.push_back(
        command_of(list_id, ann, renaming(item_id_of(static_cast<std::uint8_t>(i)), "name" + std::to_string(i))));
  }

  const auto answers = commit_all(commands);

  Rev last = 0;
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_GT(answer->rev, last);
    last = answer->rev;
  }
  const auto changes = changes_of(list_id);
  ASSERT_EQ(changes.size(), 201u);
  for (std::size_t i = 1; i < changes.size(); ++i) {
    EXPECT_EQ(changes[i]->prev_rev, changes[i - 1]->rev);
    EXPECT_EQ(changes[i]->rev, answers[i - 1]->rev);
  }
}

TEST_P(ExchangeContract, KeepsManyListsApart) {
  std::vector<ListId> lists;
  for (int i = 0; i < 12; ++i) lists.push_back(create());
  for (const ListId& list_id : lists) {
    std::vector<Command> commands;
    for (int i = 0; i < 10; ++i) commands.push_back(command_of(list_id, ann, adding(ItemId::make())));
    commit_all(commands);
  }

  for (const ListId& list_id : lists) {
    EXPECT_EQ(changes_of(list_id).size(), 11u);
    EXPECT_EQ(state_of(list_id)->live_items, 10u);
    EXPECT_EQ(support::difference(*load(list_id), *state_of(list_id)), "");
  }
}

TEST_P(ExchangeContract, DecidesOnTheNewestStateWhateverTheCallerHas) {
  const ListId list_id = create();
  const ListView old_state = state_of(list_id);
  accept(list_id, ann, adding(item_id_of(1)));

  const Result<Accepted> answer = ask(shard_of(list_id), [&]() -> Task<Result<Accepted>> {
    Command command = command_of(list_id, ann, renaming(item_id_of(1), "x"));
    Task<Result<Accepted>> committing = exchange_of(list_id).commit(old_state, std::move(command));
    co_return co_await std::move(committing);
  });

  ASSERT_TRUE(answer) << answer.error().message;
}

TEST_P(ExchangeContract, NeedsNoLocalState) {
  const ListId list_id = ListId::make();
  const Result<Accepted> answer = ask(shard_of(list_id), [&]() -> Task<Result<Accepted>> {
    Command command = command_of(list_id, ann, CreateList{"x", {}});
    Task<Result<Accepted>> committing = exchange_of(list_id).commit(nullptr, std::move(command));
    co_return co_await std::move(committing);
  });

  ASSERT_TRUE(answer);
  EXPECT_EQ(load(list_id)->rev, answer->rev);
}

TEST_P(ExchangeContract, JudgesLaterCommandsByEarlierOnesAtOnce) {
  const ListId list_id = create();
  accept(list_id, ann, ShareList{bob, {}, Role::editor});

  const auto answers =
      commit_all({command_of(list_id, ann, RemoveMember{bob}), command_of(list_id, bob, adding(item_id_of(1))),
                  command_of(list_id, ann, adding(item_id_of(2))), command_of(list_id, ann, adding(item_id_of(2)))});

  EXPECT_TRUE(answers[0]);
  ASSERT_FALSE(answers[1]);
  EXPECT_EQ(answers[1].error().code, Errc::forbidden);
  EXPECT_TRUE(answers[2]);
  ASSERT_FALSE(answers[3]);
  EXPECT_EQ(answers[3].error().code, Errc::already_exists);
}

TEST_P(ExchangeContract, RefusesAConflictAfterTheChangeThatCausedItWasHandled) {
  const ListId list_id = create();
  accept(list_id, ann, adding(item_id_of(1)));
  const Rev seen = state_of(list_id)->rev;

  const auto answers = commit_all({command_of(list_id, ann, renaming(item_id_of(1), "x", seen)),
                                   command_of(list_id, ann, renaming(item_id_of(1), "y", seen))});

  ASSERT_TRUE(answers[0]);
  ASSERT_FALSE(answers[1]);
  EXPECT_EQ(answers[1].error().code, Errc::revision_conflict);
  EXPECT_GE(state_of(list_id)->rev, answers[0]->rev);
}

TEST_P(ExchangeContract, AnswersARepeatWithTheFirstRevAndChangesNothing) {
  const ListId list_id = create();
  const Rev first = accept(list_id, ann, adding(item_id_of(1)), op_id_of(1));
  accept(list_id, ann, adding(item_id_of(2)));

  const Result<Accepted> repeat = commit(list_id, ann, adding(item_id_of(1)), op_id_of(1));

  ASSERT_TRUE(repeat);
  EXPECT_TRUE(repeat->is_repeat);
  EXPECT_EQ(repeat->rev, first);
  EXPECT_FALSE(repeat->change);
  EXPECT_EQ(changes_of(list_id).size(), 3u);
}

TEST_P(ExchangeContract, AppliesOnceWhatIsSentManyTimesAtOnce) {
  const ListId list_id = create();
  std::vector<Command> commands(20, with_op(command_of(list_id, ann, adding(item_id_of(1))), op_id_of(1)));

  const auto answers = commit_all(commands);

  int first_answers = 0;
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->rev, answers[0]->rev);
    first_answers += answer->is_repeat ? 0 : 1;
  }
  EXPECT_EQ(first_answers, 1);
  EXPECT_EQ(changes_of(list_id).size(), 2u);
}

TEST_P(ExchangeContract, RemembersTheCreationOfAList) {
  const ListId list_id = ListId::make();
  const Rev first = accept(list_id, ann, CreateList{"x", {}}, op_id_of(1));

  const Result<Accepted> repeat = commit(list_id, ann, CreateList{"x", {}}, op_id_of(1));

  ASSERT_TRUE(repeat);
  EXPECT_TRUE(repeat->is_repeat);
  EXPECT_EQ(repeat->rev, first);
}

TEST_P(ExchangeContract, RemembersOpsOverARestart) {
  const ListId list_id = create();
  const Rev first = accept(list_id, ann, adding(item_id_of(1)), op_id_of(1));

  restart();
  const Result<Accepted> repeat = commit(list_id, ann, adding(item_id_of(1)), op_id_of(1));

  ASSERT_TRUE(repeat) << repeat.error().message;
  EXPECT_TRUE(repeat->is_repeat);
  EXPECT_EQ(repeat->rev, first);
  EXPECT_EQ(state_of(list_id)->live_items, 1u);
}

TEST_P(ExchangeContract, KeepsOpsOfUsersAndListsApart) {
  const ListId list_id = create();
  const ListId other_id = create();
  accept(list_id, ann, ShareList{bob, {}, Role::editor});
  accept(list_id, ann, adding(item_id_of(1)), op_id_of(1));

  const Result<Accepted> of_bob = commit(list_id, bob, adding(item_id_of(2)), op_id_of(1));
  const Result<Accepted> of_other = commit(other_id, ann, adding(item_id_of(1)), op_id_of(1));

  ASSERT_TRUE(of_bob && of_other);
  EXPECT_FALSE(of_bob->is_repeat);
  EXPECT_FALSE(of_other->is_repeat);
}

TEST_P(ExchangeContract, DoesNotRememberRefusals) {
  const ListId list_id = create();
  EXPECT_EQ(refuse(list_id, ann, renaming(item_id_of(1), "x"), op_id_of(1)), Errc::not_found);
  accept(list_id, ann, adding(item_id_of(1)));

  const Result<Accepted> answer = commit(list_id, ann, renaming(item_id_of(1), "x"), op_id_of(1));

  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->is_repeat);
}

TEST_P(ExchangeContract, RemembersAnOpThatWroteNothing) {
  const ListId list_id = create();
  accept(list_id, ann, adding(item_id_of(1), "milk"));
  const Rev present = state_of(list_id)->rev;
  const Result<Accepted> first = commit(list_id, ann, renaming(item_id_of(1), "milk"), op_id_of(1));
  accept(list_id, ann, renaming(item_id_of(1), "oat milk"));

  restart();
  const Result<Accepted> repeat = commit(list_id, ann, renaming(item_id_of(1), "milk"), op_id_of(1));

  ASSERT_TRUE(first && repeat);
  EXPECT_EQ(first->rev, present);
  EXPECT_EQ(first->change->kind, ChangeKind::nothing);
  EXPECT_TRUE(repeat->is_repeat);
  EXPECT_EQ(repeat->rev, present);
  EXPECT_EQ((*state_of(list_id)->find_item(item_id_of(1)))->name, "oat milk");
}

TEST_P(ExchangeContract, AsksForMembershipBeforeItKnowsAnOp) {
  const ListId list_id = create();
  accept(list_id, ann, ShareList{bob, {}, Role::editor});
  accept(list_id, bob, adding(item_id_of(1)), op_id_of(1));
  accept(list_id, ann, ShareList{bob, {}, Role::viewer});
  EXPECT_EQ(refuse(list_id, bob, adding(item_id_of(1)), op_id_of(1)), Errc::forbidden);

  accept(list_id, ann, RemoveMember{bob});

  EXPECT_EQ(refuse(list_id, bob, adding(item_id_of(1)), op_id_of(1)), Errc::forbidden);
}

TEST_P(ExchangeContract, DoesNotTellAFormerMemberOfHisOps) {
  const ListId list_id = create();
  accept(list_id, ann, CreateShareLink{link_id_of(1), std::string(32, 'h'), Role::editor, {}});
  accept(list_id, bob, AcceptShareLink{std::string(32, 'h'), {}}, op_id_of(1));
  EXPECT_TRUE(commit(list_id, bob, AcceptShareLink{std::string(32, 'h'), {}}, op_id_of(1))->is_repeat);

  accept(list_id, ann, RemoveMember{bob});

  EXPECT_EQ(refuse(list_id, bob, AcceptShareLink{std::string(32, 'h'), {}}, op_id_of(1)), Errc::forbidden);
}

TEST_P(ExchangeContract, IsSilentAboutListsThatAreNotWatched) {
  const ListId list_id = create();
  Shard& shard = shard_of(list_id);
  call(shard, [&] {
    exchange_of(list_id).unwatch(list_id);
    return 0;
  });

  const Result<Accepted> answer = ask(shard, [&]() -> Task<Result<Accepted>> {
    Command command = command_of(list_id, ann, adding(item_id_of(1)));
    ListView local = follower_of(list_id).states[list_id];
    Task<Result<Accepted>> committing = exchange_of(list_id).commit(std::move(local), std::move(command));
    co_return co_await std::move(committing);
  });

  ASSERT_TRUE(answer);
  EXPECT_EQ(changes_of(list_id).size(), 1u);
}

TEST_P(ExchangeContract, IsBusyWhileACommandIsOnItsWay) {
  const ListId list_id = create();
  Shard& shard = shard_of(list_id);
  Exchange& exchange = exchange_of(list_id);

  ask(shard, [&]() -> Task<int> {
    bool was_busy = false;
    exchange.on_change([&](const SharedChange&, const ListView&) { was_busy = exchange.is_busy(list_id); });
    EXPECT_FALSE(exchange.is_busy(list_id));
    Command command = command_of(list_id, ann, adding(item_id_of(1)));
    ListView local = follower_of(list_id).states[list_id];
    Task<Result<Accepted>> committing = exchange.commit(std::move(local), std::move(command));
    co_await std::move(committing);
    EXPECT_TRUE(was_busy);
    EXPECT_FALSE(exchange.is_busy(list_id));
    co_return 0;
  });
}

TEST_P(ExchangeContract, PassesNoticesOnToWhoWatchesTheUser) {
  const ListId list_id = create();
  Follower& follower = follower_of(list_id);
  const auto notices = ask(shard_of(list_id), [&]() -> Task<std::vector<Notice>> {
    Task<Result<void>> watching = follower.exchange->watch_user(bob);
    EXPECT_TRUE(co_await std::move(watching));
    Notice notice{bob, list_id};
    Task<Result<void>> notifying = follower.exchange->notify(std::move(notice));
    EXPECT_TRUE(co_await std::move(notifying));
    while (follower.notices.empty()) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    co_return follower.notices;
  });

  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ(notices[0].user_id, bob);
  EXPECT_EQ(notices[0].list_id, list_id);
}

TEST_P(ExchangeContract, KnowsTheListsOfAUser) {
  const ListId list_id = create();
  accept(list_id, ann, ShareList{bob, {}, Role::viewer});

  const auto lists = ask(shard_of(list_id), [&]() -> Task<std::vector<store::Membership>> {
    Task<Result<std::vector<store::Membership>>> asking = exchange_of(list_id).lists_of(bob);
    const auto found = co_await std::move(asking);
    co_return found ? *found : std::vector<store::Membership>{};
  });

  ASSERT_EQ(lists.size(), 1u);
  EXPECT_EQ(lists[0].list_id, list_id);
  EXPECT_EQ(lists[0].role, Role::viewer);
}

TEST_P(ExchangeContract, GoesOnWhereItWasAfterARestart) {
  const ListId list_id = create();
  accept(list_id, ann, adding(item_id_of(1)));
  const ListView before = state_of(list_id);

  restart();
  const Rev rev = accept(list_id, ann, adding(item_id_of(2)));

  EXPECT_GT(rev, before->rev);
  EXPECT_EQ(changes_of(list_id).at(0)->prev_rev, before->rev);
  EXPECT_EQ(state_of(list_id)->era, before->era);
}

TEST_P(ExchangeContract, ItsFollowersAndItsStoreConverge) {
  std::mt19937 random(5);
  std::vector<ListId> lists;
  for (int i = 0; i < 4; ++i) lists.push_back(create());
  for (int round = 0; round < 25; ++round)
    for (const ListId& list_id : lists) {
      std::vector<Command> commands;
      for (int i = 0; i < 8; ++i) {
        const ItemId item_id = item_id_of(static_cast<std::uint8_t>(random() % 12));
        const Rev seen = state_of(list_id)->rev;
        Action action = adding(item_id);
        if (random() % 3 == 0) action = renaming(item_id, "name" + std::to_string(random() % 5), seen);
        if (random() % 5 == 0) action = DeleteItem{item_id, {}};
        if (random() % 5 == 0) action = RestoreItem{item_id};
        commands.push_back(
            with_op(command_of(list_id, ann, std::move(action)), op_id_of(static_cast<std::uint8_t>(random() % 200))));
      }
      clock.advance(std::chrono::milliseconds(random() % 3));
      commit_all(commands);
    }

  for (const ListId& list_id : lists) {
    EXPECT_GT(changes_of(list_id).size(), 20u);
    EXPECT_EQ(support::difference(*load(list_id), *state_of(list_id)), "");
  }
}

INSTANTIATE_TEST_SUITE_P(All, ExchangeContract, testing::ValuesIn(settings()), [](const auto& test_case) {
  return test_case.param.factory.name + "On" + std::to_string(test_case.param.shards);
});

}  // namespace
}  // namespace collab::exchange
