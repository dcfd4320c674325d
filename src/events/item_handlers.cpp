// add_item, update_item, delete_item, restore_item.
#include "events/commands.hpp"
#include "events/handlers.hpp"
#include "events/messages.hpp"

namespace collab::events {
namespace {

template <class Event>
void on_item_event(Router& router, const HandlerParts& parts) {
  auto handle = [&parts](Request& request, Event event) -> Task<Result<AckFields>> {
    const ListId list_id = event.list_id;
    const std::optional<OpId> op_id = event.op_id;
    Command command{list_id, request.user_id, op_id, to_action(std::move(event))};
    co_return co_await commit_and_answer(parts, request, std::move(command));
  };
  router.on<Event>(std::move(handle));
}

}  // namespace

void add_item_handlers(Router& router, const HandlerParts& parts) {
  on_item_event<AddItemEvent>(router, parts);
  on_item_event<UpdateItemEvent>(router, parts);
  on_item_event<DeleteItemEvent>(router, parts);
  on_item_event<RestoreItemEvent>(router, parts);
}

}  // namespace collab::events
