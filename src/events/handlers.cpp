#include "events/handlers.hpp"

#include <algorithm>

#include "events/encode_list.hpp"
#include "events/snapshots.hpp"

namespace collab::events {

void add_handlers(const HandlerParts& parts) {
  Router& router = parts.application.router();
  add_connection_handlers(router, parts);
  add_list_handlers(router, parts);
  add_item_handlers(router, parts);
  add_sharing_handlers(router, parts);
  add_batch_handler(router, parts);
}

SharedMessage presence_message(const ListId& list_id, const std::vector<services::PresenceEntry>& entries) {
  std::vector<PresentUser> users;
  users.reserve(entries.size());
  for (const services::PresenceEntry& entry : entries)
    users.push_back(PresentUser{entry.user_id, entry.name, entry.item_id, entry.state});
  return socketio::make_event("presence_state", encode_presence_state(list_id, users));
}

Task<void> send_snapshot(const HandlerParts& parts, ListId list_id, UserId user_id, SocketRef socket) {
  const Result<SendTurn> turn = co_await take_send_turn(socket);
  if (!turn) co_return;
  auto send = [&]() -> Task<void> {
    replica::Replica& replica = parts.lists.replica_of(list_id);
    const Result<ListView> state = co_await replica.read(list_id);
    if (!state || !services::Lists::check_readable(**state, user_id)) co_return;
    parts.hub.to_socket(socket, snapshot_message(replica, **state, (*state)->role_of(user_id)));
  };
  co_await parts.lists.owner(list_id).run(send);
}

namespace {

AckFields fields_of(const Change& change, const ListState& after) {
  const std::optional<WireEvent> event = encode_change(change, after);
  return event ? std::string(members_of(event->data)) : rev_field(change.rev);
}

}  // namespace

Task<Result<AckFields>> commit_and_answer(const HandlerParts& parts, Request& request, Command command) {
  const ListId list_id = command.list_id;
  const Result<exchange::Accepted> accepted = co_await parts.lists.commit(std::move(command));
  if (accepted) {
    if (accepted->is_repeat || accepted->change->kind == ChangeKind::nothing) co_return rev_field(accepted->rev);
    const Change& change = *accepted->change;
    static const ListState not_needed;
    if (change.item) co_return fields_of(change, not_needed);
    // Beside the change this tells what the list is like; it may be newer than the change by now.
    const Result<ListView> view = co_await parts.lists.view(list_id, request.user_id);
    if (!view) co_return rev_field(change.rev);  // it took the list away from who asked: nothing more to tell
    co_return fields_of(change, **view);
  }
  if (accepted.error().code == Errc::revision_conflict) {
    if (!request.owed_snapshots)
      co_await send_snapshot(parts, list_id, request.user_id, request.socket);
    else if (std::find(request.owed_snapshots->begin(), request.owed_snapshots->end(), list_id) ==
             request.owed_snapshots->end())
      request.owed_snapshots->push_back(list_id);
  }
  co_return accepted.error();
}

}  // namespace collab::events
