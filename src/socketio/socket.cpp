#include "socketio/socket.hpp"

#include <boost/asio/steady_timer.hpp>

#include "core/uuid.hpp"
#include "socketio/client.hpp"

namespace collab::socketio {
namespace {

constexpr std::size_t random_bytes_of_id = 15;  // twenty characters of base64url

}  // namespace

std::string_view to_string(DisconnectReason reason) {
  switch (reason) {
    case DisconnectReason::client_left:
      return "client_left";
    case DisconnectReason::server_left:
      return "server_left";
    case DisconnectReason::transport_closed:
      return "transport_closed";
    case DisconnectReason::ping_timeout:
      return "ping_timeout";
    case DisconnectReason::slow:
      return "slow";
    case DisconnectReason::protocol_error:
      return "protocol_error";
    case DisconnectReason::shutdown:
      return "shutdown";
  }
  return "unknown";
}

void Ack::reply(std::string_view args_json, const std::vector<std::string>& attachments) {
  if (!std::exchange(is_wanted_, false)) return;
  const auto socket = socket_.lock();
  if (!socket || !socket->is_connected()) return;
  if (attachments.empty()) return socket->emit(make_ack(id_, args_json, socket->nsp().name()));
  const auto parts = make_ack(id_, args_json, attachments, socket->nsp().name());
  socket->emit(std::span<const SharedMessage>(parts));
}

Socket::Socket(Client& client, Namespace& nsp) : shard_(client.session().shard()), nsp_(nsp), client_(&client) {
  const std::string id = random_token(random_bytes_of_id);
  std::copy(id.begin(), id.end(), id_.begin());
}

SharedHandshake Socket::handshake() const { return client_ ? client_->session().handshake() : nullptr; }

void Socket::emit(const SharedMessage& event) {
  if (state_ == State::connected) client_->session().send(event);
}

void Socket::emit(std::span<const SharedMessage> parts) {
  if (state_ != State::connected) return;
  for (const auto& part : parts) client_->session().send(part);
}

bool Socket::emit_volatile(const SharedMessage& event) {
  if (state_ != State::connected) return false;
  return client_->session().send(event, engineio::Delivery::volatile_) == engineio::SendStatus::queued;
}

Task<std::optional<AckReply>> Socket::emit_with_ack(std::string_view name, std::string_view args_json,
                                                    std::chrono::milliseconds timeout) {
  const auto self = shared_from_this();
  if (state_ != State::connected) co_return std::nullopt;
  const auto pending = std::make_shared<OneShot<std::optional<AckReply>>>();
  const std::uint64_t id = client_->expect_ack(*this, pending);

  engineio::MessageBuilder builder(engineio::Message::Kind::text, name.size() + args_json.size() + 64);
  builder.out() += '4';
  PacketHead head{.nsp = nsp_.name(), .id = id};
  append_event(builder.out(), name, args_json, head);
  client_->session().send(std::move(builder).finish());

  asio::steady_timer timer(shard_.io(), timeout);
  timer.async_wait([weak = weak_from_this(), id](boost::system::error_code cancelled) {
    const auto socket = weak.lock();
    if (!cancelled && socket && socket->client_) socket->client_->give_up_ack(id);
  });
  co_return co_await pending->wait();
}

void Socket::disconnect() {
  if (state_ == State::connected) client_->disconnect(*this);
}

void Socket::close_transport() {
  if (client_) client_->session().close(engineio::CloseReason::forced);
}

std::size_t Socket::queued_bytes() const { return client_ ? client_->session().queued_bytes() : 0; }

Task<bool> Socket::drained() {
  const auto self = shared_from_this();
  if (state_ != State::connected) co_return false;
  const auto session = client_->session().shared_from_this();
  const bool is_drained = co_await session->drained();
  co_return is_drained&& state_ == State::connected;
}

}  // namespace collab::socketio
