#include "transport/http_connection.hpp"

#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core/string.hpp>

#include "core/log.hpp"
#include "engineio/packet.hpp"
#include "transport/websocket_connection.hpp"
#include "transport/websocket_handshake.hpp"

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 takes the coroutine frames' own operator new and delete for a mismatch when it optimises with ASan (GCC bug
// 109224).
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace collab::transport {
namespace {

using engineio::TransportKind;

constexpr std::string_view text_type = "text/plain; charset=UTF-8";

bool would_block(int fault) { return fault == EAGAIN || fault == EWOULDBLOCK || fault == EINTR; }

// The faults of Engine.IO, with the codes of its reference implementation.
HttpResponse engine_fault(int code, std::string_view message, unsigned status = 400) {
  return HttpResponse(status, R"({"code":)" + std::to_string(code) + R"(,"message":")" + std::string(message) + "\"}",
                      "application/json");
}

HttpResponse from_poll(engineio::PollAnswer answer) {
  HttpResponse response(answer.status, std::move(answer.body), std::string(text_type));
  response.with("Cache-Control", "no-store");
  return response;
}

std::string joined(const HttpRequest& request, std::string_view name) {
  std::string all;
  for (const auto& [key, value] : request.headers)
    if (boost::beast::iequals(key, name)) all += (all.empty() ? "" : ", ") + value;
  return all;
}

bool wants_websocket(const HttpRequest& request) {
  return has_token(joined(request, "connection"), "upgrade") && has_token(joined(request, "upgrade"), "websocket");
}

}  // namespace

void HttpConnection::start(ShardTransport& home, UniqueFd fd, const boost::asio::ip::address& peer, Serve serve) {
  const auto self = std::make_shared<HttpConnection>(home, std::move(fd), peer, serve);
  if (home.is_stopped()) return self->abort();
  spawn(home.shard().io(), "http connection", [self] { return self->run(nullptr); });
}

HttpConnection::HttpConnection(ShardTransport& home, UniqueFd fd, const boost::asio::ip::address& peer, Serve serve)
    : home_(home),
      socket_(home.shard().io(), peer.is_v4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), fd.release()),
      peer_(peer),
      serve_(serve) {
  home_.enter(*this);
}

void HttpConnection::abort() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  home_.leave(*this, peer_);
}

void HttpConnection::finish() {
  retract_post();
  if (has_left_) return;
  boost::system::error_code ignored;
  // What we have sent must arrive even if something that we have not read is still under way.
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  auto& buffer = home_.buffer();
  while (::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
  }
  abort();
}

Task<void> HttpConnection::run(std::unique_ptr<Arrival> arrival) {
  const auto self = shared_from_this();
  bool has_request = false;
  if (arrival) {
    request_ = std::move(arrival->request);
    in_ = std::move(arrival->behind);
    announced_sid_ = std::move(arrival->announced_sid);
    keep_alive_ = arrival->keep_alive;
    version_ = arrival->version;
    arrival.reset();
    has_request = true;
  }
  for (;;) {
    if (!has_request) {
      const bool is_there = co_await read_request();
      if (!is_there || moves_to_other_shard()) break;
    }
    has_request = false;
    home_.wait_for(*this, WaitFor::nothing);
    home_.counters().requests_total.add();
    const Next next = co_await handle();
    retract_post();
    if (next == Next::end || !socket_.is_open()) break;
    request_ = HttpRequest();
  }
  finish();
}

Task<bool> HttpConnection::receive() {
  boost::system::error_code fault;
  co_await socket_.async_wait(asio::socket_base::wait_read, asio::redirect_error(asio::use_awaitable, fault));
  if (fault || !socket_.is_open()) co_return false;
  auto& buffer = home_.buffer();
  const ssize_t size = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0 && would_block(errno)) co_return true;
  if (size <= 0) co_return false;
  home_.counters().bytes_received.add(static_cast<std::uint64_t>(size));
  in_.append(buffer.data(), static_cast<std::size_t>(size));
  co_return true;
}

Task<bool> HttpConnection::read_request() {
  reader_ = std::make_unique<HttpReader>(home_.settings().max_header);
  home_.wait_for(*this, WaitFor::request);
  bool has_begun = false;
  for (;;) {
    HttpReader::Step step = reader_->read(in_);
    if (step == HttpReader::Step::header) {
      request_ = std::move(reader_->request());
      const bool is_engine = is_for_engine();
      reader_->limit_body(is_engine ? home_.engine()->settings().max_payload : home_.settings().max_body);
      step = reader_->read(in_);
      if (step == HttpReader::Step::more) {
        home_.wait_for(*this, WaitFor::body);
        if (is_engine && request_.method == "POST") announce_post();
        if (reader_->wants_continue()) {
          const bool is_written = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
          if (!is_written) co_return false;
          home_.wait_for(*this, WaitFor::body);
        }
      }
    } else if (!has_begun && reader_->has_begun()) {
      has_begun = true;
      home_.wait_for(*this, WaitFor::header);
    }
    if (step == HttpReader::Step::complete) break;
    if (step == HttpReader::Step::fault) {
      home_.counters().requests_bad.add();
      keep_alive_ = false;
      if (reader_->status() == 413 && is_for_engine()) close_session_of_oversized_post();
      HttpResponse response(reader_->status(), R"({"error":"Bad request"})");
      co_await respond(std::move(response));
      co_return false;
    }
    const bool is_received = co_await receive();
    if (!is_received) co_return false;
  }
  request_.body = std::move(reader_->request().body);
  keep_alive_ = reader_->keeps_alive() && reader_->version() == 11;
  version_ = reader_->version();
  reader_.reset();
  if (in_.empty()) std::string().swap(in_);
  co_return true;
}

Task<bool> HttpConnection::write(std::string bytes) {
  std::string_view left = bytes;
  while (!left.empty()) {
    if (!socket_.is_open()) co_return false;
    const ssize_t size = ::send(socket_.native_handle(), left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && !would_block(errno)) co_return false;
    if (size >= 0) {
      home_.counters().bytes_sent.add(static_cast<std::uint64_t>(size));
      left.remove_prefix(static_cast<std::size_t>(size));
      continue;
    }
    home_.wait_for(*this, WaitFor::write);
    boost::system::error_code fault;
    co_await socket_.async_wait(asio::socket_base::wait_write, asio::redirect_error(asio::use_awaitable, fault));
    if (fault) co_return false;
  }
  co_return socket_.is_open();
}

Task<HttpConnection::Next> HttpConnection::respond(HttpResponse response) {
  HeaderList cors;
  const bool is_preflight = request_.method == "OPTIONS";
  home_.settings().cors.add_headers(request_.header("origin"), request_.header("host"),
                                    is_preflight ? Cors::Answer::preflight : Cors::Answer::plain, cors,
                                    response.headers);
  ResponseFraming framing{.keep_alive = keep_alive_, .is_head = request_.method == "HEAD"};
  std::string bytes = serialize(response, cors, framing);
  const bool is_written = co_await write(std::move(bytes));
  co_return is_written&& keep_alive_ ? Next::next_request : Next::end;
}

Task<HttpConnection::Next> HttpConnection::handle() {
  request_.shard = &home_.shard();
  const TrustedProxies& proxies = home_.settings().proxies;
  request_.remote = proxies.client_of(peer_, joined(request_, "x-forwarded-for"));
  request_.is_secure = proxies.contains(peer_) && boost::beast::iequals(request_.header("x-forwarded-proto"), "https");
  const OriginRights rights = home_.settings().cors.rights(request_.header("origin"), request_.header("host"));
  if (!rights.has_credentials)
    std::erase_if(request_.headers, [](const auto& field) { return boost::beast::iequals(field.first, "cookie"); });

  if (request_.method == "OPTIONS") {
    HttpResponse response(204);
    co_return co_await respond(std::move(response));
  }
  if (is_for_engine()) {
    if (rights.may_connect) co_return co_await handle_engine();
    keep_alive_ = false;
    HttpResponse forbidden = engine_fault(4, "Forbidden", 403);
    co_return co_await respond(std::move(forbidden));
  }
  HttpResponse response = co_await home_.router().handle(request_);
  co_return co_await respond(std::move(response));
}

Task<HttpConnection::Next> HttpConnection::handle_engine() {
  const bool is_upgrade = wants_websocket(request_);
  const std::string_view transport = request_.parameter("transport").value_or("");
  HttpResponse fault;
  if (transport != "polling" && transport != "websocket") {
    fault = engine_fault(0, "Transport unknown");
  } else if (const auto id = request_.parameter("sid")) {
    const auto session = home_.engine()->shard_of(*id) == &home_.shard() ? home_.engine()->here().find(*id) : nullptr;
    if (!session) {
      fault = engine_fault(1, "Session ID unknown");
    } else if (transport == "websocket" && is_upgrade) {
      co_return co_await upgrade();
    } else if (const auto polling = polling_of(*id); polling && transport == "polling" && !is_upgrade) {
      if (request_.method == "GET") co_return co_await poll(polling);
      if (request_.method == "POST") {
        retract_post();
        engineio::PollAnswer answer = polling->post(request_.body);
        HttpResponse response(answer.status, std::move(answer.body),
                              answer.status == 200 ? "text/html" : "application/json");
        co_return co_await respond(std::move(response));
      }
      fault = engine_fault(2, "Bad handshake method");
    } else {
      fault = engine_fault(3, "Bad request");
    }
  } else if (request_.method != "GET") {
    fault = engine_fault(2, "Bad handshake method");
  } else if (request_.parameter("EIO").value_or("") != engineio::protocol_version) {
    fault = engine_fault(5, "Unsupported protocol version");
  } else if (transport == "websocket") {
    if (is_upgrade) co_return co_await upgrade();
    fault = engine_fault(3, "Bad request");
  } else if (is_upgrade) {
    fault = engine_fault(3, "Bad request");
  } else {
    co_return co_await open_polling();
  }
  if (is_upgrade) keep_alive_ = false;
  co_return co_await respond(std::move(fault));
}

Task<HttpConnection::Next> HttpConnection::open_polling() {
  auto polling = std::make_shared<engineio::PollingTransport>(home_.shard());
  engineio::HandshakeInfo info = handshake(TransportKind::polling);
  const auto session = home_.engine()->here().open(std::move(info), polling);
  if (!session) {
    keep_alive_ = false;
    HttpResponse response(503, R"({"code":3,"message":"The server is going away"})");
    co_return co_await respond(std::move(response));
  }
  polling->attach(session);
  co_return co_await poll(polling);
}

Task<HttpConnection::Next> HttpConnection::poll(std::shared_ptr<engineio::PollingTransport> polling) {
  const auto answered = std::make_shared<engineio::Poll>();
  if (polling->get(answered)) watch_for_abort(polling, answered);
  engineio::PollAnswer answer = co_await answered->wait();
  boost::system::error_code ignored;
  socket_.cancel(ignored);  // the watch
  if (!socket_.is_open()) co_return Next::end;
  HttpResponse response = from_poll(std::move(answer));
  co_return co_await respond(std::move(response));
}

void HttpConnection::watch_for_abort(std::shared_ptr<engineio::PollingTransport> polling,
                                     std::shared_ptr<engineio::Poll> poll) {
  socket_.async_wait(asio::socket_base::wait_read, [self = shared_from_this(), polling = std::move(polling),
                                                    poll = std::move(poll)](boost::system::error_code fault) {
    if (fault == asio::error::operation_aborted && self->socket_.is_open()) return;  // the poll has its answer
    if (!fault && self->socket_.is_open()) {
      char byte;
      const ssize_t size = ::recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
      if (size < 0 && would_block(errno)) return self->watch_for_abort(polling, poll);
      if (size > 0) return;  // the next request is here already: a client that waits
    }
    polling->get_aborted(poll);
  });
}

Task<HttpConnection::Next> HttpConnection::upgrade() {
  const std::string key = joined(request_, "sec-websocket-key"), version = joined(request_, "sec-websocket-version"),
                    upgrade_header = joined(request_, "upgrade"), connection = joined(request_, "connection");
  UpgradeRequest asked{.method = request_.method,
                       .http_version = version_,
                       .host = request_.header("host"),
                       .upgrade = upgrade_header,
                       .connection = connection,
                       .key = key,
                       .version = version};
  keep_alive_ = false;
  if (const auto refusal = check_upgrade(asked)) {
    HttpResponse response = engine_fault(3, "Bad request", refusal->status);
    if (refusal->status == 426) response.with("Sec-WebSocket-Version", "13");
    co_return co_await respond(std::move(response));
  }
  std::optional<DeflateAgreement> deflate;
  if (home_.settings().deflate) deflate = negotiate_deflate(joined(request_, "sec-websocket-extensions"));

  HeaderList cors;
  home_.settings().cors.add_headers(request_.header("origin"), request_.header("host"), Cors::Answer::plain, cors);
  std::string extra, bytes;
  for (const auto& [name, value] : cors) extra.append(name).append(": ").append(value).append("\r\n");
  append_switching_protocols(bytes, key, deflate ? &*deflate : nullptr, extra);
  const bool is_written = co_await write(std::move(bytes));
  if (!is_written || home_.is_stopped()) co_return Next::end;

  // From here the connection is the WebSocket's.
  const auto websocket = std::make_shared<WebSocketConnection>(home_, std::move(socket_), peer_, deflate);
  home_.hand_over(*this, *websocket);
  has_left_ = true;
  if (const auto id = request_.parameter("sid")) {
    websocket->start_probe(home_.engine()->here().find(*id), std::move(in_));
  } else {
    engineio::HandshakeInfo info = handshake(TransportKind::websocket);
    websocket->start_session(home_.engine()->here(), std::move(info), std::move(in_));
  }
  co_return Next::end;
}

bool HttpConnection::moves_to_other_shard() {
  if (!is_for_engine() || sid().empty()) return false;
  Shard* owner = home_.engine()->shard_of(sid());
  if (!owner || owner == &home_.shard()) return false;
  boost::system::error_code fault;
  UniqueFd fd(socket_.release(fault));
  if (fault) return true;  // closes
  auto arrival = std::make_unique<Arrival>();
  arrival->request = std::move(request_);
  arrival->behind = std::move(in_);
  arrival->announced_sid = std::exchange(announced_sid_, {});
  arrival->keep_alive = keep_alive_;
  arrival->version = version_;
  has_left_ = true;
  ShardTransport& there = home_.of(*owner);
  if (home_.is_limited(peer_)) home_.addresses().enter(peer_);  // leave() gives one back, the new object will another
  home_.leave(*this, peer_);
  owner->post([&there, fd = std::move(fd), peer = peer_, serve = serve_, arrival = std::move(arrival)]() mutable {
    const auto moved = std::make_shared<HttpConnection>(there, std::move(fd), peer, serve);
    if (there.is_stopped()) return moved->abort();
    spawn(there.shard().io(), "http connection",
          [moved, arrival = std::move(arrival)]() mutable { return moved->run(std::move(arrival)); });
  });
  return true;
}

template <class F>
void HttpConnection::tell_polling(const std::string& id, F tell) {
  Shard* owner = home_.engine()->shard_of(id);
  if (!owner) return;
  owner->dispatch([&there = home_.of(*owner), id, tell] {
    const auto session = there.engine()->here().find(id);
    if (session && session->transport()->kind() == TransportKind::polling)
      tell(*session, static_cast<engineio::PollingTransport&>(*session->transport()));
  });
}

void HttpConnection::announce_post() {
  announced_sid_ = std::string(sid());
  tell_polling(announced_sid_, [](engineio::Session&, engineio::PollingTransport& polling) { polling.begin_post(); });
}

void HttpConnection::retract_post() {
  if (announced_sid_.empty()) return;
  const std::string id = std::exchange(announced_sid_, {});
  tell_polling(id, [](engineio::Session&, engineio::PollingTransport& polling) { polling.end_post(); });
}

void HttpConnection::close_session_of_oversized_post() {
  tell_polling(std::string(sid()), [](engineio::Session& session, engineio::PollingTransport&) {
    session.close(engineio::CloseReason::protocol_error);
  });
}

bool HttpConnection::is_for_engine() const {
  if (!home_.engine() || serve_ == Serve::router_only) return false;
  const std::string_view path = home_.engine()->settings().path, asked = request_.path;
  return asked == path || (path.size() == asked.size() + 1 && path.starts_with(asked));
}

std::string_view HttpConnection::sid() const { return request_.parameter("sid").value_or(""); }

std::shared_ptr<engineio::PollingTransport> HttpConnection::polling_of(std::string_view id) const {
  if (home_.engine()->shard_of(id) != &home_.shard()) return nullptr;
  const auto session = home_.engine()->here().find(id);
  if (!session || session->transport()->kind() != TransportKind::polling) return nullptr;
  return static_cast<engineio::PollingTransport*>(session->transport())->shared_from_this();
}

engineio::HandshakeInfo HttpConnection::handshake(TransportKind kind) const {
  constexpr std::size_t max_user_agent = 200;
  engineio::HandshakeInfo info;
  info.remote = request_.remote;
  info.host = request_.header("host");
  info.origin = request_.header("origin");
  info.cookie = request_.header("cookie");
  info.user_agent = request_.header("user-agent").substr(0, max_user_agent);
  info.transport = kind;
  return info;
}

}  // namespace collab::transport
