#include "lists.hpp"

#include <stdexcept>
#include <utility>

#include "core/clock.hpp"

namespace collab::bench {

FloorList::FloorList(ListId id, unsigned number, Rev era, bool with_op_ids)
    : user_{"floor-" + std::to_string(number)}, with_op_ids_(with_op_ids) {
  ListState state;
  state.id = id;
  state.era = era;
  state_ = std::make_shared<const ListState>(std::move(state));
}

Command FloorList::command(Action action) const {
  return {state_->id, user_, with_op_ids_ ? std::optional(OpId::make()) : std::nullopt, std::move(action)};
}

Command FloorList::create() const { return command(CreateList{"Own", std::nullopt}); }

/// As long as those of the load generator.
std::string FloorList::name() const { return "added " + std::to_string(items_.size() + updates_); }

Command FloorList::add() const {
  AddItem action{};
  action.item_id = ItemId::make();
  action.name = name();
  return command(std::move(action));
}

Command FloorList::update() {
  UpdateItem action{};
  action.item_id = items_.at(next_);
  next_ = (next_ + 1) % items_.size();
  ++updates_;
  action.name = name();
  return command(std::move(action));
}

FloorList::Step FloorList::decide(Command command) const {
  const EpochMs now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  Rules unlimited;
  unlimited.items_per_list = 0;
  Result<SharedChange> change = collab::decide(*state_, command, unlimited, now);
  if (!change) throw std::runtime_error("refused by the rules: " + change.error().message);
  const OpId op = command.op_id ? *command.op_id : OpId::make();
  return {std::move(command), op, state_, std::move(*change)};
}

void FloorList::confirm(const Step& step, Rev rev, Rev prev_rev) {
  const SharedChange change = exchange::with_rev(*step.change, rev, prev_rev);
  state_ = std::make_shared<const ListState>(apply(*state_, *change));
  if (change->kind == ChangeKind::item_added) items_.push_back(change->item->id);
}

}  // namespace collab::bench
