#include "conformance/suite_application.hpp"

#include "core/json.hpp"
#include "socketio/server.hpp"

namespace collab::conformance {
namespace {

struct AuthPayload final : socketio::SocketData {
  std::string json;
};

std::string json_of(const boost::json::array& args) {
  std::string text;
  for (const auto& arg : args) {
    if (!text.empty()) text += ',';
    append_json(text, arg);
  }
  return text;
}

}  // namespace

Task<socketio::ConnectResult> SuiteApplication::on_connect(std::shared_ptr<socketio::Socket> socket,
                                                           boost::json::value auth, socketio::SharedHandshake) {
  auto payload = std::make_unique<AuthPayload>();
  if (auth.is_null())
    payload->json = "{}";
  else
    append_json(payload->json, auth);
  socket->set_data(std::move(payload));
  co_return socketio::ConnectResult::accept();
}

void SuiteApplication::on_connected(const std::shared_ptr<socketio::Socket>& socket) {
  if (greeting_ == Greeting::auth)
    socket->emit(socketio::make_event("auth", socket->data<AuthPayload>()->json, socket->nsp().name()));
}

void SuiteApplication::on_event(const std::shared_ptr<socketio::Socket>& socket, socketio::Event event) {
  const std::string args = json_of(event.args);
  const std::string& nsp = socket->nsp().name();
  if (event.name == "message") {
    const auto parts = socketio::make_event("message-back", args, event.attachments, nsp);
    socket->emit(std::span<const socketio::SharedMessage>(parts));
  } else if (event.name == "message-with-ack" || event.name == "echo") {
    event.ack.reply(args, event.attachments);
  } else if (event.name == "hi") {
    socket->emit(socketio::make_event("hi", "", nsp));
  } else if (event.name == "getId") {
    std::string id;
    append_json_string(id, socket->id());
    event.ack.reply(id);
  }
}

}  // namespace collab::conformance
