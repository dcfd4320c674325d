#include <gtest/gtest.h>

#include <map>
#include <random>

#include "model/decide.hpp"
#include "support/one_list.hpp"

namespace collab {
namespace {

using namespace test;

/// Everything of a state as text: equal texts, equal states.
std::string describe(const ListState& state) {
  std::string text = state.id.to_string() + " " + state.name + " " + state.owner_id.value;
  for (const std::int64_t number :
       {state.era, state.rev, state.items_rev, state.purge_floor, state.name_rev, state.created_at, state.updated_at,
        static_cast<std::int64_t>(state.live_items), static_cast<std::int64_t>(state.is_deleted)})
    text += " " + std::to_string(number);
  text += " " + state.last_position;
  std::map<ItemId, SharedItem> sorted;
  state.items.for_each([&sorted](const ItemId& id, const SharedItem& item) { sorted[id] = item; });
  for (const auto& [id, item] : sorted) {
    text += "\n" + id.to_string() + " " + item->name + " " + item->description.value_or("-") + " " + item->position +
            " " + std::string(to_string(item->status)) + (item->done ? " done" : "") +
            (item->is_deleted ? " deleted" : "");
    for (const Rev rev : item->field_revs) text += " " + std::to_string(rev);
  }
  for (const Member& member : *state.members)
    text += "\n" + member.user_id.value + " " + std::string(to_string(member.role)) + " " + std::to_string(member.rev);
  for (const ShareLink& link : *state.links)
    text += "\n" + link.id.to_string() + (link.is_revoked ? " revoked " : " open ") + std::to_string(link.rev);
  return text;
}

/// Anything that anybody might ask for, sensible or not.
Action random_action(std::mt19937& random, const ListState& state) {
  const auto number = [&random](unsigned below) { return static_cast<std::uint8_t>(random() % below); };
  const auto user = [&] { return std::array{ann, bob, eve, UserId{"carl"}}[number(4)]; };
  const auto seen = [&]() -> std::optional<Rev> {
    if (number(2)) return std::nullopt;
    return state.rev - number(5);
  };
  UpdateItem update = renaming(item_id_of(number(8)), "name" + std::to_string(number(4)), seen());
  if (number(2)) update.status = static_cast<Status>(number(3));
  if (number(2)) update.done = number(2) == 1;
  if (number(2)) update.position = std::string(1, static_cast<char>('a' + number(20)));
  switch (number(17)) {
    case 0:
      return CreateList{"list", {}};
    case 1:
      return UpdateList{"list" + std::to_string(number(3)), {seen(), {}}};
    case 2:
      return number(4) ? Action(RestoreList{}) : Action(DeleteList{});
    case 3:
      return RestoreList{};
    case 4:
      return ShareList{user(), {}, number(2) ? Role::editor : Role::viewer};
    case 5:
      return RemoveMember{user()};
    case 6:
      return TransferList{user()};
    case 7:
      return CreateShareLink{link_id_of(number(3)), "hash" + std::to_string(number(3)), Role::viewer, {}};
    case 8:
      return RevokeShareLink{link_id_of(number(3))};
    case 9:
      return AcceptShareLink{"hash" + std::to_string(number(3)), {}};
    case 10:
      return DeleteItem{item_id_of(number(8)), {seen(), {}}};
    case 11:
      return RestoreItem{item_id_of(number(8))};
    case 12:
      return RenameMember{"name" + std::to_string(number(3))};
    case 13:
    case 14:
      return adding(item_id_of(number(8)));
    default:
      return update;
  }
}

void check_invariants(const ListState& state) {
  std::size_t live = 0;
  Rev newest_item = 0;
  state.items.for_each([&](const ItemId& id, const SharedItem& item) {
    EXPECT_EQ(item->id, id);
    live += item->is_deleted ? 0 : 1;
    newest_item = std::max(newest_item, item->rev);
    EXPECT_EQ(item->rev, *std::max_element(item->field_revs.begin(), item->field_revs.end()));
    EXPECT_LE(item->position, state.last_position);
  });
  EXPECT_EQ(state.live_items, live);
  EXPECT_EQ(state.items_rev, newest_item);
  EXPECT_LE(state.items_rev, state.rev);
  std::size_t owners = 0;
  for (std::size_t i = 0; i < state.members->size(); ++i) {
    const Member& member = (*state.members)[i];
    if (i > 0) {
      EXPECT_LT((*state.members)[i - 1].user_id, member.user_id);
    }
    if (member.role != Role::owner) continue;
    ++owners;
    EXPECT_EQ(member.user_id, state.owner_id);
  }
  EXPECT_EQ(owners, state.exists() ? 1u : 0u);
}

TEST(Apply, LeavesTheStateBeforeAsItWas) {
  OneList list;
  list.create();
  list.add(1, "milk");
  const ListState before = list.state;
  const std::string text = describe(before);

  list.accept(ann, renaming(item_id_of(1), "oat milk"));
  list.accept(ann, ShareList{bob, {}, Role::editor});

  EXPECT_EQ(describe(before), text);
}

TEST(Apply, IsIdempotent) {
  OneList list;
  list.create();
  const auto change = list.accept(ann, adding(item_id_of(1)));

  EXPECT_EQ(describe(apply(list.state, *change)), describe(list.state));
}

TEST(Apply, IgnoresWhatIsNotNewer) {
  OneList list;
  list.create();
  const auto old_change = list.accept(ann, adding(item_id_of(1), "old"));
  list.accept(ann, renaming(item_id_of(1), "new"));

  const ListState after = apply(list.state, *old_change);

  EXPECT_EQ(describe(after), describe(list.state));
}

TEST(Apply, OfNothingIsNothing) {
  OneList list;
  list.create();
  const auto nothing = list.accept(ann, UpdateList{"groceries", {}});
  Change later = *nothing;
  later.rev += 100;

  EXPECT_EQ(apply(list.state, later).rev, list.state.rev);
}

TEST(Apply, KeepsTheEra) {
  OneList list;
  list.create();

  EXPECT_EQ(list.state.era, 1'000);
}

TEST(Apply, SharesTheItemsThatDidNotChange) {
  OneList list;
  list.create();
  list.add(1);
  list.add(2);
  const Item* second = &list.item(2);

  list.accept(ann, renaming(item_id_of(1), "x"));

  EXPECT_EQ(&list.item(2), second);
}

TEST(Apply, NamesTheListOfAFirstChange) {
  OneList list;
  const auto decision = decide(ListState(), command_of(list_id_of(5), ann, CreateList{"x", {}}), list.rules, list.now);
  ASSERT_TRUE(decision);

  EXPECT_EQ(apply(ListState(), **decision).id, list_id_of(5));
}

TEST(Apply, KeepsInvariantsOverRandomHistories) {
  int accepted = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    OneList list;
    list.rules.conflict_scope = static_cast<ConflictScope>(seed % 3);
    list.rules.items_per_list = 6;
    list.create_shared();
    for (int step = 0; step < 150; ++step) {
      const UserId user = std::array{ann, bob, eve, UserId{"carl"}}[random() % 4];
      list.now += static_cast<EpochMs>(random() % 3);
      const Rev before = list.state.rev;
      const auto decision = list.attempt(user, random_action(random, list.state));
      if (!decision || (*decision)->kind == ChangeKind::nothing) {
        ASSERT_EQ(list.state.rev, before);
        continue;
      }
      ++accepted;
      ASSERT_GT(list.state.rev, before);
      ASSERT_EQ((*decision)->prev_rev, before);
      ASSERT_EQ(list.state.rev, (*decision)->rev);
      check_invariants(list.state);
    }
  }
  EXPECT_GT(accepted, 1'000);
}

TEST(Apply, ReplayingAHistoryWithRepeatsGivesTheSameState) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    OneList list;
    const ListState empty = list.state;
    std::vector<SharedChange> history;
    history.push_back(list.accept(ann, CreateList{"x", {}}));
    for (int step = 0; step < 200; ++step) {
      const auto decision = list.attempt(random() % 3 ? ann : bob, random_action(random, list.state));
      if (decision) history.push_back(*decision);
    }

    ListState replayed = empty;
    for (std::size_t i = 0; i < history.size(); ++i) {
      replayed = apply(replayed, *history[i]);
      replayed = apply(replayed, *history[random() % (i + 1)]);
    }

    EXPECT_EQ(describe(replayed), describe(list.state));
  }
}

TEST(Apply, RowsNewerThanARevAreTheWholeDelta) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    OneList list;
    list.create();
    ListState base = list.state;
    for (int step = 0; step < 200; ++step) {
      list.attempt(ann, random_action(random, list.state));
      if (step == 100) base = list.state;
    }

    std::map<ItemId, SharedItem> items;
    base.items.for_each([&](const ItemId& id, const SharedItem& item) { items[id] = item; });
    list.state.items.for_each([&](const ItemId& id, const SharedItem& item) {
      if (item->rev > base.rev) items[id] = item;
    });

    EXPECT_EQ(items.size(), list.state.items.size());
    for (const auto& [id, item] : items) EXPECT_EQ(*list.state.find_item(id), item);
  }
}

}  // namespace
}  // namespace collab
