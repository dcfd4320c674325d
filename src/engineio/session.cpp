#include "engineio/session.hpp"

#include <algorithm>
#include <cstdint>

#include "engineio/shard_sessions.hpp"

namespace collab::engineio {

std::string_view to_string(CloseReason reason) {
  switch (reason) {
    case CloseReason::client:
      return "client";
    case CloseReason::transport_closed:
      return "transport_closed";
    case CloseReason::ping_timeout:
      return "ping_timeout";
    case CloseReason::parse_error:
      return "parse_error";
    case CloseReason::protocol_error:
      return "protocol_error";
    case CloseReason::slow:
      return "slow";
    case CloseReason::forced:
      return "forced";
    case CloseReason::shutdown:
      return "shutdown";
  }
  return "unknown";
}

Session::Session(ShardSessions& owner, const Sid& sid, SharedHandshake handshake)
    : owner_(owner), handshake_(std::move(handshake)), sid_(sid) {}

Session::~Session() { release_waiters(false); }

Shard& Session::shard() const { return owner_.shard(); }

void Session::start(std::shared_ptr<Transport> transport, std::unique_ptr<SessionHandler> handler) {
  transport_ = std::move(transport);
  handler_ = std::move(handler);
  is_open_ = true;
}

SendStatus Session::send(SharedMessage message, Delivery delivery) {
  if (!is_open_ || is_closing_) return SendStatus::closed;
  const Settings& settings = owner_.settings();
  const std::size_t queued = queue_.bytes();
  if (queued > settings.soft_limit) {
    if (delivery == Delivery::volatile_) {
      owner_.counters().messages_dropped.add();
      return SendStatus::dropped;
    }
    if (queued + message->size() > queue_limit_) {
      close_soon(CloseReason::slow);
      return SendStatus::closed;
    }
  } else {
    // It keeps up. From here on it may fall behind by the hard limit, whatever the size of this message.
    queue_limit_ = queued + message->size() + std::min(settings.hard_limit, SIZE_MAX / 2);
  }
  const bool was_empty = queue_.is_empty();
  queue_.push(std::move(message));
  owner_.counters().messages_sent.add();
  if (was_empty) transport_->wake();
  return SendStatus::queued;
}

void Session::sent(std::size_t count) {
  queue_.pop(count);
  if (waiters_ && queue_.bytes() <= owner_.settings().soft_limit) release_waiters(true);
}

Task<bool> Session::drained() {
  const auto self = shared_from_this();
  // Whoever was woken first may have filled the queue again.
  while (is_open_ && queue_.bytes() > owner_.settings().soft_limit) {
    if (!waiters_) waiters_ = std::make_unique<Waiters>();
    const auto waiter = std::make_shared<OneShot<bool>>();
    waiters_->push_back(waiter);
    const bool is_drained = co_await waiter->wait();
    if (!is_drained) co_return false;
  }
  co_return is_open_;
}

void Session::release_waiters(bool is_drained) {
  if (const auto waiters = std::move(waiters_))
    for (const auto& waiter : *waiters) waiter->set(is_drained);
}

void Session::close(CloseReason reason) {
  if (!is_open_) return;
  const auto self = shared_from_this();
  is_open_ = false;
  unlink();
  owner_.forget(*this);
  Counters& counters = owner_.counters();
  counters.sessions_open.subtract();
  if (transport_->kind() == TransportKind::websocket) counters.websocket_open.subtract();
  if (reason == CloseReason::slow) counters.closed_slow.add();
  if (reason == CloseReason::ping_timeout) counters.closed_ping_timeout.add();
  if (reason == CloseReason::parse_error || reason == CloseReason::protocol_error) counters.closed_protocol.add();
  if (const auto upgrade = std::move(upgrade_)) upgrade->candidate->close(reason);
  if (const auto transport = std::move(transport_)) transport->close(reason);
  queue_.clear();
  release_waiters(false);
  handler_->on_close(reason);
  handshake_.reset();
}

void Session::close_soon(CloseReason reason) {
  if (is_closing_) return;
  is_closing_ = true;
  shard().post([self = shared_from_this(), reason] { self->close(reason); });
}

bool Session::receive(const Packet& packet) {
  if (!is_open_ || is_closing_) return false;
  switch (packet.type) {
    case PacketType::message:
      owner_.counters().messages_received.add();
      handler_->on_message(packet.kind == DataKind::binary ? Message::Kind::binary : Message::Kind::text, packet.data);
      break;
    case PacketType::pong:
      // A pong that nobody asked for does not put the next ping off.
      if (awaits_pong_) owner_.heartbeat().expect_ping(*this, std::chrono::steady_clock::now());
      break;
    case PacketType::close:
      close(CloseReason::client);
      break;
    case PacketType::open:
    case PacketType::ping:
      close(CloseReason::protocol_error);
      break;
    case PacketType::upgrade:
    case PacketType::noop:
      break;
  }
  return is_open_ && !is_closing_;
}

bool Session::begin_upgrade(std::shared_ptr<Transport> candidate) {
  if (!is_open_ || is_closing_ || upgrade_ || transport_->kind() != TransportKind::polling) return false;
  upgrade_ = std::make_unique<Upgrade>(std::move(candidate), shard().io());
  upgrade_->timer.expires_after(owner_.settings().upgrade_timeout);
  upgrade_->timer.async_wait([weak = weak_from_this(), which = upgrade_.get()](boost::system::error_code fault) {
    const auto self = weak.lock();
    if (fault || !self || self->upgrade_.get() != which) return;
    const auto upgrade = std::move(self->upgrade_);
    upgrade->candidate->close(CloseReason::forced);
  });
  return true;
}

void Session::probed() {
  if (!upgrade_) return;
  upgrade_->is_probed = true;
  // An open session that upgrades polls: invariant of begin_upgrade.
  transport_->wake();
}

void Session::finish_upgrade() {
  if (!upgrade_) return;
  const auto upgrade = std::move(upgrade_);
  const auto polling = std::exchange(transport_, upgrade->candidate);
  polling->retire();
  owner_.counters().upgrades_total.add();
  owner_.counters().websocket_open.add();
  if (!queue_.is_empty()) transport_->wake();
}

void Session::abandon_upgrade() { upgrade_.reset(); }

}  // namespace collab::engineio
