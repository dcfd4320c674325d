#include "engineio/shard_sessions.hpp"

#include <algorithm>

#include "core/uuid.hpp"
#include "engineio/packet.hpp"

namespace collab::engineio {
namespace {

// A sid is the shard's index in two characters of base64url and 128 random bits in 22.
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t random_bytes = 16;

Session::Sid make_sid(unsigned shard) {
  Session::Sid sid;
  sid[0] = alphabet[shard >> 6 & 63];
  sid[1] = alphabet[shard & 63];
  const std::string random = random_token(random_bytes);
  std::copy(random.begin(), random.end(), sid.begin() + 2);
  return sid;
}

}  // namespace

ShardSessions::ShardSessions(Shard& shard, const Settings& settings, SessionHandlerFactory& handlers,
                             AddressCounts& addresses)
    : shard_(shard),
      settings_(settings),
      handlers_(handlers),
      addresses_(addresses),
      heartbeat_(shard.io(), settings.ping_interval, settings.ping_timeout) {}

ShardSessions::~ShardSessions() {
  // After an orderly stop() there are none. Otherwise sessions and transports hold each other: part them.
  for (auto& [sid, session] : sessions_) {
    session->transport_.reset();
    session->upgrade_.reset();
    session->release_waiters(false);
  }
}

std::shared_ptr<Session> ShardSessions::open(HandshakeInfo handshake, std::shared_ptr<Transport> transport) {
  if (is_draining_) return nullptr;
  if (settings_.max_sessions_per_address > 0)
    handshake.over_address_limit = addresses_.enter(handshake.remote) > settings_.max_sessions_per_address;
  const TransportKind kind = transport->kind();
  auto session = std::make_shared<Session>(*this, make_sid(shard_.index()),
                                           std::make_shared<const HandshakeInfo>(std::move(handshake)));
  session->start(std::move(transport), handlers_.make_handler(*session));
  sessions_.emplace(session->sid(), session);
  counters_.sessions_open.add();
  counters_.sessions_total.add();
  if (kind == TransportKind::websocket) counters_.websocket_open.add();
  heartbeat_.expect_ping(*session, std::chrono::steady_clock::now());

  MessageBuilder open(Message::Kind::text, 160);
  append_open_packet(open.out(), {.sid = session->sid(),
                                  .may_upgrade = kind == TransportKind::polling,
                                  .ping_interval = settings_.ping_interval,
                                  .ping_timeout = settings_.ping_timeout,
                                  .max_payload = settings_.max_payload});
  session->send(std::move(open).finish());
  return session;
}

std::shared_ptr<Session> ShardSessions::find(std::string_view sid) {
  heartbeat_.run_due(std::chrono::steady_clock::now());
  const auto found = sessions_.find(sid);
  return found == sessions_.end() ? nullptr : found->second;
}

void ShardSessions::close_some(std::size_t count, CloseReason reason) {
  for (; count > 0 && !sessions_.empty(); --count) {
    const auto session = sessions_.begin()->second;
    session->close(reason);
  }
}

void ShardSessions::forget(Session& session) {
  if (settings_.max_sessions_per_address > 0) addresses_.leave(session.handshake()->remote);
  sessions_.erase(session.sid());
}

std::optional<unsigned> ShardSessions::shard_of(std::string_view sid) {
  if (sid.size() != Session::sid_size) return std::nullopt;
  const std::size_t high = alphabet.find(sid[0]), low = alphabet.find(sid[1]);
  if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(high << 6 | low);
}

}  // namespace collab::engineio
