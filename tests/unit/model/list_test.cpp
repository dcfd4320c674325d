#include "model/list.hpp"

#include <gtest/gtest.h>

#include "model/permission.hpp"
#include "support/one_list.hpp"

namespace collab {
namespace {

using namespace test;

TEST(Status, HasItsWireNames) {
  for (const Status status : {Status::not_started, Status::in_progress, Status::completed})
    EXPECT_EQ(parse_status(to_string(status)), status);
  EXPECT_EQ(to_string(Status::in_progress), "in_progress");
  EXPECT_FALSE(parse_status("done"));
  EXPECT_FALSE(parse_status(""));
}

TEST(Role, HasItsWireNames) {
  EXPECT_EQ(to_string(Role::viewer), "viewer");
  EXPECT_EQ(to_string(Role::editor), "editor");
  EXPECT_EQ(to_string(Role::owner), "owner");
}

TEST(ListState, IsNobodysBeforeItExists) {
  const ListState state;

  EXPECT_FALSE(state.exists());
  EXPECT_EQ(state.role_of(ann), Role::none);
  EXPECT_EQ(state.find_member(ann), nullptr);
  EXPECT_EQ(state.member_count(), 0u);
  EXPECT_EQ(state.find_item(item_id_of(1)), nullptr);
  EXPECT_EQ(state.find_link(link_id_of(1)), nullptr);
}

TEST(ListState, FindsMembersAmongMany) {
  OneList list;
  list.create_shared();

  EXPECT_EQ(list.state.role_of(ann), Role::owner);
  EXPECT_EQ(list.state.role_of(bob), Role::editor);
  EXPECT_EQ(list.state.role_of(eve), Role::viewer);
  EXPECT_EQ(list.state.role_of(UserId{"carl"}), Role::none);
  EXPECT_EQ(list.state.member_count(), 3u);
}

TEST(ListState, KeepsTheRowOfAFormerMemberWithoutCountingIt) {
  OneList list;
  list.create_shared();
  list.accept(ann, RemoveMember{bob});

  ASSERT_NE(list.state.find_member(bob), nullptr);
  EXPECT_EQ(list.state.role_of(bob), Role::none);
  EXPECT_EQ(list.state.member_count(), 2u);
}

TEST(ListState, ItsEpochIsItsEraAsText) {
  ListState state;
  state.era = 1'730'000'000'123;

  EXPECT_EQ(state.epoch(), "1730000000123");
}

struct Permission {
  const char* name;
  Action action;
  Role needed;
};

class RoleTable : public testing::TestWithParam<Permission> {};

TEST_P(RoleTable, NamesTheLeastRole) {
  EXPECT_EQ(role_needed_for(command_of(list_id_of(1), ann, GetParam().action)), GetParam().needed);
}

TEST_P(RoleTable, IsWhatAuthorizeEnforces) {
  OneList list;
  list.create_shared();
  const Action& action = GetParam().action;
  const bool is_viewer_enough = GetParam().needed <= Role::viewer;
  const bool is_editor_enough = GetParam().needed <= Role::editor;

  EXPECT_TRUE(authorize(list.state, command_of(list.state.id, ann, action)));
  EXPECT_EQ(bool(authorize(list.state, command_of(list.state.id, bob, action))), is_editor_enough);
  EXPECT_EQ(bool(authorize(list.state, command_of(list.state.id, eve, action))), is_viewer_enough);
}

TEST_P(RoleTable, GivesStrangersTheSameAnswerForEveryList) {
  OneList list;
  list.create();
  const UserId stranger{"stranger"};
  const Action& action = GetParam().action;

  const auto there = authorize(list.state, command_of(list.state.id, stranger, action));
  const auto nowhere = authorize(ListState(), command_of(list_id_of(9), stranger, action));

  EXPECT_EQ(bool(there), GetParam().needed == Role::none);
  EXPECT_EQ(bool(nowhere), GetParam().needed == Role::none);
  if (there || nowhere) return;
  EXPECT_EQ(there.error().code, Errc::forbidden);
  EXPECT_EQ(nowhere.error().code, Errc::forbidden);
  EXPECT_EQ(there.error().message, nowhere.error().message);
}

INSTANTIATE_TEST_SUITE_P(Actions, RoleTable,
                         testing::Values(Permission{"create_list", CreateList{"x", {}}, Role::none},
                                         Permission{"update_list", UpdateList{"x", {}}, Role::editor},
                                         Permission{"delete_list", DeleteList{}, Role::owner},
                                         Permission{"restore_list", RestoreList{}, Role::owner},
                                         Permission{"share_list", ShareList{UserId{"carl"}, {}, Role::viewer},
                                                    Role::owner},
                                         Permission{"unshare_list", RemoveMember{UserId{"carl"}}, Role::owner},
                                         Permission{"transfer_list", TransferList{UserId{"carl"}}, Role::owner},
                                         Permission{"add_item", AddItem{}, Role::editor},
                                         Permission{"update_item", UpdateItem{}, Role::editor},
                                         Permission{"delete_item", DeleteItem{}, Role::editor},
                                         Permission{"restore_item", RestoreItem{}, Role::editor},
                                         Permission{"create_share_link", CreateShareLink{}, Role::owner},
                                         Permission{"revoke_share_link", RevokeShareLink{}, Role::owner},
                                         Permission{"accept_share_link", AcceptShareLink{}, Role::none},
                                         Permission{"rename_member", RenameMember{"x"}, Role::viewer}),
                         [](const auto& test_case) { return std::string(test_case.param.name); });

TEST(RoleOf, LeavingIsEveryMembers) {
  EXPECT_EQ(role_needed_for(command_of(list_id_of(1), eve, RemoveMember{eve})), Role::viewer);
}

}  // namespace
}  // namespace collab
