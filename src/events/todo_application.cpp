#include "events/todo_application.hpp"

#include <exception>

#include "core/json.hpp"
#include "core/log.hpp"
#include "events/encode_list.hpp"

namespace collab::events {
namespace {

namespace json = boost::json;
using socketio::ConnectResult;
using socketio::Socket;

// Bytes of an answer that may hold a whole list, and waits for its turn as a snapshot does.
constexpr std::size_t large_answer = 64 * 1024;
constexpr std::string_view authenticate_event = "authenticate";

// The payload of an event is its first argument; none is like null.
const json::value& payload_of(const socketio::Event& event) {
  static const json::value nothing;
  return event.args.empty() ? nothing : event.args.front();
}

ConnectResult refuse(const Error& error) {
  std::string data = R"({"event":"auth_error","code":)";
  append_json_string(data, to_string(error.code));
  data += "}";
  return ConnectResult::refuse(error.message, std::move(data));
}

std::string token_of(const json::value& auth) {
  const json::object* fields = auth.if_object();
  const json::value* token = fields ? fields->if_contains("token") : nullptr;
  const json::string* text = token ? token->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

Error internal_error() { return {Errc::internal, "Something went wrong here; it has been logged"}; }

void report_fault(const Request& request, std::string_view event, const std::exception& fault) {
  log::error("events", "a handler failed",
             {{"event", event}, {"user_id", request.user_id.value}, {"what", fault.what()}});
}

Error login_ended() { return {Errc::token_invalid, "This login has ended. Sign in again"}; }

}  // namespace

// The sockets of one shard whose tokens end, by the time at which something is due.
struct TodoApplication::ExpiryWatch {
  explicit ExpiryWatch(Shard& shard) : timer(shard.io()) {}
  asio::steady_timer timer;
  ExpiryQueue due;
  bool is_stopped = false;
};

/// One event on its way to its answer.
struct TodoApplication::Asked {
  Asked(std::shared_ptr<Socket> by, const Caller& caller, std::string name, socketio::Ack wanted)
      : socket(std::move(by)),
        request{SocketRef(socket), caller.user_id, caller.identity.name},
        event(std::move(name)),
        ack(std::move(wanted)) {}

  std::shared_ptr<Socket> socket;
  Request request;
  std::string event;
  socketio::Ack ack;
  Task<Result<AckFields>> work;
};

TodoApplication::~TodoApplication() = default;

TodoApplication::TodoApplication(Parts parts, Limits limits, std::string version)
    : parts_(std::move(parts)), limits_(limits), version_(std::move(version)) {
  for (unsigned shard = 0; shard < parts_.shards.size(); ++shard)
    expiry_.push_back(std::make_unique<ExpiryWatch>(parts_.shards[shard]));
}

Task<ConnectResult> TodoApplication::on_connect(std::shared_ptr<Socket> socket, json::value auth,
                                                socketio::SharedHandshake handshake) {
  if (handshake->over_address_limit)
    co_return refuse({Errc::rate_limited, "Your address has too many connections open. Close another one first"});
  Result<services::Bearer> bearer = co_await parts_.accounts.authenticate(token_of(auth));
  if (!bearer) co_return refuse(bearer.error());
  UserId user_id{bearer->identity.user_id};
  Result<services::Connections::Slot> slot = co_await parts_.connections.open(std::move(user_id));
  if (!slot) co_return refuse(slot.error());
  const Result<void> remembered = co_await parts_.accounts.remember(bearer->identity);
  if (!remembered) co_return refuse(remembered.error());

  auto caller =
      std::make_unique<Caller>(std::move(*bearer), std::move(*slot), limits_.events_per_second, socket->shard().io());
  socket->set_data(std::move(caller));
  co_return ConnectResult::accept();
}

void TodoApplication::on_connected(const std::shared_ptr<Socket>& socket) {
  const Caller& caller = *socket->data<Caller>();
  parts_.hub.enter_personal_rooms(*socket, caller);
  socket->emit(
      socketio::make_event("connected", encode_connected(caller.user_id, parts_.clock.now(), version_, limits_)));
  watch_expiry(*socket);
  // Between the check and this moment the login may have been ended, and nobody was here to hear it.
  if (caller.identity.is_builtin && caller.identity.family)
    spawn(socket->shard().io(), "check login again", [this, socket] { return check_login_again(socket); });
}

Task<void> TodoApplication::check_login_again(std::shared_ptr<Socket> socket) {
  const std::optional<std::string> family = socket->data<Caller>()->identity.family;
  const Result<std::optional<EpochMs>> end = co_await parts_.accounts.family_end(family.value_or(""));
  if (!end || !socket->is_connected()) co_return;
  if (*end && **end > parts_.clock.now()) {
    socket->data<Caller>()->ends_at = **end;
    watch_expiry(*socket);
    co_return;
  }
  socket->emit(socketio::make_event("auth_error", encode_failure(login_ended())));
  socket->disconnect();
}

void TodoApplication::on_event(const std::shared_ptr<Socket>& socket, socketio::Event event) {
  Caller& caller = *socket->data<Caller>();
  if (const Result<void> admitted = admit(caller, event.name); !admitted)
    return reply(*socket, event.ack, admitted.error());
  auto asked = std::make_unique<Asked>(socket, caller, std::move(event.name), std::move(event.ack));
  // Decoded here and now: what the packet was parsed into goes when this returns.
  asked->work = begin(asked->request, asked->event, payload_of(event));
  ++caller.events_in_flight;
  spawn(socket->shard().io(), "event", [this, asked = std::move(asked)]() mutable { return answer(std::move(asked)); });
}

Result<void> TodoApplication::admit(Caller& caller, std::string_view event) const {
  if (caller.is_expired && event != authenticate_event)
    return Error{Errc::token_expired, "The token has expired. Send `authenticate` with a fresh one"};
  if (caller.events_in_flight >= max_events_in_flight)
    return Error{Errc::rate_limited, "Too many events wait for their answers", {}, 1'000};
  if (const auto wait = caller.budget.take(EventBudget::Clock::now()))
    return Error{Errc::rate_limited,
                 "More than " + std::to_string(limits_.events_per_second) + " events a second",
                 {},
                 wait->count()};
  return ok();
}

Task<void> TodoApplication::answer(std::unique_ptr<Asked> asked) {
  Result<AckFields> outcome = internal_error();
  try {
    outcome = co_await std::move(asked->work);
  } catch (const std::exception& fault) {
    report_fault(asked->request, asked->event, fault);
  }
  std::optional<SendTurn> turn;
  if (asked->ack && outcome && outcome->size() > large_answer) {
    Result<SendTurn> taken = co_await take_send_turn(asked->request.socket);
    if (taken) turn.emplace(std::move(*taken));  // else the answer goes nowhere
  }
  --asked->socket->data<Caller>()->events_in_flight;
  reply(*asked->socket, asked->ack, outcome);
}

Task<Result<AckFields>> TodoApplication::run(Request& request, std::string_view event, const json::value& data) {
  Task<Result<AckFields>> work = begin(request, event, data);
  try {
    co_return co_await std::move(work);
  } catch (const std::exception& fault) {
    report_fault(request, event, fault);
  }
  co_return internal_error();
}

Task<Result<AckFields>> TodoApplication::begin(Request& request, std::string_view event, const json::value& data) {
  const Router::Handler* handle = router_.find(event);
  if (!handle) return ready(Result<AckFields>(Error{Errc::unknown_event, "There is no event of this name"}));
  return (*handle)(request, data);
}

void TodoApplication::reply(Socket& socket, socketio::Ack& ack, const Result<AckFields>& outcome) {
  if (outcome) {
    if (ack) ack.reply(encode_ack(*outcome));
    return;
  }
  if (ack)
    ack.reply(encode_ack(outcome.error()));
  else
    socket.emit(socketio::make_event(event_of(outcome.error().code), encode_failure(outcome.error())));
}

Task<Result<AckFields>> TodoApplication::authenticate(Request& request, std::string token) {
  Result<services::Bearer> bearer = co_await parts_.accounts.authenticate(std::move(token));
  if (!bearer) co_return bearer.error();
  if (bearer->identity.user_id != request.user_id.value)
    co_return Error{Errc::token_invalid, "This token belongs to another user. Open a new connection for it"};
  const auto socket = request.socket.socket.lock();
  if (!socket || !socket->is_connected()) co_return Error{Errc::unavailable, "The connection has closed"};
  Caller& caller = *socket->data<Caller>();
  caller.identity = std::move(bearer->identity);
  caller.ends_at = bearer->ends_at;
  caller.is_expired = false;
  watch_expiry(*socket);
  parts_.hub.enter_personal_rooms(*socket, caller);
  std::string fields = R"("user_id":)";
  append_json_string(fields, request.user_id.value);
  co_return fields;
}

void TodoApplication::on_disconnect(Socket& socket, socketio::DisconnectReason reason) {
  Caller& caller = *socket.data<Caller>();
  forget_expiry(socket);
  caller.send_turns.close();
  log::debug("events", "disconnected", {{"user_id", caller.user_id.value}, {"reason", to_string(reason)}});
  for (const ListId& list_id : caller.present_in) {
    Shard& owner = parts_.lists.owner(list_id);
    owner.dispatch([presence = parts_.presence[owner.index()], list_id, id = std::string(socket.id())] {
      presence->remove_socket(list_id, id);
    });
  }
}

void TodoApplication::watch_expiry(Socket& socket) {
  Caller& caller = *socket.data<Caller>();
  forget_expiry(socket);
  const EpochMs due = caller.ends_at + (caller.is_expired ? expiry_grace : 0);
  caller.expiry = expiry_[socket.shard().index()]->due.emplace(due, &socket);
}

void TodoApplication::forget_expiry(Socket& socket) {
  Caller& caller = *socket.data<Caller>();
  if (const auto place = std::exchange(caller.expiry, std::nullopt)) expiry_[socket.shard().index()]->due.erase(*place);
}

void TodoApplication::start_expiry_watch() {
  for (unsigned shard = 0; shard < parts_.shards.size(); ++shard)
    parts_.shards[shard].dispatch([this, shard] { look_at_clock(shard); });
}

void TodoApplication::look_at_clock(unsigned shard) {
  ExpiryWatch& watch = *expiry_[shard];
  const EpochMs now = parts_.clock.now();
  while (!watch.due.empty() && watch.due.begin()->first <= now) {
    const auto socket = watch.due.begin()->second->shared_from_this();
    Caller& caller = *socket->data<Caller>();
    if (caller.identity.is_builtin) {  // its login may have been prolonged since
      forget_expiry(*socket);
      spawn(socket->shard().io(), "check login again", [this, socket] { return check_login_again(socket); });
      continue;
    }
    if (caller.is_expired) {
      forget_expiry(*socket);
      socket->disconnect();
      continue;
    }
    caller.is_expired = true;
    caller.ends_at = now;  // the grace begins with the announcement: the leeway may have let in a token that had ended
    const Error expired{Errc::token_expired, "The token has expired. Send `authenticate` with a fresh one"};
    socket->emit(socketio::make_event("auth_error", encode_failure(expired)));
    watch_expiry(*socket);
  }
  if (watch.is_stopped) return;
  watch.timer.expires_after(std::chrono::seconds(1));
  watch.timer.async_wait([this, shard](boost::system::error_code cancelled) {
    if (!cancelled) look_at_clock(shard);
  });
}

void TodoApplication::stop() {
  for (unsigned shard = 0; shard < parts_.shards.size(); ++shard)
    parts_.shards[shard].dispatch([this, shard] {
      expiry_[shard]->is_stopped = true;
      expiry_[shard]->timer.cancel();
    });
}

}  // namespace collab::events
