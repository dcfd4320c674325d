// Every event of the wire as a struct: what a client may say, what it gets back. The struct is the schema that
// validates, the source of docs/asyncapi.json, and the wire name.
#pragma once

#include <boost/mp11/list.hpp>

#include "events/messages_connection.hpp"
#include "events/messages_fields.hpp"
#include "events/messages_items.hpp"
#include "events/messages_lists.hpp"
#include "events/messages_sharing.hpp"

namespace collab::events {

/// All that a client may send. An event's `Reply` is what its ack holds besides `ok`.
using ClientEvents =
    boost::mp11::mp_list<JoinEvent, JoinListEvent, CreateListEvent, UpdateListEvent, DeleteListEvent, RestoreListEvent,
                         AddItemEvent, UpdateItemEvent, DeleteItemEvent, RestoreItemEvent, GetTrashEvent,
                         ShareListEvent, UnshareListEvent, LeaveListEvent, TransferListEvent, CreateShareLinkEvent,
                         ListShareLinksEvent, RevokeShareLinkEvent, AcceptShareLinkEvent, BatchEvent, AuthenticateEvent,
                         PresenceEvent>;

/// All that the server may send.
using ServerEvents =
    boost::mp11::mp_list<ConnectedEvent, UserListsEvent, ListSnapshotEvent, ListDeltaEvent, ListCreatedEvent,
                         ListUpdatedEvent, ListDeletedEvent, ItemAddedEvent, ItemUpdatedEvent, ItemDeletedEvent,
                         ListSharedWithYouEvent, ListShareSuccessEvent, MembersChangedEvent, PresenceStateEvent,
                         ErrorEvent, ActionErrorEvent, AuthErrorEvent, PermissionErrorEvent, ValidationErrorEvent>;

/// An event that changes something, and may therefore carry an op_id and stand in a batch.
template <class Event>
concept Mutating = requires(Event event) {
  event.op_id;
}
&&requires { typename Event::Reply; };

/// Whether an event of this name may stand in a batch.
bool may_stand_in_batch(std::string_view event);

}  // namespace collab::events
