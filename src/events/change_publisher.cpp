#include "events/change_publisher.hpp"

#include "core/log.hpp"
#include "events/encode_list.hpp"
#include "events/snapshots.hpp"

namespace collab::events {

using socketio::make_event;

void ChangePublisher::on_change(const ListView& before, const ListView& after, const SharedChange& change) {
  if (!change) return resynchronise(before, *after);
  log::debug("events", "change", {{"list_id", after->id.to_string()}, {"rev", change->rev}});
  switch (change->kind) {
    case ChangeKind::list_created:
    case ChangeKind::list_restored:
      return publish_to_members(*after, change);
    case ChangeKind::member_set:
      return publish_membership(before, *after, *change);
    case ChangeKind::member_removed:
    case ChangeKind::member_left:
      return expel(*after, *change);
    default:
      return publish_to_room(*after, *change);
  }
}

void ChangePublisher::forget_creator(const ListId& list_id, const SocketRef& socket) {
  const auto found = creators_.find(list_id);
  if (found != creators_.end() && found->second.id == socket.id) creators_.erase(found);
}

void ChangePublisher::publish_to_members(const ListState& state, const SharedChange& change) {
  // Made because somebody joins, who gets it by joining, as do his other sockets.
  const bool is_first_list =
      change->kind == ChangeKind::list_created && services::Lists::is_default_list(state.id, change->user_id);
  if (is_first_list) return;
  const auto creator = creators_.find(state.id);
  for (const Member& member : *state.members) {
    if (member.role == Role::none) continue;
    SharedMessage snapshot = snapshot_message(replica_, state, member.role);
    std::optional<Hub::Special> special;
    if (member.user_id == change->user_id && creator != creators_.end())
      special =
          Hub::Special{creator->second, make_event("list_created", encode_list_created(state, argument_of(snapshot)))};
    hub_.enter_user(member.user_id, state.id, std::move(snapshot), std::move(special));
  }
}

void ChangePublisher::publish_membership(const ListView& before, const ListState& after, const Change& change) {
  // The room first: who enters has this change in his snapshot and must not hear of it again.
  publish_to_room(after, change);
  for (const Member& member : change.members) {
    if (before && before->role_of(member.user_id) == member.role) continue;  // only the name is another
    const SharedMessage snapshot = snapshot_message(replica_, after, member.role);
    auto shared =
        make_event("list_shared_with_you", encode_list_shared_with_you(after, argument_of(snapshot), member.role));
    hub_.enter_user(member.user_id, after.id, std::move(shared));
  }
}

void ChangePublisher::expel(const ListState& after, const Change& change) {
  const std::string_view reason = change.kind == ChangeKind::member_left ? "left" : "removed";
  for (const Member& member : change.members) {
    auto farewell = make_event("list_deleted", encode_list_deleted(after.id, change.rev, change.prev_rev, reason));
    hub_.expel_user(member.user_id, after.id, std::move(farewell));
    presence_.remove_user(after.id, member.user_id);
  }
  publish_to_room(after, change);
}

void ChangePublisher::publish_to_room(const ListState& after, const Change& change) {
  const std::optional<WireEvent> event = encode_change(change, after);
  if (!event) return;
  const SharedMessage message = make_event(event->name, event->data);
  if (change.kind == ChangeKind::list_deleted)
    hub_.close_list(after.id, message);
  else
    hub_.to_list(after.id, message);
}

Task<void> ChangePublisher::look_again(services::Lists& lists, UserId user_id, ListId list_id) {
  Task<Result<ListView>> reading = replica_.read(list_id);
  const Result<ListView> read = co_await std::move(reading);
  if (!read) co_return;  // a join reads it anew
  const ListState& state = **read;
  const Role role = state.role_of(user_id);
  const bool has_it = role != Role::none && !state.is_deleted;
  lists.note_membership(user_id, list_id, has_it);
  if (!has_it) {
    const std::string_view reason = state.is_deleted ? "deleted" : "removed";
    auto farewell = make_event("list_deleted", encode_list_deleted(list_id, state.rev, state.rev, reason));
    hub_.expel_present(user_id, list_id, std::move(farewell));
    co_return;
  }
  SharedMessage snapshot = snapshot_message(replica_, state, role);
  if (role != Role::owner)
    snapshot = make_event("list_shared_with_you", encode_list_shared_with_you(state, argument_of(snapshot), role));
  hub_.enter_newcomers(user_id, list_id, std::move(snapshot));
}

void ChangePublisher::resynchronise(const ListView& before, const ListState& after) {
  for (const Member& member : *after.members) {
    if (member.role != Role::none && !after.is_deleted) {
      hub_.enter_user(member.user_id, after.id, snapshot_message(replica_, after, member.role));
      continue;
    }
    const Rev prev_rev = before ? before->rev : 0;
    const std::string_view reason = after.is_deleted ? "deleted" : "removed";
    // Who left it long ago must hear nothing of what it has become.
    hub_.expel_present(member.user_id, after.id,
                       make_event("list_deleted", encode_list_deleted(after.id, after.rev, prev_rev, reason)));
  }
}

}  // namespace collab::events
