// The rooms of the application: who hears of which list, on whichever shard the socket is.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "core/shard.hpp"
#include "events/caller.hpp"
#include "model/ids.hpp"
#include "socketio/server.hpp"

namespace collab::events {

using socketio::SharedMessage;

/// Speaks to rooms and sockets. What one list's shard calls here reaches each socket in call order; so a socket that is
/// entered with a snapshot gets exactly the events that come after it. Nothing waits. Any shard, but calls for a list
/// only from the list's shard.
class Hub {
 public:
  explicit Hub(ShardSet& shards) : shards_(shards) {}
  /// Before the shards start.
  void attach(socketio::Namespace& nsp) { nsp_ = &nsp; }

  /// `watcher(list_id, is_occupied)` hears, on each socket shard, when its first socket enters a list's room and when
  /// its last one has left. After attach(), before the shards start.
  void watch_rooms(const std::function<void(const ListId&, bool is_occupied)>& watcher);

  /// To everyone in the list's room.
  void to_list(const ListId& list_id, const SharedMessage& event);
  /// The same, dropped for sockets that do not keep up.
  void to_list_volatile(const ListId& list_id, const SharedMessage& event);
  /// To everyone in the room, who leave it: the list is gone.
  void close_list(const ListId& list_id, const SharedMessage& farewell);

  /// One socket enters the list's room and gets `message`, which may be null.
  void enter(const SocketRef& socket, const ListId& list_id, SharedMessage message);
  /// What one of the user's sockets gets instead of the others.
  struct Special {
    SocketRef socket;
    SharedMessage message;
  };
  /// All sockets of the user enter the list's room and get `message`.
  void enter_user(const UserId& user_id, const ListId& list_id, SharedMessage message,
                  std::optional<Special> special = std::nullopt);
  /// The same for those of the user's sockets that are not in the room yet.
  void enter_newcomers(const UserId& user_id, const ListId& list_id, SharedMessage message);
  /// Those of the user's sockets that are in the room get `farewell` and leave it.
  void expel_present(const UserId& user_id, const ListId& list_id, SharedMessage farewell);
  /// All sockets of the user get `farewell` and leave the list's room.
  void expel_user(const UserId& user_id, const ListId& list_id, SharedMessage farewell);

  /// The lists whose rooms the socket is in at this moment. On its shard.
  std::set<ListId> lists_of(const socketio::Socket& socket) const;

  void to_socket(const SocketRef& socket, SharedMessage message);

  /// The sockets of one login get `farewell` and end with a Socket.IO DISCONNECT, which clients take as final. Any
  /// thread.
  void disconnect_login(const std::string& family, SharedMessage farewell);

  /// The sockets of the user speak for somebody of this name from now on. Any thread.
  void rename_user(const UserId& user_id, const std::string& name);

  /// The rooms of the socket's user and login, joined when it connects. On its shard.
  void enter_personal_rooms(socketio::Socket& socket, const Caller& caller);

 private:
  template <class F>
  void on_each_shard(const F& f);

  ShardSet& shards_;
  socketio::Namespace* nsp_ = nullptr;
};

}  // namespace collab::events
