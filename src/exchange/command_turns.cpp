#include "exchange/command_turns.hpp"

namespace collab::exchange {

Task<void> CommandTurns::begin(Row row) {
  if (waiting_.empty() && may_go(row)) {
    go(row);
    co_return;
  }
  auto waiting = std::make_shared<Waiting>();
  waiting->row = row;
  waiting_.push_back(waiting);
  co_await waiting->turn.wait();
}

void CommandTurns::end(const Row& row) {
  --active_;
  row ? static_cast<void>(items_.erase(*row)) : static_cast<void>(is_alone_ = false);
  while (!waiting_.empty() && may_go(waiting_.front()->row)) {
    const std::shared_ptr<Waiting> next = waiting_.front();
    waiting_.pop_front();
    go(next->row);
    next->turn.set(true);
  }
}

void CommandTurns::go(const Row& row) {
  ++active_;
  if (row)
    items_.insert(*row);
  else
    is_alone_ = true;
}

}  // namespace collab::exchange
