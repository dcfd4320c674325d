// Who may do what: the one table of role by action.
#pragma once

#include <type_traits>

#include "model/command.hpp"

namespace collab {

/// What every reader of a list needs: its snapshots, its events, its members.
inline constexpr Role role_to_read = Role::viewer;

/// The least role that may do this; Role::none = no member need be asked. Each role includes the ones below it.
///
/// | role   | may                                                                                             |
/// | ------ | ----------------------------------------------------------------------------------------------- |
/// | viewer | read; leave; be known by another name                                                           |
/// | editor | rename the list; add, update, delete and restore items                                          |
/// | owner  | delete and restore the list; share it, change roles, remove members, transfer it; manage links  |
///
/// Renaming is an editor's: it loses nothing, the owner can undo it, and `name` conflicts like any other field.
inline Role role_needed_for(const Command& command) {
  return std::visit(
      [&command](const auto& action) {
        using A = std::decay_t<decltype(action)>;
        constexpr auto is_one_of = []<class... Actions>(std::type_identity<Actions>...) {
          return (std::is_same_v<A, Actions> || ...);
        };
        using std::type_identity;
        if constexpr (is_one_of(type_identity<CreateList>{}, type_identity<AcceptShareLink>{})) {
          return Role::none;
        } else if constexpr (is_one_of(type_identity<UpdateList>{}, type_identity<AddItem>{},
                                       type_identity<UpdateItem>{}, type_identity<DeleteItem>{},
                                       type_identity<RestoreItem>{})) {
          return Role::editor;
        } else if constexpr (std::is_same_v<A, RenameMember>) {
          return Role::viewer;
        } else if constexpr (std::is_same_v<A, RemoveMember>) {
          return action.user_id == command.user_id ? Role::viewer : Role::owner;
        } else {
          static_assert(is_one_of(type_identity<DeleteList>{}, type_identity<RestoreList>{}, type_identity<ShareList>{},
                                  type_identity<TransferList>{}, type_identity<CreateShareLink>{},
                                  type_identity<RevokeShareLink>{}));
          return Role::owner;
        }
      },
      command.action);
}

}  // namespace collab
