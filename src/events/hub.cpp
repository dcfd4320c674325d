#include "events/hub.hpp"

#include <algorithm>

namespace collab::events {
namespace {

std::string room_of(const ListId& list_id) {
  std::string name = "l";
  name.append(reinterpret_cast<const char*>(list_id.value.bytes.data()), list_id.value.bytes.size());
  return name;
}

/// The list of a room; nullopt if it is not a list's.
std::optional<ListId> list_of(std::string_view room) {
  ListId list_id;
  auto& bytes = list_id.value.bytes;
  if (room.size() != bytes.size() + 1 || room.front() != 'l') return std::nullopt;
  std::copy(room.begin() + 1, room.end(), reinterpret_cast<char*>(bytes.data()));
  return list_id;
}

std::string room_of(const UserId& user_id) { return "u" + user_id.value; }
std::string room_of_login(const std::string& family) { return "f" + family; }

}  // namespace

template <class F>
void Hub::on_each_shard(const F& f) {
  for (unsigned index = 0; index < shards_.size(); ++index) shards_[index].dispatch(f);
}

void Hub::watch_rooms(const std::function<void(const ListId&, bool is_occupied)>& watcher) {
  for (unsigned shard = 0; shard < shards_.size(); ++shard)
    nsp_->rooms_on(shard).watch([watcher](std::string_view room, bool is_occupied) {
      if (const auto list_id = list_of(room)) watcher(*list_id, is_occupied);
    });
}

void Hub::to_list(const ListId& list_id, const SharedMessage& event) { nsp_->broadcast(room_of(list_id), event); }

void Hub::to_list_volatile(const ListId& list_id, const SharedMessage& event) {
  on_each_shard([nsp = nsp_, room = room_of(list_id), event] { nsp->rooms().emit_volatile(room, event); });
}

void Hub::close_list(const ListId& list_id, const SharedMessage& farewell) {
  on_each_shard([nsp = nsp_, room = room_of(list_id), farewell] {
    nsp->rooms().for_each(room, [&](socketio::Socket& socket) {
      socket.emit(farewell);
      nsp->rooms().leave(socket, room);
    });
  });
}

void Hub::enter(const SocketRef& socket, const ListId& list_id, SharedMessage message) {
  socket.shard->dispatch([nsp = nsp_, weak = socket.socket, room = room_of(list_id), message = std::move(message)] {
    const auto target = weak.lock();
    if (!target || !target->is_connected()) return;
    nsp->rooms().join(*target, room);
    if (message) target->emit(message);
  });
}

void Hub::enter_user(const UserId& user_id, const ListId& list_id, SharedMessage message,
                     std::optional<Special> special) {
  on_each_shard([nsp = nsp_, personal = room_of(user_id), room = room_of(list_id), message = std::move(message),
                 special = std::move(special)] {
    nsp->rooms().for_each(personal, [&](socketio::Socket& socket) {
      nsp->rooms().join(socket, room);
      const bool is_special = special && special->socket.id == socket.id();
      socket.emit(is_special ? special->message : message);
    });
  });
}

void Hub::expel_user(const UserId& user_id, const ListId& list_id, SharedMessage farewell) {
  on_each_shard([nsp = nsp_, personal = room_of(user_id), room = room_of(list_id), farewell = std::move(farewell)] {
    nsp->rooms().for_each(personal, [&](socketio::Socket& socket) {
      socket.emit(farewell);
      nsp->rooms().leave(socket, room);
    });
  });
}

void Hub::enter_newcomers(const UserId& user_id, const ListId& list_id, SharedMessage message) {
  on_each_shard([nsp = nsp_, personal = room_of(user_id), room = room_of(list_id), message = std::move(message)] {
    nsp->rooms().for_each(personal, [&](socketio::Socket& socket) {
      if (nsp->rooms().contains(socket, room)) return;
      nsp->rooms().join(socket, room);
      socket.emit(message);
    });
  });
}

void Hub::expel_present(const UserId& user_id, const ListId& list_id, SharedMessage farewell) {
  on_each_shard([nsp = nsp_, personal = room_of(user_id), room = room_of(list_id), farewell = std::move(farewell)] {
    nsp->rooms().for_each(personal, [&](socketio::Socket& socket) {
      if (!nsp->rooms().contains(socket, room)) return;
      socket.emit(farewell);
      nsp->rooms().leave(socket, room);
    });
  });
}

std::set<ListId> Hub::lists_of(const socketio::Socket& socket) const {
  std::set<ListId> lists;
  for (const std::string_view room : nsp_->rooms().rooms_of(socket))
    if (const auto list_id = list_of(room)) lists.insert(*list_id);
  return lists;
}

void Hub::to_socket(const SocketRef& socket, SharedMessage message) {
  socket.shard->dispatch([weak = socket.socket, message = std::move(message)] {
    if (const auto target = weak.lock()) target->emit(message);
  });
}

void Hub::disconnect_login(const std::string& family, SharedMessage farewell) {
  on_each_shard([nsp = nsp_, room = room_of_login(family), farewell = std::move(farewell)] {
    nsp->rooms().for_each(room, [&](socketio::Socket& socket) {
      socket.emit(farewell);
      socket.disconnect();
    });
  });
}

void Hub::rename_user(const UserId& user_id, const std::string& name) {
  on_each_shard([nsp = nsp_, personal = room_of(user_id), name] {
    nsp->rooms().for_each(personal, [&](socketio::Socket& socket) { socket.data<Caller>()->identity.name = name; });
  });
}

void Hub::enter_personal_rooms(socketio::Socket& socket, const Caller& caller) {
  nsp_->rooms().join(socket, room_of(caller.user_id));
  if (caller.identity.is_builtin && caller.identity.family)
    nsp_->rooms().join(socket, room_of_login(*caller.identity.family));
}

}  // namespace collab::events
