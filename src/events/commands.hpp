// What a client asked for, in the words of the model. Pure translation: nothing is decided here.
#pragma once

#include "events/messages.hpp"
#include "model/command.hpp"

namespace collab::events {

Role to_role(SharedRole role);

// The list, the user and the op_id of a Command are not part of its Action. Who leaves, and whom a list is shared with
// by e-mail, only the caller knows; share links need a secret: those have no conversion here.
Action to_action(CreateListEvent&& event, std::optional<std::string> owner_name);
Action to_action(UpdateListEvent&& event);
Action to_action(DeleteListEvent&& event);
Action to_action(RestoreListEvent&& event);
/// An item id is made if the client chose none.
Action to_action(AddItemEvent&& event);
Action to_action(UpdateItemEvent&& event);
Action to_action(DeleteItemEvent&& event);
Action to_action(RestoreItemEvent&& event);
Action to_action(UnshareListEvent&& event);
Action to_action(TransferListEvent&& event);

}  // namespace collab::events
