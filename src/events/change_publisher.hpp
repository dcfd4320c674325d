// Change -> event -> room: what everybody hears of what was done.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "events/caller.hpp"
#include "events/hub.hpp"
#include "model/change_listener.hpp"
#include "services/lists.hpp"
#include "services/presence.hpp"

namespace collab::events {

/// The listener of one shard's replica; on that shard.
class ChangePublisher final : public ChangeListener {
 public:
  ChangePublisher(Hub& hub, replica::Replica& replica, services::Presence& presence)
      : hub_(hub), replica_(replica), presence_(presence) {}

  void on_change(const ListView& before, const ListView& after, const SharedChange& change) override;

  /// A notice came: this user has or had access to the list, and the change that says so may have been heard of by
  /// another server only. His sockets enter or leave. On the shard's list.
  Task<void> look_again(services::Lists& lists, UserId user_id, ListId list_id);

  /// Who creates (or restores) a list hears `list_created`, his other sockets `list_snapshot`: names that socket until
  /// forget_creator(). If another one is expected for this list already, that one stays.
  void expect_creator(const ListId& list_id, const SocketRef& socket) { creators_.emplace(list_id, socket); }
  void forget_creator(const ListId& list_id, const SocketRef& socket);

 private:
  void publish_to_members(const ListState& state, const SharedChange& change);
  void publish_membership(const ListView& before, const ListState& after, const Change& change);
  void expel(const ListState& after, const Change& change);
  void publish_to_room(const ListState& after, const Change& change);
  /// Changes were missed: everybody gets the list anew.
  void resynchronise(const ListView& before, const ListState& after);

  Hub& hub_;
  replica::Replica& replica_;
  services::Presence& presence_;
  std::unordered_map<ListId, SocketRef> creators_;
};

}  // namespace collab::events
