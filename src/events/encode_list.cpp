#include "events/encode_list.hpp"

#include <algorithm>

#include "core/json.hpp"
#include "events/messages.hpp"
#include "model/decision.hpp"
#include "schema/encode.hpp"

namespace collab::events {
namespace {

constexpr std::size_t typical_item_size = 420;

template <class Id>
void append_id(std::string& out, const Id& id) {
  char text[Uuid::text_size + 2];
  text[0] = text[sizeof text - 1] = '"';
  id.value.write_to(text + 1);
  out.append(text, sizeof text);
}

void append_time(std::string& out, EpochMs time) {
  out += '"';
  append_rfc3339(out, time);
  out += '"';
}

void append_text_or_null(std::string& out, const std::optional<std::string>& text) {
  if (text)
    append_json_string(out, *text);
  else
    out += "null";
}

void append_rev(std::string& out, Rev rev) {
  out += ",\"rev\":";
  append_json_int(out, rev);
}

void append_revs(std::string& out, Rev rev, Rev prev_rev) {
  append_rev(out, rev);
  out += ",\"prev_rev\":";
  append_json_int(out, prev_rev);
}

/// {"list_id":"…" — left open.
void open_with_list_id(std::string& out, const ListId& list_id) {
  out += "{\"list_id\":";
  append_id(out, list_id);
}

/// The end of an event that a change is: where it stands, who did it, and its op.
void close_with_change(std::string& out, const Change& change) {
  append_revs(out, change.rev, change.prev_rev);
  out += ",\"user_id\":";
  append_json_string(out, change.user_id.value);
  if (change.op_id) {
    out += ",\"op_id\":";
    append_id(out, *change.op_id);
  }
  out += '}';
}

/// {…,"epoch":…,"owner_id":…,"members":[…] — left open.
void append_header_body(std::string& out, const ListState& state) {
  open_with_list_id(out, state.id);
  out += ",\"list_name\":";
  append_json_string(out, state.name);
  append_rev(out, state.rev);
  out += ",\"epoch\":\"";
  append_json_int(out, state.era);
  out += "\",\"owner_id\":";
  append_json_string(out, state.owner_id.value);
  out += ",\"members\":";
  append_members(out, state);
}

/// `{…}` of a list with `id` and `name` besides, from its snapshot.
void append_list_object(std::string& out, const ListState& state, std::string_view snapshot) {
  out += "{\"id\":";
  append_id(out, state.id);
  out += ",\"name\":";
  append_json_string(out, state.name);
  out += ',';
  out += members_of(snapshot);
  out += '}';
}

std::string encode_item_changed(const Change& change) {
  std::string out;
  out.reserve(typical_item_size + 200);
  open_with_list_id(out, change.list_id);
  out += ",\"item\":";
  append_item(out, change.list_id, *change.item);
  close_with_change(out, change);
  return out;
}

std::string encode_item_deleted(const Change& change) {
  std::string out;
  open_with_list_id(out, change.list_id);
  out += ",\"item_id\":";
  append_id(out, change.item->id);
  close_with_change(out, change);
  return out;
}

std::string encode_list_updated(const Change& change) {
  std::string out;
  open_with_list_id(out, change.list_id);
  out += ",\"list_name\":";
  append_json_string(out, change.list->name);
  out += ",\"owner_id\":";
  append_json_string(out, change.list->owner_id.value);
  close_with_change(out, change);
  return out;
}

std::string encode_members_changed(const Change& change, const ListState& after) {
  std::string out;
  open_with_list_id(out, change.list_id);
  out += ",\"members\":";
  append_members(out, after);
  out += ",\"owner_id\":";
  append_json_string(out, after.owner_id.value);
  append_revs(out, change.rev, change.prev_rev);
  out += '}';
  return out;
}

/// Numbers in a path are indices of arrays; Pydantic gives them as numbers.
void append_location(std::string& out, const std::vector<std::string>& loc) {
  char separator = '[';
  for (const std::string& part : loc) {
    out += separator;
    const bool is_index =
        !part.empty() && part.size() < 10 && part.find_first_not_of("0123456789") == std::string::npos;
    if (is_index)
      out += part;
    else
      append_json_string(out, part);
    separator = ',';
  }
  out += loc.empty() ? "[]" : "]";
}

void append_faults(std::string& out, const std::vector<FieldError>& faults) {
  char separator = '[';
  for (const FieldError& fault : faults) {
    out += separator;
    out += "{\"loc\":";
    append_location(out, fault.loc);
    out += ",\"msg\":";
    append_json_string(out, fault.msg);
    out += ",\"type\":";
    append_json_string(out, fault.type);
    out += '}';
    separator = ',';
  }
  out += ']';
}

}  // namespace

std::string epoch_of(const ListState& state) { return std::to_string(state.era); }

// --- Parts.

void append_item(std::string& out, const ListId& list_id, const Item& item) {
  out += "{\"id\":";
  append_id(out, item.id);
  out += ",\"list_id\":";
  append_id(out, list_id);
  out += ",\"name\":";
  append_json_string(out, item.name);
  out += ",\"description\":";
  append_text_or_null(out, item.description);
  out += ",\"status\":\"";
  out += to_string(item.status);
  out += item.done ? "\",\"done\":true,\"due_date\":" : "\",\"done\":false,\"due_date\":";
  append_text_or_null(out, item.due_date);
  out += ",\"media_url\":";
  append_text_or_null(out, item.media_url);
  out += ",\"position\":";
  append_json_string(out, item.position);
  out += item.is_deleted ? ",\"is_deleted\":true" : ",\"is_deleted\":false";
  append_rev(out, item.rev);
  out += ",\"created_at\":";
  append_time(out, item.created_at);
  out += ",\"updated_at\":";
  append_time(out, item.updated_at);
  out += ",\"created_by\":";
  append_json_string(out, item.created_by.value);
  out += ",\"updated_by\":";
  append_json_string(out, item.updated_by.value);
  out += '}';
}

void append_members(std::string& out, const ListState& state) {
  char separator = '[';
  for (const Member& member : *state.members) {
    if (member.role == Role::none) continue;
    out += separator;
    out += "{\"user_id\":";
    append_json_string(out, member.user_id.value);
    out += ",\"name\":";
    append_text_or_null(out, member.name);
    out += ",\"role\":\"";
    out += to_string(member.role);
    out += "\"}";
    separator = ',';
  }
  out += separator == '[' ? "[]" : "]";
}

// --- Lists, whole.

std::string encode_snapshot_body(const ListState& state) {
  std::string out;
  out.reserve(state.live_items * typical_item_size + state.members->size() * 120 + 400);
  append_header_body(out, state);
  out += ",\"items\":";
  char separator = '{';
  state.items.for_each([&](const ItemId& id, const SharedItem& item) {
    if (item->is_deleted) return;
    out += separator;
    append_id(out, id);
    out += ':';
    append_item(out, state.id, *item);
    separator = ',';
  });
  out += separator == '{' ? "{}" : "}";
  return out;
}

std::string_view snapshot_tail(Role role) {
  switch (role) {
    case Role::owner:
      return ",\"role\":\"owner\"}";
    case Role::editor:
      return ",\"role\":\"editor\"}";
    case Role::viewer:
      return ",\"role\":\"viewer\"}";
    case Role::none:
      break;
  }
  return "}";
}

std::string encode_snapshot(const ListState& state, Role role) {
  std::string out = encode_snapshot_body(state);
  out += snapshot_tail(role);
  return out;
}

std::string encode_list_header(const ListState& state, Role role) {
  std::string out;
  append_header_body(out, state);
  out += snapshot_tail(role);
  return out;
}

std::string encode_user_lists(std::span<const std::string_view> entries) {
  std::size_t size = 16;
  for (const std::string_view entry : entries) size += entry.size() + 1;
  std::string out;
  out.reserve(size);
  out += "{\"lists\":";
  char separator = '[';
  for (const std::string_view entry : entries) {
    out += separator;
    out += entry;
    separator = ',';
  }
  out += entries.empty() ? "[]}" : "]}";
  return out;
}

std::string encode_list_created(const ListState& state, std::string_view snapshot) {
  std::string out;
  out.reserve(2 * snapshot.size() + state.name.size() + 100);
  out += "{\"list\":";
  append_list_object(out, state, snapshot);
  out += ',';
  out += members_of(snapshot);
  out += '}';
  return out;
}

std::string encode_list_shared_with_you(const ListState& state, std::string_view snapshot, Role role) {
  std::string out;
  out.reserve(snapshot.size() + state.name.size() + 200);
  out += "{\"list\":";
  append_list_object(out, state, snapshot);
  out += ",\"list_id\":";
  append_id(out, state.id);
  out += ",\"message\":\"A list was shared with you\"";
  out += snapshot_tail(role);
  return out;
}

std::string encode_list_share_success(const ListId& list_id, std::string_view shared_with, Role role) {
  std::string out;
  open_with_list_id(out, list_id);
  out += ",\"shared_with\":";
  append_json_string(out, shared_with);
  out += ",\"message\":\"The list is shared\"";
  out += snapshot_tail(role);
  return out;
}

// --- What changed.

bool can_give_delta(const ListState& state, std::string_view epoch, Rev base_rev) {
  return epoch == epoch_of(state) && base_rev <= state.rev && base_rev >= state.purge_floor;
}

std::string encode_list_delta(const ListState& state, Rev base_rev, Role role) {
  std::string items, deleted;
  state.items.for_each([&](const ItemId& id, const SharedItem& item) {
    if (item->rev <= base_rev) return;
    std::string& to = item->is_deleted ? deleted : items;
    to += to.empty() ? '[' : ',';
    item->is_deleted ? append_id(to, id) : append_item(to, state.id, *item);
  });
  const auto is_new = [base_rev](const Member& member) { return member.rev > base_rev; };
  const bool are_members_new = std::any_of(state.members->begin(), state.members->end(), is_new);

  std::string out;
  out.reserve(items.size() + deleted.size() + 400);
  open_with_list_id(out, state.id);
  out += ",\"epoch\":\"";
  append_json_int(out, state.era);
  out += "\",\"base_rev\":";
  append_json_int(out, base_rev);
  append_rev(out, state.rev);
  ((out += ",\"items\":") += items) += items.empty() ? "[]" : "]";
  ((out += ",\"deleted\":") += deleted) += deleted.empty() ? "[]" : "]";
  if (state.name_rev > base_rev) {
    out += ",\"list_name\":";
    append_json_string(out, state.name);
  }
  if (!are_members_new) return out += '}';
  out += ",\"members\":";
  append_members(out, state);
  out += ",\"owner_id\":";
  append_json_string(out, state.owner_id.value);
  out += snapshot_tail(role);
  return out;
}

std::optional<WireEvent> encode_change(const Change& change, const ListState& after) {
  switch (change.kind) {
    case ChangeKind::item_added:
    case ChangeKind::item_restored:
      return WireEvent{ItemAddedEvent::event, encode_item_changed(change)};
    case ChangeKind::item_updated:
      return WireEvent{ItemUpdatedEvent::event, encode_item_changed(change)};
    case ChangeKind::item_deleted:
      return WireEvent{ItemDeletedEvent::event, encode_item_deleted(change)};
    case ChangeKind::list_updated:
      return WireEvent{ListUpdatedEvent::event, encode_list_updated(change)};
    case ChangeKind::list_deleted:
      return WireEvent{ListDeletedEvent::event,
                       encode_list_deleted(change.list_id, change.rev, change.prev_rev, "deleted")};
    case ChangeKind::member_set:
    case ChangeKind::member_removed:
    case ChangeKind::member_left:
    case ChangeKind::ownership_transferred:
    case ChangeKind::link_created:
    case ChangeKind::link_revoked:
      return WireEvent{MembersChangedEvent::event, encode_members_changed(change, after)};
    case ChangeKind::list_created:
    case ChangeKind::list_restored:
    case ChangeKind::nothing:
      break;
  }
  return std::nullopt;
}

std::string encode_list_deleted(const ListId& list_id, Rev rev, Rev prev_rev, std::string_view reason) {
  std::string out;
  open_with_list_id(out, list_id);
  append_revs(out, rev, prev_rev);
  out += ",\"reason\":";
  append_json_string(out, reason);
  out += '}';
  return out;
}

// --- Answers.

std::string_view members_of(std::string_view object) { return object.substr(1, object.size() - 2); }

std::string rev_field(Rev rev) {
  std::string out = "\"rev\":";
  append_json_int(out, rev);
  return out;
}

std::string encode_ack(std::string_view fields) {
  std::string out;
  out.reserve(fields.size() + 12);
  out += "{\"ok\":true";
  if (!fields.empty()) (out += ',') += fields;
  out += '}';
  return out;
}

std::string encode_ack(const Error& error, const ListId* list_id, const Item* item) {
  return "{\"ok\":false,\"error\":" + encode_failure(error, list_id, item) + "}";
}

std::string encode_failure(const Error& error, const ListId* list_id, const Item* item) {
  std::string out = "{\"event\":";
  append_json_string(out, event_of(error.code));
  out += ",\"code\":";
  append_json_string(out, to_string(error.code));
  out += ",\"message\":";
  append_json_string(out, error.message);
  if (!error.fields.empty()) {
    out += ",\"errors\":";
    append_faults(out, error.fields);
  }
  if (list_id && item) {
    out += ",\"item\":";
    append_item(out, *list_id, *item);
  }
  if (error.retry_after_ms > 0) {
    out += ",\"retry_after_ms\":";
    append_json_int(out, error.retry_after_ms);
  }
  out += '}';
  return out;
}

std::string encode_connect_error(const Error& error) {
  std::string out = "{\"message\":";
  append_json_string(out, error.message);
  out += ",\"data\":{\"event\":\"auth_error\",\"code\":";
  append_json_string(out, to_string(error.code));
  if (error.retry_after_ms > 0) {
    out += ",\"retry_after_ms\":";
    append_json_int(out, error.retry_after_ms);
  }
  out += "}}";
  return out;
}

std::string batch_fields(std::span<const std::string> replies) {
  std::string out = "\"replies\":";
  char separator = '[';
  for (const std::string& reply : replies) {
    out += separator;
    out += reply;
    separator = ',';
  }
  out += replies.empty() ? "[]" : "]";
  return out;
}

std::string trash_fields(const ListState& state, EpochMs now, EpochMs trash_retention) {
  std::vector<const Item*> deleted;
  state.items.for_each([&](const ItemId&, const SharedItem& item) {
    if (item->is_deleted && is_restorable(item->updated_at, now, trash_retention)) deleted.push_back(item.get());
  });
  std::sort(deleted.begin(), deleted.end(), [](const Item* a, const Item* b) {
    const Rev first = a->field_rev(ItemField::deleted), second = b->field_rev(ItemField::deleted);
    return first != second ? first > second : a->id < b->id;
  });
  std::string out = "\"list_id\":";
  append_id(out, state.id);
  out += ",\"items\":";
  char separator = '[';
  for (const Item* item : deleted) {
    out += separator;
    append_item(out, state.id, *item);
    separator = ',';
  }
  out += deleted.empty() ? "[]" : "]";
  return out;
}

std::string trash_fields(std::span<const ListView> deleted_lists) {
  std::string out = "\"lists\":";
  char separator = '[';
  for (const ListView& state : deleted_lists) {
    out += separator;
    open_with_list_id(out, state->id);
    out += ",\"list_name\":";
    append_json_string(out, state->name);
    append_rev(out, state->rev);
    out += ",\"deleted_at\":";
    append_time(out, state->updated_at);
    out += '}';
    separator = ',';
  }
  out += deleted_lists.empty() ? "[]" : "]";
  return out;
}

std::string share_link_fields(const ListState& state) {
  std::string out = "\"list_id\":";
  append_id(out, state.id);
  out += ",\"links\":";
  char separator = '[';
  for (const ShareLink& link : *state.links) {
    if (link.is_revoked) continue;
    out += separator;
    out += "{\"link_id\":";
    append_id(out, link.id);
    out += ",\"expires_at\":";
    link.expires_at ? append_time(out, *link.expires_at) : void(out += "null");
    out += ",\"created_at\":";
    append_time(out, link.created_at);
    out += snapshot_tail(link.role);
    separator = ',';
  }
  out += separator == '[' ? "[]" : "]";
  return out;
}

std::string new_share_link_fields(const MadeLink& link, Rev rev) {
  std::string out = "\"link_id\":";
  append_id(out, link.link_id);
  if (!link.code.empty()) {
    out += ",\"code\":";
    append_json_string(out, link.code);
    out += ",\"url\":";
    append_json_string(out, link.url);
  }
  append_rev(out, rev);
  return out;
}

// --- The connection.

std::string encode_presence_state(const ListId& list_id, std::span<const PresentUser> users) {
  std::string out;
  open_with_list_id(out, list_id);
  out += ",\"users\":";
  char separator = '[';
  for (const PresentUser& user : users) {
    out += separator;
    out += "{\"user_id\":";
    append_json_string(out, user.user_id.value);
    out += ",\"name\":";
    append_text_or_null(out, user.name);
    if (user.item_id) {
      out += ",\"item_id\":";
      append_id(out, *user.item_id);
    }
    out += ",\"state\":";
    append_json_string(out, user.state);
    out += '}';
    separator = ',';
  }
  out += users.empty() ? "[]}" : "]}";
  return out;
}

std::string encode_connected(const UserId& user_id, EpochMs now, std::string_view version, const Limits& limits) {
  const auto count = [](std::size_t limit) { return Count{static_cast<std::int64_t>(limit)}; };
  return schema::to_json(ConnectedEvent{
      .user_id = {user_id.value},
      .server_time = {now},
      .server_version = {std::string(version)},
      .limits = {.max_payload = count(limits.max_payload),
                 .events_per_second = count(limits.events_per_second),
                 .items_per_list = count(limits.items_per_list),
                 .lists_per_user = count(limits.lists_per_user),
                 .members_per_list = count(limits.members_per_list),
                 .batch_ops = count(BatchEvent::max_ops)},
  });
}

}  // namespace collab::events
