// The rules of a list as a whole, and those that every command meets.
#include <gtest/gtest.h>

#include "model/decide.hpp"
#include "support/one_list.hpp"

namespace collab {
namespace {

using namespace test;

constexpr EpochMs day = 86'400'000;

UpdateList naming(std::string name, std::optional<Rev> seen = std::nullopt) {
  UpdateList action;
  action.name = std::move(name);
  action.seen.rev = seen;
  return action;
}

TEST(DecideRev, IsTheTime) {
  OneList list;
  list.create();

  EXPECT_EQ(list.state.rev, list.now);
}

TEST(DecideRev, CountsUpWhenTimeStands) {
  OneList list;
  list.create();
  const Rev first = list.state.rev;

  const auto change = list.accept(ann, naming("other"));

  EXPECT_EQ(change->rev, first + 1);
  EXPECT_EQ(change->prev_rev, first);
}

TEST(DecideRev, CountsUpWhenTheClockGoesBack) {
  OneList list;
  list.create();
  const Rev first = list.state.rev;
  list.now -= 3'600'000;

  EXPECT_EQ(list.accept(ann, naming("other"))->rev, first + 1);
}

TEST(DecideRev, IsNeverBelowTheEra) {
  OneList list;
  list.state.era = list.now + 5'000;

  list.create();

  EXPECT_EQ(list.state.rev, list.now + 5'000);
}

TEST(DecideRev, HasAtMostThirteenDigits) {
  OneList list;
  list.create();

  EXPECT_LE(std::to_string(list.state.rev).size(), 13u);
}

TEST(DecideCreateList, MakesTheCreatorItsOwner) {
  OneList list;
  const auto change = list.accept(ann, CreateList{"groceries", "Ann"});

  EXPECT_EQ(change->kind, ChangeKind::list_created);
  EXPECT_EQ(change->prev_rev, 0);
  EXPECT_EQ(change->user_id, ann);
  EXPECT_EQ(list.state.name, "groceries");
  EXPECT_EQ(list.state.name_rev, change->rev);
  EXPECT_EQ(list.state.owner_id, ann);
  EXPECT_EQ(list.state.created_at, list.now);
  ASSERT_NE(list.state.find_member(ann), nullptr);
  EXPECT_EQ(list.state.find_member(ann)->name, "Ann");
  EXPECT_EQ(list.state.find_member(ann)->rev, change->rev);
  EXPECT_EQ(list.state.items_rev, 0);
}

TEST(DecideCreateList, RefusesATakenId) {
  OneList list;
  list.create();

  EXPECT_EQ(list.refuse(ann, CreateList{"again", {}}).code, Errc::already_exists);
  EXPECT_EQ(list.refuse(bob, CreateList{"mine", {}}).code, Errc::already_exists);
}

TEST(DecideCreateList, RefusesTheIdOfADeletedList) {
  OneList list;
  list.create();
  list.accept(ann, DeleteList{});

  EXPECT_EQ(list.refuse(ann, CreateList{"again", {}}).code, Errc::already_exists);
}

TEST(DecideCreateList, CarriesTheOp) {
  OneList list;
  Command command = command_of(list.state.id, ann, CreateList{"x", {}});
  command.op_id = op_id_of(7);

  const auto decision = decide(list.state, command, list.rules, list.now);

  ASSERT_TRUE(decision);
  EXPECT_EQ((*decision)->op_id, op_id_of(7));
}

TEST(DecideUpdateList, Renames) {
  OneList list;
  list.create_shared();

  const auto change = list.accept(bob, naming("errands"));

  EXPECT_EQ(change->kind, ChangeKind::list_updated);
  EXPECT_EQ(list.state.name, "errands");
  EXPECT_EQ(list.state.name_rev, change->rev);
  EXPECT_EQ(list.state.owner_id, ann);
}

TEST(DecideUpdateList, WritesNothingIfTheNameIsThatAlready) {
  OneList list;
  list.create();
  const Rev rev = list.state.rev;

  const auto change = list.accept(ann, naming("groceries"));

  EXPECT_EQ(change->kind, ChangeKind::nothing);
  EXPECT_EQ(change->rev, rev);
  EXPECT_EQ(list.state.rev, rev);
}

TEST(DecideUpdateList, ConflictsWithANewerNameOnly) {
  OneList list;
  list.create();
  const Rev seen = list.state.rev;
  list.add(1);
  list.accept(ann, naming("second", seen));

  const Error error = list.refuse(ann, naming("third", seen));

  EXPECT_EQ(error.code, Errc::revision_conflict);
  EXPECT_EQ(error.message, "Revision conflict");
}

TEST(DecideUpdateList, ConflictsWithANewerItemInListScope) {
  OneList list;
  list.rules.conflict_scope = ConflictScope::list;
  list.create();
  const Rev seen = list.state.rev;
  list.add(1);

  EXPECT_EQ(list.refuse(ann, naming("second", seen)).code, Errc::revision_conflict);
  list.accept(ann, naming("second", list.state.rev));
}

TEST(DecideUpdateList, LastWriteWinsWithoutClientRev) {
  OneList list;
  list.create();
  list.accept(ann, naming("second"));
  list.accept(ann, naming("third"));

  EXPECT_EQ(list.state.name, "third");
}

TEST(DecideUpdateList, OfAnotherEpochConflicts) {
  OneList list;
  list.create();
  UpdateList action = naming("second");
  action.seen.epoch = "999";

  EXPECT_EQ(list.refuse(ann, action).code, Errc::revision_conflict);
  action.seen.epoch = list.state.epoch();
  list.accept(ann, action);
}

TEST(DecideUpdateList, OfADeletedListIsGone) {
  OneList list;
  list.create();
  list.accept(ann, DeleteList{});

  EXPECT_EQ(list.refuse(ann, naming("x")).code, Errc::gone);
}

TEST(DecideClientRev, FromTheFutureIsAFault) {
  OneList list;
  list.create();

  const Error error = list.refuse(ann, naming("x", list.now + 60'001));

  EXPECT_EQ(error.code, Errc::invalid_payload);
  ASSERT_EQ(error.fields.size(), 1u);
  EXPECT_EQ(error.fields[0].loc, std::vector<std::string>{"client_rev"});
}

TEST(DecideClientRev, MayRunAheadOfAClockThatIsBehindTheList) {
  OneList list;
  list.create();
  const Rev rev = list.state.rev;
  list.now -= 3'600'000;

  EXPECT_EQ(list.accept(ann, naming("x", rev))->kind, ChangeKind::list_updated);
  EXPECT_EQ(list.refuse(ann, naming("y", list.state.rev + 60'001)).code, Errc::invalid_payload);
}

TEST(DecideClientRev, ThatThisListNeverHadIsAConflict) {
  OneList list;
  list.create();

  EXPECT_EQ(list.refuse(ann, naming("x", list.state.rev + 1)).code, Errc::revision_conflict);
}

TEST(DecideClientRev, IsNotJudgedForStrangers) {
  OneList list;
  list.create();

  EXPECT_EQ(list.refuse(bob, naming("x", list.now + 1'000'000)).code, Errc::forbidden);
}

TEST(IsAhead, IsAClientThatHasSeenMore) {
  OneList list;
  list.create();
  const auto ahead = [&](Action action) {
    return is_ahead(list.state, command_of(list.state.id, ann, std::move(action)));
  };

  EXPECT_TRUE(ahead(naming("x", list.state.rev + 1)));
  EXPECT_FALSE(ahead(naming("x", list.state.rev)));
  EXPECT_FALSE(ahead(naming("x")));
  EXPECT_TRUE(ahead(renaming(item_id_of(1), "x", list.state.rev + 1)));
  EXPECT_TRUE(ahead(DeleteItem{item_id_of(1), {list.state.rev + 1, {}}}));
  EXPECT_FALSE(ahead(DeleteList{}));
}

TEST(DecideDeleteList, IsSoft) {
  OneList list;
  list.create();
  list.add(1);

  const auto change = list.accept(ann, DeleteList{});

  EXPECT_EQ(change->kind, ChangeKind::list_deleted);
  EXPECT_TRUE(list.state.is_deleted);
  EXPECT_EQ(list.state.updated_at, list.now);
  EXPECT_EQ(list.state.live_items, 1u);
  EXPECT_EQ(list.state.role_of(ann), Role::owner);
}

TEST(DecideDeleteList, TwiceIsGone) {
  OneList list;
  list.create();
  list.accept(ann, DeleteList{});

  EXPECT_EQ(list.refuse(ann, DeleteList{}).code, Errc::gone);
}

TEST(DecideRestoreList, BringsItBack) {
  OneList list;
  list.create();
  list.add(1);
  list.accept(ann, DeleteList{});
  list.now += 29 * day;

  const auto change = list.accept(ann, RestoreList{});

  EXPECT_EQ(change->kind, ChangeKind::list_restored);
  EXPECT_FALSE(list.state.is_deleted);
  EXPECT_EQ(list.state.name, "groceries");
  EXPECT_EQ(list.state.live_items, 1u);
}

TEST(DecideRestoreList, IsNothingForAListThatIsNotDeleted) {
  OneList list;
  list.create();

  EXPECT_EQ(list.accept(ann, RestoreList{})->kind, ChangeKind::nothing);
}

TEST(DecideRestoreList, IsGoneAfterTheRetention) {
  OneList list;
  list.create();
  list.accept(ann, DeleteList{});
  list.now += 30 * day + 1;

  EXPECT_EQ(list.refuse(ann, RestoreList{}).code, Errc::gone);
  list.rules.trash_retention = 0;
  list.accept(ann, RestoreList{});
}

TEST(DecideDeletedList, RefusesEveryWriteButItsRestoring) {
  OneList list;
  list.create_shared();
  list.add(1);
  list.accept(ann, DeleteList{});

  for (const Action& action : std::vector<Action>{
           naming("x"), DeleteList{}, ShareList{UserId{"carl"}, {}, Role::viewer}, RemoveMember{bob}, TransferList{bob},
           adding(item_id_of(2)), renaming(item_id_of(1), "x"), DeleteItem{item_id_of(1), {}},
           RestoreItem{item_id_of(1)}, CreateShareLink{link_id_of(1), "hash", Role::viewer, {}},
           RevokeShareLink{link_id_of(1)}, RenameMember{"x"}})
    EXPECT_EQ(list.refuse(ann, action).code, Errc::gone) << action.index();
}

TEST(DecideOrder, MembershipComesBeforeExistence) {
  OneList list;
  list.create();
  list.accept(ann, DeleteList{});

  EXPECT_EQ(list.refuse(bob, renaming(item_id_of(9), "x")).code, Errc::forbidden);
}

TEST(DecideOrder, RoleComesBeforeExistence) {
  OneList list;
  list.create_shared();

  const Error error = list.refuse(eve, renaming(item_id_of(9), "x"));

  EXPECT_EQ(error.code, Errc::forbidden);
  EXPECT_NE(error.message.find("editor"), std::string::npos);
}

TEST(DecideOrder, ExistenceComesBeforeConflict) {
  OneList list;
  list.create();

  EXPECT_EQ(list.refuse(ann, renaming(item_id_of(9), "x", 5)).code, Errc::not_found);
}

TEST(DecideOrder, ConflictComesBeforeNothingToWriteIfTheClientIsOfAnotherEpoch) {
  OneList list;
  list.create();
  list.add(1);
  UpdateItem action = renaming(item_id_of(1), "milk");
  action.seen.epoch = "0";

  EXPECT_EQ(list.refuse(ann, action).code, Errc::revision_conflict);
}

}  // namespace
}  // namespace collab
