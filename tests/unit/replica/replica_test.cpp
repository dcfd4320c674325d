#include "replica/replica.hpp"

#include <gtest/gtest.h>

#include "exchange/local_exchange.hpp"
#include "support/list_draft.hpp"
#include "support/memory_store.hpp"
#include "support/on_shard.hpp"
#include "support/one_list.hpp"

namespace collab::replica {
namespace {

using namespace test;
using namespace std::chrono_literals;
using exchange::Accepted;

struct Snapshot final : Encoding {
  std::size_t bytes() const override { return 1'000; }
};
struct OtherSnapshot final : Encoding {
  std::size_t bytes() const override { return 1; }
};

/// A local exchange whose fetches can be counted and held, and into whose stream of changes a test can reach.
class TestExchange final : public exchange::Exchange {
 public:
  TestExchange(Shard& shard, store::Store& store, const Clock& clock) : local_(shard, store, clock, {}) {
    local_.on_change([this](const SharedChange& change, const ListView&) {
      if (drops_changes) return;
      if (handler_) handler_(change, nullptr);
    });
  }

  Task<Result<ListView>> fetch(ListId list_id) override {
    ++fetches;
    if (fails) co_return Error{Errc::unavailable, "the test forbids it"};
    Task<Result<ListView>> fetching = local_.fetch(list_id);
    Result<ListView> fetched = co_await std::move(fetching);
    if (fetched && era_of_fetches != 0) {
      ListState state = **fetched;
      state.era = era_of_fetches;
      fetched = std::make_shared<const ListState>(std::move(state));
    }
    if (on_fetched) on_fetched();
    co_return fetched;
  }
  Task<Result<void>> catch_up(ListId list_id) override {
    ++catches_up;
    return local_.catch_up(list_id);
  }
  Task<Result<std::vector<store::Membership>>> lists_of(UserId user_id) override { return local_.lists_of(user_id); }
  Task<Result<std::optional<ListId>>> list_of_link(LinkId link_id) override { return local_.list_of_link(link_id); }
  Task<Result<Accepted>> commit(ListView local, Command command) override {
    return local_.commit(std::move(local), std::move(command));
  }
  Task<Result<void>> watch(ListId list_id) override {
    watched.insert(list_id);
    return local_.watch(list_id);
  }
  void unwatch(ListId list_id) override {
    watched.erase(list_id);
    local_.unwatch(list_id);
  }
  bool is_busy(ListId list_id) const override { return local_.is_busy(list_id); }
  std::size_t bytes_of(ListId list_id) const override { return local_.bytes_of(list_id); }
  void on_change(ChangeHandler handler) override { handler_ = std::move(handler); }
  Task<Result<void>> notify(exchange::Notice notice) override { return local_.notify(std::move(notice)); }
  void on_notice(NoticeHandler handler) override { local_.on_notice(std::move(handler)); }
  Task<Result<void>> watch_user(UserId user_id) override { return local_.watch_user(std::move(user_id)); }
  void unwatch_user(const UserId& user_id) override { local_.unwatch_user(user_id); }
  void publish(ListId list_id, std::string payload) override { local_.publish(list_id, std::move(payload)); }
  void on_ephemeral(EphemeralHandler handler) override { local_.on_ephemeral(std::move(handler)); }
  exchange::Health health() const override { return local_.health(); }
  /// Says that this has happened.
  void tell(const SharedChange& change) { handler_(change, nullptr); }

  int fetches = 0, catches_up = 0;
  bool fails = false;
  bool drops_changes = false;
  Rev era_of_fetches = 0;            ///< 0: the store's
  std::function<void()> on_fetched;  ///< between the reading of a state and its arrival
  std::set<ListId> watched;

 private:
  exchange::LocalExchange local_;
  ChangeHandler handler_;
};

struct Heard {
  Rev before;
  Rev after;
  SharedChange change;
};

class Listener final : public ChangeListener {
 public:
  void on_change(const ListView& before, const ListView& after, const SharedChange& change) override {
    heard.push_back({before ? before->rev : 0, after->rev, change});
  }
  std::vector<Heard> heard;
};

/// One shard with a replica over a store in memory. Each test body runs on the shard.
class ReplicaTest : public testing::Test {
 protected:
  using Answer = std::optional<Result<Accepted>>;

  void run(std::function<Task<int>()> body, ReplicaOptions options = {}) {
    exchange_ = std::make_unique<TestExchange>(shards_[0], store_, clock_);
    replica_ = std::make_unique<Replica>(shards_[0], *exchange_, clock_, options);
    replica_->listen(listener_);
    shards_.start();
    ask(shards_[0], std::move(body));
    shards_.stop_and_join();
    replica_.reset();
    exchange_.reset();
  }

  Task<ListView> read(ListId list_id) {
    Task<Result<ListView>> reading = replica_->read(list_id);
    Result<ListView> state = co_await std::move(reading);
    co_return state ? *state : nullptr;
  }
  Task<Result<Accepted>> commit(ListId list_id, UserId user, Action action) {
    Command command = command_of(list_id, user, std::move(action));
    Task<Result<Accepted>> committing = replica_->commit(std::move(command));
    co_return co_await std::move(committing);
  }
  Task<Rev> accept(ListId list_id, Action action) {
    Task<Result<Accepted>> committing = commit(list_id, ann, std::move(action));
    const Result<Accepted> answer = co_await std::move(committing);
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    co_return answer ? answer->rev : 0;
  }
  Task<Errc> refuse(ListId list_id, Action action) {
    Task<Result<Accepted>> committing = commit(list_id, ann, std::move(action));
    const Result<Accepted> answer = co_await std::move(committing);
    EXPECT_FALSE(answer);
    co_return answer ? Errc::internal : answer.error().code;
  }
  Task<Rev> create(ListId list_id) { return accept(list_id, CreateList{"groceries", {}}); }

  /// Changes the stored list behind the back of the exchange: what a restored or a second database would do.
  void change_in_store(const ListId& list_id, Action action) {
    const ListView state = store_.stored(list_id);
    auto decision = decide(*state, command_of(list_id, ann, std::move(action)), Rules{}, clock_.now());
    ASSERT_TRUE(decision);
    std::vector<SharedChange> changes{*decision};
    asio::co_spawn(shards_[0].io(), store_.apply(changes), [](std::exception_ptr, std::vector<bool>) {});
  }

  asio::io_context& io() { return shards_[0].io(); }

  ManualClock clock_;
  ShardSet shards_{1};
  MemoryStore store_;  // may hold tasks of the shard
  std::unique_ptr<TestExchange> exchange_;
  std::unique_ptr<Replica> replica_;
  Listener listener_;
};

DeleteItem deleting(ItemId item_id) { return {item_id, {}}; }

const ListId list_1 = list_id_of(1);
const ListId list_2 = list_id_of(2);

TEST_F(ReplicaTest, CreatesAndReads) {
  run([&]() -> Task<int> {
    const Rev rev = co_await create(list_1);
    const ListView state = co_await read(list_1);

    EXPECT_EQ(state->rev, rev);
    EXPECT_EQ(state->name, "groceries");
    EXPECT_EQ(replica_->peek(list_1), state);
    co_return 0;
  });
}

TEST_F(ReplicaTest, ReadsFromMemoryTheSecondTime) {
  run([&]() -> Task<int> {
    co_await create(list_1);
    const int fetches = exchange_->fetches;

    co_await read(list_1);
    co_await read(list_1);

    EXPECT_EQ(exchange_->fetches, fetches);
    EXPECT_EQ(replica_->statistics().hits, 2u);
    EXPECT_EQ(replica_->statistics().misses, 1u);
    co_return 0;
  });
}

TEST_F(ReplicaTest, CatchesUpForWhoKnowsMoreThanItDoes) {
  run([&]() -> Task<int> {
    const Rev rev = co_await create(list_1);
    const int fetches = exchange_->fetches;

    const Result<ListView> state = co_await replica_->read_current(list_1);

    EXPECT_EQ((*state)->rev, rev);
    EXPECT_EQ(exchange_->catches_up, 1);
    EXPECT_EQ(exchange_->fetches, fetches);
    co_return 0;
  });
}
TEST_F(ReplicaTest, ReadersWhoMissAtOnceShareOneLoad) {
  run([&]() -> Task<int> {
    change_in_store(list_1, CreateList{"x", {}});
    co_await settle();
    std::vector<Task<ListView>> reads;
    for (int i = 0; i < 10; ++i) reads.push_back(read(list_1));
    Task<std::vector<ListView>> reading = all(io(), std::move(reads));
    const std::vector<ListView> states = co_await std::move(reading);

    EXPECT_EQ(exchange_->fetches, 1);
    for (const ListView& state : states) EXPECT_EQ(state, states.front());
    EXPECT_EQ(states.front()->name, "x");
    co_return 0;
  });
}

TEST_F(ReplicaTest, DoesNotKeepListsThatNeverWere) {
  run([&]() -> Task<int> {
    const ListView state = co_await read(list_1);

    EXPECT_FALSE(state->exists());
    EXPECT_FALSE(replica_->peek(list_1));
    EXPECT_TRUE(exchange_->watched.empty());
    EXPECT_EQ(replica_->statistics().cached_lists, 0u);
    co_return 0;
  });
}

TEST_F(ReplicaTest, SaysWhatTheTierBelowSaidIfItCannotBeRead) {
  run([&]() -> Task<int> {
    exchange_->fails = true;
    Task<Result<ListView>> reading = replica_->read(list_1);
    const Result<ListView> state = co_await std::move(reading);
    Task<Errc> refusing = refuse(list_1, CreateList{"x", {}});
    const Errc refused = co_await std::move(refusing);

    EXPECT_FALSE(state);
    EXPECT_EQ(state.error().code, Errc::unavailable);
    EXPECT_EQ(refused, Errc::unavailable);
    EXPECT_TRUE(exchange_->watched.empty());

    exchange_->fails = false;
    co_await create(list_1);
    co_return 0;
  });
}

TEST_F(ReplicaTest, TellsItsListenersEveryChangeOnceInOrderBeforeTheAnswer) {
  run([&]() -> Task<int> {
    co_await create(list_1);
    std::vector<Task<Rev>> commits;
    for (std::uint8_t i = 1; i <= 50; ++i) commits.push_back(accept(list_1, adding(item_id_of(i))));
    Task<std::vector<Rev>> committing = all(io(), std::move(commits));
    const std::vector<Rev> revs = co_await std::move(committing);

    EXPECT_EQ(listener_.heard.size(), 51u);
    for (std::size_t i = 1; i < listener_.heard.size(); ++i) {
      EXPECT_EQ(listener_.heard[i].before, listener_.heard[i - 1].after);
      EXPECT_EQ(listener_.heard[i].after, revs[i - 1]);
      EXPECT_EQ(listener_.heard[i].change->rev, revs[i - 1]);
    }
    co_return 0;
  });
}

TEST_F(ReplicaTest, DecidesInOrderOfArrivalWhileAListLoads) {
  run([&]() -> Task<int> {
    change_in_store(list_1, CreateList{"x", {}});
    co_await settle();
    std::vector<Task<Rev>> commits;
    commits.push_back(accept(list_1, adding(item_id_of(1))));
    commits.push_back(accept(list_1, renaming(item_id_of(1), "a")));
    commits.push_back(accept(list_1, renaming(item_id_of(1), "b")));
    Task<std::vector<Rev>> committing = all(io(), std::move(commits));
    const std::vector<Rev> revs = co_await std::move(committing);

    EXPECT_LT(revs[0], revs[1]);
    EXPECT_LT(revs[1], revs[2]);
    EXPECT_EQ(exchange_->fetches, 1);
    co_return 0;
  });
}

TEST_F(ReplicaTest, AppliesWhatCameBetweenReadingAndArriving) {
  run([&]() -> Task<int> {
    co_await create(list_1);
    replica_.reset();
    replica_ = std::make_unique<Replica>(shards_[0], *exchange_, clock_, ReplicaOptions{});
    bool has_changed = false;
    exchange_->on_fetched = [&] {
      if (std::exchange(has_changed, true)) return;
      Command command = command_of(list_1, ann, adding(item_id_of(1)));
      asio::co_spawn(io(), exchange_->commit(nullptr, std::move(command)), [](std::exception_ptr, Result<Accepted>) {});
    };
    store_.hold_loads();
    Task<ListView> reading = read(list_1);
    std::optional<ListView> state;
    asio::co_spawn(io(), std::move(reading), [&](std::exception_ptr, ListView result) { state = std::move(result); });
    co_await settle();
    store_.release();
    co_await settle();

    EXPECT_TRUE(state && *state);
    EXPECT_EQ(replica_->peek(list_1)->live_items, 1u);
    co_return 0;
  });
}

TEST_F(ReplicaTest, ReadsAgainWhenItMissedAChange) {
  run([&]() -> Task<int> {
    const Rev created = co_await create(list_1);
    exchange_->drops_changes = true;
    co_await accept(list_1, adding(item_id_of(1)));
    exchange_->drops_changes = false;
    EXPECT_EQ(replica_->peek(list_1)->rev, created);

    const Rev rev = co_await accept(list_1, adding(item_id_of(2)));

    EXPECT_EQ(replica_->peek(list_1)->rev, rev);
    EXPECT_EQ(replica_->peek(list_1)->live_items, 2u);
    EXPECT_EQ(listener_.heard.size(), 2u);
    EXPECT_FALSE(listener_.heard.back().change);
    EXPECT_EQ(listener_.heard.back().before, created);
    EXPECT_EQ(listener_.heard.back().after, rev);
    co_return 0;
  });
}

TEST_F(ReplicaTest, DoesNotServeAListWithAGap) {
  run([&]() -> Task<int> {
    co_await create(list_1);
    replica_->pin(list_1);
    exchange_->drops_changes = true;
    co_await accept(list_1, adding(item_id_of(1)));
    exchange_->drops_changes = false;
    exchange_->fails = true;
    co_await accept(list_1, adding(item_id_of(2)));

    Task<Result<ListView>> failing = replica_->read(list_1);
    const Result<ListView> while_broken = co_await std::move(failing);
    exchange_->fails = false;
    const ListView repaired = co_await read(list_1);

    EXPECT_FALSE(while_broken);
    EXPECT_EQ(repaired->live_items, 2u);
    co_return 0;
  });
}

TEST_F(ReplicaTest, RepairsAGapByItselfForWhoFollowsTheList) {
  ReplicaOptions options;
  options.retry_interval = 1ms;
  run(
      [&]() -> Task<int> {
        co_await create(list_1);
        replica_->pin(list_1);
        exchange_->drops_changes = true;
        co_await accept(list_1, adding(item_id_of(1)));
        exchange_->drops_changes = false;
        exchange_->fails = true;
        const Rev rev = co_await accept(list_1, adding(item_id_of(2)));
        exchange_->fails = false;
        while (replica_->peek(list_1)->rev < rev) co_await settle(1);

        EXPECT_EQ(replica_->peek(list_1)->live_items, 2u);
        EXPECT_EQ(listener_.heard.back().after, rev);
        co_return 0;
      },
      options);
}

TEST_F(ReplicaTest, ReadsAgainWhenAClientHasSeenMore) {
  run([&]() -> Task<int> {
    co_await create(list_1);
    co_await accept(list_1, adding(item_id_of(1)));
    change_in_store(list_1, renaming(item_id_of(1), "newer"));
    co_await settle();
    const Rev stored = store_.stored(list_1)->rev;
    EXPECT_LT(replica_->peek(list_1)->rev, stored);

    const Rev rev = co_await accept(list_1, renaming(item_id_of(1), "newest", stored));

    EXPECT_GT(rev, stored);
    EXPECT_EQ((*replica_->peek(list_1)->find_item(item_id_of(1)))->name, "newest");
    co_return 0;
  });
}

TEST_F(ReplicaTest, ReadsAgainAtMostOnceInAWhileForClientsThatAreAhead) {
  run([&]() -> Task<int> {
    co_await create(list_1);
    co_await accept(list_1, adding(item_id_of(1)));
    const int fetches = exchange_->fetches;
    const Rev ahead = replica_->peek(list_1)->rev + 1'000;

    for (int i = 0; i < 5; ++i) {
      const Errc refused = co_await refuse(list_1, renaming(item_id_of(1), "x", ahead));
      EXPECT_EQ(refused, Errc::revision_conflict);
    }
    EXPECT_EQ(exchange_->fetches, fetches + 1);

    clock_.advance(10s);
    co_await refuse(list_1, renaming(item_id_of(1), "x", ahead));
    EXPECT_EQ(exchange_->fetches, fetches + 2);
    co_return 0;
  });
}

TEST_F(ReplicaTest, DoesNotReadAgainForStrangers) {
  run([&]() -> Task<int> {
    co_await create(list_1);
    const int fetches = exchange_->fetches;
    const Rev ahead = replica_->peek(list_1)->rev + 1'000;

    Task<Result<Accepted>> committing = commit(list_1, eve, renaming(item_id_of(1), "x", ahead));
    const Result<Accepted> answer = co_await std::move(committing);

    EXPECT_EQ(answer.error().code, Errc::forbidden);
    EXPECT_EQ(exchange_->fetches, fetches);
    co_return 0;
  });
}

ReplicaOptions with_bytes(std::size_t bytes) {
  ReplicaOptions options;
  options.max_bytes = bytes;
  return options;
}

TEST_F(ReplicaTest, KeepsWithinItsBytesAndStopsWatchingWhatItDropped) {
  run(
      [&]() -> Task<int> {
        for (std::uint8_t i = 1; i <= 40; ++i) {
          co_await create(list_id_of(i));
          co_await accept(list_id_of(i), adding(ItemId::make()));
        }
        const Statistics statistics = replica_->statistics();

        EXPECT_LE(statistics.bytes, 20'000u);
        EXPECT_GT(statistics.evictions, 0u);
        EXPECT_EQ(exchange_->watched.size(), statistics.cached_lists);
        for (std::uint8_t i = 1; i <= 40; ++i) {
          const ListView state = co_await read(list_id_of(i));
          EXPECT_EQ(state->live_items, 1u);
        }
        co_return 0;
      },
      with_bytes(20'000));
}

TEST_F(ReplicaTest, HearsOfWhatIsPinnedThoughItIsNotInMemory) {
  run(
      [&]() -> Task<int> {
        co_await create(list_1);
        replica_->pin(list_1);
        for (std::uint8_t i = 2; i <= 30; ++i) co_await create(list_id_of(i));
        EXPECT_FALSE(replica_->peek(list_1));
        EXPECT_TRUE(exchange_->watched.contains(list_1));
        listener_.heard.clear();

        Command command = command_of(list_1, ann, adding(item_id_of(1)));
        Task<Result<Accepted>> elsewhere = exchange_->commit(nullptr, std::move(command));
        const Result<Accepted> changed = co_await std::move(elsewhere);
        EXPECT_TRUE(changed);
        while (listener_.heard.empty()) co_await asio::post(io(), asio::use_awaitable);

        EXPECT_EQ(listener_.heard.size(), 1u);
        EXPECT_EQ(listener_.heard[0].after, changed->rev);
        EXPECT_FALSE(listener_.heard[0].change) << "it is told as a gap";

        replica_->unpin(list_1);
        co_await create(list_id_of(40));
        co_await create(list_id_of(41));
        EXPECT_FALSE(exchange_->watched.contains(list_1));
        co_return 0;
      },
      with_bytes(1));
}

TEST_F(ReplicaTest, TellsWhoFollowsAListWhatAReaderFindsBeforeItIsHeard) {
  run(
      [&]() -> Task<int> {
        const Rev rev = co_await create(list_1);
        replica_->pin(list_1);
        co_await create(list_2);
        EXPECT_FALSE(replica_->peek(list_1));
        listener_.heard.clear();
        co_await read(list_1);
        EXPECT_TRUE(listener_.heard.empty()) << "nothing has happened";

        co_await read(list_2);
        EXPECT_FALSE(replica_->peek(list_1));
        exchange_->drops_changes = true;
        Command command = command_of(list_1, ann, adding(item_id_of(1)));
        Task<Result<Accepted>> elsewhere = exchange_->commit(nullptr, std::move(command));
        const Result<Accepted> changed = co_await std::move(elsewhere);
        EXPECT_TRUE(changed);
        co_await read(list_1);
        EXPECT_EQ(listener_.heard.size(), 1u);
        if (listener_.heard.empty()) co_return 0;
        EXPECT_EQ(listener_.heard[0].after, changed->rev);
        EXPECT_FALSE(listener_.heard[0].change) << "it is told as a gap";

        auto late = std::make_shared<Change>();
        late->list_id = list_1;
        late->kind = ChangeKind::item_added;
        late->prev_rev = rev;
        late->rev = changed->rev;
        exchange_->tell(late);
        EXPECT_EQ(listener_.heard.size(), 1u);
        replica_->unpin(list_1);
        co_return 0;
      },
      with_bytes(1));
}

TEST_F(ReplicaTest, ToldByAPinThatComesLateWhatItMissed) {
  run(
      [&]() -> Task<int> {
        const Rev rev = co_await create(list_1);
        co_await create(list_2);  // now the first is not in memory any more
        EXPECT_FALSE(replica_->peek(list_1));
        listener_.heard.clear();

        replica_->pin(list_1);
        while (listener_.heard.empty()) co_await asio::post(io(), asio::use_awaitable);

        EXPECT_EQ(listener_.heard[0].after, rev);
        EXPECT_FALSE(listener_.heard[0].change);
        EXPECT_TRUE(exchange_->watched.contains(list_1));
        replica_->unpin(list_1);
        co_return 0;
      },
      with_bytes(1));
}

TEST_F(ReplicaTest, ReadsTheListAgainInANewEra) {
  run([&]() -> Task<int> {
    const Rev rev = co_await create(list_1);
    exchange_->era_of_fetches = 77;
    auto gap = std::make_shared<Change>();
    gap->list_id = list_1;
    gap->rev = gap->prev_rev = rev;
    exchange_->tell(gap);
    while (listener_.heard.size() < 2) co_await asio::post(io(), asio::use_awaitable);

    EXPECT_EQ(replica_->peek(list_1)->era, 77);
    EXPECT_EQ(replica_->peek(list_1)->rev, rev) << "the same rev, and all the same another state";
    EXPECT_FALSE(listener_.heard[1].change);
    co_return 0;
  });
}

TEST_F(ReplicaTest, SharesAnEncodingUntilTheListChanges) {
  run([&]() -> Task<int> {
    const Rev rev = co_await create(list_1);
    const std::size_t before = replica_->statistics().bytes;
    const auto snapshot = std::make_shared<const Snapshot>();
    replica_->set_encoding(list_1, rev, snapshot);

    EXPECT_EQ(replica_->encoding_of<Snapshot>(list_1, rev), snapshot);
    EXPECT_FALSE(replica_->encoding_of<OtherSnapshot>(list_1, rev));
    EXPECT_EQ(replica_->statistics().bytes, before + 1'000);

    co_await accept(list_1, adding(item_id_of(1)));
    EXPECT_FALSE(replica_->encoding_of<Snapshot>(list_1, rev));
    co_return 0;
  });
}

TEST_F(ReplicaTest, CountsItems) {
  run([&]() -> Task<int> {
    co_await create(list_1);
    for (std::uint8_t i = 1; i <= 5; ++i) co_await accept(list_1, adding(item_id_of(i)));
    co_await accept(list_1, deleting(item_id_of(3)));

    const Statistics statistics = replica_->statistics();
    EXPECT_EQ(statistics.cached_lists, 1u);
    EXPECT_EQ(statistics.total_items, 5u);
    EXPECT_EQ(statistics.active_items, 4u);
    EXPECT_EQ(statistics.deleted_items, 1u);
    co_return 0;
  });
}

TEST_F(ReplicaTest, LearnsWhatWasStoredInSpiteOfAFailure) {
  run([&]() -> Task<int> {
    co_await create(list_1);
    store_.fails = [](const Change&) { return true; };
    store_.lies_about_failures = true;
    const Errc refused = co_await refuse(list_1, adding(item_id_of(1)));
    store_.fails = nullptr;
    co_await settle();

    EXPECT_EQ(refused, Errc::unavailable);
    EXPECT_EQ(replica_->peek(list_1)->live_items, 1u);
    EXPECT_EQ(support::difference(*replica_->peek(list_1), *store_.stored(list_1)), "");
    EXPECT_FALSE(listener_.heard.back().change);
    co_return 0;
  });
}

TEST_F(ReplicaTest, SnapshotsShowDurableStateOnly) {
  run([&]() -> Task<int> {
    const Rev created = co_await create(list_1);
    store_.hold_applies();
    std::optional<Rev> rev;
    asio::co_spawn(io(), accept(list_1, adding(item_id_of(1))), [&](std::exception_ptr, Rev result) { rev = result; });
    co_await settle();
    const ListView while_pending = co_await read(list_1);

    EXPECT_EQ(while_pending->rev, created);
    EXPECT_FALSE(rev);
    store_.release();
    co_await settle();
    EXPECT_EQ(replica_->peek(list_1)->rev, rev);
    co_return 0;
  });
}

}  // namespace
}  // namespace collab::replica
