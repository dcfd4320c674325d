// One WebSocket: the transport of one session, or the candidate of an upgrade.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engineio/session.hpp"
#include "engineio/transport.hpp"
#include "transport/shard_transport.hpp"
#include "transport/websocket_frame.hpp"
#include "transport/websocket_handshake.hpp"

namespace collab::transport {

/// Callback-based, so that an idle one is little more than this object: no coroutine frame, no timer, no buffer. Held
/// by its session and by the wait for its socket. On one shard.
///  1. It sends at the end of a turn only, everything that is queued with one sendmsg, and waits for writability only
///     after the kernel has refused.
///  2. Frames leave whole and in order: the rest of one that was cut, then control frames, then messages.
class WebSocketConnection final : public Connection,
                                  public engineio::Transport,
                                  public TurnEndListener,
                                  private FrameHandler,
                                  public std::enable_shared_from_this<WebSocketConnection> {
 public:
  WebSocketConnection(ShardTransport& home, TcpSocket socket, const boost::asio::ip::address& peer,
                      const std::optional<DeflateAgreement>& deflate);

  /// Opens a session of its own. `behind` is what came behind the HTTP request.
  void start_session(engineio::ShardSessions& sessions, engineio::HandshakeInfo handshake, std::string behind);
  /// Offers itself to a session that polls; null closes.
  void start_probe(std::shared_ptr<engineio::Session> session, std::string behind);

  engineio::TransportKind kind() const override { return engineio::TransportKind::websocket; }
  void wake() override;
  void close(engineio::CloseReason reason) override;
  void retire() override {}  // nothing comes after a WebSocket
  void on_turn_end() override;
  void abort() override;

 private:
  enum class State : std::uint8_t {
    probing,  // a candidate
    open,     // the transport of session_
    goodbye,  // our close frame has been sent; what comes is ignored until the peer ends
    closed,
  };

  Flow on_message(Opcode kind, Compression compressed, std::string_view payload) override;
  Flow on_ping(std::string_view payload) override;
  Flow on_pong(std::string_view) override { return Flow::go_on; }
  Flow on_close(std::uint16_t code, std::string_view reason) override;

  void begin(std::string behind);
  void wait_readable();
  void on_readable();
  void feed(std::span<char> bytes);
  bool receive_text(std::string_view text);
  bool receive_probe(std::string_view text);
  void wait_writable();
  bool flush();
  void account(std::size_t sent, std::size_t control_size);
  std::string_view frame_of(const engineio::Message& message) const;
  void send_control(Opcode opcode, std::string_view payload);
  void fail(std::uint16_t code, std::string_view reason);
  void lost();
  void say_goodbye();
  Flow flow() const { return state_ == State::closed || state_ == State::goodbye ? Flow::stop : Flow::go_on; }

  ShardTransport& home_;
  std::shared_ptr<engineio::Session> session_;  // null from goodbye on
  std::unique_ptr<std::string> control_;        // control frames and probe answers not sent yet
  FrameParser parser_;
  TcpSocket socket_;
  const boost::asio::ip::address peer_;
  std::size_t offset_ = 0;  // how much of the queue's first frame has been sent
  std::uint16_t close_code_ = 0;
  State state_ = State::probing;
  bool is_turn_end_asked_ = false;
  bool is_write_blocked_ = false;
  const bool may_deflate_;        // permessage-deflate was agreed on
  const bool may_send_deflated_;  // with the window of our shared frames
};

}  // namespace collab::transport
