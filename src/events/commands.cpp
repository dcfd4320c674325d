#include "events/commands.hpp"

namespace collab::events {
namespace {

template <class Text>
std::optional<std::string> take(std::optional<Text>& from) {
  if (!from) return std::nullopt;
  return std::move(from->value);
}

template <class Text>
std::optional<std::optional<std::string>> take(schema::Clearable<Text>& from) {
  if (!from.value) return std::nullopt;
  return take(*from.value);
}

template <class Event>
SeenByClient seen_by(Event& event) {
  SeenByClient seen;
  if (event.client_rev) seen.rev = event.client_rev->value;
  seen.epoch = take(event.client_epoch);
  return seen;
}

}  // namespace

Role to_role(SharedRole role) { return role == SharedRole::editor ? Role::editor : Role::viewer; }

Action to_action(CreateListEvent&& event, std::optional<std::string> owner_name) {
  return CreateList{std::move(event.name.value), std::move(owner_name)};
}

Action to_action(UpdateListEvent&& event) {
  SeenByClient seen = seen_by(event);
  return UpdateList{std::move(event.name.value), std::move(seen)};
}

Action to_action(DeleteListEvent&&) { return DeleteList{}; }
Action to_action(RestoreListEvent&&) { return RestoreList{}; }

Action to_action(AddItemEvent&& event) {
  return AddItem{
      .item_id = event.item_id ? *event.item_id : ItemId::make(),
      .name = std::move(event.name.value),
      .description = take(event.description),
      .status = event.status,
      .done = event.done,
      .due_date = take(event.due_date),
      .media_url = take(event.media_url),
      .position = take(event.position),
  };
}

Action to_action(UpdateItemEvent&& event) {
  SeenByClient seen = seen_by(event);
  ItemFields& fields = event.updates ? static_cast<ItemFields&>(*event.updates) : event;
  return UpdateItem{
      .item_id = event.item_id,
      .name = take(fields.name.value),
      .description = take(fields.description),
      .status = fields.status.value,
      .done = fields.done.value,
      .due_date = take(fields.due_date),
      .media_url = take(fields.media_url),
      .position = take(fields.position.value),
      .seen = std::move(seen),
  };
}

Action to_action(DeleteItemEvent&& event) { return DeleteItem{event.item_id, seen_by(event)}; }
Action to_action(RestoreItemEvent&& event) { return RestoreItem{event.item_id}; }
Action to_action(UnshareListEvent&& event) { return RemoveMember{UserId{std::move(event.user_id.value)}}; }
Action to_action(TransferListEvent&& event) { return TransferList{UserId{std::move(event.user_id.value)}}; }

}  // namespace collab::events
