#include "events/send_turn.hpp"

#include "events/caller.hpp"

namespace collab::events {

Task<bool> SendTurns::take() {
  if (is_closed_) co_return false;
  if (is_taken_) co_return co_await gate_.wait();
  is_taken_ = true;
  co_return true;
}

// A turn goes from hand to hand and stays taken meanwhile, so that nobody overtakes who was let through.
void SendTurns::give_back() { is_taken_ = gate_.admit(1) == 1; }

void SendTurns::close() {
  is_closed_ = true;
  gate_.refuse_all();
}

SendTurn::~SendTurn() {
  if (socket_) socket_->data<Caller>()->send_turns.give_back();
}

Task<Result<SendTurn>> take_send_turn(SocketRef socket) {
  const Error gone{Errc::unavailable, "The connection has closed"};
  const auto target = socket.socket.lock();
  if (!target || !target->is_connected()) co_return gone;
  const bool is_taken = co_await target->data<Caller>()->send_turns.take();
  if (!is_taken) co_return gone;
  SendTurn turn(target);
  const bool is_drained = co_await target->drained();
  if (!is_drained) co_return gone;
  co_return std::move(turn);
}

}  // namespace collab::events
