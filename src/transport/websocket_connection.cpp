#include "transport/websocket_connection.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include "core/utf8.hpp"
#include "engineio/packet.hpp"
#include "engineio/shard_sessions.hpp"
#include "transport/deflate.hpp"

namespace collab::transport {
namespace {

using engineio::CloseReason;

// How many frames one sendmsg takes; more wait for the next round of the same flush.
constexpr std::size_t max_frames_per_send = 256;
// Pongs that a client lets pile up by pinging without reading.
constexpr std::size_t max_control_bytes = 64 * 1024;
// The window of the compressed frames that all clients share.
constexpr int shared_window_bits = 15;

std::string deflate_shared(const engineio::Message& message) {
  std::string compressed, frame;
  deflate_message(message.payload(), compressed, shared_window_bits);
  if (compressed.size() + max_frame_header >= message.payload().size()) return frame;
  append_frame(frame, message.is_binary() ? Opcode::binary : Opcode::text, compressed, Compression::on);
  return frame;
}

std::uint16_t code_of(CloseReason reason) {
  switch (reason) {
    case CloseReason::shutdown:
      return close_code::going_away;
    case CloseReason::parse_error:
    case CloseReason::protocol_error:
      return close_code::protocol_error;
    case CloseReason::slow:
      return close_code::policy_violation;
    default:
      return close_code::normal;
  }
}

}  // namespace

WebSocketConnection::WebSocketConnection(ShardTransport& home, TcpSocket socket, const boost::asio::ip::address& peer,
                                         const std::optional<DeflateAgreement>& deflate)
    : home_(home),
      parser_(home.engine()->settings().max_payload, deflate ? Compression::on : Compression::off),
      socket_(std::move(socket)),
      peer_(peer),
      may_deflate_(deflate.has_value()),
      may_send_deflated_(deflate && deflate->server_window_bits == shared_window_bits) {
  home_.counters().websockets_open.add();
}

void WebSocketConnection::start_session(engineio::ShardSessions& sessions, engineio::HandshakeInfo handshake,
                                        std::string behind) {
  state_ = State::open;
  session_ = sessions.open(std::move(handshake), shared_from_this());
  if (!session_) fail(close_code::try_again_later, "the server is going away");
  begin(std::move(behind));
}

void WebSocketConnection::start_probe(std::shared_ptr<engineio::Session> session, std::string behind) {
  if (session && session->begin_upgrade(shared_from_this()))
    session_ = std::move(session);
  else
    fail(close_code::policy_violation, "this session does not upgrade");
  begin(std::move(behind));
}

void WebSocketConnection::begin(std::string behind) {
  // In any case: the wait for its socket keeps the connection alive until it has closed.
  if (!behind.empty()) feed(std::span(behind.data(), behind.size()));
  if (state_ != State::closed) wait_readable();
}

void WebSocketConnection::wait_readable() {
  socket_.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](boost::system::error_code fault) {
    if (self->state_ == State::closed) return;
    if (fault) return self->lost();
    self->on_readable();
  });
}

void WebSocketConnection::on_readable() {
  auto& buffer = home_.buffer();
  const ssize_t size = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return wait_readable();
  if (size <= 0) return lost();
  home_.counters().bytes_received.add(static_cast<std::uint64_t>(size));
  feed(std::span(buffer.data(), static_cast<std::size_t>(size)));
  if (state_ != State::closed) wait_readable();
}

void WebSocketConnection::feed(std::span<char> bytes) {
  if (state_ == State::goodbye) return;
  const auto fault = parser_.feed(bytes, *this);
  if (fault && state_ != State::closed && state_ != State::goodbye) fail(fault->code, fault->reason);
}

Flow WebSocketConnection::on_message(Opcode kind, Compression compressed, std::string_view payload) {
  home_.counters().websocket_messages_received.add();
  if (compressed == Compression::on) {
    std::string& inflated = home_.inflated();
    const auto status = inflate_message(payload, home_.engine()->settings().max_payload, inflated);
    if (status == InflateStatus::too_large) {
      fail(close_code::too_big, "message too big");
      return Flow::stop;
    }
    if (status == InflateStatus::corrupt || (kind == Opcode::text && !is_valid_utf8(inflated))) {
      fail(close_code::invalid_payload, "invalid payload");
      return Flow::stop;
    }
    payload = inflated;
  }
  const auto self = shared_from_this();
  if (kind == Opcode::text) {
    const bool is_good = state_ == State::probing ? receive_probe(payload) : receive_text(payload);
    if (!is_good && flow() == Flow::go_on) fail(close_code::protocol_error, "not a packet");
  } else if (state_ == State::probing) {
    fail(close_code::protocol_error, "not a probe");
  } else {
    const auto session = session_;
    session->receive({engineio::PacketType::message, engineio::DataKind::binary, payload});
  }
  return flow();
}

bool WebSocketConnection::receive_text(std::string_view text) {
  const auto packet = engineio::decode_packet(text);
  const auto session = session_;  // which may forget us, and we it, in the call
  if (packet) session->receive(*packet);
  return packet.has_value();
}

bool WebSocketConnection::receive_probe(std::string_view text) {
  const auto packet = engineio::decode_packet(text);
  if (!packet) return false;
  if (packet->type == engineio::PacketType::ping && packet->data == "probe") {
    send_control(Opcode::text, "3probe");
    session_->probed();
    return true;
  }
  if (packet->type == engineio::PacketType::upgrade && session_->is_probed()) {
    state_ = State::open;
    session_->finish_upgrade();
    return true;
  }
  return false;
}

Flow WebSocketConnection::on_ping(std::string_view payload) {
  send_control(Opcode::pong, payload);
  return flow();
}

Flow WebSocketConnection::on_close(std::uint16_t code, std::string_view) {
  // Answered with the same code (RFC 6455, 5.5.1).
  close_code_ = code == close_code::no_status ? close_code::normal : code;
  const auto self = shared_from_this();
  if (state_ == State::open && session_) {
    session_->close(CloseReason::client);
  } else {
    if (session_) session_->abandon_upgrade();
    say_goodbye();
  }
  return Flow::stop;
}

void WebSocketConnection::wake() {
  if (is_turn_end_asked_ || is_write_blocked_ || state_ == State::closed) return;
  is_turn_end_asked_ = true;
  home_.shard().at_turn_end(shared_from_this());
}

void WebSocketConnection::on_turn_end() {
  is_turn_end_asked_ = false;
  if (state_ == State::closed || is_write_blocked_) return;
  if (!flush()) lost();
}

void WebSocketConnection::send_control(Opcode opcode, std::string_view payload) {
  if (!control_) control_ = std::make_unique<std::string>();
  append_frame(*control_, opcode, payload);
  if (control_->size() > max_control_bytes) return lost();
  wake();
}

std::string_view WebSocketConnection::frame_of(const engineio::Message& message) const {
  if (may_send_deflated_ && message.payload().size() >= home_.settings().deflate_threshold) {
    const std::string_view deflated = message.deflated_frame(&deflate_shared);
    if (!deflated.empty()) return deflated;
  }
  return message.frame();
}

// Sends all there is until the kernel refuses. False if the connection is gone.
bool WebSocketConnection::flush() {
  for (;;) {
    std::array<iovec, max_frames_per_send + 1> parts;
    std::size_t count = 0, total = 0;
    const auto add = [&](std::string_view bytes) {
      parts[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
      total += bytes.size();
    };
    std::span<const engineio::SharedMessage> waiting;
    if (state_ == State::open && session_) waiting = session_->queue().waiting();
    if (offset_ > 0) add(frame_of(*waiting.front()).substr(offset_));
    const std::size_t control_size = control_ ? control_->size() : 0;
    if (control_size > 0) add(*control_);
    for (std::size_t at = offset_ > 0 ? 1 : 0; at < waiting.size() && count < max_frames_per_send; ++at)
      add(frame_of(*waiting[at]));
    if (total == 0) return true;

    msghdr header{};
    header.msg_iov = parts.data();
    header.msg_iovlen = count;
    // Counted before the call: who has received the bytes finds them counted.
    home_.counters().websocket_sends.add();
    const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const ssize_t size = count == 1 ? ::send(socket_.native_handle(), parts[0].iov_base, total, flags)
                                    : ::sendmsg(socket_.native_handle(), &header, flags);
    if (size < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
      wait_writable();
      return true;
    }
    home_.counters().bytes_sent.add(static_cast<std::uint64_t>(size));
    account(static_cast<std::size_t>(size), control_size);
    if (static_cast<std::size_t>(size) < total) {
      wait_writable();
      return true;
    }
  }
}

// `sent` bytes have left, in the order of flush().
void WebSocketConnection::account(std::size_t sent, std::size_t control_size) {
  std::span<const engineio::SharedMessage> waiting;
  if (state_ == State::open && session_) waiting = session_->queue().waiting();
  std::size_t messages = 0;
  const auto take_message = [&] {
    const std::size_t left = frame_of(*waiting[messages]).size() - offset_;
    if (sent < left) {
      offset_ += sent;
      sent = 0;
      return false;
    }
    sent -= left;
    offset_ = 0;
    ++messages;
    return true;
  };
  bool is_whole = true;
  if (offset_ > 0) is_whole = take_message();
  if (is_whole && control_size > 0) {
    const std::size_t control_sent = std::min(sent, control_size);
    sent -= control_sent;
    if (control_sent == control_size)
      control_.reset();
    else
      control_->erase(0, control_sent);
  }
  while (is_whole && sent > 0) is_whole = take_message();
  if (messages > 0) session_->sent(messages);
}

void WebSocketConnection::wait_writable() {
  is_write_blocked_ = true;
  socket_.async_wait(asio::socket_base::wait_write, [self = shared_from_this()](boost::system::error_code fault) {
    self->is_write_blocked_ = false;
    if (self->state_ == State::closed) return;
    if (fault || !self->flush()) self->lost();
  });
}

// The session has ended, or does not want this candidate any more.
void WebSocketConnection::close(CloseReason reason) {
  if (state_ == State::closed || state_ == State::goodbye) return;
  if (reason == CloseReason::slow || reason == CloseReason::transport_closed) return abort();
  if (close_code_ == 0) close_code_ = code_of(reason);
  if (state_ == State::open && !is_write_blocked_ && !flush()) return abort();
  say_goodbye();
}

// A close frame and the end of our half, if the kernel takes them now.
void WebSocketConnection::say_goodbye() {
  const bool is_cut = is_write_blocked_ || offset_ > 0;
  session_.reset();
  state_ = State::goodbye;
  if (is_cut) return abort();
  if (!control_) control_ = std::make_unique<std::string>();
  append_close_frame(*control_, close_code_);
  if (!flush() || is_write_blocked_) return abort();
  boost::system::error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  home_.wait_for(*this, WaitFor::goodbye);
}

// The client broke the rules.
void WebSocketConnection::fail(std::uint16_t code, std::string_view) {
  close_code_ = code;
  const auto self = shared_from_this();
  if (state_ == State::open && session_) return session_->close(CloseReason::parse_error);
  if (session_) session_->abandon_upgrade();
  say_goodbye();
}

// The connection is gone.
void WebSocketConnection::lost() {
  if (state_ == State::closed) return;
  const auto self = shared_from_this();
  const auto session = session_;
  if (session && state_ == State::open) return session->close(CloseReason::transport_closed);
  if (session) session->abandon_upgrade();
  abort();
}

void WebSocketConnection::abort() {
  if (state_ == State::closed) return;
  const auto self = shared_from_this();
  const bool was_open = state_ == State::open;
  state_ = State::closed;
  boost::system::error_code ignored;
  socket_.close(ignored);
  control_.reset();
  home_.counters().websockets_open.subtract();
  home_.leave(*this, peer_);
  if (const auto session = std::move(session_)) {
    if (was_open)
      session->close(CloseReason::transport_closed);
    else
      session->abandon_upgrade();
  }
}

}  // namespace collab::transport
