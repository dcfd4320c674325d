// Which commands of one list may be on their way to Redis at the same time.
#pragma once

#include <list>
#include <optional>
#include <unordered_set>

#include "core/task.hpp"
#include "model/ids.hpp"

namespace collab::exchange {

/// Commands on different items go together; two on one item, and whatever is not about one item, go one after the
/// other: each is decided on what the one before it left. Strictly in the order of arrival, so that revs are given in
/// it. On one shard; outlives those who wait.
class CommandTurns {
 public:
  /// nullopt: a command that is not about one item.
  using Row = std::optional<ItemId>;

  /// Completes when the command may go. Then end(row) is due.
  Task<void> begin(Row row);
  void end(const Row& row);

 private:
  bool may_go(const Row& row) const { return row ? !is_alone_ && !items_.contains(*row) : active_ == 0; }
  void go(const Row& row);

  struct Waiting {
    Row row;
    OneShot<bool> turn;
  };
  std::list<std::shared_ptr<Waiting>> waiting_;
  std::unordered_set<ItemId> items_;  // on their way
  std::size_t active_ = 0;
  bool is_alone_ = false;
};

}  // namespace collab::exchange
