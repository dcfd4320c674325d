// Lists, items, members and changes as the JSON text of the wire, written directly. Each function gives the text of an
// event's one argument (or of an ack's); the Socket.IO packet around it is made elsewhere. Pure, any thread.
//
// The structs of events/messages*.hpp document what is written here; a test holds one against the other.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "model/change.hpp"
#include "model/list.hpp"

namespace collab::events {

/// An event as it is about to be sent: its name, and its argument as JSON text.
struct WireEvent {
  std::string_view name;
  std::string data;
};

/// The wire's `epoch` of a list.
std::string epoch_of(const ListState& state);

// --- Parts.

/// {"id":…}: the item, whole.
void append_item(std::string& out, const ListId& list_id, const Item& item);
/// [{"user_id":…}]: those who have a role now.
void append_members(std::string& out, const ListState& state);

// --- Lists, whole. All of a snapshot but the receiver's role is the same for everyone: the body, which ends before
// `,"role":…}`.

std::string encode_snapshot_body(const ListState& state);
/// The rest of a snapshot behind its body: `,"role":"editor"}`.
std::string_view snapshot_tail(Role role);

/// `list_snapshot`: body and tail.
std::string encode_snapshot(const ListState& state, Role role);
/// An entry of `user_lists` for a client that needs no items.
std::string encode_list_header(const ListState& state, Role role);
/// `user_lists` of entries that are snapshots or headers already.
std::string encode_user_lists(std::span<const std::string_view> entries);
/// `list_created`, from a snapshot of the list for this role.
std::string encode_list_created(const ListState& state, std::string_view snapshot);
/// `list_shared_with_you`, from a snapshot of the list for this role.
std::string encode_list_shared_with_you(const ListState& state, std::string_view snapshot, Role role);
/// `list_share_success`. `shared_with` is the user id or the e-mail, as the client gave it.
std::string encode_list_share_success(const ListId& list_id, std::string_view shared_with, Role role);

// --- What changed.

/// Whether this state can tell all that changed after (epoch, rev): the same epoch, not ahead, and no deletion
/// forgotten since.
bool can_give_delta(const ListState& state, std::string_view epoch, Rev base_rev);
/// `list_delta` after base_rev, for which can_give_delta() must hold. Members and role are told when a member's row
/// changed.
std::string encode_list_delta(const ListState& state, Rev base_rev, Role role);

/// The event of the list's room that a change is. nullopt for list_created and list_restored, which go to users, not to
/// a room, and for `nothing`. Every other kind has one, so that the revs that a room sees are a chain: share links give
/// `members_changed`. `after` may be a later state than the change made: only members are taken from it.
std::optional<WireEvent> encode_change(const Change& change, const ListState& after);

/// `list_deleted` for one who was removed or who left. `reason` is "deleted", "removed" or "left".
std::string encode_list_deleted(const ListId& list_id, Rev rev, Rev prev_rev, std::string_view reason);

// --- Answers.

/// An object's members without its braces: what an ack takes over from an event.
std::string_view members_of(std::string_view object);
/// `"rev":5`
std::string rev_field(Rev rev);
/// {"ok":true,…}. `fields` are members without braces, or "".
std::string encode_ack(std::string_view fields);
/// {"ok":false,"error":{…}}
std::string encode_ack(const Error& error, const ListId* list_id = nullptr, const Item* item = nullptr);
/// The argument of the event event_of(error.code), for who asked without an ack; also the `error` of an ack. `item`
/// (with its list) is the item as it stands, for a conflict.
std::string encode_failure(const Error& error, const ListId* list_id = nullptr, const Item* item = nullptr);
/// The data of a Socket.IO CONNECT_ERROR: {"message":…,"data":{"event":"auth_error","code":…}}.
std::string encode_connect_error(const Error& error);

/// Fields of the ack of `batch`, from the acks of its ops.
std::string batch_fields(std::span<const std::string> replies);
/// Fields of the ack of `get_trash` for one list: its deleted items that can be restored (see is_restorable), the
/// newest deletion first.
std::string trash_fields(const ListState& state, EpochMs now, EpochMs trash_retention);
/// Fields of the ack of `get_trash` for a user, from deleted lists.
std::string trash_fields(std::span<const ListView> deleted_lists);
/// Fields of the ack of `list_share_links`: those that are not revoked.
std::string share_link_fields(const ListState& state);
/// Fields of the ack of `create_share_link`; without code and url for a repeated op_id.
struct MadeLink {
  LinkId link_id;
  std::string code;
  std::string url;
};
std::string new_share_link_fields(const MadeLink& link, Rev rev);

// --- The connection.

struct PresentUser {
  UserId user_id;
  std::optional<std::string> name;
  std::optional<ItemId> item_id;
  std::string state;
};
/// `presence_state`
std::string encode_presence_state(const ListId& list_id, std::span<const PresentUser> users);

/// What `connected` tells about this server; 0 = no limit.
struct Limits {
  std::size_t max_payload = 0;
  std::size_t events_per_second = 0;
  std::size_t items_per_list = 0;
  std::size_t lists_per_user = 0;
  std::size_t members_per_list = 0;
};
/// `connected`
std::string encode_connected(const UserId& user_id, EpochMs now, std::string_view version, const Limits& limits);

}  // namespace collab::events
