#include "redis/client.hpp"

#include "redis/dialer.hpp"
#include "redis/nodes.hpp"
#include "redis/slots.hpp"

namespace collab::redis {
namespace {

std::optional<Slot> slot_for(std::string_view routing_key) {
  if (routing_key.empty()) return std::nullopt;
  return slot_of(routing_key);
}

}  // namespace

Client::Client(asio::io_context& io, Settings settings)
    : nodes_(std::make_shared<Nodes>(std::make_shared<Dialer>(io, std::move(settings)))) {}

Client::~Client() { nodes_->stop(); }

void Client::preload(const Script& script) { nodes_->dialer->preloads.push_back(script.load()); }
void Client::on_connect(ConnectHook hook) { nodes_->hook = std::move(hook); }
void Client::start() { nodes_->start(); }

Task<Result<void>> Client::connected(std::chrono::milliseconds limit) { return Nodes::connected(nodes_, limit); }

Task<Result<Reply>> Client::command(std::string_view routing_key, Arguments command) {
  Request request;
  request.command = std::move(command);
  return Nodes::execute(nodes_, slot_for(routing_key), std::move(request));
}

Task<Result<Reply>> Client::evaluate(const Script& script, Arguments keys, Arguments arguments) {
  const auto slot = slot_for(keys.front());
  Request request;
  request.command = script.by_sha(keys, arguments);
  request.by_text = [script, keys = std::move(keys), arguments = std::move(arguments)] {
    return script.by_text(keys, arguments);
  };
  return Nodes::execute(nodes_, slot, std::move(request));
}

Task<Result<std::unique_ptr<Connection>>> Client::open(std::string_view routing_key) {
  return Nodes::open_dedicated(nodes_, slot_for(routing_key));
}

std::optional<Node> Client::node_of(std::string_view routing_key) const {
  return nodes_->node_of(slot_for(routing_key));
}

std::vector<Node> Client::nodes() const { return nodes_->connected_nodes(); }
Health Client::health() const { return nodes_->health(); }
const Counters& Client::counters() const { return *nodes_->dialer->counters; }
const Settings& Client::settings() const { return *nodes_->dialer->settings; }

}  // namespace collab::redis
