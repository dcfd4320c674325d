// One Engine.IO session: a client that stays the same while its transport changes.
#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string_view>
#include <vector>

#include "core/shard.hpp"
#include "core/task.hpp"
#include "engineio/deadlines.hpp"
#include "engineio/handshake.hpp"
#include "engineio/message.hpp"
#include "engineio/packet.hpp"
#include "engineio/send_queue.hpp"
#include "engineio/transport.hpp"

namespace collab::engineio {

class Session;
class ShardSessions;

/// What stands above a session. Owned by it, called on its shard.
class SessionHandler {
 public:
  virtual ~SessionHandler() = default;
  /// One message, without its type digit; `data` is valid during the call only. May close the session.
  virtual void on_message(Message::Kind kind, std::string_view data) = 0;
  /// Once. The session cannot send any more. The handler itself lives as long as the session.
  virtual void on_close(CloseReason reason) = 0;
};

class SessionHandlerFactory {
 public:
  virtual ~SessionHandlerFactory() = default;
  /// On the session's shard, before the session's first message.
  virtual std::unique_ptr<SessionHandler> make_handler(Session& session) = 0;
};

enum class Delivery : std::uint8_t {
  reliable,
  volatile_,  ///< dropped if the queue is beyond its soft limit
};

enum class SendStatus : std::uint8_t {
  queued,
  dropped,  ///< volatile, and the client is slow
  closed,   ///< the session has ended, or ends because of this message
};

/// Made by ShardSessions, which holds it while it is open; transports and tasks may hold it longer. Lives on one shard,
/// and only that shard may touch it.
///
/// Invariants:
///  1. An open session has a transport; a closed one has none, and its queue is empty.
///  2. It stands in exactly one list of the heartbeat while it is open.
///  3. send() never closes anything inside the call, so that one may send while walking over sessions.
class Session final : public std::enable_shared_from_this<Session>, private DeadlineHook {
 public:
  static constexpr std::size_t sid_size = 24;
  using Sid = std::array<char, sid_size>;

  Session(ShardSessions& owner, const Sid& sid, SharedHandshake handshake);
  ~Session();

  std::string_view sid() const { return {sid_.data(), sid_.size()}; }
  bool is_open() const { return is_open_; }
  Shard& shard() const;
  /// Null after close.
  const SharedHandshake& handshake() const { return handshake_; }

  // For what stands above.

  SendStatus send(SharedMessage message, Delivery delivery = Delivery::reliable);
  std::size_t queued_bytes() const { return queue_.bytes(); }
  /// Waits until the queue is within the soft limit. False if the session has closed.
  Task<bool> drained();
  /// Ends the session; the client may open a new one. on_close runs inside the call. Closing twice is closing once.
  void close(CloseReason reason);

  // For transports.

  const SendQueue& queue() const { return queue_; }
  /// The `count` oldest messages have left.
  void sent(std::size_t count);
  Transport* transport() const { return transport_.get(); }
  /// A packet came. False if the session has closed, whether by this packet or before.
  bool receive(const Packet& packet);

  // For the upgrade from polling to WebSocket.

  /// A WebSocket for this session is there. False if it is not wanted: the session is closed, speaks WebSocket already
  /// or has another candidate.
  bool begin_upgrade(std::shared_ptr<Transport> candidate);
  /// The candidate has been probed: from now on every poll is answered at once.
  void probed();
  bool is_probed() const { return upgrade_ && upgrade_->is_probed; }
  /// The candidate becomes the transport.
  void finish_upgrade();
  /// The candidate is gone; polling goes on.
  void abandon_upgrade();

 private:
  friend class Heartbeat;
  friend class ShardSessions;

  struct Upgrade {
    Upgrade(std::shared_ptr<Transport> transport, boost::asio::io_context& io)
        : candidate(std::move(transport)), timer(io) {}
    std::shared_ptr<Transport> candidate;
    boost::asio::basic_waitable_timer<std::chrono::steady_clock> timer;
    bool is_probed = false;
  };
  using Waiters = std::vector<std::shared_ptr<OneShot<bool>>>;

  void start(std::shared_ptr<Transport> transport, std::unique_ptr<SessionHandler> handler);
  void close_soon(CloseReason reason);
  void release_waiters(bool is_drained);

  ShardSessions& owner_;
  std::shared_ptr<Transport> transport_;
  std::unique_ptr<SessionHandler> handler_;
  SharedHandshake handshake_;
  SendQueue queue_;
  std::unique_ptr<Upgrade> upgrade_;
  std::unique_ptr<Waiters> waiters_;
  Sid sid_;
  bool is_open_ = false;
  bool is_closing_ = false;      // a close has been posted
  std::size_t queue_limit_ = 0;  // bytes in the queue beyond which the session is too slow
  bool awaits_pong_ = false;     // which list of the heartbeat it is in
};

}  // namespace collab::engineio
