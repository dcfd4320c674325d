// How Nodes finds the master that sentinels watch.
#include <algorithm>

#include "redis/nodes.hpp"
#include "redis/unavailable.hpp"

namespace collab::redis {
namespace {

std::optional<Address> address_in(const Reply& reply) {
  if (!reply.is_array() || reply.elements.size() != 2) return std::nullopt;
  Address address;
  address.host = reply.elements[0].text;
  const int port = std::atoi(reply.elements[1].text.c_str());
  if (address.host.empty() || port < 1 || port > 65'535) return std::nullopt;
  address.port = static_cast<std::uint16_t>(port);
  return address;
}

}  // namespace

Task<Result<std::unique_ptr<Connection>>> Nodes::open_some_sentinel(std::shared_ptr<Nodes> self) {
  std::string problem = "no sentinel is known";
  for (const Address& sentinel : std::vector(self->sentinels_)) {
    auto connection = co_await self->dialer->open_sentinel(sentinel);
    if (connection || self->is_stopped_) co_return connection;
    problem = "sentinel " + to_string(sentinel) + ": " + connection.error().message;
  }
  co_return unavailable(problem);
}

Task<Result<Address>> Nodes::find_master(std::shared_ptr<Nodes> self) {
  std::string problem = "no sentinel is known";
  const std::string& name = self->dialer->settings->master_name;
  for (const Address& sentinel : std::vector(self->sentinels_)) {
    problem = "sentinel " + to_string(sentinel) + ": ";
    auto connection = co_await self->dialer->open_sentinel(sentinel);
    if (self->is_stopped_) co_return unavailable("it is not needed any more");
    if (!connection) {
      problem += connection.error().message;
      continue;
    }
    auto reply = co_await (*connection)->send(Arguments("SENTINEL", "get-master-addr-by-name", name));
    if (self->is_stopped_) co_return unavailable("it is not needed any more");
    const auto address = reply ? address_in(*reply) : std::nullopt;
    if (address) {
      const auto answered = std::find(self->sentinels_.begin(), self->sentinels_.end(), sentinel);
      if (answered != self->sentinels_.end()) std::rotate(self->sentinels_.begin(), answered, answered + 1);
      co_return *address;
    }
    if (!reply)
      problem += reply.error().message;
    else if (reply->is_error())
      problem += reply->text;
    else
      problem += "it knows no master named " + name;
  }
  co_return unavailable(problem);
}

void Nodes::watch_sentinels() {
  sentinel_watch_ = std::make_shared<Link>(dialer, "sentinels", std::nullopt,
                                           [weak = weak_from_this()] { return open_some_sentinel(weak.lock()); });
  sentinel_watch_->on_up = [this] {
    Connection* connection = sentinel_watch_->connection();
    if (!connection) return;
    connection->listen(
        [weak = weak_from_this()](const Reply& reply) {
          if (const auto self = weak.lock()) self->on_sentinel_message(reply);
        },
        nullptr);
    connection->tell(Arguments("SUBSCRIBE", "+switch-master"));
  };
  sentinel_watch_->start();
}

// ["message", "+switch-master", "<name> <old host> <old port> <new host> <new port>"]
void Nodes::on_sentinel_message(const Reply& reply) {
  if (is_stopped_ || !reply.is_array() || reply.elements.size() != 3) return;
  if (reply.elements[0].text != "message" || reply.elements[1].text != "+switch-master") return;
  const std::string& message = reply.elements[2].text;
  if (!message.starts_with(dialer->settings->master_name + " ")) return;
  const Connection* present = masters_.front().link->connection();
  const std::string new_place =
      present ? " " + present->address().host + " " + std::to_string(present->address().port) : "";
  if (!present || !message.ends_with(new_place)) lose_master("the sentinels have chosen another master");
}

}  // namespace collab::redis
