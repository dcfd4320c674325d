// The handlers of all events. A handler translates; it decides nothing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "events/change_publisher.hpp"
#include "events/commands.hpp"
#include "events/hub.hpp"
#include "events/router.hpp"
#include "events/todo_application.hpp"
#include "model/decide.hpp"
#include "services/account_service.hpp"
#include "services/lists.hpp"
#include "services/presence.hpp"

namespace collab::events {

/// Moments of a socket's entering a list at which a test lets something else happen. On the list's shard.
struct EntryProbe {
  std::function<Task<void>(const ListId&)> before_state;  ///< nothing of the list has been read
  std::function<void(const ListId&)> state_taken;  ///< what the socket will get is fixed; it is not in the room yet
};

/// What handlers work with. Everything outlives them.
struct HandlerParts {
  ShardSet& shards;
  const Clock& clock;
  TodoApplication& application;
  services::Lists& lists;
  services::AccountService& accounts;
  Hub& hub;
  std::vector<ChangePublisher*> publishers;           ///< by shard
  std::vector<services::Presence*> presence;          ///< by shard
  bool finds_people_by_email = true;                  ///< AUTH_SERVICE is on
  std::string public_url;                             ///< without a slash at the end; what share links begin with
  const EntryProbe* entry_probe = nullptr;            ///< null but in tests
  EpochMs trash_retention = Rules{}.trash_retention;  ///< how long get_trash offers what was deleted
};

/// Adds every handler to the application's router. Before the shards start; `parts` outlives the router.
void add_handlers(const HandlerParts& parts);

void add_connection_handlers(Router& router, const HandlerParts& parts);
void add_list_handlers(Router& router, const HandlerParts& parts);
void add_item_handlers(Router& router, const HandlerParts& parts);
void add_sharing_handlers(Router& router, const HandlerParts& parts);
void add_batch_handler(Router& router, const HandlerParts& parts);

/// Commits, and answers with the fields of the event that it became. After a conflict the sender gets the list first,
/// now or at the end of its batch.
Task<Result<AckFields>> commit_and_answer(const HandlerParts& parts, Request& request, Command command);

/// Adds the handler of an event that is one command on one list, and nothing else.
template <class E>
void on_command(Router& router, const HandlerParts& parts) {
  router.on<E>([&parts](Request& request, E event) {
    const ListId list_id = event.list_id;
    const std::optional<OpId> op_id = event.op_id;
    Command command{list_id, request.user_id, op_id, to_action(std::move(event))};
    return commit_and_answer(parts, request, std::move(command));
  });
}

/// Sends the list as it stands to this socket alone; nothing if the user may not read it (any more).
Task<void> send_snapshot(const HandlerParts& parts, ListId list_id, UserId user_id, SocketRef socket);

/// The `presence_state` of a list.
SharedMessage presence_message(const ListId& list_id, const std::vector<services::PresenceEntry>& entries);

/// Makes somebody who has just signed in a member of the lists that waited for his e-mail address, and gives the places
/// of all invitations to it back to their inviters.
Task<void> redeem_invitations(const HandlerParts& parts, UserId user_id, std::vector<store::Invitation> invitations);

/// Lets the members of all his lists see somebody's new name.
Task<void> rename_member(const HandlerParts& parts, UserId user_id, std::string name);

}  // namespace collab::events
