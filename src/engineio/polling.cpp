#include "engineio/polling.hpp"

#include <cctype>
#include <vector>

#include "engineio/packet.hpp"
#include "engineio/shard_sessions.hpp"

namespace collab::engineio {
namespace {

constexpr std::string_view noop = "6";
constexpr std::string_view close_packet = "1";

PollAnswer bad_request() { return PollAnswer(400, R"({"code":3,"message":"Bad request"})"); }

// python-engineio refuses payloads of more than 16 packets.
constexpr std::size_t max_packets_of_python = 16;

bool is_python(std::string_view user_agent) {
  return user_agent.starts_with("python") || user_agent.starts_with("Python");
}

}  // namespace

PollingTransport::~PollingTransport() {
  if (waiting_) answer(PollAnswer(503, ""));
}

void PollingTransport::attach(const std::shared_ptr<Session>& session) {
  session_ = session;
  if (is_python(session->handshake()->user_agent)) max_packets_ = max_packets_of_python;
}

bool PollingTransport::get(const std::shared_ptr<Poll>& poll) {
  if (!session_ || waiting_) {
    poll->set(bad_request());
    if (session_) session_->close(CloseReason::protocol_error);
    return false;
  }
  waiting_ = poll;
  answer_if_possible();
  return waiting_ != nullptr;
}

void PollingTransport::get_aborted(const std::shared_ptr<Poll>& poll) {
  if (waiting_ != poll) return;
  answer(PollAnswer(503, ""));
  if (session_) session_->close(CloseReason::transport_closed);
}

void PollingTransport::begin_post() {
  if (std::exchange(has_post_, true) && session_) session_->close(CloseReason::protocol_error);
}

PollAnswer PollingTransport::post(std::span<char> body) {
  if (session_ && has_post_) session_->close(CloseReason::protocol_error);
  if (!session_) return bad_request();
  std::vector<Packet> packets;
  if (!decode_payload(body, packets)) {
    session_->close(CloseReason::parse_error);
    return bad_request();
  }
  const auto session = session_;
  for (const Packet& packet : packets)
    if (!session->receive(packet)) break;
  return PollAnswer(200, "ok");
}

void PollingTransport::wake() {
  if (!waiting_ || std::exchange(is_waking_, true)) return;
  shard_.at_turn_end(shared_from_this());
}

void PollingTransport::on_turn_end() {
  is_waking_ = false;
  if (waiting_ && session_) answer_if_possible();
}

void PollingTransport::close(CloseReason reason) {
  if (waiting_) {
    // What was said last, such as a DISCONNECT, still goes out; the client then learns of the end from its next poll.
    if (!session_->queue().is_empty() && reason != CloseReason::slow && reason != CloseReason::client)
      answer_from_queue();
    else
      answer(PollAnswer(200, std::string(reason == CloseReason::client ? noop : close_packet)));
  }
  session_.reset();
}

void PollingTransport::retire() {
  if (waiting_) answer(PollAnswer(200, std::string(noop)));
  session_.reset();
}

void PollingTransport::answer_if_possible() {
  if (!session_->queue().is_empty())
    answer_from_queue();
  else if (session_->is_probed())
    answer(PollAnswer(200, std::string(noop)));
}

void PollingTransport::answer(PollAnswer with) {
  const auto poll = std::move(waiting_);
  waiting_.reset();
  poll->set(std::move(with));
}

void PollingTransport::answer_from_queue() {
  const auto waiting = session_->queue().waiting();
  const std::size_t count = std::min(waiting.size(), max_packets_);
  std::string body;
  for (std::size_t at = 0; at < count; ++at) {
    const Message& message = *waiting[at];
    if (message.is_binary()) {
      append_to_payload(body, {PacketType::message, DataKind::binary, message.payload()});
    } else {
      if (!body.empty()) body += payload_separator;
      body += message.payload();
    }
  }
  answer(PollAnswer(200, std::move(body)));
  session_->sent(count);
}

}  // namespace collab::engineio
