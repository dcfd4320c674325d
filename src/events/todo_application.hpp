// The namespace "/": who may connect, and how an event finds its handler and its answer.
#pragma once

#include <memory>
#include <vector>

#include "core/clock.hpp"
#include "events/caller.hpp"
#include "events/encode_list.hpp"
#include "events/hub.hpp"
#include "events/router.hpp"
#include "services/account_service.hpp"
#include "services/connections.hpp"
#include "services/lists.hpp"
#include "services/presence.hpp"
#include "socketio/application.hpp"

namespace collab::events {

/// One object for all shards. Everything given by reference outlives it.
class TodoApplication final : public socketio::Application {
 public:
  /// Events of one socket that are being answered at once; what comes on top is `rate_limited`.
  static constexpr std::size_t max_events_in_flight = 1'024;
  /// How long a socket whose token has ended may stay without a fresh one.
  static constexpr EpochMs expiry_grace = 30'000;

  struct Parts {
    ShardSet& shards;
    const Clock& clock;
    services::AccountService& accounts;
    services::Connections& connections;
    services::Lists& lists;
    std::vector<services::Presence*> presence;  ///< by shard
    Hub& hub;
  };

  /// `limits` are told to clients; events_per_second (of one socket; a burst of two seconds' worth passes) is enforced
  /// here.
  TodoApplication(Parts parts, Limits limits, std::string version);
  ~TodoApplication() override;

  /// For the handlers, before the shards start.
  Router& router() { return router_; }

  Task<socketio::ConnectResult> on_connect(std::shared_ptr<socketio::Socket> socket, boost::json::value auth,
                                           socketio::SharedHandshake handshake) override;
  void on_connected(const std::shared_ptr<socketio::Socket>& socket) override;
  void on_event(const std::shared_ptr<socketio::Socket>& socket, socketio::Event event) override;
  void on_disconnect(socketio::Socket& socket, socketio::DisconnectReason reason) override;

  /// Validates and runs one event; what a batch does for each of its ops. A fault of a handler is `internal`.
  /// `data` is read before the first suspension; the others must outlive the task.
  Task<Result<AckFields>> run(Request& request, std::string_view event, const boost::json::value& data);

  /// The `authenticate` event: a fresh token of the same user on a live connection.
  Task<Result<AckFields>> authenticate(Request& request, std::string token);

  /// Tells sockets when their tokens end, and ends those that stay without. On each shard, once a second, while it
  /// runs.
  void start_expiry_watch();
  void stop();

 private:
  struct ExpiryWatch;

  Result<void> admit(Caller& caller, std::string_view event) const;
  Task<Result<AckFields>> begin(Request& request, std::string_view event, const boost::json::value& data);
  struct Asked;
  Task<void> answer(std::unique_ptr<Asked> asked);
  void reply(socketio::Socket& socket, socketio::Ack& ack, const Result<AckFields>& outcome);
  Task<void> check_login_again(std::shared_ptr<socketio::Socket> socket);
  void watch_expiry(socketio::Socket& socket);
  void forget_expiry(socketio::Socket& socket);
  void look_at_clock(unsigned shard);

  Parts parts_;
  const Limits limits_;
  const std::string version_;
  Router router_;
  std::vector<std::unique_ptr<ExpiryWatch>> expiry_;  // by shard
};

}  // namespace collab::events
