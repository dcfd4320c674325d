// What a user asks for. Whether it is allowed is decide()'s to say.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "model/list.hpp"

namespace collab {

/// What a client says it has seen; a conflict is judged against it. Without client_rev the last write wins.
struct SeenByClient {
  std::optional<Rev> rev;
  std::optional<std::string> epoch;
};

struct CreateList {
  std::string name;
  std::optional<std::string> owner_name;
};
struct UpdateList {
  std::string name;
  SeenByClient seen;
};
struct DeleteList {};
struct RestoreList {};

/// Makes somebody a member or changes a member's role. Owners only.
struct ShareList {
  UserId user_id;
  std::optional<std::string> user_name;
  Role role = Role::viewer;
};
/// Removes a member: the owner anyone but himself, everybody else only himself (leaving).
struct RemoveMember {
  UserId user_id;
};
struct TransferList {
  UserId user_id;
};
/// What the other members see of him who asks.
struct RenameMember {
  std::string name;
};

struct AddItem {
  ItemId item_id;
  std::string name;
  std::optional<std::string> description;
  std::optional<Status> status;
  std::optional<bool> done;
  std::optional<std::string> due_date;
  std::optional<std::string> media_url;
  std::optional<std::string> position;  ///< default: at the end
};
/// Outer optional: whether the field is written; inner: null clears it.
struct UpdateItem {
  ItemId item_id;
  std::optional<std::string> name;
  std::optional<std::optional<std::string>> description;
  std::optional<Status> status;
  std::optional<bool> done;
  std::optional<std::optional<std::string>> due_date;
  std::optional<std::optional<std::string>> media_url;
  std::optional<std::string> position;
  SeenByClient seen;
};
struct DeleteItem {
  ItemId item_id;
  SeenByClient seen;
};
struct RestoreItem {
  ItemId item_id;
};

struct CreateShareLink {
  LinkId link_id;
  std::string secret_hash;
  Role role = Role::viewer;
  std::optional<EpochMs> expires_at;
};
struct RevokeShareLink {
  LinkId link_id;
};
/// The only action of somebody who is not a member yet.
struct AcceptShareLink {
  std::string secret_hash;
  std::optional<std::string> user_name;
};

using Action =
    std::variant<CreateList, UpdateList, DeleteList, RestoreList, ShareList, RemoveMember, TransferList, AddItem,
                 UpdateItem, DeleteItem, RestoreItem, CreateShareLink, RevokeShareLink, AcceptShareLink, RenameMember>;

struct Command {
  ListId list_id;
  UserId user_id;             ///< who asks: the token's subject
  std::optional<OpId> op_id;  ///< the client's; a repeat of an accepted one changes nothing
  Action action;
};

}  // namespace collab
