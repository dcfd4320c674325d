#include "redis/connection.hpp"

#include "redis/dialer.hpp"
#include "redis/wire.hpp"

namespace collab::redis {
namespace {

Task<Result<Reply>> send_kept(std::shared_ptr<Wire> wire, Arguments command,
                              std::optional<Connection::Milliseconds> deadline) {
  co_return co_await Wire::send(std::move(wire), command, deadline);
}

Task<Result<std::vector<Reply>>> send_all_kept(std::shared_ptr<Wire> wire, std::vector<Arguments> commands,
                                               std::optional<Connection::Milliseconds> deadline) {
  co_return co_await Wire::send_all(std::move(wire), commands, deadline);
}

Task<Result<Reply>> evaluate_kept(std::shared_ptr<Wire> wire, Script script, Arguments keys, Arguments arguments) {
  const Arguments by_sha = script.by_sha(keys, arguments);
  auto reply = co_await Wire::send(wire, by_sha, std::nullopt);
  if (!reply || !reply->is_error("NOSCRIPT")) co_return reply;
  const Arguments by_text = script.by_text(keys, arguments);
  co_return co_await Wire::send(wire, by_text, std::nullopt);
}

Task<Result<std::unique_ptr<Connection>>> open_alone(std::shared_ptr<Dialer> dialer, Address address) {
  co_return co_await dialer->open(std::move(address));
}

}  // namespace

Task<Result<std::unique_ptr<Connection>>> Connection::open(asio::io_context& io, Settings settings, Address address) {
  return open_alone(std::make_shared<Dialer>(io, std::move(settings)), std::move(address));
}

Connection::Connection(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
Connection::~Connection() { wire_->abandon(); }

Task<Result<Reply>> Connection::send(Arguments command, std::optional<Milliseconds> deadline) {
  return send_kept(wire_, std::move(command), deadline);
}

Task<Result<std::vector<Reply>>> Connection::send_all(std::vector<Arguments> commands,
                                                      std::optional<Milliseconds> deadline) {
  return send_all_kept(wire_, std::move(commands), deadline);
}

Task<Result<Reply>> Connection::evaluate(Script script, Arguments keys, Arguments arguments) {
  return evaluate_kept(wire_, std::move(script), std::move(keys), std::move(arguments));
}

bool Connection::is_open() const { return wire_->is_open(); }
void Connection::close(const std::string& why) { wire_->close(why); }

void Connection::on_close(std::function<void(const std::string& why)> handler) {
  if (wire_->is_open() || !handler)
    wire_->on_close = std::move(handler);
  else
    asio::post(wire_->io, [handler = std::move(handler), why = wire_->why_closed] { handler(why); });
}

const Address& Connection::address() const { return wire_->address; }
const Greeting& Connection::greeting() const { return wire_->greeting; }
std::size_t Connection::in_flight() const { return wire_->expected_replies(); }
std::optional<std::chrono::microseconds> Connection::round_trip() const { return wire_->round_trip; }

void Connection::listen(std::function<void(Reply)> handler, std::function<void()> after_read) {
  wire_->listen(std::move(handler), std::move(after_read));
}

bool Connection::tell(const Arguments& command) { return wire_->tell(command); }

}  // namespace collab::redis
