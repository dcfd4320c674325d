// A list under the rules alone, for tests of what is decided: no store, no server, a clock that stands.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "model/decide.hpp"

namespace collab::test {

inline const UserId ann{"ann"};
inline const UserId bob{"bob"};
inline const UserId eve{"eve"};

inline ListId list_id_of(std::uint8_t number) {
  ListId id;
  id.value.bytes[15] = number;
  return id;
}
inline ItemId item_id_of(std::uint8_t number) {
  ItemId id;
  id.value.bytes[15] = number;
  return id;
}
inline LinkId link_id_of(std::uint8_t number) {
  LinkId id;
  id.value.bytes[15] = number;
  return id;
}
inline OpId op_id_of(std::uint8_t number) {
  OpId id;
  id.value.bytes[15] = number;
  return id;
}

/// A command without op_id.
inline Command command_of(const ListId& list_id, const UserId& user_id, Action action) {
  Command command;
  command.list_id = list_id;
  command.user_id = user_id;
  command.action = std::move(action);
  return command;
}

inline AddItem adding(ItemId item_id, std::string name = "milk") {
  AddItem action;
  action.item_id = item_id;
  action.name = std::move(name);
  return action;
}
inline UpdateItem renaming(ItemId item_id, std::string name, std::optional<Rev> seen = std::nullopt) {
  UpdateItem action;
  action.item_id = item_id;
  action.name = std::move(name);
  action.seen.rev = seen;
  return action;
}

/// One list, and what becomes of it. Every accepted change is applied; time stands unless moved, so that revs count up
/// by one.
class OneList {
 public:
  OneList() {
    state.id = list_id_of(1);
    state.era = 1'000;
  }

  /// Decides and, if accepted, applies.
  Result<SharedChange> attempt(const UserId& user, Action action) {
    auto decision = decide(state, command_of(state.id, user, std::move(action)), rules, now);
    if (decision) state = apply(state, **decision);
    return decision;
  }
  /// The same for what must be accepted.
  SharedChange accept(const UserId& user, Action action) {
    auto decision = attempt(user, std::move(action));
    if (!decision) {
      ADD_FAILURE() << "refused: " << to_string(decision.error().code) << ": " << decision.error().message;
      return std::make_shared<Change>();
    }
    return *decision;
  }
  /// The same for what must be refused; the state must not change.
  Error refuse(const UserId& user, Action action) {
    const Rev before = state.rev;
    auto decision = attempt(user, std::move(action));
    EXPECT_EQ(state.rev, before);
    if (decision) {
      ADD_FAILURE() << "accepted at rev " << (*decision)->rev;
      return {};
    }
    return decision.error();
  }

  /// Ann's list, with Bob as editor and Eve as viewer if wanted.
  void create() { accept(ann, CreateList{"groceries", "Ann"}); }
  void create_shared() {
    create();
    accept(ann, ShareList{bob, "Bob", Role::editor});
    accept(ann, ShareList{eve, "Eve", Role::viewer});
  }
  const Item& add(std::uint8_t number, std::string name = "milk") {
    accept(ann, adding(item_id_of(number), std::move(name)));
    return item(number);
  }
  const Item& item(std::uint8_t number) const { return **state.find_item(item_id_of(number)); }

  ListState state;
  Rules rules;
  EpochMs now = 1'730'000'000'000;
};

}  // namespace collab::test
