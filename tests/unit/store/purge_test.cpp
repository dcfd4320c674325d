#include <gtest/gtest.h>

#include "store/sqlite_store.hpp"
#include "support/await.hpp"
#include "support/list_draft.hpp"
#include "support/temp_dir.hpp"

namespace collab::store {
namespace {

using support::await;
using support::difference;
using support::ListDraft;

const UserId ann{"ann"}, bob{"bob"};
constexpr EpochMs day = 86'400'000, start_of_time = 1'780'000'000'000;

class Purge : public ::testing::Test {
 protected:
  Purge() {
    database_ = std::move(SqliteDatabase::open({.data_dir = folder_.path()}).value());
    store_ = std::make_unique<SqliteStore>(*database_);
    list_.set_now(start_of_time);
  }
  ~Purge() override { database_->close(); }

  void write(const SharedChange& change) {
    std::vector<SharedChange> changes{change};
    ASSERT_EQ(await(store_->apply(std::move(changes))), std::vector<bool>{true});
  }
  LoadedList load() { return await(store_->load(list_.id())).value(); }
  Purged purge(EpochMs now) { return await(store_->purge(now, Retention{})).value(); }

  support::TempDir folder_;
  std::unique_ptr<SqliteDatabase> database_;
  std::unique_ptr<SqliteStore> store_;
  ListDraft list_{ann};
};

TEST_F(Purge, ForgetsOpsThatAreOlderThanTheirRetention) {
  const OpId old_op = OpId::make(), new_op = OpId::make();
  write(list_.create());
  write(list_.add("old", old_op));
  list_.set_now(start_of_time + 20 * day);
  write(list_.add("new", new_op));

  EXPECT_EQ(purge(start_of_time + 31 * day).ops, 1);

  EXPECT_EQ(await(store_->find_op(list_.id(), ann, old_op)).value(), std::nullopt);
  EXPECT_NE(await(store_->find_op(list_.id(), ann, new_op)).value(), std::nullopt);
  EXPECT_EQ(difference(*load().state, list_.state()), "");
}

TEST_F(Purge, TakesManyStepsIfThereIsMuch) {
  write(list_.create());
  for (int n = 0; n < 450; ++n) write(list_.add("item", OpId::make()));

  EXPECT_EQ(purge(start_of_time + 31 * day).ops, 450);

  EXPECT_TRUE(load().op_fingerprints.empty());
}

TEST_F(Purge, ForgetsOldTombstonesAndRaisesTheFloor) {
  write(list_.create());
  write(list_.add("deleted long ago"));
  const ItemId old_item = list_.last_item();
  write(list_.remove(old_item));
  const Rev old_rev = list_.state().rev;
  write(list_.add("lives"));
  const ItemId live_item = list_.last_item();
  list_.set_now(start_of_time + 20 * day);
  write(list_.add("deleted lately"));
  const ItemId new_item = list_.last_item();
  write(list_.remove(new_item));

  EXPECT_EQ(purge(start_of_time + 31 * day).items, 1);

  const auto state = load().state;
  EXPECT_EQ(state->find_item(old_item), nullptr);
  EXPECT_NE(state->find_item(live_item), nullptr);
  EXPECT_NE(state->find_item(new_item), nullptr);
  EXPECT_EQ(state->purge_floor, old_rev);
  EXPECT_EQ(state->last_position, list_.state().last_position);
  write(list_.add("and it goes on"));
}

TEST_F(Purge, LeavesOfADeletedListATombstoneWithItsMembers) {
  write(list_.create("A secret"));
  write(list_.share(bob, Role::viewer));
  write(list_.add("a secret item"));
  write(list_.act(CreateShareLink{LinkId::make(), std::string(32, 'h'), Role::viewer, std::nullopt}));
  write(list_.act(DeleteList{}));

  EXPECT_EQ(purge(start_of_time + 20 * day).lists, 0);
  EXPECT_EQ(purge(start_of_time + 31 * day).lists, 1);
  EXPECT_EQ(purge(start_of_time + 31 * day).lists, 0) << "once is enough";

  const auto state = load().state;
  EXPECT_TRUE(state->is_deleted);
  EXPECT_EQ(state->name, "");
  EXPECT_EQ(state->rev, list_.state().rev);
  EXPECT_TRUE(state->items.empty());
  EXPECT_TRUE(state->links->empty());
  const auto memberships = await(store_->lists_of(bob)).value();
  ASSERT_EQ(memberships.size(), 1u);
  EXPECT_TRUE(memberships.front().is_deleted);
}

TEST_F(Purge, TouchesNoDeletedListThatWasRestored) {
  write(list_.create());
  write(list_.add("kept"));
  write(list_.act(DeleteList{}));
  write(list_.act(RestoreList{}));

  EXPECT_EQ(purge(start_of_time + 40 * day).lists, 0);

  EXPECT_EQ(difference(*load().state, list_.state()), "");
}

}  // namespace
}  // namespace collab::store
