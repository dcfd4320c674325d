#include "redis/wire.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>

#include "redis/unavailable.hpp"

namespace collab::redis {
namespace {

using boost::system::error_code;

constexpr std::size_t read_size = 32 * 1024;
constexpr std::size_t kept_capacity = 1024 * 1024;  // a larger buffer is given back once it is empty

bool is_pong(const Reply& reply) {
  if (reply.kind == Reply::Kind::status) return reply.text == "PONG";
  return reply.is_array() && !reply.elements.empty() && reply.elements.front().text == "pong";
}

std::string in_milliseconds(std::chrono::milliseconds time) { return std::to_string(time.count()) + " ms"; }

}  // namespace

Wire::Wire(asio::io_context& context, std::shared_ptr<const Settings> how, std::shared_ptr<Counters> counters,
           Address where)
    : io(context),
      settings(std::move(how)),
      address(std::move(where)),
      counters_(std::move(counters)),
      stream_(context),
      guard_(context),
      deadline_timer_(context),
      silence_timer_(context),
      in_(read_size),
      reader_(settings->max_reply_bytes) {}

Task<std::string> Wire::connect(std::shared_ptr<Wire> self, std::shared_ptr<TlsContext> tls) {
  auto endpoints = co_await self->resolve();
  if (!endpoints) co_return endpoints.error().message;
  std::string problem = co_await self->stream_.connect(std::move(*endpoints));
  if (problem.empty() && tls && self->is_open_) problem = co_await self->stream_.shake_hands(*tls, self->address.host);
  if (!self->is_open_) co_return self->why_closed;
  if (problem.empty()) self->read();
  co_return problem;
}

Task<Result<std::vector<Stream::Endpoint>>> Wire::resolve() {
  std::vector<Stream::Endpoint> endpoints;
  if (address.is_unix()) {
    endpoints.emplace_back(asio::local::stream_protocol::endpoint(address.path));
    co_return endpoints;
  }
  error_code fault;
  const auto ip = asio::ip::make_address(address.host, fault);
  if (!fault) {
    endpoints.emplace_back(asio::ip::tcp::endpoint(ip, address.port));
    co_return endpoints;
  }
  // getaddrinfo() cannot be interrupted, but we need not wait for it: shut() sets `done` as well.
  const auto resolving = std::make_shared<Resolving>(io);
  resolving_ = resolving;
  resolving->resolver.async_resolve(address.host, std::to_string(address.port),
                                    [resolving](const error_code& failed, const auto& found) {
                                      if (resolving->is_done) return;
                                      resolving->is_done = true;
                                      if (failed) return resolving->done.set(unavailable(failed.message()));
                                      std::vector<Stream::Endpoint> all;
                                      for (const auto& entry : found) all.emplace_back(entry.endpoint());
                                      resolving->done.set(std::move(all));
                                    });
  auto found = co_await resolving->done.wait();
  resolving_ = nullptr;
  co_return found;
}

void Wire::arm_guard(Milliseconds limit) {
  guard_.expires_after(limit);
  guard_.async_wait([weak = weak_from_this(), limit](const error_code& cancelled) {
    const auto self = weak.lock();
    if (!cancelled && self) self->close("no connection within " + in_milliseconds(limit));
  });
}

Result<void> Wire::check(std::size_t commands) const {
  if (!is_open_) return unavailable("Redis is not connected");
  if (expected_ + commands > settings->max_in_flight) return unavailable("too many commands wait for Redis");
  return ok();
}

Wire::Flight& Wire::take_off(std::size_t expected, std::optional<Milliseconds> deadline) {
  Flight& flight = flights_.emplace_back();
  flight.expected = expected;
  flight.sent = Clock::now();
  flight.deadline = flight.sent + deadline.value_or(settings->command_deadline);
  expected_ += expected;
  unwritten_ += 1;
  watch_deadline(flight.deadline);
  flush_later();
  return flight;
}

Task<Result<Reply>> Wire::send(std::shared_ptr<Wire> self, const Arguments& command,
                               std::optional<Milliseconds> deadline) {
  const auto possible = self->check(1);
  if (!possible) {
    self->counters_->refused.add();
    co_return possible.error();
  }
  self->counters_->commands.add();
  command.write_to(self->out_);
  Flight& flight = self->take_off(1, deadline);
  auto replies = co_await flight.done.wait();
  if (!replies) co_return replies.error();
  co_return std::move(replies->front());
}

Task<Result<std::vector<Reply>>> Wire::send_all(std::shared_ptr<Wire> self, const std::vector<Arguments>& commands,
                                                std::optional<Milliseconds> deadline) {
  if (commands.empty()) co_return std::vector<Reply>();
  const auto possible = self->check(commands.size());
  if (!possible) {
    self->counters_->refused.add(commands.size());
    co_return possible.error();
  }
  self->counters_->commands.add(commands.size());
  for (const Arguments& command : commands) command.write_to(self->out_);
  Flight& flight = self->take_off(commands.size(), deadline);
  flight.replies.reserve(commands.size());
  co_return co_await flight.done.wait();
}

void Wire::listen(std::function<void(Reply)> handler, std::function<void()> after_read) {
  listener_ = std::move(handler);
  after_read_ = std::move(after_read);
}

bool Wire::tell(const Arguments& command) {
  if (!is_open_) return false;
  command.write_to(out_);
  counters_->commands.add();
  wants_ping_ = true;
  flush_later();
  return true;
}

void Wire::ping() {
  wants_ping_ = false;
  Arguments("PING").write_to(out_);
  take_off(1, std::nullopt).is_ping = true;
}

void Wire::keep_alive() {
  silence_timer_.expires_at(std::max(last_heard, Clock::now()) + settings->keepalive);
  silence_timer_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self || !self->is_open_) return;
    if (self->flights_.empty() && Clock::now() - self->last_heard >= self->settings->keepalive) self->ping();
    self->keep_alive();
  });
}

// Once per turn: the posted call runs after every handler that was ready when the first command was issued.
void Wire::flush_later() {
  if (is_flush_due_ || is_writing_) return;
  is_flush_due_ = true;
  asio::post(io, [self = shared_from_this()] {
    self->is_flush_due_ = false;
    self->flush();
  });
}

void Wire::flush() {
  if (!is_open_ || is_writing_) return;
  if (wants_ping_ && flights_.empty()) ping();
  if (out_.empty()) return;
  std::swap(out_, writing_);
  unwritten_ = 0;
  is_writing_ = true;
  stream_.write(asio::buffer(writing_), [self = shared_from_this()](const error_code& fault, std::size_t) {
    // What the peer said before it hung up is still to be read, so the reader tells of the end.
    if (fault) return;
    self->is_writing_ = false;
    self->writing_.clear();
    if (self->writing_.capacity() > kept_capacity) std::string().swap(self->writing_);
    self->flush();
  });
}

void Wire::read() {
  stream_.read_some(asio::buffer(in_), [self = shared_from_this()](const error_code& fault, std::size_t size) {
    self->on_read(fault, size);
  });
}

void Wire::on_read(const error_code& fault, std::size_t size) {
  if (!is_open_) return;
  if (fault) return close(parting_words(fault));
  last_heard = Clock::now();
  reader_.feed(std::string_view(in_.data(), size));
  while (is_open_) {
    auto reply = reader_.next();
    if (!reply) break;
    take(std::move(*reply));
  }
  if (is_open_ && after_read_) after_read_();
  if (is_open_ && reader_.has_failed()) close("this is not Redis' protocol: " + reader_.problem());
  if (!is_open_) return;
  if (wants_ping_) flush_later();
  read();
}

// Why the peer has gone. A server that does not want us says so in reply to our first command, and hangs up.
std::string Wire::parting_words(const error_code& fault) const {
  if (!flights_.empty() && !flights_.front().replies.empty() && flights_.front().replies.back().is_error())
    return flights_.front().replies.back().text;
  return fault == asio::error::eof ? "Redis closed the connection" : fault.message();
}

void Wire::take(Reply reply) {
  if (listener_ && !is_pong(reply)) return listener_(std::move(reply));
  if (!flights_.empty()) return land(std::move(reply));
  // What a server says that does not want us: "ERR max number of clients reached".
  close(reply.is_error() ? reply.text : "a reply to no command: " + to_string(reply));
}

void Wire::land(Reply reply) {
  Flight& flight = flights_.front();
  flight.replies.push_back(std::move(reply));
  expected_ -= 1;
  if (flight.replies.size() < flight.expected) return;
  if (flight.is_ping) round_trip = std::chrono::duration_cast<std::chrono::microseconds>(last_heard - flight.sent);
  flight.done.set(std::move(flight.replies));
  flights_.pop_front();
}

// One timer, set to the earliest deadline that anybody has asked for. It is not reset when replies come: when it goes
// off, whoever is late is found by looking.
void Wire::watch_deadline(Clock::time_point deadline) {
  if (watched_deadline_ && *watched_deadline_ <= deadline) return;
  watched_deadline_ = deadline;
  deadline_timer_.expires_at(deadline);
  deadline_timer_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
    const auto self = weak.lock();
    if (!cancelled && self && self->is_open_) self->look_at_deadlines();
  });
}

void Wire::look_at_deadlines() {
  watched_deadline_ = std::nullopt;
  if (flights_.empty()) return;
  const auto by_deadline = [](const Flight& a, const Flight& b) { return a.deadline < b.deadline; };
  const Flight& next = *std::min_element(flights_.begin(), flights_.end(), by_deadline);
  if (next.deadline > Clock::now()) return watch_deadline(next.deadline);
  counters_->missed_deadlines.add();
  const auto patience = std::chrono::duration_cast<Milliseconds>(next.deadline - next.sent);
  close("no reply within " + in_milliseconds(patience));
}

bool Wire::shut(const std::string& why) {
  if (!is_open_) return false;
  is_open_ = false;
  why_closed = why;
  stream_.close();
  guard_.cancel();
  deadline_timer_.cancel();
  silence_timer_.cancel();
  if (resolving_ && !resolving_->is_done) {
    resolving_->is_done = true;
    resolving_->resolver.cancel();
    resolving_->done.set(unavailable(why));
  }
  return true;
}

void Wire::close(const std::string& why) {
  if (!shut(why)) return;
  const std::size_t written = flights_.size() - unwritten_;
  for (std::size_t i = 0; i < flights_.size(); ++i)
    flights_[i].done.set(
        unavailable("the connection to Redis was lost", i < written ? Outcome::unknown : Outcome::not_executed));
  flights_.clear();
  expected_ = unwritten_ = 0;
  if (on_close) asio::post(io, [handler = std::exchange(on_close, nullptr), why] { handler(why); });
}

void Wire::abandon() {
  shut("it is not needed any more");
  on_close = nullptr;
  flights_.clear();
}

}  // namespace collab::redis
