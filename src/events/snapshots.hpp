// Snapshots of lists, encoded once per rev and role however many sockets join.
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "model/list.hpp"
#include "replica/replica.hpp"
#include "socketio/encode.hpp"

namespace collab::events {

/// The `list_snapshot` of this state for a role, taken from the replica's cache or put there. On the list's shard.
socketio::SharedMessage snapshot_message(replica::Replica& replica, const ListState& state, Role role);

/// The argument of an event made by socketio::make_event: `{…}` out of `42["list_snapshot",{…}]`. Lives as long as the
/// message.
std::string_view argument_of(const socketio::SharedMessage& event);

}  // namespace collab::events
