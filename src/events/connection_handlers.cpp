// join, join_list, authenticate, presence.
#include <map>
#include <set>

#include "events/encode_list.hpp"
#include "events/handlers.hpp"
#include "events/messages.hpp"
#include "events/snapshots.hpp"

namespace collab::events {
namespace {

/// How often `join` looks again at what was shared with the user meanwhile.
constexpr int max_rounds = 10;

/// What a socket got when it entered a list: what `user_lists` says of it.
struct Entered {
  ListId list_id;
  SharedMessage snapshot;  ///< null: the client's copy is current, or it got a delta
  std::string header;      ///< then: the list without its items
  std::string_view entry() const { return snapshot ? argument_of(snapshot) : std::string_view(header); }
};

// One message from the list's shard: into the room, with all that happened before.
Entered enter(const HandlerParts& parts, replica::Replica& replica, const ListState& state, const Request& request,
              const std::optional<KnownPosition>& known) {
  const Role role = state.role_of(request.user_id);
  Entered entered;
  entered.list_id = state.id;
  SharedMessage message;
  if (known && can_give_delta(state, known->epoch.value, known->rev.value)) {
    entered.header = encode_list_header(state, role);
    if (known->rev.value != state.rev)
      message = socketio::make_event("list_delta", encode_list_delta(state, known->rev.value, role));
  } else {
    message = entered.snapshot = snapshot_message(replica, state, role);
  }
  parts.hub.enter(request.socket, state.id, message);
  return entered;
}

// Those who are looking at the list already, for who enters.
void send_presence(const HandlerParts& parts, const Request& request, const ListId& list_id) {
  const auto entries = parts.presence[parts.lists.owner(list_id).index()]->entries(list_id);
  if (entries.empty()) return;
  parts.hub.to_socket(request.socket, presence_message(list_id, entries));
}

// Another server may have told of what has not arrived here yet: that the list was shared, or a newer revision.
bool seems_behind(const ListState& state, const Request& request, const std::optional<KnownPosition>& known) {
  if (!state.exists()) return false;  // such lists are not kept: it was looked for just now
  if (!services::Lists::check_readable(state, request.user_id)) return true;
  return known && known->epoch.value == epoch_of(state) && known->rev.value > state.rev;
}

Task<Result<Entered>> enter_list(const HandlerParts& parts, const Request& request, ListId list_id,
                                 std::optional<KnownPosition> known) {
  auto read_and_enter = [&]() -> Task<Result<Entered>> {
    if (parts.entry_probe) co_await parts.entry_probe->before_state(list_id);
    replica::Replica& replica = parts.lists.replica_of(list_id);
    Result<ListView> state = co_await replica.read(list_id);
    if (state && seems_behind(**state, request, known)) state = co_await replica.read_current(list_id);
    if (!state) co_return state.error();
    if (const Result<void> readable = services::Lists::check_readable(**state, request.user_id); !readable)
      co_return readable.error();
    if (parts.entry_probe) parts.entry_probe->state_taken(list_id);
    // From the state to the room nothing may wait: what becomes durable meanwhile would be missed.
    Entered entered = enter(parts, replica, **state, request, known);
    send_presence(parts, request, list_id);
    co_return entered;
  };
  co_return co_await parts.lists.owner(list_id).run(read_and_enter);
}

// What was shared or taken away since `join` began was told at once, and user_lists must not contradict it. Forgets the
// lists that were taken away, and returns those that came.
std::vector<ListId> agree_with_rooms(const HandlerParts& parts, const Request& request, std::vector<Entered>& entered) {
  const auto socket = request.socket.socket.lock();
  if (!socket) return {};
  std::set<ListId> present = parts.hub.lists_of(*socket);
  std::erase_if(entered, [&](const Entered& one) { return present.erase(one.list_id) == 0; });
  return {present.begin(), present.end()};
}

Task<Result<AckFields>> join(const HandlerParts& parts, Request& request, JoinEvent event) {
  const Result<std::vector<ListId>> lists = co_await parts.lists.lists_of(request.user_id, request.user_name);
  if (!lists) co_return lists.error();
  std::map<ListId, KnownPosition> known;
  if (event.known)
    for (auto& [list_id, position] : event.known->entries) known.emplace(list_id, std::move(position));

  std::vector<Entered> entered;
  std::vector<ListId> missing = *lists;
  std::optional<SendTurn> last_turn;
  int rounds = 0;
  do {
    last_turn.reset();
    for (const ListId& list_id : missing) {
      std::optional<KnownPosition> position;
      if (const auto found = known.find(list_id); found != known.end()) position = found->second;
      // One list at a time, as the socket takes them: a thousand lists do not pile up in its queue.
      const Result<SendTurn> turn = co_await take_send_turn(request.socket);
      if (!turn) co_return turn.error();
      Result<Entered> one = co_await enter_list(parts, request, list_id, std::move(position));
      if (one)
        entered.push_back(std::move(*one));
      else if (one.error().code == Errc::unavailable)
        co_return one.error();
      // Otherwise it was taken away in this very moment, and is not the user's any more.
    }
    Result<SendTurn> turn = co_await take_send_turn(request.socket);
    if (!turn) co_return turn.error();
    last_turn.emplace(std::move(*turn));
    known.clear();  // what was shared meanwhile was sent whole
    missing = agree_with_rooms(parts, request, entered);
  } while (!missing.empty() && ++rounds < max_rounds);
  std::vector<std::string_view> entries;
  entries.reserve(entered.size());
  for (const Entered& one : entered) entries.push_back(one.entry());
  parts.hub.to_socket(request.socket, socketio::make_event("user_lists", encode_user_lists(entries)));
  co_return AckFields();
}

Task<Result<AckFields>> set_presence(const HandlerParts& parts, Request& request, PresenceEvent event) {
  const ListId list_id = event.list_id;
  if (Caller* const caller = request.caller()) caller->present_in.insert(list_id);
  auto set = [&]() -> Task<Result<void>> {
    const Result<ListView> state = co_await parts.lists.replica_of(list_id).read(list_id);
    if (!state) co_return state.error();
    if (const Result<void> readable = services::Lists::check_readable(**state, request.user_id); !readable)
      co_return readable.error();
    services::PresenceEntry entry{request.user_id, request.user_name, request.socket.id, event.item_id,
                                  event.state.value};
    if (const Member* member = (*state)->find_member(request.user_id); member && member->name)
      entry.name = member->name;
    if (!parts.presence[parts.lists.owner(list_id).index()]->set(list_id, std::move(entry)))
      co_return Error{Errc::limit_exceeded, "Too many are looking at this list"};
    co_return ok();
  };
  const Result<void> is_set = co_await parts.lists.owner(list_id).run(set);
  if (!is_set) co_return is_set.error();
  co_return AckFields();
}

}  // namespace

void add_connection_handlers(Router& router, const HandlerParts& parts) {
  router.on<JoinEvent>([&parts](Request& request, JoinEvent event) { return join(parts, request, std::move(event)); });
  router.on<JoinListEvent>([&parts](Request& request, JoinListEvent event) -> Task<Result<AckFields>> {
    const Result<SendTurn> turn = co_await take_send_turn(request.socket);
    if (!turn) co_return turn.error();
    const Result<Entered> entered = co_await enter_list(parts, request, event.list_id, std::move(event.since));
    if (!entered) co_return entered.error();
    co_return AckFields();
  });
  router.on<AuthenticateEvent>([&parts](Request& request, AuthenticateEvent event) {
    return parts.application.authenticate(request, std::move(event.token.value));
  });
  router.on<PresenceEvent>(
      [&parts](Request& request, PresenceEvent event) { return set_presence(parts, request, std::move(event)); });
}

}  // namespace collab::events
