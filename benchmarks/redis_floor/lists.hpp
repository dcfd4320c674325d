// Lists as a server knows them, and the changes that it would make of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exchange/commit_request.hpp"
#include "exchange/keys.hpp"
#include "model/decide.hpp"

namespace collab::bench {

/// One list with its only member. Changes are decided by the model's rules on the state as it was confirmed last, so
/// several may be under way if they are about different items.
class FloorList {
 public:
  /// `with_op_ids`: every command has an op_id, as those of good clients; else the server makes one up.
  FloorList(ListId id, unsigned number, Rev era, bool with_op_ids);

  const ListId& id() const { return state_->id; }
  const ListState& state() const { return *state_; }
  const std::vector<ItemId>& items() const { return items_; }

  Command create() const;
  Command add() const;
  /// Renames the items in turn: as many updates as there are items are about different ones.
  Command update();

  /// What the server would send for the command, and what it comes to if it is accepted.
  struct Step {
    Command command;
    OpId op;
    ListView before;
    SharedChange change;
  };
  Step decide(Command command) const;
  exchange::Attempt attempt(const Step& step) const { return {step.command, step.op, step.before, step.change}; }
  /// Redis gave it this rev, after that one.
  void confirm(const Step& step, Rev rev, Rev prev_rev);

 private:
  Command command(Action action) const;
  std::string name() const;

  UserId user_;
  bool with_op_ids_;
  ListView state_;
  std::vector<ItemId> items_;
  std::size_t next_ = 0;  // of items_, to be updated
  std::uint64_t updates_ = 0;
};

}  // namespace collab::bench
