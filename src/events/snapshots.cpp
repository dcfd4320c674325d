#include "events/snapshots.hpp"

#include <string>

#include "events/encode_list.hpp"

namespace collab::events {
namespace {

constexpr std::string_view event_name = "list_snapshot";

/// The snapshot messages of one rev: the body is encoded for the first role, and copied for the others.
class EncodedSnapshots final : public replica::Encoding {
 public:
  std::array<socketio::SharedMessage, 4> by_role;

  std::size_t bytes() const override {
    std::size_t total = 0;
    for (const auto& message : by_role)
      if (message) total += message->size();
    return total;
  }
};

std::size_t index_of(Role role) { return static_cast<std::size_t>(role); }

// The text of the same snapshot for another role.
std::string with_role(std::string_view snapshot, Role had, Role wanted) {
  std::string text(snapshot.substr(0, snapshot.size() - snapshot_tail(had).size()));
  text += snapshot_tail(wanted);
  return text;
}

}  // namespace

socketio::SharedMessage snapshot_message(replica::Replica& replica, const ListState& state, Role role) {
  const auto cached = replica.encoding_of<EncodedSnapshots>(state.id, state.rev);
  if (cached && cached->by_role[index_of(role)]) return cached->by_role[index_of(role)];

  auto snapshots = cached ? std::make_shared<EncodedSnapshots>(*cached) : std::make_shared<EncodedSnapshots>();
  std::string text;
  for (const Role had : {Role::viewer, Role::editor, Role::owner})
    if (const auto& other = snapshots->by_role[index_of(had)]; other && text.empty())
      text = with_role(argument_of(other), had, role);
  if (text.empty()) text = encode_snapshot(state, role);

  auto message = socketio::make_event(event_name, text);
  snapshots->by_role[index_of(role)] = message;
  replica.set_encoding(state.id, state.rev, std::move(snapshots));
  return message;
}

std::string_view argument_of(const socketio::SharedMessage& event) {
  std::string_view text = event->payload();
  text.remove_prefix(text.find(',') + 1);
  text.remove_suffix(1);
  return text;
}

}  // namespace collab::events
