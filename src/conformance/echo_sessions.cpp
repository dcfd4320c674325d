#include "conformance/echo_sessions.hpp"

namespace collab::conformance {
namespace {

class Echo final : public engineio::SessionHandler {
 public:
  explicit Echo(engineio::Session& session) : session_(session) {}

  void on_message(engineio::Message::Kind kind, std::string_view data) override {
    engineio::MessageBuilder builder(kind, data.size() + 1);
    if (kind == engineio::Message::Kind::text) builder.out() += '4';
    builder.append(data);
    session_.send(std::move(builder).finish());
  }
  void on_close(engineio::CloseReason) override {}

 private:
  engineio::Session& session_;
};

}  // namespace

std::unique_ptr<engineio::SessionHandler> EchoSessions::make_handler(engineio::Session& session) {
  return std::make_unique<Echo>(session);
}

}  // namespace collab::conformance
