#include "socketio/rooms.hpp"

#include <algorithm>

#include "socketio/socket.hpp"

namespace collab::socketio {

void Rooms::join(Socket& socket, std::string_view room) {
  if (!socket.is_connected() || contains(socket, room)) return;
  auto found = rooms_.find(room);
  if (found == rooms_.end()) {
    found = rooms_.emplace(std::string(room), Room{}).first;
    found->second.name = &found->first;
    if (watcher_) watcher_(room, true);
  }
  Room& entered = found->second;
  socket.rooms_.push_back({&entered, static_cast<std::uint32_t>(entered.members.size())});
  entered.members.push_back(&socket);
}

void Rooms::leave(Socket& socket, std::string_view room) {
  for (std::size_t at = 0; at < socket.rooms_.size(); ++at)
    if (*socket.rooms_[at].room->name == room) return remove(socket, at);
}

void Rooms::leave_all(Socket& socket) {
  while (!socket.rooms_.empty()) remove(socket, socket.rooms_.size() - 1);
  std::vector<Socket::Membership>().swap(socket.rooms_);
}

// The last member moves to the free place, so that leaving a large room does not mean searching it.
void Rooms::remove(Socket& socket, std::size_t membership) {
  const auto [room, at] = socket.rooms_[membership];
  socket.rooms_[membership] = socket.rooms_.back();
  socket.rooms_.pop_back();
  Socket* const moved = room->members.back();
  room->members[at] = moved;
  room->members.pop_back();
  if (moved != &socket)
    for (auto& other : moved->rooms_)
      if (other.room == room) other.at = at;
  if (!room->members.empty()) return;
  const auto found = rooms_.find(*room->name);
  if (watcher_) watcher_(found->first, false);
  rooms_.erase(found);
}

bool Rooms::contains(const Socket& socket, std::string_view room) const {
  return std::any_of(socket.rooms_.begin(), socket.rooms_.end(),
                     [&](const auto& membership) { return *membership.room->name == room; });
}

std::vector<std::string_view> Rooms::rooms_of(const Socket& socket) {
  std::vector<std::string_view> names;
  names.reserve(socket.rooms_.size());
  for (const auto& membership : socket.rooms_) names.push_back(*membership.room->name);
  return names;
}

std::size_t Rooms::size(std::string_view room) const {
  const auto found = rooms_.find(room);
  return found == rooms_.end() ? 0 : found->second.members.size();
}

std::vector<std::shared_ptr<Socket>> Rooms::members(std::string_view room) const {
  std::vector<std::shared_ptr<Socket>> all;
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return all;
  all.reserve(found->second.members.size());
  for (Socket* socket : found->second.members) all.push_back(socket->shared_from_this());
  return all;
}

void Rooms::emit(std::string_view room, const SharedMessage& event, const Socket* except) {
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return;
  for (Socket* socket : found->second.members)
    if (socket != except) socket->emit(event);
}

void Rooms::emit_volatile(std::string_view room, const SharedMessage& event, const Socket* except) {
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return;
  for (Socket* socket : found->second.members)
    if (socket != except) socket->emit_volatile(event);
}

}  // namespace collab::socketio
