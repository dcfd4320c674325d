// add_item, update_item, delete_item, restore_item.
#include "events/commands.hpp"
#include "events/handlers.hpp"
#include "events/messages.hpp"

namespace collab::events {

void add_item_handlers(Router& router, const HandlerParts& parts) {
  on_command<AddItemEvent>(router, parts);
  on_command<UpdateItemEvent>(router, parts);
  on_command<DeleteItemEvent>(router, parts);
  on_command<RestoreItemEvent>(router, parts);
}

}  // namespace collab::events
