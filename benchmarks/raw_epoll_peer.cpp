// The physical limit that the server is compared with: one thread on epoll that understands just enough Engine.IO and
// Socket.IO to broadcast what a publisher sends. It checks nothing, stores nothing, and sends once per connection and
// turn of the loop.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

struct Connection {
  int socket = -1;
  bool upgraded = false;
  bool dirty = false;
  bool waits_to_write = false;
  std::string unread;
  std::string unsent;
  const std::string* shared_tail = nullptr;
  std::size_t tail_sent = 0;
  std::string after_tail;
};

struct List {
  std::vector<Connection*> room;
  std::uint64_t rev = 1'700'000'000'000;
};

void append_header(std::string& out, std::size_t size) {
  out += static_cast<char>(0x81);
  if (size < 126) {
    out += static_cast<char>(size);
    return;
  }
  const bool is_short = size < 65536;
  out += static_cast<char>(is_short ? 126 : 127);
  for (int shift = is_short ? 8 : 56; shift >= 0; shift -= 8) out += static_cast<char>((size >> shift) & 255);
}

void append_frame(std::string& out, std::string_view payload) {
  append_header(out, payload.size());
  out += payload;
}

std::string uuid_of(std::uint64_t number) {
  std::string text = "00000000-0000-4000-8000-000000000000";
  for (std::size_t i = text.size(); number != 0; number >>= 4) text[--i] = "0123456789abcdef"[number & 15];
  return text;
}

/// The string value of `key`, looked for without regard to structure.
std::string_view value_of(std::string_view json, std::string_view key) {
  std::size_t at = json.find(key);
  if (at == std::string_view::npos) return {};
  at += key.size();
  return json.substr(at, json.find('"', at) - at);
}

class Peer {
 public:
  Peer(std::uint16_t port, std::size_t event_bytes, std::size_t join_bytes)
      : event_bytes_(event_bytes), join_bytes_(join_bytes), epoll_(epoll_create1(0)), read_buffer_(256 * 1024, '\0') {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 4096) != 0) {
      std::perror("listen");
      std::exit(1);
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 1024> events;
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        auto* connection = static_cast<Connection*>(event.data.ptr);
        if (!connection) {
          accept_all();
        } else {
          if (event.events & EPOLLOUT) mark_dirty(*connection);
          if (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read(*connection);
        }
      }
      flush_all();
    }
  }

 private:
  void accept_all() {
    for (;;) {
      const int accepted = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (accepted < 0) return;
      const int on = 1;
      setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto* connection = new Connection;
      connection->socket = accepted;
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = connection;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, accepted, &event);
    }
  }

  void mark_dirty(Connection& connection) {
    if (!std::exchange(connection.dirty, true)) dirty_.push_back(&connection);
  }

  /// What follows the shared bytes of a join must wait behind them.
  void send_later(Connection& connection, std::string_view frame) {
    (connection.shared_tail ? connection.after_tail : connection.unsent) += frame;
    mark_dirty(connection);
  }

  void send_packet(Connection& connection, std::string_view packet) {
    append_frame(connection.shared_tail ? connection.after_tail : connection.unsent, packet);
    mark_dirty(connection);
  }

  /// True when all that waits was taken by the kernel.
  static bool flush(Connection& connection) {
    for (;;) {
      const bool in_tail = connection.unsent.empty() && connection.shared_tail;
      if (connection.unsent.empty() && !in_tail) return true;
      std::string_view bytes = connection.unsent;
      if (in_tail) bytes = std::string_view(*connection.shared_tail).substr(connection.tail_sent);
      const ssize_t sent = send(connection.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return errno != EAGAIN;
      const auto size = static_cast<std::size_t>(sent);
      if (!in_tail) {
        connection.unsent.erase(0, size);
      } else if ((connection.tail_sent += size) == connection.shared_tail->size()) {
        connection.shared_tail = nullptr;
        connection.tail_sent = 0;
        connection.unsent = std::exchange(connection.after_tail, {});
      }
      if (size < bytes.size()) return false;
    }
  }

  void flush_all() {
    for (Connection* connection : dirty_) {
      connection->dirty = false;
      const bool blocked = !flush(*connection);
      if (blocked != connection->waits_to_write) {
        connection->waits_to_write = blocked;
        epoll_event event{};
        event.events = EPOLLIN | (blocked ? EPOLLOUT : 0u);
        event.data.ptr = connection;
        epoll_ctl(epoll_, EPOLL_CTL_MOD, connection->socket, &event);
      }
    }
    dirty_.clear();
  }

  void remove(Connection& connection) {
    for (auto& list : lists_) std::erase(list->room, &connection);
    std::erase(dirty_, &connection);
    close(connection.socket);
    delete &connection;
  }

  void read(Connection& connection) {
    const ssize_t received = recv(connection.socket, read_buffer_.data(), read_buffer_.size(), 0);
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) return remove(connection);
    char* begin = read_buffer_.data();
    auto size = static_cast<std::size_t>(received);
    std::string joined;
    if (!connection.unread.empty()) {
      connection.unread.append(begin, size);
      joined = std::exchange(connection.unread, {});
      begin = joined.data();
      size = joined.size();
    }
    std::size_t used = 0;
    if (!connection.upgraded) {
      used = upgrade(connection, {begin, size});
    } else {
      while (const std::size_t frame = take_frame(connection, begin + used, size - used)) used += frame;
    }
    if (used < size) connection.unread.assign(begin + used, size - used);
  }

  std::size_t upgrade(Connection& connection, std::string_view request) {
    const std::size_t end = request.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    const std::size_t key = request.find("Sec-WebSocket-Key: ") + 19;
    std::string accepted(request.substr(key, request.find('\r', key) - key));
    accepted += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
    SHA1(reinterpret_cast<const unsigned char*>(accepted.data()), accepted.size(), digest.data());
    std::array<unsigned char, 32> encoded;
    EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
    connection.unsent =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
        std::string(reinterpret_cast<const char*>(encoded.data())) + "\r\n\r\n";
    connection.upgraded = true;
    send_packet(connection,
                R"(0{"sid":"raw","upgrades":[],"pingInterval":600000,"pingTimeout":600000,"maxPayload":1000000})");
    return end + 4;
  }

  /// The size of the frame at `begin`, or 0 when it is not there in full.
  std::size_t take_frame(Connection& connection, char* begin, std::size_t size) {
    if (size < 6) return 0;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(begin[i]); };
    std::size_t length = byte(1) & 127;
    std::size_t header = 6;
    if (length == 126) {
      if (size < 8) return 0;
      length = (std::size_t{byte(2)} << 8) | byte(3);
      header = 8;
    }
    if (size < header + length) return 0;
    for (std::size_t i = 0; i < length; ++i)
      begin[header + i] = static_cast<char>(byte(header + i) ^ byte(header - 4 + (i & 3)));
    if ((byte(0) & 15) == 1) on_packet(connection, {begin + header, length});
    return header + length;
  }

  void on_packet(Connection& connection, std::string_view packet) {
    if (packet.starts_with("40")) {
      send_packet(connection, R"(40{"sid":"raw"})");
      return send_packet(connection, R"(42["connected",{"user_id":"raw"}])");
    }
    if (!packet.starts_with("42")) return;
    packet.remove_prefix(2);
    const std::size_t open = packet.find('[');
    const std::string_view ack = packet.substr(0, open);
    const std::string_view name = packet.substr(open + 2, packet.find('"', open + 2) - open - 2);
    if (name == "add_item" || name == "update_item") return change(connection, ack, name == "add_item", packet);
    if (name == "join") return join(connection, ack, packet);
    if (name == "create_list") {
      lists_.push_back(std::make_unique<List>());
      lists_.back()->room.push_back(&connection);
      return acknowledge(connection, ack, ",\"list_id\":\"" + uuid_of(lists_.size() - 1) + "\"");
    }
    if (name == "create_share_link") {
      share(number_of(value_of(packet, "\"list_id\":\"")));
      return acknowledge(connection, ack, ",\"code\":\"shared\"");
    }
    acknowledge(connection, ack, "");
  }

  static std::uint64_t number_of(std::string_view uuid) {
    std::uint64_t number = 0;
    const std::string_view digits = uuid.substr(uuid.size() < 12 ? 0 : uuid.size() - 12);
    std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    return number;
  }

  void acknowledge(Connection& connection, std::string_view id, std::string_view fields) {
    if (id.empty()) return;
    std::string packet = "43";
    packet.append(id).append("[{\"ok\":true").append(fields).append("}]");
    send_packet(connection, packet);
  }

  void share(std::uint64_t list) {
    shared_ = lists_.at(list).get();
    join_frames_.clear();
    if (join_bytes_ == 0) return;
    const std::string snapshot =
        "{\"list_id\":\"" + uuid_of(list) + "\",\"items\":\"" + std::string(join_bytes_ / 2, 'x') + "\"}";
    append_frame(join_frames_, "42[\"list_snapshot\"," + snapshot + "]");
    append_frame(join_frames_, "42[\"user_lists\",{\"lists\":[" + snapshot + "]}]");
  }

  void join(Connection& connection, std::string_view ack, std::string_view packet) {
    if (shared_) shared_->room.push_back(&connection);
    if (!join_frames_.empty() && packet.find("\"known\"") == std::string_view::npos) {
      connection.shared_tail = &join_frames_;
      mark_dirty(connection);
    }
    acknowledge(connection, ack, "");
  }

  void change(Connection& connection, std::string_view ack, bool is_new, std::string_view packet) {
    const std::string_view list_id = value_of(packet, "\"list_id\":\"");
    List& list = *lists_.at(number_of(list_id));
    const std::string rev = std::to_string(list.rev + 1);
    event_ = is_new ? "42[\"item_added\",{\"list_id\":\"" : "42[\"item_updated\",{\"list_id\":\"";
    event_.append(list_id).append("\",\"item\":{\"id\":\"");
    event_.append(is_new ? uuid_of(++items_) : std::string(value_of(packet, "\"item_id\":\"")));
    event_.append("\",\"name\":\"")
        .append(value_of(packet, "\"name\":\""))
        .append("\",\"pad\":\"\"},\"rev\":")
        .append(rev);
    event_.append(",\"prev_rev\":").append(std::to_string(list.rev++)).append("}]");
    if (event_.size() < event_bytes_ + 2)
      event_.insert(event_.find("\"},\"rev\""), event_bytes_ + 2 - event_.size(), 'x');
    frame_.clear();
    append_frame(frame_, event_);
    for (Connection* member : list.room) send_later(*member, frame_);
    acknowledge(connection, ack, ",\"rev\":" + rev);
  }

  std::size_t event_bytes_;
  std::size_t join_bytes_;
  int epoll_;
  int listener_ = -1;
  std::string read_buffer_;
  std::vector<Connection*> dirty_;
  std::vector<std::unique_ptr<List>> lists_;
  List* shared_ = nullptr;
  std::string join_frames_;
  std::uint64_t items_ = 0;
  std::string event_;
  std::string frame_;
};

}  // namespace

/// raw_epoll_peer PORT EVENT_BYTES JOIN_BYTES: the size of an event's argument array, and of all that answers a join (0
/// = nothing).
int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: raw_epoll_peer PORT EVENT_BYTES JOIN_BYTES\n";
    return 2;
  }
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const auto number = [&](int i) { return std::strtoul(argv[i], nullptr, 10); };
  Peer peer(static_cast<std::uint16_t>(number(1)), number(2), number(3));
  std::cout << "listening" << std::endl;
  peer.run();
}
