// Packet types: Engine.IO protocol v4 and Socket.IO protocol v5.
#include "client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "swarm.hpp"

namespace collab::bench {
namespace {

constexpr std::size_t largest_kept_frame = 64 * 1024;
constexpr std::size_t kept_head = 256;

sockaddr_in address_of(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) throw Failure("not an IPv4 address: " + host);
  if ((ntohl(address.sin_addr.s_addr) >> 24) != 127) throw Failure("only servers on this machine are loaded: " + host);
  return address;
}

/// The name in `["name",…`.
std::string_view event_name(std::string_view json) {
  if (!json.starts_with("[\"")) return {};
  json.remove_prefix(2);
  return json.substr(0, json.find('"'));
}

}  // namespace

Client::Client(Swarm& swarm, std::size_t index, std::string user, std::string token)
    : swarm_(swarm), index_(index), user_(std::move(user)), token_(std::move(token)) {}

Client::~Client() {
  if (socket_ >= 0) close(socket_);
}

void Client::fail(const std::string& why) const {
  throw Failure("client " + std::to_string(index_) + " (" + user_ + "): " + why);
}

void Client::start(const std::string& host, std::uint16_t port, const std::string& source) {
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) fail(std::string("socket: ") + std::strerror(errno));
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!source.empty()) {
    setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const sockaddr_in from = address_of(source, 0);
    if (bind(socket_, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) {
      fail("bind to " + source + ": " + std::strerror(errno));
    }
  }
  const sockaddr_in to = address_of(host, port);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) {
    fail(std::string("connect: ") + std::strerror(errno));
  }
  unsent_ = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: " + host + ":" + std::to_string(port) +
            "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  waits_to_write_ = true;
}

void Client::on_writable() {
  if (stage_ == Stage::connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) fail(std::string("connect: ") + std::strerror(error));
    stage_ = Stage::upgrading;
  }
  mark_dirty();
}

bool Client::flush() {
  is_dirty_ = false;
  while (!unsent_.empty()) {
    const ssize_t sent = send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (sent < 0) fail(std::string("send: ") + std::strerror(errno));
    unsent_.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

void Client::mark_dirty() {
  if (stage_ != Stage::connecting && !std::exchange(is_dirty_, true)) swarm_.flush_later(*this);
}

void Client::send_packet(std::string_view packet) {
  append_text_frame(unsent_, packet);
  mark_dirty();
}

void Client::emit(std::string_view event, std::string_view data) {
  std::string packet = "42[\"";
  packet.append(event).append("\",").append(data).append("]");
  send_packet(packet);
}

std::uint64_t Client::request(std::string_view event, std::string_view data) {
  std::string packet = "42" + std::to_string(next_ack_) + "[\"";
  packet.append(event).append("\",").append(data).append("]");
  send_packet(packet);
  return next_ack_++;
}

void Client::on_readable(std::string& shared_buffer) {
  const ssize_t received = recv(socket_, shared_buffer.data(), shared_buffer.size(), 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (received < 0) fail(std::string("recv: ") + std::strerror(errno));
  if (received == 0) fail("the server closed the connection");
  bytes_received_ += static_cast<std::uint64_t>(received);
  on_bytes({shared_buffer.data(), static_cast<std::size_t>(received)});
}

void Client::on_bytes(std::string_view bytes) {
  std::string joined;
  if (!unread_.empty()) {
    unread_.append(bytes);
    joined = std::exchange(unread_, {});
    bytes = joined;
  }
  if (stage_ == Stage::upgrading) bytes = take_upgrade_response(bytes);
  while (!bytes.empty()) {
    if (skip_left_ > 0) {
      bytes.remove_prefix(take_skipped(bytes));
      continue;
    }
    FrameHeader header;
    const FrameStatus status = read_frame_header(bytes, header);
    if (status == FrameStatus::malformed) fail("a frame that breaks RFC 6455");
    if (status == FrameStatus::complete && header.payload_size > largest_kept_frame && !keeps_large_) {
      skip_left_ = skipped_size_ = header.payload_size;
      skipped_head_.clear();
      bytes.remove_prefix(header.header_size);
      continue;
    }
    if (status == FrameStatus::incomplete || bytes.size() < header.header_size + header.payload_size) {
      unread_ = bytes;
      return;
    }
    on_frame(header.opcode, bytes.substr(header.header_size, header.payload_size));
    bytes.remove_prefix(header.header_size + header.payload_size);
  }
}

std::string_view Client::take_upgrade_response(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    unread_ = bytes;
    return {};
  }
  if (!bytes.starts_with("HTTP/1.1 101")) fail("no upgrade: " + std::string(bytes.substr(0, bytes.find('\r'))));
  stage_ = Stage::opening;
  return bytes.substr(end + 4);
}

std::size_t Client::take_skipped(std::string_view bytes) {
  const std::size_t taken = std::min(skip_left_, bytes.size());
  if (skipped_head_.size() < kept_head) {
    skipped_head_.append(bytes.substr(0, std::min(taken, kept_head - skipped_head_.size())));
  }
  skip_left_ -= taken;
  if (skip_left_ == 0 && skipped_head_.starts_with("42[") && listener_) {
    const std::string_view json = std::string_view(skipped_head_).substr(2);
    listener_->on_large_event(*this, event_name(json), json, skipped_size_);
  }
  return taken;
}

void Client::on_frame(std::uint8_t opcode, std::string_view payload) {
  if (opcode == 0x1) return on_engine_packet(payload);
  if (opcode == 0x8) fail("the server sent a close frame");
  if (opcode == 0x9) {
    append_pong_frame(unsent_, payload);
    mark_dirty();
  }
}

void Client::on_engine_packet(std::string_view packet) {
  if (packet.empty()) fail("an empty packet");
  switch (packet.front()) {
    case '0':
      stage_ = Stage::joining_namespace;
      return send_packet("40{\"token\":\"" + token_ + "\"}");
    case '2':
      return send_packet("3");
    case '4':
      return on_socket_packet(packet.substr(1));
    case '6':
      return;
    default:
      fail("unexpected packet " + std::string(packet.substr(0, 80)));
  }
}

void Client::on_socket_packet(std::string_view packet) {
  if (packet.starts_with('0')) {
    stage_ = Stage::ready;
    swarm_.on_ready(*this);
  } else if (packet.starts_with("2[")) {
    const std::string_view json = packet.substr(1);
    if (listener_) listener_->on_event(*this, event_name(json), json);
  } else if (packet.starts_with('3')) {
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(packet.data() + 1, packet.data() + packet.size(), id);
    if (error != std::errc{}) fail("an acknowledgement without an id");
    const std::string_view json = packet.substr(static_cast<std::size_t>(end - packet.data()));
    if (!swarm_.on_awaited_ack(*this, id, json) && listener_) listener_->on_ack(*this, id, json);
  } else {
    fail("the server refused: " + std::string(packet.substr(0, 300)));
  }
}

}  // namespace collab::bench
