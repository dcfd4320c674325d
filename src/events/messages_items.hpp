// The events of items, from clients and to them.
#pragma once

#include "events/messages_fields.hpp"
#include "schema/decode.hpp"

namespace collab::events {

// --- To clients.

/// An item as it is after a change. Two events share it.
struct ItemChanged {
  ListId list_id;
  ItemBody item;
  RevNumber rev;
  RevNumber prev_rev;
  UserIdText user_id;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(ItemChanged, (), (list_id, item, rev, prev_rev, user_id, op_id))

struct ItemAddedEvent : ItemChanged {
  static constexpr std::string_view event = "item_added";
  static constexpr std::string_view about = "An item was created, or restored from the trash. To the list's room.";
};
BOOST_DESCRIBE_STRUCT(ItemAddedEvent, (ItemChanged), ())

struct ItemUpdatedEvent : ItemChanged {
  static constexpr std::string_view event = "item_updated";
  static constexpr std::string_view about = "Fields of an item changed; `item` is whole. To the list's room.";
};
BOOST_DESCRIBE_STRUCT(ItemUpdatedEvent, (ItemChanged), ())

struct ItemDeletedEvent {
  static constexpr std::string_view event = "item_deleted";
  static constexpr std::string_view about = "An item was deleted. To the list's room.";
  ListId list_id;
  ItemId item_id;
  RevNumber rev;
  RevNumber prev_rev;
  UserIdText user_id;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(ItemDeletedEvent, (), (list_id, item_id, rev, prev_rev, user_id, op_id))

// --- From clients.

struct AddItemEvent {
  static constexpr std::string_view event = "add_item";
  static constexpr std::string_view about = "Creates an item. The room gets `item_added`.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({
      {"item_id",
       "The new item's id, if the client wants to choose it. One that is taken is refused, never overwritten."},
      {"position", "A fractional index; default: at the end."},
  });
  using Reply = ItemAddedEvent;
  ListId list_id;
  NewName name;
  std::optional<Description> description;
  std::optional<Status> status;
  std::optional<bool> done;
  std::optional<schema::DateOrDateTime> due_date;
  std::optional<schema::HttpUrl> media_url;
  std::optional<ItemId> item_id;
  std::optional<Position> position;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(AddItemEvent, (),
                      (list_id, name, description, status, done, due_date, media_url, item_id, position, op_id))

/// The fields of an item that can be written. A field left out is untouched; null clears the three that may be empty.
struct ItemFields {
  schema::IfGiven<ChangedName> name;
  schema::Clearable<Description> description;
  schema::IfGiven<Status> status;
  schema::IfGiven<bool> done;
  schema::Clearable<schema::DateOrDateTime> due_date;
  schema::Clearable<schema::HttpUrl> media_url;
  schema::IfGiven<Position> position;
};
BOOST_DESCRIBE_STRUCT(ItemFields, (), (name, description, status, done, due_date, media_url, position))

struct ItemUpdates : ItemFields {
  static constexpr std::string_view title = "ItemUpdates";
  static constexpr std::string_view about =
      "The fields to write. One left out is untouched; null clears description, due_date and media_url. Other keys "
      "are faults.";
  static constexpr bool forbids_extra = true;
};
BOOST_DESCRIBE_STRUCT(ItemUpdates, (ItemFields), ())

struct UpdateItemEvent : ItemFields {
  static constexpr std::string_view event = "update_item";
  static constexpr std::string_view about =
      "Writes fields of an item, given in `updates` or at top level, but not both. The room gets `item_updated`. An "
      "update that writes nothing new is answered ok with the present rev, and no event.";
  static constexpr auto aliases = std::to_array<schema::Alias>({{"client_rev", "rev"}});
  using Reply = ItemUpdatedEvent;
  ListId list_id;
  ItemId item_id;
  std::optional<ItemUpdates> updates;
  std::optional<RevInput> client_rev;
  std::optional<EpochText> client_epoch;
  std::optional<OpId> op_id;

  /// `updates` and flat fields together are a fault: nobody could say which was meant.
  static void check(const UpdateItemEvent& update, const schema::json::object& from, const schema::Place& here,
                    schema::Faults& faults);
  /// The fields to write, whichever way they were given.
  const ItemFields& fields() const { return updates ? static_cast<const ItemFields&>(*updates) : *this; }
};
BOOST_DESCRIBE_STRUCT(UpdateItemEvent, (ItemFields), (list_id, item_id, updates, client_rev, client_epoch, op_id))

struct DeleteItemEvent {
  static constexpr std::string_view event = "delete_item";
  static constexpr std::string_view about =
      "Deletes an item; it stays in the trash for a while. The room gets `item_deleted`.";
  static constexpr auto aliases = std::to_array<schema::Alias>({{"client_rev", "rev"}});
  using Reply = ItemDeletedEvent;
  ListId list_id;
  ItemId item_id;
  std::optional<RevInput> client_rev;
  std::optional<EpochText> client_epoch;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(DeleteItemEvent, (), (list_id, item_id, client_rev, client_epoch, op_id))

struct RestoreItemEvent {
  static constexpr std::string_view event = "restore_item";
  static constexpr std::string_view about = "Brings a deleted item back. The room gets `item_added`.";
  using Reply = ItemAddedEvent;
  ListId list_id;
  ItemId item_id;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(RestoreItemEvent, (), (list_id, item_id, op_id))

}  // namespace collab::events
