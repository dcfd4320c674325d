// create_list, update_list, delete_list, restore_list, get_trash.
#include "events/commands.hpp"
#include "events/encode_list.hpp"
#include "events/handlers.hpp"
#include "events/messages.hpp"
#include "events/snapshots.hpp"
#include "model/decision.hpp"

namespace collab::events {
namespace {

// A repeat of a create without list_id must find the list that the first one made.
ListId id_for(const CreateListEvent& event, const UserId& user_id) {
  if (event.list_id) return *event.list_id;
  if (event.op_id) return {Uuid::derived_from("create_list", user_id.value, event.op_id->to_string())};
  return ListId::make();
}

// Commits what makes a list appear. The socket that asked hears `list_created`, which the publisher sends; its fields
// are the ack.
Task<Result<AckFields>> commit_new_list(const HandlerParts& parts, Request& request, Command command) {
  const ListId list_id = command.list_id;
  Shard& owner = parts.lists.owner(list_id);
  ChangePublisher* const publisher = parts.publishers[owner.index()];
  // Both calls keep their order with the commit: all three go from this shard to the list's.
  owner.dispatch([=, socket = request.socket] { publisher->expect_creator(list_id, socket); });
  const Result<exchange::Accepted> accepted = co_await parts.lists.commit(std::move(command));
  owner.dispatch([=, socket = request.socket] { publisher->forget_creator(list_id, socket); });
  if (!accepted) co_return accepted.error();

  std::string fields = rev_field(accepted->rev) + R"(,"list_id":")" + list_id.to_string() + '"';
  if (accepted->is_repeat || accepted->change->kind == ChangeKind::nothing) co_return fields;
  const Result<ListView> view = co_await parts.lists.view(list_id, request.user_id);
  // It may have been changed since: the answer has the rev of what was asked for, and so no list of another.
  if (!view || (*view)->rev != accepted->rev) co_return fields;
  const std::string snapshot = encode_snapshot(**view, Role::owner);
  const std::string created = encode_list_created(**view, snapshot);
  co_return std::string(members_of(created));
}

Task<Result<AckFields>> deleted_lists_of(const HandlerParts& parts, UserId user_id) {
  const Result<std::vector<store::Membership>> memberships = co_await parts.lists.all_memberships(user_id);
  if (!memberships) co_return memberships.error();
  std::vector<ListView> deleted;
  for (const store::Membership& membership : *memberships) {
    if (!membership.is_deleted || membership.role != Role::owner) continue;
    auto read = [&]() -> Task<Result<ListView>> {
      co_return co_await parts.lists.replica_of(membership.list_id).read(membership.list_id);
    };
    const Result<ListView> state = co_await parts.lists.owner(membership.list_id).run(read);
    if (!state) co_return state.error();
    // Whether or not the purge has been there.
    if (!(*state)->is_deleted || !is_restorable((*state)->updated_at, parts.clock.now(), parts.trash_retention))
      continue;
    if ((*state)->role_of(user_id) == Role::owner) deleted.push_back(*state);
  }
  co_return trash_fields(deleted);
}

}  // namespace

void add_list_handlers(Router& router, const HandlerParts& parts) {
  auto create = [&parts](Request& request, CreateListEvent event) -> Task<Result<AckFields>> {
    const ListId list_id = id_for(event, request.user_id);
    const std::optional<OpId> op_id = event.op_id;
    Command command{list_id, request.user_id, op_id, to_action(std::move(event), request.user_name)};
    co_return co_await commit_new_list(parts, request, std::move(command));
  };
  auto restore = [&parts](Request& request, RestoreListEvent event) -> Task<Result<AckFields>> {
    const ListId list_id = event.list_id;
    const std::optional<OpId> op_id = event.op_id;
    Command command{list_id, request.user_id, op_id, to_action(std::move(event))};
    co_return co_await commit_new_list(parts, request, std::move(command));
  };
  auto trash = [&parts](Request& request, GetTrashEvent event) -> Task<Result<AckFields>> {
    if (!event.list_id) co_return co_await deleted_lists_of(parts, request.user_id);
    const Result<ListView> view = co_await parts.lists.view(*event.list_id, request.user_id);
    if (!view) co_return view.error();
    co_return trash_fields(**view, parts.clock.now(), parts.trash_retention);
  };
  router.on<CreateListEvent>(std::move(create));
  router.on<RestoreListEvent>(std::move(restore));
  router.on<GetTrashEvent>(std::move(trash));
  on_command<UpdateListEvent>(router, parts);
  on_command<DeleteListEvent>(router, parts);
}

}  // namespace collab::events
