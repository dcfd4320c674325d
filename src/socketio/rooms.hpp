// Who is in which room, on one shard.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engineio/message.hpp"

namespace collab::socketio {

using engineio::SharedMessage;
class Socket;

/// The sockets of one room on one shard. Made by the first who enters, gone with the last who leaves.
class Room {
 public:
  const std::string* name = nullptr;  // the key in Rooms
  std::vector<Socket*> members;
};

/// The rooms of one namespace on one shard; only that shard may touch them. A closing socket leaves all of them by
/// itself. Nothing here waits.
class Rooms {
 public:
  /// Entering twice is entering once. A socket that has closed does not enter.
  void join(Socket& socket, std::string_view room);
  void leave(Socket& socket, std::string_view room);
  void leave_all(Socket& socket);

  bool contains(const Socket& socket, std::string_view room) const;
  /// The names of the rooms that the socket is in, in no order; valid until it leaves one.
  static std::vector<std::string_view> rooms_of(const Socket& socket);
  std::size_t size(std::string_view room) const;
  bool is_empty(std::string_view room) const { return size(room) == 0; }
  /// A copy, so that its sockets may leave or close while it is walked.
  std::vector<std::shared_ptr<Socket>> members(std::string_view room) const;
  template <class F>
  void for_each(std::string_view room, F&& f) const {
    for (const auto& socket : members(room)) f(*socket);
  }

  /// `watcher(room, is_occupied)` hears of every room that is made or goes. At most one; before the shard runs.
  using Watcher = std::function<void(std::string_view room, bool is_occupied)>;
  void watch(Watcher watcher) { watcher_ = std::move(watcher); }

  /// Queues the event for every member but `except`.
  void emit(std::string_view room, const SharedMessage& event, const Socket* except = nullptr);
  /// The same, dropped for members whose queue is beyond its soft limit.
  void emit_volatile(std::string_view room, const SharedMessage& event, const Socket* except = nullptr);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  void remove(Socket& socket, std::size_t membership);

  std::unordered_map<std::string, Room, Hash, std::equal_to<>> rooms_;
  Watcher watcher_;
};

}  // namespace collab::socketio
