// What the local exchange promises when its store is slow, full, or fails. What every exchange promises is in
// tests/contract.
#include "exchange/local_exchange.hpp"

#include <gtest/gtest.h>

#include "support/memory_store.hpp"
#include "support/on_shard.hpp"
#include "support/one_list.hpp"

namespace collab::exchange {
namespace {

using namespace test;
using namespace std::chrono_literals;

/// One shard, one exchange, one watched list of Ann's at rev `created`. Each test body runs on the shard.
class LocalExchangeTest : public testing::Test {
 protected:
  using Answer = std::optional<Result<Accepted>>;

  void run(LocalExchangeOptions options, std::function<Task<int>()> body) {
    exchange_ = std::make_unique<LocalExchange>(shards_[0], store_, clock_, options);
    exchange_->on_change([this](const SharedChange& change, const ListView&) {
      changes_.push_back(change);
      if (change->prev_rev == local_->rev && change->rev > local_->rev)
        local_ = std::make_shared<const ListState>(apply(*local_, *change));
    });
    shards_.start();
    ask(shards_[0], [&]() -> Task<int> {
      Task<int> prepared = prepare();
      co_await std::move(prepared);
      Task<int> running = body();
      co_return co_await std::move(running);
    });
    shards_.stop_and_join();
    exchange_.reset();
  }

  Task<int> prepare() {
    co_await exchange_->watch(list_id_);
    Result<ListView> fetched = co_await exchange_->fetch(list_id_);
    local_ = *fetched;
    auto created = start(ann, CreateList{"groceries", {}});
    co_await settle();
    EXPECT_TRUE(created->has_value() && **created);
    created_ = local_->rev;
    changes_.clear();
    store_.call_sizes.clear();
    co_return 0;
  }

  /// Sends a command; its answer is there later, if ever.
  std::shared_ptr<Answer> start(const UserId& user, Action action, std::optional<OpId> op_id = std::nullopt) {
    Command command = command_of(list_id_, user, std::move(action));
    command.op_id = op_id;
    auto answer = std::make_shared<Answer>();
    asio::co_spawn(io(), exchange_->commit(local_, std::move(command)),
                   [answer](std::exception_ptr escaped, Result<Accepted> result) {
                     EXPECT_FALSE(escaped);
                     answer->emplace(std::move(result));
                   });
    return answer;
  }
  std::shared_ptr<Answer> add(std::uint8_t number, std::optional<OpId> op_id = std::nullopt) {
    return start(ann, adding(item_id_of(number)), op_id);
  }

  static bool is_open(const std::shared_ptr<Answer>& answer) { return !answer->has_value(); }
  static bool is_ok(const std::shared_ptr<Answer>& answer) {
    return answer->has_value() && answer->value().has_value();
  }
  static Rev rev_of(const std::shared_ptr<Answer>& answer) { return is_ok(answer) ? (**answer)->rev : -1; }
  static Errc code_of(const std::shared_ptr<Answer>& answer) {
    return answer->has_value() && !answer->value() ? answer->value().error().code : Errc::internal;
  }
  bool is_stored(std::uint8_t number) { return store_.stored(list_id_)->find_item(item_id_of(number)) != nullptr; }
  static std::function<bool(const Change&)> fails_for(std::uint8_t number) {
    return [number](const Change& change) { return change.item && change.item->id == item_id_of(number); };
  }

  asio::io_context& io() { return shards_[0].io(); }

  ListId list_id_ = list_id_of(1);
  ManualClock clock_;
  ShardSet shards_{1};
  MemoryStore store_;  // may hold tasks of the shard
  std::unique_ptr<LocalExchange> exchange_;
  ListView local_;
  std::vector<SharedChange> changes_;
  Rev created_ = 0;
};

TEST_F(LocalExchangeTest, GivesTheStoreAllChangesOfOneTurnInOneCall) {
  run({}, [&]() -> Task<int> {
    for (std::uint8_t i = 1; i <= 10; ++i) add(i);
    co_await settle();

    EXPECT_EQ(store_.call_sizes, std::vector<std::size_t>{10});
    EXPECT_EQ(changes_.size(), 10u);
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, HandsOverTheNextTurnBeforeTheStoreHasAnswered) {
  run({}, [&]() -> Task<int> {
    store_.hold_applies();
    auto first = add(1);
    co_await settle();
    auto second = start(ann, renaming(item_id_of(1), "x"));
    co_await settle();

    EXPECT_EQ(store_.call_sizes, (std::vector<std::size_t>{1, 1}));
    EXPECT_TRUE(is_open(first) && is_open(second));
    EXPECT_EQ(exchange_->undurable_changes(), 2u);

    store_.release();
    co_await settle();
    EXPECT_TRUE(is_ok(first) && is_ok(second));
    EXPECT_EQ(exchange_->undurable_changes(), 0u);
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, LetsNothingOutBeforeItIsDurable) {
  run({}, [&]() -> Task<int> {
    store_.hold_applies();
    auto change = add(1, op_id_of(1));
    auto repeat = add(1, op_id_of(1));
    auto taken = add(1);
    auto nothing = start(ann, renaming(item_id_of(1), "milk"));
    auto conflict = start(ann, renaming(item_id_of(1), "x", 0));
    co_await settle();

    for (const auto& answer : {change, repeat, taken, nothing, conflict}) EXPECT_TRUE(is_open(answer));
    EXPECT_TRUE(changes_.empty());

    store_.release();
    co_await settle();
    EXPECT_TRUE(is_ok(change));
    EXPECT_EQ(rev_of(repeat), rev_of(change));
    EXPECT_EQ(code_of(taken), Errc::already_exists);
    EXPECT_EQ(rev_of(nothing), rev_of(change));
    EXPECT_EQ(code_of(conflict), Errc::revision_conflict);
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, AnswersRefusalsAtOnceThatRestOnDurableState) {
  run({}, [&]() -> Task<int> {
    store_.hold_applies();
    auto refused = start(bob, adding(item_id_of(1)));
    co_await settle();

    EXPECT_EQ(code_of(refused), Errc::forbidden);
    store_.release();
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, AFailureUndoesWhatWasDecidedOnTopAndNothingElse) {
  run({}, [&]() -> Task<int> {
    store_.fails = fails_for(2);
    auto first = add(1);
    auto second = add(2);
    auto third = add(3);
    co_await settle();

    EXPECT_TRUE(is_ok(first));
    EXPECT_EQ(code_of(second), Errc::unavailable);
    EXPECT_EQ(code_of(third), Errc::unavailable);
    EXPECT_EQ(changes_.size(), 1u);
    EXPECT_TRUE(is_stored(1));
    EXPECT_FALSE(is_stored(2) || is_stored(3));
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, AFailureUndoesLaterTurnsToo) {
  run({}, [&]() -> Task<int> {
    store_.hold_applies();
    store_.fails = fails_for(1);
    auto first = add(1);
    co_await settle();
    auto second = add(2);
    co_await settle();

    store_.release_one();
    co_await settle();
    EXPECT_EQ(code_of(first), Errc::unavailable);
    EXPECT_EQ(code_of(second), Errc::unavailable);

    store_.release();
    co_await settle();
    EXPECT_TRUE(changes_.empty());
    EXPECT_EQ(exchange_->undurable_changes(), 0u);
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, AnswersThatRestOnAFailedChangeAreUnavailable) {
  run({}, [&]() -> Task<int> {
    store_.fails = fails_for(1);
    auto first = add(1, op_id_of(1));
    auto repeat = add(1, op_id_of(1));
    auto taken = add(1);
    auto nothing = start(ann, renaming(item_id_of(1), "milk"));
    co_await settle();

    for (const auto& answer : {first, repeat, taken, nothing}) EXPECT_EQ(code_of(answer), Errc::unavailable);
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, GoesOnAfterAFailureFromTheDurableState) {
  run({}, [&]() -> Task<int> {
    store_.fails = fails_for(1);
    auto failed = add(1, op_id_of(1));
    co_await settle();
    store_.fails = nullptr;

    auto again = add(1, op_id_of(1));
    auto next = add(2);
    co_await settle();

    EXPECT_EQ(code_of(failed), Errc::unavailable);
    EXPECT_TRUE(is_ok(again) && is_ok(next));
    EXPECT_FALSE((**again)->is_repeat);
    EXPECT_EQ(changes_.at(0)->prev_rev, created_);
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, AcceptsCommandsWhileFailedChangesAreStillWithTheStore) {
  run({}, [&]() -> Task<int> {
    store_.hold_applies();
    store_.fails = fails_for(1);
    add(1);
    co_await settle();
    auto undone = add(2);
    co_await settle();
    store_.release_one();
    co_await settle();

    auto next = add(3);
    co_await settle();
    EXPECT_TRUE(is_open(next));
    store_.release();
    co_await settle();

    EXPECT_EQ(code_of(undone), Errc::unavailable);
    EXPECT_TRUE(is_ok(next));
    EXPECT_TRUE(is_stored(3));
    EXPECT_FALSE(is_stored(2));
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, NeverGivesARevTwice) {
  run({}, [&]() -> Task<int> {
    std::vector<Rev> tried;
    store_.fails = [&](const Change& change) {
      tried.push_back(change.rev);
      return true;
    };
    for (std::uint8_t i = 1; i <= 3; ++i) {
      add(i);
      co_await settle();
    }
    store_.fails = nullptr;
    auto accepted = add(4);
    co_await settle();

    tried.push_back(rev_of(accepted));
    EXPECT_EQ(tried.size(), 4u);
    for (std::size_t i = 1; i < tried.size(); ++i) EXPECT_GT(tried[i], tried[i - 1]);
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, AnnouncesAsAGapWhatWasStoredInSpiteOfAFailure) {
  run({}, [&]() -> Task<int> {
    store_.fails = fails_for(1);
    store_.lies_about_failures = true;
    auto failed = add(1, op_id_of(1));
    co_await settle();
    store_.fails = nullptr;

    EXPECT_EQ(code_of(failed), Errc::unavailable);
    EXPECT_EQ(changes_.size(), 1u);
    EXPECT_EQ(changes_.at(0)->kind, ChangeKind::nothing);
    EXPECT_EQ(changes_.at(0)->rev, store_.stored(list_id_)->rev);
    EXPECT_GT(changes_.at(0)->rev, local_->rev);
    EXPECT_NE(changes_.at(0)->prev_rev, local_->rev);

    auto repeat = add(1, op_id_of(1));
    co_await settle();
    EXPECT_TRUE(is_ok(repeat) && (**repeat)->is_repeat);
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, DecidesAfterAGapOnWhatIsStored) {
  run({}, [&]() -> Task<int> {
    store_.fails = fails_for(1);
    store_.lies_about_failures = true;
    add(1);
    co_await settle();
    store_.fails = nullptr;

    auto taken = add(1);
    auto next = add(2);
    co_await settle();

    EXPECT_EQ(code_of(taken), Errc::already_exists);
    EXPECT_TRUE(is_ok(next));
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, IsUnavailableAsLongAsTheStoreIs) {
  run({}, [&]() -> Task<int> {
    store_.fails = [](const Change&) { return true; };
    store_.are_loads_failing = true;
    auto first = add(1);
    co_await settle();
    auto second = add(2);
    co_await settle();
    EXPECT_EQ(code_of(first), Errc::unavailable);
    EXPECT_EQ(code_of(second), Errc::unavailable);

    store_.fails = nullptr;
    store_.are_loads_failing = false;
    auto third = add(3);
    co_await settle();

    EXPECT_TRUE(is_ok(third));
    EXPECT_FALSE(is_stored(1) || is_stored(2));
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, TakesAThrowingStoreForAFailingOne) {
  run({}, [&]() -> Task<int> {
    store_.is_throwing = true;
    auto failed = add(1);
    co_await settle();
    store_.is_throwing = false;
    auto next = add(2);
    co_await settle();

    EXPECT_EQ(code_of(failed), Errc::unavailable);
    EXPECT_TRUE(is_ok(next));
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, DecidesAnOpAsNewWhoseFingerprintIsAnothers) {
  run({}, [&]() -> Task<int> {
    store_.false_fingerprints = {store::op_fingerprint(ann, op_id_of(1))};
    co_await exchange_->fetch(list_id_);

    auto answer = add(1, op_id_of(1));
    co_await settle();

    EXPECT_EQ(store_.op_lookups, 1u);
    EXPECT_TRUE(is_ok(answer));
    EXPECT_FALSE((**answer)->is_repeat);
    EXPECT_TRUE(is_stored(1));
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, AsksTheStoreOnlyAboutOpsThatItMayKnow) {
  run({}, [&]() -> Task<int> {
    for (std::uint8_t i = 1; i <= 5; ++i) add(i, op_id_of(i));
    co_await settle();
    EXPECT_EQ(store_.op_lookups, 0u);

    add(3, op_id_of(3));
    co_await settle();
    EXPECT_EQ(store_.op_lookups, 1u);
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, CannotAnswerARepeatWithoutTheStore) {
  run({}, [&]() -> Task<int> {
    add(1, op_id_of(1));
    co_await settle();
    store_.are_loads_failing = true;

    auto repeat = add(1, op_id_of(1));
    co_await settle();

    EXPECT_EQ(code_of(repeat), Errc::unavailable);
    EXPECT_EQ(exchange_->undurable_changes(), 0u);
    co_return 0;
  });
}

LocalExchangeOptions with_queue(std::size_t size, std::chrono::milliseconds deadline = 1h) {
  LocalExchangeOptions options;
  options.queue_size = size;
  options.queue_deadline = deadline;
  return options;
}

TEST_F(LocalExchangeTest, MakesCommandsWaitWhenTheQueueIsFull) {
  run(with_queue(2), [&]() -> Task<int> {
    store_.hold_applies();
    std::vector<std::shared_ptr<Answer>> answers;
    for (std::uint8_t i = 1; i <= 7; ++i) answers.push_back(add(i));
    co_await settle();

    EXPECT_EQ(exchange_->undurable_changes(), 2u);
    EXPECT_EQ(exchange_->waiting_commands(), 5u);

    store_.release();
    co_await settle(60);
    Rev last = 0;
    for (const auto& answer : answers) {
      EXPECT_TRUE(is_ok(answer));
      EXPECT_GT(rev_of(answer), last);
      last = rev_of(answer);
    }
    for (const std::size_t size : store_.call_sizes) EXPECT_LE(size, 2u);
    EXPECT_EQ(exchange_->undurable_changes(), 0u);
    EXPECT_EQ(exchange_->waiting_commands(), 0u);
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, RefusalsAndRepeatsGiveTheirPlaceBack) {
  run(with_queue(1), [&]() -> Task<int> {
    auto added = add(1, op_id_of(1));
    auto repeat = add(1, op_id_of(1));
    auto refused = add(1);
    auto nothing = start(ann, renaming(item_id_of(1), "milk"));
    auto next = add(2);
    co_await settle(60);

    EXPECT_TRUE(is_ok(added) && is_ok(repeat) && is_ok(nothing) && is_ok(next));
    EXPECT_EQ(code_of(refused), Errc::already_exists);
    EXPECT_EQ(exchange_->undurable_changes(), 0u);
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, GivesUpACommandThatWaitedTooLongAndDropsNoneThatItAccepted) {
  run(with_queue(1, 1ms), [&]() -> Task<int> {
    store_.hold_applies();
    auto accepted = add(1);
    auto waiting = add(2);
    while (is_open(waiting)) co_await settle(1);

    EXPECT_EQ(code_of(waiting), Errc::unavailable);
    EXPECT_TRUE(is_open(accepted));

    store_.release();
    co_await settle();
    EXPECT_TRUE(is_ok(accepted));
    EXPECT_FALSE(is_stored(2));
    auto next = add(3);
    co_await settle();
    EXPECT_TRUE(is_ok(next));
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, AFailingListDoesNotHurtAnother) {
  run({}, [&]() -> Task<int> {
    store_.fails = [this](const Change& change) { return change.list_id == list_id_; };
    auto failing = add(1);
    Command command = command_of(list_id_of(2), bob, CreateList{"other", {}});
    Task<Result<Accepted>> committing = exchange_->commit(nullptr, std::move(command));
    const Result<Accepted> other = co_await std::move(committing);
    co_await settle();

    EXPECT_EQ(code_of(failing), Errc::unavailable);
    EXPECT_TRUE(other);
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, KeepsTheOrderOfCommandsThatWaitForALoad) {
  run({}, [&]() -> Task<int> {
    store_.fails = fails_for(1);
    store_.hold_loads();
    add(1);
    co_await settle();
    store_.fails = nullptr;
    auto first = add(2);
    auto second = start(ann, renaming(item_id_of(2), "x"));
    co_await settle();
    EXPECT_TRUE(is_open(first) && is_open(second));

    store_.release();
    auto third = start(ann, renaming(item_id_of(2), "y"));
    co_await settle();

    EXPECT_TRUE(is_ok(first) && is_ok(second) && is_ok(third));
    EXPECT_LT(rev_of(first), rev_of(second));
    EXPECT_LT(rev_of(second), rev_of(third));
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, AFetchDuringTheRepairDoesNotDisturbCommandsThatWait) {
  run(with_queue(1), [&]() -> Task<int> {
    store_.fails = fails_for(1);
    store_.hold_applies();
    add(1);
    auto waiting = add(2);
    co_await settle();
    store_.hold_loads();
    store_.release_one();
    co_await settle();
    store_.fails = nullptr;

    asio::co_spawn(io(), exchange_->fetch(list_id_), [](std::exception_ptr, Result<ListView>) {});
    co_await settle();
    store_.release();
    auto next = add(3);
    co_await settle();

    EXPECT_TRUE(is_ok(waiting) && is_ok(next));
    EXPECT_LT(rev_of(waiting), rev_of(next));
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, ForgetsAListThatNobodyWatchesOrUses) {
  run({}, [&]() -> Task<int> {
    EXPECT_GT(exchange_->bytes_of(list_id_), 0u);

    exchange_->unwatch(list_id_);

    EXPECT_EQ(exchange_->bytes_of(list_id_), 0u);
    EXPECT_FALSE(exchange_->is_busy(list_id_));
    co_return 0;
  });
}

TEST_F(LocalExchangeTest, MayEndWithCommandsOnTheirWay) {
  run({}, [&]() -> Task<int> {
    store_.hold_applies();
    add(1);
    add(1);
    start(ann, renaming(item_id_of(1), "milk"));
    co_await settle();
    co_return 0;
  });
}

}  // namespace
}  // namespace collab::exchange
