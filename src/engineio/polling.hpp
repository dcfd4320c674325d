// The long-polling transport, without HTTP: a GET that waits, and POSTs.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "core/shard.hpp"
#include "core/task.hpp"
#include "engineio/session.hpp"
#include "engineio/transport.hpp"

namespace collab::engineio {

/// The answer to a GET or POST.
class PollAnswer {
 public:
  PollAnswer() = default;
  PollAnswer(unsigned status_code, std::string text) : status(status_code), body(std::move(text)) {}
  unsigned status = 200;
  std::string body;
};

/// A GET that waits for its answer, which always comes. Held by the connection and, while it waits, by the transport.
using Poll = OneShot<PollAnswer>;

/// Used by the session's shard only.
///  1. At most one GET waits. A second one answers the first with `close`, is refused itself and closes the session.
///  2. One answer takes everything that is queued, up to max_packets for clients that cannot take more.
class PollingTransport final : public Transport,
                               public TurnEndListener,
                               public std::enable_shared_from_this<PollingTransport> {
 public:
  explicit PollingTransport(Shard& shard) : shard_(shard) {}
  ~PollingTransport() override;

  void attach(const std::shared_ptr<Session>& session);

  /// A GET came. True if it waits, false if its answer has been set already.
  bool get(const std::shared_ptr<Poll>& poll);
  /// The client has given up this GET: closes the session if it was waiting.
  void get_aborted(const std::shared_ptr<Poll>& poll);
  /// The head of a POST came, its body will follow. Closes the session if another one is under way.
  void begin_post();
  /// That POST is complete, or its connection is gone.
  void end_post() { has_post_ = false; }
  /// A whole POST. Decodes `body` in place. Closes the session if another one is under way.
  PollAnswer post(std::span<char> body);

  TransportKind kind() const override { return TransportKind::polling; }
  void wake() override;
  void close(CloseReason reason) override;
  void retire() override;
  void on_turn_end() override;

 private:
  void answer_if_possible();
  void answer(PollAnswer with);
  void answer_from_queue();

  Shard& shard_;
  std::shared_ptr<Session> session_;  // null once closed
  std::shared_ptr<Poll> waiting_;
  std::size_t max_packets_ = SIZE_MAX;
  bool is_waking_ = false;
  bool has_post_ = false;
};

}  // namespace collab::engineio
