// The rules of who is in a list, and of the links that lead into it.
#include <gtest/gtest.h>

#include "model/decide.hpp"
#include "support/one_list.hpp"

namespace collab {
namespace {

using namespace test;

CreateShareLink linking(std::uint8_t number, Role role, std::optional<EpochMs> expires_at = std::nullopt) {
  return {link_id_of(number), "secret" + std::to_string(number), role, expires_at};
}
AcceptShareLink accepting(std::uint8_t number, std::optional<std::string> name = std::nullopt) {
  return {"secret" + std::to_string(number), std::move(name)};
}

TEST(DecideShare, MakesAMember) {
  OneList list;
  list.create();

  const auto change = list.accept(ann, ShareList{bob, "Bob", Role::editor});

  EXPECT_EQ(change->kind, ChangeKind::member_set);
  EXPECT_EQ(change->user_id, ann);
  ASSERT_EQ(change->members.size(), 1u);
  EXPECT_EQ(change->members[0].user_id, bob);
  EXPECT_EQ(change->members[0].rev, change->rev);
  EXPECT_EQ(list.state.role_of(bob), Role::editor);
  EXPECT_EQ(list.state.find_member(bob)->name, "Bob");
}

TEST(DecideShare, ChangesTheRoleOfAMemberAndKeepsTheName) {
  OneList list;
  list.create_shared();

  list.accept(ann, ShareList{bob, {}, Role::viewer});

  EXPECT_EQ(list.state.role_of(bob), Role::viewer);
  EXPECT_EQ(list.state.find_member(bob)->name, "Bob");
}

TEST(DecideShare, IsNothingWithTheSameRole) {
  OneList list;
  list.create_shared();

  EXPECT_EQ(list.accept(ann, ShareList{bob, {}, Role::editor})->kind, ChangeKind::nothing);
  EXPECT_EQ(list.accept(ann, ShareList{bob, "Bob", Role::editor})->kind, ChangeKind::nothing);
}

TEST(DecideShare, TakesUpANewName) {
  OneList list;
  list.create_shared();

  list.accept(ann, ShareList{bob, "Robert", Role::editor});

  EXPECT_EQ(list.state.find_member(bob)->name, "Robert");
}

TEST(DecideShare, WithOneselfIsAnActionError) {
  OneList list;
  list.create();

  EXPECT_EQ(event_of(list.refuse(ann, ShareList{ann, {}, Role::editor}).code), "action_error");
  EXPECT_EQ(list.state.role_of(ann), Role::owner);
}

TEST(DecideShare, GivesNoOwnership) {
  OneList list;
  list.create();

  EXPECT_EQ(list.refuse(ann, ShareList{bob, {}, Role::owner}).code, Errc::invalid_payload);
  EXPECT_EQ(list.refuse(ann, ShareList{bob, {}, Role::none}).code, Errc::invalid_payload);
}

TEST(DecideShare, IsNotAnEditors) {
  OneList list;
  list.create_shared();

  EXPECT_EQ(list.refuse(bob, ShareList{UserId{"carl"}, {}, Role::viewer}).code, Errc::forbidden);
}

TEST(DecideShare, StopsAtTheLimitOfMembers) {
  OneList list;
  list.rules.members_per_list = 3;
  list.create_shared();

  const Error error = list.refuse(ann, ShareList{UserId{"carl"}, {}, Role::viewer});

  EXPECT_EQ(error.code, Errc::limit_exceeded);
  EXPECT_NE(error.message.find("3 members"), std::string::npos);
  list.accept(ann, ShareList{bob, {}, Role::viewer});
  list.accept(ann, RemoveMember{bob});
  list.accept(ann, ShareList{UserId{"carl"}, {}, Role::viewer});
}

TEST(DecideShare, HasNoLimitIfItIsZero) {
  OneList list;
  list.rules.members_per_list = 0;
  list.create();

  for (int i = 0; i < 600; ++i) list.accept(ann, ShareList{UserId{"user" + std::to_string(i)}, {}, Role::viewer});

  EXPECT_EQ(list.state.member_count(), 601u);
}

TEST(DecideRemove, TakesTheRoleAway) {
  OneList list;
  list.create_shared();

  const auto change = list.accept(ann, RemoveMember{bob});

  EXPECT_EQ(change->kind, ChangeKind::member_removed);
  EXPECT_EQ(list.state.role_of(bob), Role::none);
  EXPECT_EQ(list.state.find_member(bob)->rev, change->rev);
  EXPECT_EQ(list.refuse(bob, adding(item_id_of(1))).code, Errc::forbidden);
}

TEST(DecideRemove, ByOneselfIsLeaving) {
  OneList list;
  list.create_shared();

  const auto change = list.accept(eve, RemoveMember{eve});

  EXPECT_EQ(change->kind, ChangeKind::member_left);
  EXPECT_EQ(list.state.role_of(eve), Role::none);
}

TEST(DecideRemove, OfOthersIsTheOwnersOnly) {
  OneList list;
  list.create_shared();

  EXPECT_EQ(list.refuse(bob, RemoveMember{eve}).code, Errc::forbidden);
}

TEST(DecideRemove, TheOwnerCannotLeave) {
  OneList list;
  list.create_shared();

  const Error error = list.refuse(ann, RemoveMember{ann});

  EXPECT_EQ(event_of(error.code), "action_error");
  EXPECT_NE(error.message.find("transfer"), std::string::npos);
}

TEST(DecideRemove, TellsStrangersFromFormerMembers) {
  OneList list;
  list.create_shared();
  list.accept(ann, RemoveMember{bob});

  EXPECT_EQ(list.refuse(ann, RemoveMember{UserId{"carl"}}).code, Errc::not_found);
  EXPECT_EQ(list.refuse(ann, RemoveMember{bob}).code, Errc::gone);
}

TEST(DecideRemove, AFormerMemberCanBeAddedAgain) {
  OneList list;
  list.create_shared();
  list.accept(ann, RemoveMember{bob});

  list.accept(ann, ShareList{bob, {}, Role::viewer});

  EXPECT_EQ(list.state.role_of(bob), Role::viewer);
  EXPECT_EQ(list.state.find_member(bob)->name, "Bob");
}

TEST(DecideTransfer, SwapsTheRoles) {
  OneList list;
  list.create_shared();

  const auto change = list.accept(ann, TransferList{eve});

  EXPECT_EQ(change->kind, ChangeKind::ownership_transferred);
  EXPECT_EQ(change->members.size(), 2u);
  EXPECT_EQ(list.state.owner_id, eve);
  EXPECT_EQ(list.state.role_of(eve), Role::owner);
  EXPECT_EQ(list.state.role_of(ann), Role::editor);
  list.accept(ann, RemoveMember{ann});
}

TEST(DecideTransfer, NeedsAMember) {
  OneList list;
  list.create_shared();
  list.accept(ann, RemoveMember{bob});

  EXPECT_EQ(list.refuse(ann, TransferList{UserId{"carl"}}).code, Errc::not_found);
  EXPECT_EQ(list.refuse(ann, TransferList{bob}).code, Errc::not_found);
}

TEST(DecideTransfer, ToOneselfIsNothing) {
  OneList list;
  list.create();

  EXPECT_EQ(list.accept(ann, TransferList{ann})->kind, ChangeKind::nothing);
}

TEST(DecideTransfer, IsTheOwnersOnly) {
  OneList list;
  list.create_shared();

  EXPECT_EQ(list.refuse(bob, TransferList{bob}).code, Errc::forbidden);
}

TEST(DecideRename, ChangesTheNameAndNothingElse) {
  OneList list;
  list.create_shared();
  const Member before = *list.state.find_member(bob);

  const auto change = list.accept(bob, RenameMember{"Robert"});

  EXPECT_EQ(change->kind, ChangeKind::member_set);
  EXPECT_EQ(change->members.size(), 1u);
  EXPECT_FALSE(change->list);
  EXPECT_EQ(list.state.find_member(bob)->name, "Robert");
  EXPECT_EQ(list.state.role_of(bob), before.role);
  list.accept(ann, RenameMember{"Anna"});
  EXPECT_EQ(list.state.role_of(ann), Role::owner);
  EXPECT_EQ(list.state.owner_id, ann);
}

TEST(DecideRename, ToTheSameNameIsNothing) {
  OneList list;
  list.create_shared();
  list.accept(bob, RenameMember{"Robert"});

  EXPECT_EQ(list.accept(bob, RenameMember{"Robert"})->kind, ChangeKind::nothing);
}

TEST(DecideRename, IsForMembers) {
  OneList list;
  list.create_shared();
  list.accept(ann, RemoveMember{bob});

  EXPECT_EQ(list.refuse(bob, RenameMember{"Robert"}).code, Errc::forbidden);
  EXPECT_EQ(list.refuse(UserId{"carl"}, RenameMember{"Carl"}).code, Errc::forbidden);
}

TEST(DecideLink, LetsItsHolderIn) {
  OneList list;
  list.create();
  const auto made = list.accept(ann, linking(1, Role::viewer));

  const auto change = list.accept(bob, accepting(1, "Bob"));

  EXPECT_EQ(made->kind, ChangeKind::link_created);
  EXPECT_EQ(change->kind, ChangeKind::member_set);
  EXPECT_EQ(change->user_id, bob);
  EXPECT_EQ(list.state.role_of(bob), Role::viewer);
  EXPECT_EQ(list.state.find_member(bob)->name, "Bob");
}

TEST(DecideLink, KeepsItsRow) {
  OneList list;
  list.create();
  const auto change = list.accept(ann, linking(1, Role::editor, list.now + 5));

  const ShareLink* link = list.state.find_link(link_id_of(1));
  ASSERT_NE(link, nullptr);
  EXPECT_EQ(link->rev, change->rev);
  EXPECT_EQ(link->created_at, list.now);
  EXPECT_EQ(link->expires_at, list.now + 5);
}

TEST(DecideLink, RaisesARoleButNeverLowersOne) {
  OneList list;
  list.create_shared();
  list.accept(ann, linking(1, Role::viewer));
  list.accept(ann, linking(2, Role::editor));

  EXPECT_EQ(list.accept(bob, accepting(1))->kind, ChangeKind::nothing);
  EXPECT_EQ(list.accept(ann, accepting(2))->kind, ChangeKind::nothing);
  EXPECT_EQ(list.accept(eve, accepting(2))->kind, ChangeKind::member_set);
  EXPECT_EQ(list.state.role_of(eve), Role::editor);
  EXPECT_EQ(list.state.role_of(bob), Role::editor);
}

TEST(DecideLink, WithAWrongSecretAnswersTheSameForEveryList) {
  OneList list;
  list.create();
  list.accept(ann, linking(1, Role::viewer));

  const Error there = list.refuse(bob, accepting(9));
  const auto nowhere = decide(ListState(), command_of(list_id_of(9), bob, accepting(9)), list.rules, list.now);

  ASSERT_FALSE(nowhere);
  EXPECT_EQ(there.code, Errc::not_found);
  EXPECT_EQ(nowhere.error().code, Errc::not_found);
  EXPECT_EQ(there.message, nowhere.error().message);
}

TEST(DecideLink, IsGoneOnceRevoked) {
  OneList list;
  list.create();
  list.accept(ann, linking(1, Role::viewer));

  const auto change = list.accept(ann, RevokeShareLink{link_id_of(1)});

  EXPECT_EQ(change->kind, ChangeKind::link_revoked);
  EXPECT_EQ(list.refuse(bob, accepting(1)).code, Errc::gone);
}

TEST(DecideLink, RevokedTwiceIsNothing) {
  OneList list;
  list.create();
  list.accept(ann, linking(1, Role::viewer));
  list.accept(ann, RevokeShareLink{link_id_of(1)});

  EXPECT_EQ(list.accept(ann, RevokeShareLink{link_id_of(1)})->kind, ChangeKind::nothing);
  EXPECT_EQ(list.refuse(ann, RevokeShareLink{link_id_of(2)}).code, Errc::not_found);
}

TEST(DecideLink, IsGoneOnceExpired) {
  OneList list;
  list.create();
  list.accept(ann, linking(1, Role::viewer, list.now + 10));

  list.now += 10;

  EXPECT_EQ(list.refuse(bob, accepting(1)).code, Errc::gone);
}

TEST(DecideLink, CannotExpireInThePast) {
  OneList list;
  list.create();

  const Error error = list.refuse(ann, linking(1, Role::viewer, list.now));

  EXPECT_EQ(error.code, Errc::invalid_payload);
  EXPECT_EQ(error.fields.at(0).loc, std::vector<std::string>{"expires_at"});
}

TEST(DecideLink, OfADeletedListIsGone) {
  OneList list;
  list.create();
  list.accept(ann, linking(1, Role::viewer));
  list.accept(ann, DeleteList{});

  EXPECT_EQ(list.refuse(bob, accepting(1)).code, Errc::gone);
}

TEST(DecideLink, CannotTakeATakenId) {
  OneList list;
  list.create();
  list.accept(ann, linking(1, Role::viewer));
  list.accept(ann, RevokeShareLink{link_id_of(1)});

  EXPECT_EQ(list.refuse(ann, linking(1, Role::viewer)).code, Errc::already_exists);
}

TEST(DecideLink, GivesNoOwnership) {
  OneList list;
  list.create();

  EXPECT_EQ(list.refuse(ann, linking(1, Role::owner)).code, Errc::invalid_payload);
}

TEST(DecideLink, IsTheOwnersToMakeAndRevoke) {
  OneList list;
  list.create_shared();
  list.accept(ann, linking(1, Role::viewer));

  EXPECT_EQ(list.refuse(bob, linking(2, Role::viewer)).code, Errc::forbidden);
  EXPECT_EQ(list.refuse(bob, RevokeShareLink{link_id_of(1)}).code, Errc::forbidden);
}

TEST(DecideLink, StopsAtTheLimitOfLinksThatAreNotRevoked) {
  OneList list;
  list.rules.links_per_list = 2;
  list.create();
  list.accept(ann, linking(1, Role::viewer));
  list.accept(ann, linking(2, Role::viewer));

  EXPECT_EQ(list.refuse(ann, linking(3, Role::viewer)).code, Errc::limit_exceeded);
  list.accept(ann, RevokeShareLink{link_id_of(1)});
  list.accept(ann, linking(3, Role::viewer));
}

TEST(DecideLink, StopsAtTheLimitOfMembers) {
  OneList list;
  list.rules.members_per_list = 1;
  list.create();
  list.accept(ann, linking(1, Role::viewer));

  EXPECT_EQ(list.refuse(bob, accepting(1)).code, Errc::limit_exceeded);
}

}  // namespace
}  // namespace collab
