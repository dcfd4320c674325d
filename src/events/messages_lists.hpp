// The events of lists: joining, snapshots and deltas, creating, renaming, deleting, the trash.
#pragma once

#include "events/messages_fields.hpp"

namespace collab::events {

/// What is known of a list without its items.
struct ListHeader {
  ListId list_id;
  StoredName list_name;
  RevNumber rev;
  EpochText epoch;
  MemberRole role = MemberRole::viewer;
  UserIdText owner_id;
  Members members;
};
BOOST_DESCRIBE_STRUCT(ListHeader, (), (list_id, list_name, rev, epoch, role, owner_id, members))

// --- To clients.

struct ListSnapshotEvent : ListHeader {
  static constexpr std::string_view event = "list_snapshot";
  static constexpr std::string_view about =
      "A list, whole: on joining, after a conflict (to the sender alone), and when a list was created by another of "
      "the user's sockets. `items` holds live items only.";
  ItemsById items;
};
BOOST_DESCRIBE_STRUCT(ListSnapshotEvent, (ListHeader), (items))

struct ListEntry : ListHeader {
  static constexpr std::string_view title = "ListEntry";
  static constexpr std::string_view about =
      "A list of the user's; without `items` where the client's copy is current or got a delta.";
  std::optional<ItemsById> items;
};
BOOST_DESCRIBE_STRUCT(ListEntry, (ListHeader), (items))

/// A snapshot under the names that older clients read besides.
struct ListObject : ListSnapshotEvent {
  static constexpr std::string_view title = "List";
  static constexpr std::string_view about = "A list, whole; `id` and `name` are its list_id and list_name.";
  ListId id;
  StoredName name;
};
BOOST_DESCRIBE_STRUCT(ListObject, (ListSnapshotEvent), (id, name))

struct UserListsEvent {
  static constexpr std::string_view event = "user_lists";
  static constexpr std::string_view about =
      "All lists of the user, after `join`. A list that is missing is no longer the user's.";
  schema::List<ListEntry, schema::unbounded> lists;
};
BOOST_DESCRIBE_STRUCT(UserListsEvent, (), (lists))

struct ListCreatedEvent : ListSnapshotEvent {
  static constexpr std::string_view event = "list_created";
  static constexpr std::string_view about =
      "To the socket that created (or restored) the list, which is in its room already.";
  ListObject list;
};
BOOST_DESCRIBE_STRUCT(ListCreatedEvent, (ListSnapshotEvent), (list))

struct ListUpdatedEvent {
  static constexpr std::string_view event = "list_updated";
  static constexpr std::string_view about = "The list was renamed. To its room.";
  ListId list_id;
  StoredName list_name;
  UserIdText owner_id;
  RevNumber rev;
  RevNumber prev_rev;
  UserIdText user_id;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(ListUpdatedEvent, (), (list_id, list_name, owner_id, rev, prev_rev, user_id, op_id))

enum class DeletedReason { deleted, removed, left };
BOOST_DESCRIBE_ENUM(DeletedReason, deleted, removed, left)

struct ListDeletedEvent {
  static constexpr std::string_view event = "list_deleted";
  static constexpr std::string_view about =
      "The list is gone for this socket, which has left its room: it was deleted, the user was removed, or left.";
  ListId list_id;
  RevNumber rev;
  RevNumber prev_rev;
  DeletedReason reason = DeletedReason::deleted;
};
BOOST_DESCRIBE_STRUCT(ListDeletedEvent, (), (list_id, rev, prev_rev, reason))

struct ListDeltaEvent {
  static constexpr std::string_view event = "list_delta";
  static constexpr std::string_view about =
      "All that changed after `base_rev`, instead of a snapshot. What is left out has not changed.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({
      {"base_rev", "The rev that the client had."},
      {"rev", "The list's rev now."},
      {"items", "Live items that changed, whole."},
      {"deleted", "Ids of items that were deleted."},
  });
  ListId list_id;
  EpochText epoch;
  RevNumber base_rev;
  RevNumber rev;
  schema::List<ItemBody, schema::unbounded> items;
  schema::List<ItemId, schema::unbounded> deleted;
  std::optional<StoredName> list_name;
  std::optional<Members> members;
  std::optional<UserIdText> owner_id;
  std::optional<MemberRole> role;
};
BOOST_DESCRIBE_STRUCT(ListDeltaEvent, (),
                      (list_id, epoch, base_rev, rev, items, deleted, list_name, members, owner_id, role))

// --- From clients.

/// The answer to joining: the list (or what changed of it) was emitted before.
struct Joined {
  static constexpr std::string_view title = "Joined";
  static constexpr std::string_view about = "Everything that was asked for has been emitted.";
};
BOOST_DESCRIBE_STRUCT(Joined, (), ())

struct JoinEvent {
  static constexpr std::string_view event = "join";
  static constexpr std::string_view about =
      "Enters the rooms of all the user's lists: one `list_snapshot` per list, then `user_lists`. For a list in "
      "`known`: `list_delta`, or nothing if it is current. Who never had a list gets `My TODOs`.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({{"known", "What the client has already, by list id."}});
  static constexpr bool may_be_absent = true;
  using Reply = Joined;
  std::optional<schema::Map<ListId, KnownPosition, 1'000>> known;
};
BOOST_DESCRIBE_STRUCT(JoinEvent, (), (known))

struct JoinListEvent {
  static constexpr std::string_view event = "join_list";
  static constexpr std::string_view about =
      "Enters the room of one list; answers with `list_snapshot`, or `list_delta` after `since`.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({{"since", "What the client has of it already."}});
  using Reply = Joined;
  ListId list_id;
  std::optional<KnownPosition> since;
};
BOOST_DESCRIBE_STRUCT(JoinListEvent, (), (list_id, since))

struct CreateListEvent {
  static constexpr std::string_view event = "create_list";
  static constexpr std::string_view about =
      "Creates a list that the user owns: `list_created` to this socket, `list_snapshot` to the user's others.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({
      {"list_id",
       "The new list's id, if the client wants to choose it. One that is taken is refused, never overwritten."},
  });
  static constexpr auto aliases = std::to_array<schema::Alias>({{"name", "list_name"}});
  using Reply = ListCreatedEvent;
  NewName name;
  std::optional<ListId> list_id;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(CreateListEvent, (), (name, list_id, op_id))

struct UpdateListEvent {
  static constexpr std::string_view event = "update_list";
  static constexpr std::string_view about = "Renames a list. The room gets `list_updated`.";
  static constexpr auto aliases = std::to_array<schema::Alias>({{"name", "list_name"}, {"client_rev", "rev"}});
  using Reply = ListUpdatedEvent;
  ListId list_id;
  ChangedName name;
  std::optional<RevInput> client_rev;
  std::optional<EpochText> client_epoch;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(UpdateListEvent, (), (list_id, name, client_rev, client_epoch, op_id))

struct DeleteListEvent {
  static constexpr std::string_view event = "delete_list";
  static constexpr std::string_view about =
      "Deletes a list; it stays in the owner's trash for a while. Owner only. The room gets `list_deleted`.";
  using Reply = ListDeletedEvent;
  ListId list_id;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(DeleteListEvent, (), (list_id, op_id))

struct RestoreListEvent {
  static constexpr std::string_view event = "restore_list";
  static constexpr std::string_view about = "Brings a deleted list back. Owner only. Answers as `create_list` does.";
  using Reply = ListCreatedEvent;
  ListId list_id;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(RestoreListEvent, (), (list_id, op_id))

struct DeletedList {
  static constexpr std::string_view title = "DeletedList";
  ListId list_id;
  StoredName list_name;
  RevNumber rev;
  schema::Timestamp deleted_at;
};
BOOST_DESCRIBE_STRUCT(DeletedList, (), (list_id, list_name, rev, deleted_at))

struct Trash {
  static constexpr std::string_view title = "Trash";
  static constexpr std::string_view about = "The deleted items of a list, or the deleted lists of the user.";
  std::optional<ListId> list_id;
  std::optional<schema::List<ItemBody, schema::unbounded>> items;
  std::optional<schema::List<DeletedList, schema::unbounded>> lists;
};
BOOST_DESCRIBE_STRUCT(Trash, (), (list_id, items, lists))

struct GetTrashEvent {
  static constexpr std::string_view event = "get_trash";
  static constexpr std::string_view about =
      "What can be restored: deleted items of a list, or, without list_id, deleted lists of the user.";
  static constexpr bool may_be_absent = true;
  using Reply = Trash;
  std::optional<ListId> list_id;
};
BOOST_DESCRIBE_STRUCT(GetTrashEvent, (), (list_id))

}  // namespace collab::events
