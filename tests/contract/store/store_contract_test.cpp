// The promises of store/store.hpp, for every implementation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <future>

#include "contract/store/store_under_test.hpp"
#include "core/shard.hpp"
#include "support/await.hpp"
#include "support/list_draft.hpp"

namespace collab::store {
namespace {

using support::await_on;
using support::difference;
using support::ListDraft;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const UserId ann{"ann"}, bob{"bob"}, eve{"eve"};

class StoreContract : public ::testing::TestWithParam<StoreFactory> {
 protected:
  std::vector<bool> apply(std::vector<SharedChange> changes) {
    return await_on(io_, store().apply(std::move(changes)));
  }
  LoadedList load(ListId list_id) {
    auto loaded = await_on(io_, store().load(list_id));
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return *loaded;
  }
  std::vector<Membership> lists_of(const UserId& user_id) {
    auto lists = await_on(io_, store().lists_of(user_id));
    if (!lists) throw std::runtime_error(lists.error().message);
    return *lists;
  }
  std::optional<Rev> find_op(ListId list_id, const UserId& user_id, OpId op_id) {
    auto rev = await_on(io_, store().find_op(list_id, user_id, op_id));
    if (!rev) throw std::runtime_error(rev.error().message);
    return *rev;
  }
  Store& store() { return under_test_->store(); }

  asio::io_context io_;
  std::unique_ptr<StoreUnderTest> under_test_ = GetParam().make();
};

// Every kind of row, every column with a value and without.
std::vector<SharedChange> eventful_history(ListDraft& list) {
  std::vector<SharedChange> changes{list.create("Holiday ✈")};
  AddItem full{};
  full.item_id = ItemId::make();
  full.name = "Passport";
  full.description = "valid \"until\"\n2031";
  full.status = Status::in_progress;
  full.due_date = "2031-02-03T10:00:00+02:00";
  full.media_url = "https://example.org/p.png";
  changes.push_back(list.act(full, OpId::make()));
  changes.push_back(list.add("", OpId::make()));
  changes.push_back(list.add("Tent"));
  const ItemId tent = list.last_item();
  changes.push_back(list.rename(tent, "Big tent"));
  changes.push_back(list.share(bob, Role::editor));
  UpdateItem update{};
  update.item_id = full.item_id;
  update.done = true;
  update.description = std::optional<std::string>{};
  changes.push_back(list.act_as(bob, update));
  changes.push_back(list.remove(tent));
  const LinkId link = LinkId::make();
  changes.push_back(list.act(
      CreateShareLink{link, std::string("\0hash", 5) + std::string(27, '\xFE'), Role::viewer, 1'999'999'999'999}));
  changes.push_back(list.act(CreateShareLink{LinkId::make(), std::string(32, '\1'), Role::editor, std::nullopt}));
  changes.push_back(list.act(RevokeShareLink{link}));
  changes.push_back(list.share(eve, Role::viewer));
  changes.push_back(list.act(RemoveMember{bob}));
  changes.push_back(list.act(UpdateList{"Holidays", {}}));
  return changes;
}

TEST_P(StoreContract, LoadsWhatWasApplied) {
  ListDraft list(ann, store().era());
  const auto changes = eventful_history(list);

  const auto durable = apply(changes);

  EXPECT_EQ(durable, std::vector<bool>(changes.size(), true));
  EXPECT_EQ(difference(*load(list.id()).state, list.state()), "");
}

TEST_P(StoreContract, KeepsEverythingOverARestart) {
  ListDraft list(ann, store().era());
  for (const auto& change : eventful_history(list)) ASSERT_THAT(apply({change}), ElementsAre(true));
  const Rev era = store().era();

  under_test_->reopen();

  const auto loaded = load(list.id());
  EXPECT_EQ(difference(*loaded.state, list.state()), "");
  EXPECT_EQ(loaded.state->era, era);
  EXPECT_EQ(store().era(), era);
}

TEST_P(StoreContract, HasAnEraThatIsATime) { EXPECT_GT(store().era(), 1'700'000'000'000); }

TEST_P(StoreContract, LoadsAListThatNeverWasAtRevZero) {
  const ListId nowhere = ListId::make();

  const auto loaded = load(nowhere);

  EXPECT_FALSE(loaded.state->exists());
  EXPECT_EQ(loaded.state->id, nowhere);
  EXPECT_EQ(loaded.state->era, store().era());
  EXPECT_THAT(*loaded.state->members, IsEmpty());
  EXPECT_THAT(loaded.op_fingerprints, IsEmpty());
}

TEST_P(StoreContract, LoadsADeletedAndARestoredList) {
  ListDraft list(ann, store().era());
  ASSERT_THAT(apply({list.create(), list.act(DeleteList{})}), ElementsAre(true, true));
  EXPECT_TRUE(load(list.id()).state->is_deleted);

  ASSERT_THAT(apply({list.act(RestoreList{})}), ElementsAre(true));

  EXPECT_EQ(difference(*load(list.id()).state, list.state()), "");
}

TEST_P(StoreContract, RefusesAChangeThatDoesNotContinueTheChainAndAllOnTopOfIt) {
  ListDraft list(ann, store().era());
  const auto created = list.create();
  const auto before = list.state();
  const auto missing = list.add("never given to the store");
  const auto second = list.add("on top of it"), third = list.rename(list.last_item(), "and on top of that");

  EXPECT_THAT(apply({created, second, third}), ElementsAre(true, false, false));

  EXPECT_EQ(difference(*load(list.id()).state, before), "");
  EXPECT_THAT(apply({missing, second}), ElementsAre(true, true));
}

TEST_P(StoreContract, RefusesTheFirstChangeOfAListThatDoesNotCreateIt) {
  ListDraft list(ann, store().era());
  list.create();
  Change orphan = *list.add("orphan");
  orphan.prev_rev = 0;

  EXPECT_THAT(apply({std::make_shared<const Change>(orphan)}), ElementsAre(false));

  EXPECT_FALSE(load(list.id()).state->exists());
}

TEST_P(StoreContract, CountsAChangeThatIsStoredAlreadyAsDurable) {
  ListDraft list(ann, store().era());
  const auto changes = eventful_history(list);
  apply(changes);

  EXPECT_EQ(apply(changes), std::vector<bool>(changes.size(), true));
  under_test_->reopen();
  EXPECT_EQ(apply(changes), std::vector<bool>(changes.size(), true));

  EXPECT_EQ(difference(*load(list.id()).state, list.state()), "");
}

TEST_P(StoreContract, RefusesARivalThatTheChainWentAnotherWayThan) {
  ListDraft list(ann, store().era());
  apply({list.create()});
  const auto fork = list.state();
  const auto rival = list.add("the way not taken", OpId::make());
  list.return_to(fork);

  ASSERT_THAT(apply({list.add("the way taken", OpId::make()), list.add("and on", OpId::make())}),
              ElementsAre(true, true));

  EXPECT_THAT(apply({rival}), ElementsAre(false));
  EXPECT_EQ(difference(*load(list.id()).state, list.state()), "");
}

TEST_P(StoreContract, AppliesCallsInOrderWithoutWaitingForEachOther) {
  constexpr int calls = 500;
  ListDraft list(ann, store().era());
  std::vector<int> completed;
  int durable = 0;
  apply({list.create()});

  for (int call = 0; call < calls; ++call) {
    auto change = list.add("item " + std::to_string(call));
    spawn(io_, "apply", [&, call, change]() -> Task<> {
      std::vector<SharedChange> changes;
      changes.push_back(change);
      const auto result = co_await store().apply(std::move(changes));
      completed.push_back(call);
      durable += result.at(0) ? 1 : 0;
    });
  }
  io_.restart();
  io_.run();

  EXPECT_EQ(durable, calls);
  EXPECT_TRUE(std::is_sorted(completed.begin(), completed.end()));
  EXPECT_EQ(completed.size(), static_cast<std::size_t>(calls));
  EXPECT_EQ(difference(*load(list.id()).state, list.state()), "");
}

TEST_P(StoreContract, WritesNothingOfWhatFailsAndGoesOnAfterTheRepair) {
  ListDraft list(ann, store().era()), other(bob, store().era());
  ASSERT_THAT(apply({list.create(), list.add("before")}), ElementsAre(true, true));
  const auto before = list.state();
  const auto first = list.add("lost", OpId::make()), second = list.add("lost too");

  under_test_->break_storage();
  EXPECT_THAT(apply({first, second, other.create()}), ElementsAre(false, false, false));
  EXPECT_FALSE(store().health().is_running);
  EXPECT_NE(store().health().problem, "");
  EXPECT_EQ(store().health().writes_failed, 3u);
  EXPECT_EQ(difference(*load(list.id()).state, before), "");
  under_test_->repair();

  EXPECT_THAT(apply({second}), ElementsAre(false)) << "what it was decided on was lost";
  list.return_to(before);
  EXPECT_THAT(apply({list.add("after"), first}), ElementsAre(true, false));
  EXPECT_EQ(difference(*load(list.id()).state, list.state()), "");
  EXPECT_TRUE(store().health().is_running);
  EXPECT_EQ(store().health().problem, "");
}

TEST_P(StoreContract, RemembersOpsWithTheirUserAndRev) {
  ListDraft list(ann, store().era());
  const OpId op = OpId::make(), other = OpId::make();
  apply({list.create(), list.share(bob, Role::editor)});
  const auto change = list.add("once", op);
  ASSERT_THAT(apply({change}), ElementsAre(true));

  under_test_->reopen();

  EXPECT_EQ(find_op(list.id(), ann, op), change->rev);
  EXPECT_EQ(find_op(list.id(), bob, op), std::nullopt);
  EXPECT_EQ(find_op(list.id(), ann, other), std::nullopt);
  EXPECT_EQ(find_op(ListId::make(), ann, op), std::nullopt);
  EXPECT_THAT(load(list.id()).op_fingerprints, ElementsAre(op_fingerprint(ann, op)));
}

TEST_P(StoreContract, RefusesAnOpThatWasGivenARevBefore) {
  ListDraft list(ann, store().era());
  const OpId op = OpId::make();
  const auto created = list.create(), first = list.add("once", op);
  ASSERT_THAT(apply({created, first}), ElementsAre(true, true));
  const auto before = list.state();

  EXPECT_THAT(apply({list.add("twice", op)}), ElementsAre(false));

  EXPECT_EQ(difference(*load(list.id()).state, before), "");
  EXPECT_EQ(find_op(list.id(), ann, op), first->rev);
}

TEST_P(StoreContract, RemembersTheOpOfAChangeThatChangedNothing) {
  ListDraft list(ann, store().era());
  apply({list.create(), list.add("Tent")});
  const OpId op = OpId::make();
  UpdateItem same{};
  same.item_id = list.last_item();
  same.name = "Tent";
  const auto nothing = list.act(same, op);
  ASSERT_EQ(nothing->kind, ChangeKind::nothing);

  EXPECT_THAT(apply({nothing}), ElementsAre(true));
  EXPECT_THAT(apply({nothing}), ElementsAre(true));

  EXPECT_EQ(find_op(list.id(), ann, op), list.state().rev);
  EXPECT_EQ(difference(*load(list.id()).state, list.state()), "");
}

TEST_P(StoreContract, TellsEveryMembershipAUserEverHad) {
  ListDraft owned(ann, store().era()), shared(bob, store().era()), left(bob, store().era()),
      deleted(ann, store().era());
  std::vector<SharedChange> changes{owned.create(), shared.create(), left.create(), deleted.create()};
  const auto joined = shared.share(ann, Role::viewer);
  changes.push_back(joined);
  changes.push_back(left.share(ann, Role::editor));
  const auto parted = left.act_as(ann, RemoveMember{ann});
  changes.push_back(parted);
  changes.push_back(deleted.act(DeleteList{}));
  ASSERT_EQ(apply(changes), std::vector<bool>(changes.size(), true));

  std::vector<std::tuple<ListId, Role, bool>> seen;
  for (const auto& m : lists_of(ann)) seen.emplace_back(m.list_id, m.role, m.is_deleted);

  EXPECT_THAT(seen, UnorderedElementsAre(
                        std::tuple(owned.id(), Role::owner, false), std::tuple(shared.id(), Role::viewer, false),
                        std::tuple(left.id(), Role::none, false), std::tuple(deleted.id(), Role::owner, true)));
  for (const auto& m : lists_of(ann)) {
    if (m.list_id == shared.id()) {
      EXPECT_EQ(m.rev, joined->rev);
    }
    if (m.list_id == left.id()) {
      EXPECT_EQ(m.rev, parted->rev);
    }
  }
  EXPECT_THAT(lists_of(eve), IsEmpty());
}

TEST_P(StoreContract, FindsTheListOfALink) {
  ListDraft list(ann, store().era());
  const LinkId link = LinkId::make();
  apply({list.create(), list.act(CreateShareLink{link, std::string(32, 'h'), Role::viewer, std::nullopt}),
         list.act(RevokeShareLink{link})});

  const auto found = await_on(io_, store().list_of_link(link));
  const auto unknown = await_on(io_, store().list_of_link(LinkId::make()));

  ASSERT_TRUE(found && unknown);
  EXPECT_EQ(*found, list.id());
  EXPECT_EQ(*unknown, std::nullopt);
}

TEST_P(StoreContract, CountsWhatItWrote) {
  ListDraft list(ann, store().era());
  const auto created = list.create();
  list.add("skipped");

  apply({created, list.add("refused")});

  const auto health = store().health();
  EXPECT_TRUE(health.is_running);
  EXPECT_TRUE(health.can_read);
  EXPECT_EQ(health.writes_processed, 1u);
  EXPECT_EQ(health.writes_failed, 1u);
  EXPECT_EQ(health.batches, 1u);
  EXPECT_EQ(health.queue_size, 0u);
}

TEST_P(StoreContract, KeepsEveryTextAsItWas) {
  const std::string texts[] = {std::string("a\0b", 3),
                               std::string("\0", 1),
                               "\xEE\x80\x80",
                               "\xEE\x80\x80\xEE\x80\x81",
                               "\xEE\x80\x80\xEE\x80\x80",
                               "' \" \\ {} , NULL",
                               "\U0001F600 \u00e9 e\u0301",
                               " \n\t "};
  ListDraft list(UserId{std::string("a\0n", 3)}, store().era());
  apply({list.create()});

  for (const std::string& text : texts) EXPECT_THAT(apply({list.add(text)}), ElementsAre(true));
  under_test_->reopen();

  EXPECT_EQ(lists_of(UserId{std::string("a\0n", 3)}).size(), 1u);
  const auto loaded = load(list.id());
  for (const std::string& text : texts) {
    bool is_there = false;
    loaded.state->items.for_each([&](const ItemId&, const SharedItem& item) { is_there |= item->name == text; });
    EXPECT_TRUE(is_there) << text;
  }
}

TEST_P(StoreContract, SortsByBytes) {
  ListDraft list(UserId{"b"}, store().era());
  std::vector<SharedChange> changes{list.create()};
  for (const char* user : {"a", "B", "C", "\u00e4", "_", "~"})
    changes.push_back(list.share(UserId{user}, Role::viewer));
  for (const char* position : {"a", "B", "Z", "b0", "_"}) {
    AddItem item{};
    item.item_id = ItemId::make();
    item.name = position;
    item.position = position;
    changes.push_back(list.act(item));
  }
  ASSERT_EQ(apply(changes), std::vector<bool>(changes.size(), true));

  under_test_->reopen();

  EXPECT_EQ(difference(*load(list.id()).state, list.state()), "");
}

TEST_P(StoreContract, AppliesNothingForAnEmptyCall) {
  EXPECT_THAT(apply({}), IsEmpty());
  EXPECT_EQ(store().health().batches, 0u);
}

// What one shard of the next test does: its own lists, results on its own thread.
struct Load {
  int durable = 0;
  int on_wrong_thread = 0;
  std::vector<std::string> differences;
};

Task<> write_and_read(Store& store, Shard& shard, Load& load) {
  std::vector<std::unique_ptr<ListDraft>> lists;
  for (int n = 0; n < 10; ++n) {
    lists.push_back(std::make_unique<ListDraft>(ann, store.era()));
    std::vector<SharedChange> changes;
    changes.push_back(lists.back()->create());
    const auto durable = co_await store.apply(std::move(changes));
    load.durable += durable.at(0) ? 1 : 0;
  }
  for (int n = 0; n < 300; ++n) {
    std::vector<SharedChange> changes;
    for (auto& list : lists) changes.push_back(list->add("item", OpId::make()));
    const auto durable = co_await store.apply(std::move(changes));
    load.durable += static_cast<int>(std::count(durable.begin(), durable.end(), true));
    if (!shard.is_current()) ++load.on_wrong_thread;
  }
  for (const auto& list : lists) {
    const auto loaded = co_await store.load(list->id());
    load.differences.push_back(loaded ? difference(*loaded->state, list->state()) : loaded.error().message);
    if (!shard.is_current()) ++load.on_wrong_thread;
  }
}

TEST_P(StoreContract, ServesThreeShardsAtOnce) {
  ShardSet shards(3);
  std::array<Load, 3> loads;
  std::vector<std::future<void>> ends;
  shards.start();

  for (unsigned index = 0; index < shards.size(); ++index) {
    auto task = [&store = store(), &shard = shards[index], &load = loads[index]] {
      return write_and_read(store, shard, load);
    };
    ends.push_back(asio::co_spawn(shards[index].io(), std::move(task), asio::use_future));
  }
  for (auto& end : ends) end.get();
  shards.stop_and_join();
  under_test_.reset();  // before the shards: its threads may still be at waking one

  for (const auto& load : loads) {
    EXPECT_EQ(load.durable, 10 + 300 * 10);
    EXPECT_EQ(load.on_wrong_thread, 0);
    EXPECT_EQ(load.differences, std::vector<std::string>(10));
  }
}

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, ::testing::Values(StoreFactory{"sqlite", make_sqlite_under_test}));
INSTANTIATE_TEST_SUITE_P(Postgres, StoreContract,
                         ::testing::Values(StoreFactory{"postgres", make_postgres_under_test}));
INSTANTIATE_TEST_SUITE_P(Pgbouncer, StoreContract,
                         ::testing::Values(StoreFactory{"pgbouncer", make_pgbouncer_under_test}));
INSTANTIATE_TEST_SUITE_P(SupabaseRest, StoreContract,
                         ::testing::Values(StoreFactory{"supabase", make_supabase_under_test}));

}  // namespace
}  // namespace collab::store
