// The rules of items.
#include <gtest/gtest.h>

#include "model/decide.hpp"
#include "support/one_list.hpp"

namespace collab {
namespace {

using namespace test;

constexpr EpochMs day = 86'400'000;

UpdateItem updating(std::uint8_t number, std::optional<Rev> seen = std::nullopt) {
  UpdateItem action;
  action.item_id = item_id_of(number);
  action.seen.rev = seen;
  return action;
}
DeleteItem deleting(std::uint8_t number, std::optional<Rev> seen = std::nullopt) {
  return {item_id_of(number), {seen, {}}};
}

TEST(DecideAdd, TakesWhatIsGiven) {
  OneList list;
  list.create_shared();
  AddItem action = adding(item_id_of(1), "milk");
  action.description = "two";
  action.status = Status::in_progress;
  action.due_date = "2026-01-31";
  action.media_url = "https://example.org/milk.png";
  action.position = "m";

  const auto change = list.accept(bob, action);

  EXPECT_EQ(change->kind, ChangeKind::item_added);
  const Item& item = list.item(1);
  EXPECT_EQ(item.name, "milk");
  EXPECT_EQ(item.description, "two");
  EXPECT_EQ(item.status, Status::in_progress);
  EXPECT_FALSE(item.done);
  EXPECT_EQ(item.due_date, "2026-01-31");
  EXPECT_EQ(item.media_url, "https://example.org/milk.png");
  EXPECT_EQ(item.position, "m");
  EXPECT_EQ(item.rev, change->rev);
  for (const Rev rev : item.field_revs) EXPECT_EQ(rev, change->rev);
  EXPECT_EQ(item.created_by, bob);
  EXPECT_EQ(item.updated_by, bob);
  EXPECT_EQ(item.created_at, list.now);
  EXPECT_EQ(item.updated_at, list.now);
  EXPECT_FALSE(item.is_deleted);
}

TEST(DecideAdd, HasDefaults) {
  OneList list;
  list.create();

  const Item& item = list.add(1);

  EXPECT_EQ(item.status, Status::not_started);
  EXPECT_FALSE(item.done);
  EXPECT_FALSE(item.description);
  EXPECT_FALSE(item.due_date);
  EXPECT_FALSE(item.media_url);
  EXPECT_EQ(item.position, "a0");
}

TEST(DecideAdd, GoesToTheEnd) {
  OneList list;
  list.create();
  const std::string first = list.add(1).position;
  const std::string second = list.add(2).position;
  AddItem action = adding(item_id_of(3));
  action.position = "zoo";
  list.accept(ann, action);

  const std::string fourth = list.add(4).position;

  EXPECT_LT(first, second);
  EXPECT_LT("zoo", fourth);
}

TEST(DecideAdd, GoesBehindDeletedItemsToo) {
  OneList list;
  list.create();
  const std::string first = list.add(1).position;
  list.accept(ann, deleting(1));

  EXPECT_LT(first, list.add(2).position);
}

struct StatusCase {
  std::optional<Status> given_status;
  std::optional<bool> given_done;
  Status status;
  bool done;
};

TEST(DecideAdd, StatusAndDoneFollowEachOther) {
  const auto none = std::nullopt;
  for (const StatusCase& c : {StatusCase{none, none, Status::not_started, false},
                              {Status::completed, none, Status::completed, true},
                              {Status::in_progress, none, Status::in_progress, false},
                              {none, true, Status::completed, true},
                              {none, false, Status::not_started, false},
                              {Status::in_progress, true, Status::in_progress, true},
                              {Status::completed, false, Status::completed, false}}) {
    OneList list;
    list.create();
    AddItem action = adding(item_id_of(1));
    action.status = c.given_status;
    action.done = c.given_done;
    list.accept(ann, action);

    EXPECT_EQ(list.item(1).status, c.status);
    EXPECT_EQ(list.item(1).done, c.done);
  }
}

TEST(DecideAdd, RefusesATakenId) {
  OneList list;
  list.create();
  list.add(1);

  EXPECT_EQ(list.refuse(ann, adding(item_id_of(1))).code, Errc::already_exists);
  list.accept(ann, deleting(1));
  EXPECT_EQ(list.refuse(ann, adding(item_id_of(1))).code, Errc::already_exists);
}

TEST(DecideAdd, StopsAtTheLimitOfLiveItems) {
  OneList list;
  list.rules.items_per_list = 2;
  list.create();
  list.add(1);
  list.add(2);

  const Error error = list.refuse(ann, adding(item_id_of(3)));

  EXPECT_EQ(error.code, Errc::limit_exceeded);
  EXPECT_NE(error.message.find("2 items"), std::string::npos);
  list.accept(ann, deleting(1));
  list.add(3);
}

TEST(DecideAdd, HasNoLimitIfItIsZero) {
  OneList list;
  list.rules.items_per_list = 0;
  list.create();
  for (int i = 0; i < 250; ++i) list.add(static_cast<std::uint8_t>(i));

  EXPECT_EQ(list.state.live_items, 250u);
}

TEST(DecideAdd, RefusesAPositionThatIsNone) {
  OneList list;
  list.create();
  AddItem action = adding(item_id_of(1));
  action.position = "\xc3\xa9";

  const Error error = list.refuse(ann, action);

  EXPECT_EQ(error.code, Errc::invalid_payload);
  EXPECT_EQ(error.fields.at(0).loc, std::vector<std::string>{"position"});
}

TEST(DecideAdd, IsNotAViewers) {
  OneList list;
  list.create_shared();

  const Error error = list.refuse(eve, adding(item_id_of(1)));

  EXPECT_EQ(error.code, Errc::forbidden);
  EXPECT_NE(error.message.find("editor"), std::string::npos);
}

TEST(DecideUpdate, WritesTheGivenFieldsOnly) {
  OneList list;
  list.create_shared();
  const Rev added = list.add(1).rev;
  UpdateItem action = updating(1);
  action.name = "oat milk";
  action.description = "one";

  const auto change = list.accept(bob, action);

  EXPECT_EQ(change->kind, ChangeKind::item_updated);
  const Item& item = list.item(1);
  EXPECT_EQ(item.name, "oat milk");
  EXPECT_EQ(item.description, "one");
  EXPECT_EQ(item.rev, change->rev);
  EXPECT_EQ(item.field_rev(ItemField::name), change->rev);
  EXPECT_EQ(item.field_rev(ItemField::description), change->rev);
  EXPECT_EQ(item.field_rev(ItemField::status), added);
  EXPECT_EQ(item.field_rev(ItemField::position), added);
  EXPECT_EQ(item.created_by, ann);
  EXPECT_EQ(item.updated_by, bob);
}

TEST(DecideUpdate, NullClears) {
  OneList list;
  list.create();
  AddItem add = adding(item_id_of(1));
  add.description = "d";
  add.due_date = "2026-01-31";
  add.media_url = "https://example.org/";
  list.accept(ann, add);
  UpdateItem action = updating(1);
  action.description.emplace(std::nullopt);
  action.due_date.emplace(std::nullopt);
  action.media_url.emplace(std::nullopt);

  list.accept(ann, action);

  EXPECT_FALSE(list.item(1).description);
  EXPECT_FALSE(list.item(1).due_date);
  EXPECT_FALSE(list.item(1).media_url);
}

TEST(DecideUpdate, ClearingWhatIsClearIsNothing) {
  OneList list;
  list.create();
  list.add(1);
  UpdateItem action = updating(1);
  action.description.emplace(std::nullopt);

  EXPECT_EQ(list.accept(ann, action)->kind, ChangeKind::nothing);
}

TEST(DecideUpdate, PresentValuesAreNotWritten) {
  OneList list;
  list.create();
  const Rev added = list.add(1, "milk").rev;
  UpdateItem action = updating(1);
  action.name = "milk";
  action.description = "new";

  list.accept(ann, action);

  EXPECT_EQ(list.item(1).field_rev(ItemField::name), added);
  EXPECT_GT(list.item(1).field_rev(ItemField::description), added);
}

TEST(DecideUpdate, OfPresentValuesOnlyIsNothingAtThePresentRev) {
  OneList list;
  list.create();
  list.add(1, "milk");
  const Rev rev = list.state.rev;

  const auto change = list.accept(ann, renaming(item_id_of(1), "milk"));

  EXPECT_EQ(change->kind, ChangeKind::nothing);
  EXPECT_EQ(change->rev, rev);
  EXPECT_EQ(list.state.rev, rev);
}

TEST(DecideUpdate, WithoutFieldsIsNothing) {
  OneList list;
  list.create();
  list.add(1);

  EXPECT_EQ(list.accept(ann, updating(1))->kind, ChangeKind::nothing);
}

struct FollowCase {
  Status before;
  bool was_done;
  std::optional<Status> status;
  std::optional<bool> done;
  Status after;
  bool is_done;
  bool is_written;
};

TEST(DecideUpdate, StatusAndDoneFollowEachOther) {
  const auto none = std::nullopt;
  using enum Status;
  for (const FollowCase& c : {FollowCase{not_started, false, completed, none, completed, true, true},
                              {not_started, false, none, true, completed, true, true},
                              {completed, true, none, false, not_started, false, true},
                              {completed, true, in_progress, none, in_progress, false, true},
                              {in_progress, false, none, false, in_progress, false, false},
                              {in_progress, false, in_progress, none, in_progress, false, false},
                              {in_progress, false, in_progress, true, in_progress, true, true},
                              {in_progress, true, none, false, in_progress, false, true},
                              {completed, true, completed, true, completed, true, false},
                              {completed, true, completed, false, completed, false, true}}) {
    OneList list;
    list.create();
    AddItem add = adding(item_id_of(1));
    add.status = c.before;
    add.done = c.was_done;
    list.accept(ann, add);
    UpdateItem action = updating(1);
    action.status = c.status;
    action.done = c.done;

    const auto change = list.accept(ann, action);

    EXPECT_EQ(list.item(1).status, c.after);
    EXPECT_EQ(list.item(1).done, c.is_done);
    EXPECT_EQ(change->kind, c.is_written ? ChangeKind::item_updated : ChangeKind::nothing);
    EXPECT_EQ(list.item(1).field_rev(ItemField::status) == change->rev,
              c.is_written || change->rev == list.item(1).rev);
  }
}

TEST(DecideUpdate, AMoveWritesOneItemOnly) {
  OneList list;
  list.create();
  list.add(1);
  const Rev second = list.add(2).rev;
  UpdateItem action = updating(1);
  action.position = "b";

  list.accept(ann, action);

  EXPECT_EQ(list.item(1).position, "b");
  EXPECT_EQ(list.item(2).rev, second);
}

TEST(DecideUpdate, RefusesAPositionThatIsNone) {
  OneList list;
  list.create();
  list.add(1);
  UpdateItem action = updating(1);
  action.position = std::string(201, 'a');

  EXPECT_EQ(list.refuse(ann, action).code, Errc::invalid_payload);
}

TEST(DecideUpdate, TellsNeverFromNoLonger) {
  OneList list;
  list.create();
  list.add(1);
  list.accept(ann, deleting(1));

  EXPECT_EQ(list.refuse(ann, renaming(item_id_of(1), "x")).code, Errc::gone);
  EXPECT_EQ(list.refuse(ann, renaming(item_id_of(2), "x")).code, Errc::not_found);
}

TEST(DecideUpdate, IsNotAViewers) {
  OneList list;
  list.create_shared();
  list.add(1);

  EXPECT_EQ(list.refuse(eve, renaming(item_id_of(1), "x")).code, Errc::forbidden);
}

TEST(DecideConflict, InFieldScopeIsAboutTheFieldsWritten) {
  OneList list;
  list.create();
  list.add(1);
  const Rev seen = list.state.rev;
  UpdateItem description = updating(1, seen);
  description.description = "other field";
  list.accept(ann, description);
  list.add(2);

  list.accept(ann, renaming(item_id_of(1), "x", seen));

  const Error error = list.refuse(ann, renaming(item_id_of(1), "y", seen));
  EXPECT_EQ(error.code, Errc::revision_conflict);
  EXPECT_EQ(error.message, "Revision conflict");
}

TEST(DecideConflict, InFieldScopeIgnoresFieldsGivenWithTheirPresentValue) {
  OneList list;
  list.create();
  list.add(1, "milk");
  const Rev seen = list.state.rev;
  list.accept(ann, renaming(item_id_of(1), "oat milk"));
  UpdateItem whole_form = updating(1, seen);
  whole_form.name = "oat milk";
  whole_form.description = "mine";

  list.accept(ann, whole_form);

  EXPECT_EQ(list.item(1).description, "mine");
}

TEST(DecideConflict, InFieldScopeCountsStatusAndDoneAsOne) {
  OneList list;
  list.create();
  list.add(1);
  const Rev seen = list.state.rev;
  UpdateItem status = updating(1, seen);
  status.status = Status::in_progress;
  list.accept(ann, status);
  UpdateItem done = updating(1, seen);
  done.done = true;

  EXPECT_EQ(list.refuse(ann, done).code, Errc::revision_conflict);
}

TEST(DecideConflict, InItemScopeIsAboutTheItem) {
  OneList list;
  list.rules.conflict_scope = ConflictScope::item;
  list.create();
  list.add(1);
  list.add(2);
  const Rev seen = list.state.rev;
  UpdateItem description = updating(1, seen);
  description.description = "other field";
  list.accept(ann, description);

  EXPECT_EQ(list.refuse(ann, renaming(item_id_of(1), "x", seen)).code, Errc::revision_conflict);
  list.accept(ann, renaming(item_id_of(2), "x", seen));
}

TEST(DecideConflict, InListScopeIsAboutAnyItem) {
  OneList list;
  list.rules.conflict_scope = ConflictScope::list;
  list.create();
  list.add(1);
  const Rev seen = list.state.rev;
  list.add(2);

  EXPECT_EQ(list.refuse(ann, renaming(item_id_of(1), "x", seen)).code, Errc::revision_conflict);
  EXPECT_EQ(list.refuse(ann, deleting(1, seen)).code, Errc::revision_conflict);
  list.accept(ann, renaming(item_id_of(1), "x", list.state.rev));
}

TEST(DecideConflict, InListScopeIgnoresChangesThatAreOfNoItem) {
  OneList list;
  list.rules.conflict_scope = ConflictScope::list;
  list.create();
  list.add(1);
  const Rev seen = list.state.rev;
  list.accept(ann, UpdateList{"renamed", {}});

  list.accept(ann, renaming(item_id_of(1), "x", seen));
}

TEST(DecideConflict, IsNoneWithTheRevOfTheLastChange) {
  OneList list;
  list.create();
  list.add(1);

  list.accept(ann, renaming(item_id_of(1), "x", list.state.rev));
  list.accept(ann, renaming(item_id_of(1), "y", list.state.rev));
}

TEST(DecideConflict, IsNoneWithoutClientRev) {
  OneList list;
  list.create();
  list.add(1);
  for (const auto scope : {ConflictScope::field, ConflictScope::item, ConflictScope::list}) {
    list.rules.conflict_scope = scope;
    list.accept(ann, renaming(item_id_of(1), "name" + std::to_string(list.state.rev)));
  }
}

TEST(DecideConflict, OfAnotherEpochIsOneWhateverTheRev) {
  OneList list;
  list.create();
  list.add(1);
  UpdateItem action = renaming(item_id_of(1), "x", list.state.rev);
  action.seen.epoch = "2000";

  EXPECT_EQ(list.refuse(ann, action).code, Errc::revision_conflict);
  action.seen.epoch = "1000";
  list.accept(ann, action);
}

TEST(DecideConflict, AtRevZeroIsOneForEveryField) {
  OneList list;
  list.create();
  list.add(1);

  EXPECT_EQ(list.refuse(ann, renaming(item_id_of(1), "x", 0)).code, Errc::revision_conflict);
}

TEST(DecideDelete, LeavesATombstone) {
  OneList list;
  list.create_shared();
  list.add(1);

  const auto change = list.accept(bob, deleting(1));

  EXPECT_EQ(change->kind, ChangeKind::item_deleted);
  EXPECT_TRUE(list.item(1).is_deleted);
  EXPECT_EQ(list.item(1).updated_by, bob);
  EXPECT_EQ(list.state.live_items, 0u);
  EXPECT_EQ(list.state.items.size(), 1u);
}

TEST(DecideDelete, WritesEveryField) {
  OneList list;
  list.create();
  list.add(1);
  const auto change = list.accept(ann, deleting(1));

  for (const Rev rev : list.item(1).field_revs) EXPECT_EQ(rev, change->rev);
}

TEST(DecideDelete, ConflictsWithANewerChangeOfAnyField) {
  OneList list;
  list.create();
  list.add(1);
  const Rev seen = list.state.rev;
  list.add(2);
  UpdateItem action = updating(1);
  action.media_url = "https://example.org/";
  list.accept(ann, action);

  EXPECT_EQ(list.refuse(ann, deleting(1, seen)).code, Errc::revision_conflict);
  list.accept(ann, deleting(2, list.state.rev));
}

TEST(DecideDelete, TwiceIsGoneAndNeverIsNotFound) {
  OneList list;
  list.create();
  list.add(1);
  list.accept(ann, deleting(1));

  EXPECT_EQ(list.refuse(ann, deleting(1)).code, Errc::gone);
  EXPECT_EQ(list.refuse(ann, deleting(2)).code, Errc::not_found);
}

TEST(DecideRestore, BringsTheItemBack) {
  OneList list;
  list.create();
  list.add(1, "milk");
  const auto deleted = list.accept(ann, deleting(1));
  list.now += 29 * day;

  const auto change = list.accept(ann, RestoreItem{item_id_of(1)});

  EXPECT_EQ(change->kind, ChangeKind::item_restored);
  const Item& item = list.item(1);
  EXPECT_FALSE(item.is_deleted);
  EXPECT_EQ(item.name, "milk");
  EXPECT_EQ(item.rev, change->rev);
  EXPECT_EQ(item.field_rev(ItemField::deleted), change->rev);
  EXPECT_EQ(item.field_rev(ItemField::name), deleted->rev);
  EXPECT_EQ(list.state.live_items, 1u);
}

TEST(DecideRestore, IsNothingForALiveItem) {
  OneList list;
  list.create();
  list.add(1);

  EXPECT_EQ(list.accept(ann, RestoreItem{item_id_of(1)})->kind, ChangeKind::nothing);
}

TEST(DecideRestore, IsGoneAfterTheRetention) {
  OneList list;
  list.create();
  list.add(1);
  list.accept(ann, deleting(1));
  list.now += 30 * day + 1;

  EXPECT_EQ(list.refuse(ann, RestoreItem{item_id_of(1)}).code, Errc::gone);
}

TEST(DecideRestore, NeedsAnItemAndRoomForIt) {
  OneList list;
  list.rules.items_per_list = 1;
  list.create();
  list.add(1);
  list.accept(ann, deleting(1));
  list.add(2);

  EXPECT_EQ(list.refuse(ann, RestoreItem{item_id_of(3)}).code, Errc::not_found);
  EXPECT_EQ(list.refuse(ann, RestoreItem{item_id_of(1)}).code, Errc::limit_exceeded);
}

TEST(DecideMessages, NeverShowWhatSomebodyWrote) {
  OneList list;
  list.create_shared();
  list.accept(ann, UpdateList{"SECRETNAME", {}});
  list.add(1, "SECRETITEM");
  list.accept(ann, deleting(1));

  for (const auto& [user, action] : std::vector<std::pair<UserId, Action>>{{bob, adding(item_id_of(1))},
                                                                           {bob, renaming(item_id_of(1), "x")},
                                                                           {bob, DeleteList{}},
                                                                           {UserId{"carl"}, adding(item_id_of(2))},
                                                                           {UserId{"carl"}, CreateList{"x", {}}}}) {
    const Error error = list.refuse(user, action);
    EXPECT_EQ(error.message.find("SECRET"), std::string::npos) << error.message;
    EXPECT_FALSE(error.message.empty());
  }
}

}  // namespace
}  // namespace collab
