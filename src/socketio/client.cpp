#include "socketio/client.hpp"

#include <algorithm>

#include "core/log.hpp"

namespace collab::socketio {
namespace {

using engineio::CloseReason;

// A packet is parsed into memory of on_message(), first this much of its stack: most need no other.
constexpr std::size_t parse_buffer_bytes = 4096;

DisconnectReason reason_of(CloseReason reason) {
  switch (reason) {
    case CloseReason::ping_timeout:
      return DisconnectReason::ping_timeout;
    case CloseReason::parse_error:
    case CloseReason::protocol_error:
      return DisconnectReason::protocol_error;
    case CloseReason::slow:
      return DisconnectReason::slow;
    case CloseReason::shutdown:
      return DisconnectReason::shutdown;
    case CloseReason::forced:
      return DisconnectReason::server_left;
    case CloseReason::client:
    case CloseReason::transport_closed:
      break;
  }
  return DisconnectReason::transport_closed;
}

}  // namespace

Client::Client(Server& server, engineio::Session& session)
    : server_(server), session_(session), decoder_(server.settings().decode) {}

void Client::on_message(engineio::Message::Kind kind, std::string_view data) {
  unsigned char buffer[parse_buffer_bytes];
  boost::json::monotonic_resource memory(buffer, sizeof buffer);
  Decoded decoded =
      kind == engineio::Message::Kind::text ? decoder_.add_text(data, &memory) : decoder_.add_binary(data);
  if (decoded.status == DecodeStatus::error) return fail(decoded.error);
  if (decoded.status == DecodeStatus::packet) handle(std::move(decoded.packet));
}

void Client::handle(Packet packet) {
  const auto socket = find(packet.nsp);
  if (!socket) {
    if (packet.type == PacketType::connect) return start_connect(std::move(packet));
    return fail("a packet for a namespace that is not joined");
  }
  if (socket->state_ != Socket::State::connected) return fail("a packet before the answer to CONNECT");
  switch (packet.type) {
    case PacketType::event:
      return handle_event(socket, std::move(packet));
    case PacketType::ack:
      return handle_ack(*socket, std::move(packet));
    case PacketType::disconnect:
      return remove(socket, DisconnectReason::client_left);
    default:
      return fail("a packet that clients do not send");
  }
}

void Client::start_connect(Packet packet) {
  Namespace* nsp = server_.find(packet.nsp);
  if (!nsp) {
    std::string refusal;
    append_connect_error(refusal, packet.nsp, "Invalid namespace");
    return send_text(std::move(refusal));
  }
  auto socket = std::make_shared<Socket>(*this, *nsp);
  sockets_.push_back(socket);
  boost::json::value auth(packet.data, boost::json::storage_ptr{});
  spawn(session_.shard().io(), "socketio connect",
        [socket, auth = std::move(auth), handshake = session_.handshake()]() mutable {
          return connect(std::move(socket), std::move(auth), std::move(handshake));
        });
}

Task<void> Client::connect(std::shared_ptr<Socket> socket, boost::json::value auth, SharedHandshake handshake) {
  ConnectResult result = ConnectResult::refuse("Internal error");
  std::string fault;
  try {
    result = co_await socket->nsp().application().on_connect(socket, std::move(auth), std::move(handshake));
  } catch (const std::exception& thrown) {
    fault = thrown.what();
  }
  if (!fault.empty()) log::error("socketio", "on_connect threw", {{"what", fault}});
  if (socket->state_ == Socket::State::connecting) socket->client_->finish_connect(socket, result);
}

void Client::finish_connect(const std::shared_ptr<Socket>& socket, const ConnectResult& result) {
  std::string reply;
  const std::string& nsp = socket->nsp().name();
  if (!result.is_accepted()) {
    append_connect_error(reply, nsp, result.message(), result.data_json());
    send_text(std::move(reply));
    return remove(socket, DisconnectReason::server_left);
  }
  unlink();  // the connect timeout
  socket->state_ = Socket::State::connected;
  ++socket->nsp().joined();
  append_connect(reply, nsp, socket->id());
  send_text(std::move(reply));
  try {
    socket->nsp().application().on_connected(socket);
  } catch (const std::exception& thrown) {
    log::error("socketio", "on_connected threw", {{"what", thrown.what()}});
  }
}

void Client::handle_event(const std::shared_ptr<Socket>& socket, Packet packet) {
  boost::json::array& all = packet.data.as_array();
  std::string name(packet.event_name());
  all.erase(all.begin());
  // The array is moved within its storage, never assigned: that would copy it.
  Event event{std::move(name), std::move(all), std::move(packet.attachments), {}};
  if (packet.id) event.ack = Ack(socket, *packet.id);
  try {
    socket->nsp().application().on_event(socket, std::move(event));
  } catch (const std::exception& thrown) {
    log::error("socketio", "on_event threw", {{"what", thrown.what()}});
  }
}

void Client::handle_ack(Socket& socket, Packet packet) {
  // An answer that nobody waits for any more is no fault: its time may have run out.
  if (!acks_ || !packet.id) return;
  const auto found = acks_->awaited.find(*packet.id);
  if (found == acks_->awaited.end() || found->second.socket != &socket) return;
  const PendingAck pending = std::move(found->second.pending);
  acks_->awaited.erase(found);
  boost::json::array args(packet.data.as_array(), boost::json::storage_ptr{});
  pending->set(AckReply{std::move(args), std::move(packet.attachments)});
}

std::uint64_t Client::expect_ack(Socket& socket, PendingAck pending) {
  if (!acks_) acks_ = std::make_unique<Acks>();
  const std::uint64_t id = acks_->next_id++;
  acks_->awaited.emplace(id, Awaited{&socket, std::move(pending)});
  return id;
}

void Client::give_up_ack(std::uint64_t id) {
  const auto found = acks_ ? acks_->awaited.find(id) : std::map<std::uint64_t, Awaited>::iterator{};
  if (!acks_ || found == acks_->awaited.end()) return;
  const PendingAck pending = std::move(found->second.pending);
  acks_->awaited.erase(found);
  pending->set(std::nullopt);
}

void Client::disconnect(Socket& socket) {
  std::string packet;
  append_disconnect(packet, socket.nsp().name());
  send_text(std::move(packet));
  remove(socket.shared_from_this(), DisconnectReason::server_left);
}

// The one way out of a namespace.
void Client::remove(const std::shared_ptr<Socket>& socket, DisconnectReason reason) {
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): `socket` may be the entry that is erased
  const auto kept = socket;
  if (kept->state_ == Socket::State::closed) return;
  const bool was_connected = kept->state_ == Socket::State::connected;
  kept->state_ = Socket::State::closed;
  kept->client_ = nullptr;
  std::erase(sockets_, kept);
  if (acks_) {
    for (auto at = acks_->awaited.begin(); at != acks_->awaited.end();) {
      if (at->second.socket != kept.get()) {
        ++at;
        continue;
      }
      at->second.pending->set(std::nullopt);
      at = acks_->awaited.erase(at);
    }
  }
  if (!was_connected) return;
  --kept->nsp().joined();
  kept->nsp().rooms().leave_all(*kept);
  try {
    kept->nsp().application().on_disconnect(*kept, reason);
  } catch (const std::exception& thrown) {
    log::error("socketio", "on_disconnect threw", {{"what", thrown.what()}});
  }
}

void Client::on_close(CloseReason reason) {
  unlink();
  while (!sockets_.empty()) remove(sockets_.back(), reason_of(reason));
}

std::shared_ptr<Socket> Client::find(std::string_view nsp) const {
  for (const auto& socket : sockets_)
    if (socket->nsp().name() == nsp) return socket;
  return nullptr;
}

void Client::fail(std::string_view why) {
  log::debug("socketio", "a client broke the protocol", {{"why", why}});
  session_.close(CloseReason::protocol_error);
}

void Client::send_text(std::string packet) {
  engineio::MessageBuilder builder(engineio::Message::Kind::text, packet.size() + 1);
  builder.out() += '4';
  builder.append(packet);
  session_.send(std::move(builder).finish());
}

}  // namespace collab::socketio
