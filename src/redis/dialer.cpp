#include "redis/dialer.hpp"

#include "redis/unavailable.hpp"
#include "redis/wire.hpp"

namespace collab::redis {
namespace {

// The value of a line of INFO: "role:master\r\n" -> "master".
std::string info_value(std::string_view info, std::string_view name) {
  const std::string key = std::string(name) + ":";
  for (std::size_t at = info.find(key); at != std::string_view::npos; at = info.find(key, at + 1)) {
    if (at > 0 && info[at - 1] != '\n') continue;
    const std::string_view rest = info.substr(at + key.size());
    return std::string(rest.substr(0, rest.find_first_of("\r\n")));
  }
  return {};
}

std::shared_ptr<TlsContext> tls_for(const Settings& settings) {
  return settings.tls.is_on ? std::make_shared<TlsContext>(settings.tls) : nullptr;
}

// AUTH, as far as something is set.
void add_credentials(const std::string& user, const std::string& password, std::vector<Arguments>& commands) {
  if (password.empty()) return;
  Arguments auth("AUTH");
  if (!user.empty()) auth.add(user);
  auth.add(password);
  commands.push_back(std::move(auth));
}

// The first error among the replies, "" if there is none.
std::string first_error(const std::vector<Reply>& replies) {
  for (const Reply& reply : replies)
    if (reply.is_error()) return reply.text;
  return {};
}

}  // namespace

Dialer::Dialer(asio::io_context& context, Settings how)
    : io(context), settings(std::make_shared<const Settings>(std::move(how))), tls_(tls_for(*settings)) {}

Task<Result<std::unique_ptr<Connection>>> Dialer::open(std::shared_ptr<Dialer> self, Address address,
                                                       bool is_sentinel) {
  if (self->is_stopped_) co_return unavailable("it is not needed any more");
  const auto wire = std::make_shared<Wire>(self->io, self->settings, self->counters, std::move(address));
  std::unique_ptr<Connection> connection(new Connection(wire));
  std::erase_if(self->opened_, [](const auto& weak) { return weak.expired(); });
  self->opened_.push_back(wire);
  wire->arm_guard(self->settings->connect_deadline);
  std::string problem = co_await Wire::connect(wire, self->tls_);
  if (!problem.empty()) co_return unavailable(std::move(problem));
  Result<void> greeted = ok();
  if (is_sentinel)
    greeted = co_await greet_sentinel(self, wire);
  else
    greeted = co_await greet(self, wire);
  if (!greeted) co_return unavailable(wire->is_open() ? greeted.error().message : wire->why_closed);
  wire->disarm_guard();
  wire->keep_alive();
  co_return connection;
}

Task<Result<void>> Dialer::greet(std::shared_ptr<Dialer> self, std::shared_ptr<Wire> wire) {
  const Settings& settings = *self->settings;
  std::vector<Arguments> commands;
  add_credentials(settings.user, settings.password, commands);
  if (settings.database != 0) commands.emplace_back("SELECT", settings.database);
  commands.emplace_back("PING");  // refused while data is being loaded
  commands.emplace_back("INFO", "replication");
  const std::size_t info = commands.size() - 1;
  for (const Arguments& preload : self->preloads) commands.push_back(preload);
  const auto begin = Wire::Clock::now();
  auto replies = co_await Wire::send_all(wire, commands, settings.connect_deadline);
  if (!replies) co_return replies.error();
  const std::string refusal = first_error(*replies);
  if (!refusal.empty()) co_return unavailable(refusal);
  wire->round_trip = std::chrono::duration_cast<std::chrono::microseconds>(Wire::Clock::now() - begin);
  const std::string role = info_value((*replies)[info].text, "role");
  if (role.empty()) co_return unavailable("it says neither that it is a master nor a replica: is it a sentinel?");
  wire->greeting.is_master = role == "master";
  wire->greeting.replication_id = info_value((*replies)[info].text, "master_replid");
  // A user without the right to name itself is served all the same, so this reply may be an error.
  const Arguments name("CLIENT", "SETNAME", settings.client_name);
  auto named = co_await Wire::send(wire, name, settings.connect_deadline);
  if (!named) co_return named.error();
  co_return ok();
}

Task<Result<void>> Dialer::greet_sentinel(std::shared_ptr<Dialer> self, std::shared_ptr<Wire> wire) {
  std::vector<Arguments> commands;
  add_credentials(self->settings->sentinel_user, self->settings->sentinel_password, commands);
  commands.emplace_back("PING");
  auto replies = co_await Wire::send_all(wire, commands, self->settings->connect_deadline);
  if (!replies) co_return replies.error();
  const std::string refusal = first_error(*replies);
  if (!refusal.empty()) co_return unavailable(refusal);
  co_return ok();
}

void Dialer::stop() {
  is_stopped_ = true;
  for (const auto& weak : opened_)
    if (const auto wire = weak.lock()) wire->abandon();
  opened_.clear();
}

}  // namespace collab::redis
