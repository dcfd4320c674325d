// The namespaces that the official Socket.IO protocol suite and the client library's tests talk to.
#pragma once

#include "socketio/application.hpp"

namespace collab::conformance {

/// Answers as docs/conformance.md says. Any shard.
class SuiteApplication final : public socketio::Application {
 public:
  /// Whether the CONNECT payload is sent back as `auth`.
  enum class Greeting { auth, none };
  explicit SuiteApplication(Greeting greeting) : greeting_(greeting) {}

  Task<socketio::ConnectResult> on_connect(std::shared_ptr<socketio::Socket> socket, boost::json::value auth,
                                           socketio::SharedHandshake handshake) override;
  void on_connected(const std::shared_ptr<socketio::Socket>& socket) override;
  void on_event(const std::shared_ptr<socketio::Socket>& socket, socketio::Event event) override;
  void on_disconnect(socketio::Socket&, socketio::DisconnectReason) override {}

 private:
  const Greeting greeting_;
};

}  // namespace collab::conformance
