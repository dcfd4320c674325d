// store/merge_store.hpp: any replay, part or permutation of the same changes ends with the same rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <random>
#include <sstream>

#include "support/await.hpp"
#include "support/list_draft.hpp"
#include "support/postgres_fixture.hpp"
#include "support/supabase_fixture.hpp"

namespace collab::store {
namespace {

using support::await;
using support::ListDraft;
using support::PostgresDatabaseUnderTest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const UserId ann{"ann"}, bob{"bob"}, eve{"eve"};

// Everything that a change determines; without the columns that only the Python service's readers know.
constexpr const char* everything =
    "select 'list', t::text from (select id, rev, items_rev, own_rev, name, name_rev, owner_id, is_deleted, created_at,"
    " updated_at, last_position, purge_floor from todo_lists order by id) t"
    " union all select 'item', t::text from (select * from todo_items order by list_id, id) t"
    " union all select 'member', t::text from (select list_id, user_id, name, role, rev from todo_list_members"
    " order by list_id, user_id) t"
    " union all select 'link', t::text from (select * from todo_share_links order by list_id, id) t"
    " union all select 'op', t::text from (select * from todo_ops order by list_id, op_id, user_id) t"
    " order by 1, 2";

/// A store that merges, on a database of its own.
class MergingStore {
 public:
  virtual ~MergingStore() = default;
  virtual Store& lists() = 0;
  virtual MergeStore& merging() = 0;
  virtual Upkeep& upkeep() = 0;
};

template <class AnyStore>
class StoreOf final : public MergingStore {
 public:
  explicit StoreOf(std::unique_ptr<PostgresDatabase> database) : database_(std::move(database)) {}
  Store& lists() override { return store_; }
  MergeStore& merging() override { return store_; }
  Upkeep& upkeep() override { return store_; }

 private:
  std::unique_ptr<PostgresDatabase> database_;
  AnyStore store_{*database_};
};

/// A way to a database, and the database.
class Way {
 public:
  virtual ~Way() = default;
  virtual const PostgresDatabaseUnderTest& storage() const = 0;
  /// As a worker has it, or as the server that is alone.
  virtual std::unique_ptr<MergingStore> open(PostgresOptions::Use use) = 0;
};

class DirectWay final : public Way {
 public:
  const PostgresDatabaseUnderTest& storage() const override { return storage_; }
  std::unique_ptr<MergingStore> open(PostgresOptions::Use use) override {
    return std::make_unique<StoreOf<PostgresStore>>(storage_.open(use));
  }

 private:
  PostgresDatabaseUnderTest storage_;
};

class RestWay final : public Way {
 public:
  const PostgresDatabaseUnderTest& storage() const override { return project_.storage(); }
  std::unique_ptr<MergingStore> open(PostgresOptions::Use use) override {
    return std::make_unique<StoreOf<SupabaseStore>>(project_.open(use));
  }

 private:
  support::SupabaseProjectUnderTest project_;
};

using MakeWay = std::unique_ptr<Way> (*)();
std::unique_ptr<Way> make_direct() { return std::make_unique<DirectWay>(); }
std::unique_ptr<Way> make_rest() { return std::make_unique<RestWay>(); }

class MergeContract : public ::testing::TestWithParam<MakeWay> {};

/// A database with a store that merges.
struct Merging {
  explicit Merging(MakeWay make) : way(make()) {}

  std::unique_ptr<Way> way;
  const PostgresDatabaseUnderTest& storage = way->storage();
  std::unique_ptr<MergingStore> opened = way->open(PostgresOptions::Use::shared);
  Store& store = opened->lists();

  Result<MergeOutcome> merge(std::vector<SharedChange> changes) {
    return await(opened->merging().merge(std::move(changes)));
  }
  std::string rows() const { return storage.query(everything); }
};

/// What some people do in a few lists, by chance.
class RandomHistory {
 public:
  RandomHistory(std::mt19937& chance, Rev era) : chance_(chance) {
    for (int n = 0; n < 3; ++n) {
      lists_.push_back(std::make_unique<ListDraft>(ann, era));
      changes.push_back(lists_.back()->create("list " + std::to_string(n)));
    }
    for (int n = 0; n < 150; ++n) step();
  }

  std::vector<SharedChange> changes;

 private:
  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(chance_); }

  void step() {
    ListDraft& list = *lists_[pick(lists_.size())];
    std::vector<ItemId> items;
    list.state().items.for_each([&](const ItemId& id, const SharedItem&) { items.push_back(id); });
    std::optional<OpId> op;
    if (pick(2) == 0) op = OpId::make();
    try {
      changes.push_back(act(list, items, op));
    } catch (const std::logic_error&) {
      // what the model refuses is no change
    }
  }

  SharedChange act(ListDraft& list, const std::vector<ItemId>& items, std::optional<OpId> op) {
    const std::size_t choice = pick(10);
    if (choice < 3 || items.empty()) return list.add("item " + std::to_string(pick(1000)), op);
    const ItemId item = items[pick(items.size())];
    switch (choice) {
      case 3:
        return list.act(DeleteItem{item, {}}, op);
      case 4:
        return list.act(RestoreItem{item}, op);
      case 5:
        return list.act(ShareList{pick(2) == 0 ? bob : eve, "somebody", Role::editor}, op);
      case 6:
        return list.act(RemoveMember{pick(2) == 0 ? bob : eve}, op);
      case 7:
        return list.act(UpdateList{"name " + std::to_string(pick(1000)), {}}, op);
      case 8:
        return list.act(
            CreateShareLink{LinkId::make(), std::string(32, static_cast<char>(pick(256))), Role::viewer, {}}, op);
      default: {
        UpdateItem update{};
        update.item_id = item;
        if (pick(2) == 0) update.done = pick(2) == 0;
        if (pick(2) == 0) update.description = std::optional<std::string>("words " + std::to_string(pick(1000)));
        if (pick(3) == 0) update.position = std::string(1, static_cast<char>('A' + pick(50)));
        return list.act(update, op);
      }
    }
  }

  std::mt19937& chance_;
  std::vector<std::unique_ptr<ListDraft>> lists_;
};

// A part of them, then all, some twice, in any order.
std::vector<SharedChange> shuffled(std::vector<SharedChange> changes, std::mt19937& chance) {
  const std::size_t some = changes.size() / 3;
  std::shuffle(changes.begin(), changes.end(), chance);
  std::vector<SharedChange> deliveries(changes.begin(), changes.begin() + static_cast<std::ptrdiff_t>(some));
  std::shuffle(changes.begin(), changes.end(), chance);
  deliveries.insert(deliveries.end(), changes.begin(), changes.end());
  return deliveries;
}

// In batches of any size. Throws if one fails.
void deliver(MergeStore& store, std::span<const SharedChange> deliveries, unsigned seed) {
  std::mt19937 chance(seed);
  while (!deliveries.empty()) {
    const std::size_t size =
        std::min<std::size_t>(std::uniform_int_distribution<std::size_t>(1, 40)(chance), deliveries.size());
    const auto merged =
        await(store.merge({deliveries.begin(), deliveries.begin() + static_cast<std::ptrdiff_t>(size)}));
    if (!merged) throw std::runtime_error(merged.error().message);
    deliveries = deliveries.subspan(size);
  }
}

std::string first_difference(const std::string& a, const std::string& b) {
  std::istringstream left(a), right(b);
  for (std::string x, y;;) {
    const bool has_left = static_cast<bool>(std::getline(left, x)),
               has_right = static_cast<bool>(std::getline(right, y));
    if (!has_left && !has_right) return "";
    if (has_left != has_right || x != y) return (has_left ? x : "(end)") + "\ninstead of\n" + (has_right ? y : "(end)");
  }
}

TEST_P(MergeContract, EndsWithTheSameRowsInWhateverOrderAndHoweverOften) {
  const char* given = std::getenv("SEED");
  const unsigned seed = given ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
  std::cout << "SEED=" << seed << " repeats this\n";
  std::mt19937 chance(seed);

  for (int round = 0; round < 5; ++round) {
    const std::unique_ptr<Way> alone = GetParam()();
    const auto in_order = alone->open(PostgresOptions::Use::alone);
    const RandomHistory history(chance, in_order->lists().era());
    ASSERT_EQ(await(in_order->lists().apply(history.changes)), std::vector<bool>(history.changes.size(), true));
    const std::string expected = alone->storage().query(everything);
    Merging one(GetParam());
    const auto other_worker = one.way->open(PostgresOptions::Use::shared);
    const auto first = shuffled(history.changes, chance), second = shuffled(history.changes, chance);
    const unsigned first_seed = static_cast<unsigned>(chance()), second_seed = static_cast<unsigned>(chance());

    auto overlapping = std::async(std::launch::async, [&] { deliver(other_worker->merging(), second, second_seed); });
    deliver(one.opened->merging(), first, first_seed);
    overlapping.get();

    ASSERT_EQ(first_difference(one.rows(), expected), "") << "SEED=" << seed << ", round " << round;
    const auto again = one.merge(history.changes);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->written, 0u);
    EXPECT_EQ(first_difference(one.rows(), expected), "");
  }
}

TEST_P(MergeContract, GivesWhatTheChangesLedTo) {
  Merging one(GetParam());
  ListDraft list(ann, one.store.era());
  std::vector<SharedChange> changes{list.create(), list.add("Tent", OpId::make()), list.share(bob, Role::viewer)};

  const auto merged = one.merge(changes);

  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->written, 5u) << "a list, an item, two members, an op";
  EXPECT_EQ(support::difference(*await(one.store.load(list.id()))->state, list.state()), "");
}

TEST_P(MergeContract, MakesNoListOfWhichOnlyAnItemHasCome) {
  Merging one(GetParam());
  ListDraft list(ann, one.store.era());
  const auto created = list.create(), added = list.add("early");

  ASSERT_TRUE(one.merge({added}));

  EXPECT_FALSE(await(one.store.load(list.id()))->state->exists());
  ASSERT_TRUE(one.merge({created}));
  EXPECT_EQ(support::difference(*await(one.store.load(list.id()))->state, list.state()), "");
}

TEST_P(MergeContract, PutsNothingBackThatWasPurged) {
  Merging one(GetParam());
  ListDraft list(ann, one.store.era()), gone(ann, one.store.era());
  std::vector<SharedChange> changes{list.create(), list.add("old", OpId::make())};
  const auto first_version = changes.back();
  changes.push_back(list.rename(list.last_item(), "renamed"));
  changes.push_back(list.remove(list.last_item()));
  changes.push_back(list.add("alive"));
  const auto alive_before = changes.back();
  changes.push_back(gone.create("secret"));
  changes.push_back(gone.add("secret", OpId::make()));
  changes.push_back(gone.act(CreateShareLink{LinkId::make(), std::string(32, 's'), Role::viewer, {}}, OpId::make()));
  changes.push_back(gone.act(DeleteList{}));
  ASSERT_TRUE(one.merge(changes));
  const auto purged = await(one.opened->upkeep().purge(list.now() + 1'000, {.ops = 1LL << 40, .trash = 1}));
  ASSERT_TRUE(purged);
  EXPECT_EQ(purged->items, 1);
  EXPECT_EQ(purged->lists, 1);
  const std::string rows = one.rows();
  EXPECT_THAT(rows, ::testing::Not(HasSubstr("secret")));

  for (const auto& change : changes) ASSERT_EQ(one.merge({change})->written, 0u);
  ASSERT_EQ(one.merge(changes)->written, 0u);

  EXPECT_EQ(one.rows(), rows);
  EXPECT_EQ(await(one.store.load(list.id()))->state->purge_floor, list.state().items_rev - 1);
}

TEST_P(MergeContract, ForgetsOpsWhenTheirTimeIsOver) {
  Merging one(GetParam());
  ListDraft list(ann, one.store.era());
  ASSERT_TRUE(one.merge({list.create(), list.add("first", OpId::make())}));
  const Rev first = list.state().rev;
  ASSERT_TRUE(one.merge({list.add("second", OpId::make())}));

  const auto purged = await(one.opened->upkeep().purge(first + 1 + 1'000, {.ops = 1'000, .trash = 1LL << 40}));

  ASSERT_TRUE(purged);
  EXPECT_EQ(purged->ops, 1);
  EXPECT_EQ(one.storage.query("select rev from todo_ops"), std::to_string(list.state().rev));
}

TEST_P(MergeContract, TellsWhatTheDatabaseRefusesFromOutages) {
  Merging one(GetParam());
  ListDraft list(ann, one.store.era());
  const auto created = list.create();
  const auto bad = list.add("no UTF-8: \xFF");

  const auto refused = one.merge({created, bad});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_payload);
  EXPECT_THAT(refused.error().message, ::testing::AnyOf(HasSubstr("22021"), HasSubstr("PGRST102")));
  EXPECT_FALSE(await(one.store.load(list.id()))->state->exists()) << "nothing of it is there";
  EXPECT_TRUE(one.store.health().is_running) << "nothing is wrong with the storage";
  EXPECT_TRUE(one.merge({created}));
  one.storage.forbid_writing();
  EXPECT_EQ(one.merge({list.add("later")}).error().code, Errc::unavailable);
  EXPECT_FALSE(one.store.health().is_running);
}

// The first two inserts of items collide with another transaction, as far as anybody can tell.
void make_inserts_collide(const PostgresDatabaseUnderTest& storage, const std::string& sqlstate, int times) {
  storage.query(
      "create sequence tries; grant usage on sequence tries to collab;"
      "create function collide() returns trigger language plpgsql as $$ begin if nextval('tries') <= " +
      std::to_string(times) + " then raise exception 'collided' using errcode = '" + sqlstate +
      "'; end if; return null; end $$;"
      "create trigger collide after insert on todo_items for each statement execute function collide()");
}

TEST_P(MergeContract, GivesTheReasonWhyARowIsRefused) {
  Merging one(GetParam());
  one.storage.query("alter table todo_items add constraint no_tents check (name <> 'Tent')");
  ListDraft list(ann, one.store.era());

  const auto refused = one.merge({list.create(), list.add("Tent")});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_payload);
  EXPECT_THAT(refused.error().message, ::testing::AllOf(HasSubstr("no_tents"), HasSubstr("23514")));
}

TEST_P(MergeContract, TriesAgainWhatCollidedWithAnotherTransaction) {
  for (const char* sqlstate : {"40001", "40P01"}) {
    Merging one(GetParam());
    ListDraft list(ann, one.store.era());
    make_inserts_collide(one.storage, sqlstate, 2);

    EXPECT_TRUE(one.merge({list.create(), list.add("Tent")})) << sqlstate;

    EXPECT_EQ(one.storage.query("select last_value from tries"), "3");
    EXPECT_EQ(support::difference(*await(one.store.load(list.id()))->state, list.state()), "");
    EXPECT_TRUE(one.store.health().is_running);
  }
}

TEST_P(MergeContract, TakesWhatCollidesForEverForAnOutage) {
  Merging one(GetParam());
  ListDraft list(ann, one.store.era());
  make_inserts_collide(one.storage, "40001", 1'000);

  const auto merged = one.merge({list.create(), list.add("Tent")});

  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code, Errc::unavailable) << "it may go some time";
  EXPECT_EQ(one.storage.query("select count(*) from todo_lists"), "0");
}

INSTANTIATE_TEST_SUITE_P(Postgres, MergeContract, ::testing::Values(make_direct));
INSTANTIATE_TEST_SUITE_P(SupabaseRest, MergeContract, ::testing::Values(make_rest));

TEST(PostgresStore, TriesAgainWhatCollidedWithAnotherTransaction) {
  for (const char* sqlstate : {"40001", "40P01"}) {
    PostgresDatabaseUnderTest storage;
    auto database = storage.open();
    PostgresStore store(*database);
    ListDraft list(ann, store.era());
    make_inserts_collide(storage, sqlstate, 2);

    EXPECT_THAT(await(store.apply({list.create(), list.add("Tent")})), ElementsAre(true, true)) << sqlstate;

    EXPECT_EQ(storage.query("select last_value from tries"), "3");
    EXPECT_EQ(support::difference(*await(store.load(list.id()))->state, list.state()), "");
  }
}

// Where somebody has switched it off for the whole database, an acknowledgement would be a hope.
TEST(PostgresStore, WaitsForTheDiskWhateverTheDatabaseSays) {
  PostgresDatabaseUnderTest storage;
  storage.query("alter database " + storage.name() + " set synchronous_commit = off");
  auto database = storage.open();
  PostgresStore store(*database);
  storage.query(
      "create table seen (setting text); grant insert on seen to collab;"
      "create function look() returns trigger language plpgsql as $$ begin"
      " insert into seen values (current_setting('synchronous_commit')); return null; end $$;"
      "create trigger look after insert on todo_items for each statement execute function look()");
  ListDraft list(ann, store.era());

  ASSERT_THAT(await(store.apply({list.create(), list.add("Tent")})), ElementsAre(true, true));

  EXPECT_EQ(storage.query("select distinct setting from seen"), "on");
}

TEST(PostgresStore, RefusesAloneWhatTheDatabaseDoesNotTake) {
  PostgresDatabaseUnderTest storage;
  auto database = storage.open();
  PostgresStore store(*database);
  ListDraft good(ann, store.era()), bad(bob, store.era()), other(eve, store.era());

  const auto durable = await(
      store.apply({good.create(), bad.create(), bad.add("\xFF"), good.add("Tent"), bad.add("on top"), other.create()}));

  EXPECT_THAT(durable, ElementsAre(true, true, false, true, false, true));
  EXPECT_EQ(support::difference(*await(store.load(good.id()))->state, good.state()), "");
  EXPECT_TRUE(store.health().is_running);
}

TEST(PostgresStore, RefusesWhatAnotherWriterWasFasterWith) {
  PostgresDatabaseUnderTest storage;
  auto database = storage.open();
  PostgresStore store(*database);
  ListDraft list(ann, store.era());
  ASSERT_THAT(await(store.apply({list.create()})), ElementsAre(true));
  const auto fork = list.state();
  const auto ours = list.add("ours");
  list.return_to(fork);
  list.set_now(list.now() - 1);  // of the very rev that ours has
  const auto shared = storage.open(PostgresOptions::Use::shared);
  ASSERT_TRUE(await(PostgresStore(*shared).merge({list.add("theirs")})));
  const auto theirs = list.state();

  EXPECT_THAT(await(store.apply({ours})), ElementsAre(false));

  EXPECT_EQ(support::difference(*await(store.load(list.id()))->state, theirs), "");
  EXPECT_THAT(await(store.apply({list.add("next")})), ElementsAre(true)) << "it looks anew";
}

}  // namespace
}  // namespace collab::store
