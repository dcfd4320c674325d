// WebSocket frames (RFC 6455, section 5; RFC 7692 for RSV1), the server's side, without sockets: a parser over
// arbitrarily cut bytes and an encoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace collab::transport {

enum class Opcode : std::uint8_t { continuation = 0x0, text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA };

enum class Compression : bool { off, on };

/// The close codes that we send (RFC 6455, section 7.4.1; IANA registry).
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t no_status = 1005;  ///< never on the wire: a close frame without a code
inline constexpr std::uint16_t invalid_payload = 1007;
inline constexpr std::uint16_t policy_violation = 1008;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t internal_error = 1011;
inline constexpr std::uint16_t service_restart = 1012;
inline constexpr std::uint16_t try_again_later = 1013;
}  // namespace close_code

/// Whether the parser shall go on after an event.
enum class Flow : std::uint8_t { go_on, stop };

/// Receives what the parser finds. Payloads are valid during the call only: they are views of the input or of the
/// parser's buffer. After returning Flow::stop the parser touches neither itself nor the input again, so that a handler
/// may destroy both.
class FrameHandler {
 public:
  virtual ~FrameHandler() = default;
  /// A whole message; `kind` is text or binary. With Compression::on the payload is still deflated, and text has not
  /// been checked to be UTF-8: do it after inflating. Without, it has.
  virtual Flow on_message(Opcode kind, Compression compressed, std::string_view payload) = 0;
  /// Shall be answered with a pong of the same payload (at most 125 bytes).
  virtual Flow on_ping(std::string_view payload) = 0;
  virtual Flow on_pong(std::string_view payload) = 0;
  /// A valid close frame; `code` is no_status if it had none. The parser ignores all that follows.
  virtual Flow on_close(std::uint16_t code, std::string_view reason) = 0;
};

/// Why the connection must fail (RFC 6455, section 7.1.7), and with which close code.
struct FrameError {
  std::uint16_t code = close_code::protocol_error;
  std::string_view reason = {};  ///< a literal; fit to be the close frame's reason
};

/// Parses the frames that one client sends. Between messages it owns no memory beyond itself. One per connection, on
/// its shard. Not to be fed again from inside a handler.
class FrameParser {
 public:
  /// `max_message` bounds a message as it is on the wire (error 1009). Compression::on permits RSV1 on a message's
  /// first frame: permessage-deflate was negotiated.
  explicit FrameParser(std::size_t max_message, Compression compression = Compression::off);
  ~FrameParser();
  FrameParser(FrameParser&&) noexcept;
  FrameParser& operator=(FrameParser&&) noexcept;

  /// Takes the next bytes of the connection, which are unmasked in place, and calls `handler` for each whole message
  /// and control frame in order. An error is final: whatever is fed later is ignored, as after a close frame.
  std::optional<FrameError> feed(std::span<char> bytes, FrameHandler& handler);

  /// True if no frame and no message has begun that has not ended.
  bool is_idle() const { return partial_ == nullptr; }

 private:
  struct Partial;
  struct Frame;
  class Run;

  std::size_t max_message_;
  std::unique_ptr<Partial> partial_;  ///< a frame cut off by the end of the input, or a message not finished
  Compression compression_;
  bool ended_ = false;
};

/// XORs `bytes` with the four bytes of `key`; `offset` is how many bytes of the same frame came before.
void apply_mask(std::span<char> bytes, const std::uint8_t (&key)[4], std::size_t offset = 0);

/// The longest header a server sends.
inline constexpr std::size_t max_frame_header = 10;

/// Appends the header of a whole, unmasked message; the payload must follow.
void append_frame_header(std::string& out, Opcode opcode, std::size_t payload_size,
                         Compression compressed = Compression::off);

/// Appends header and payload.
void append_frame(std::string& out, Opcode opcode, std::string_view payload, Compression compressed = Compression::off);

/// Appends a close frame. `reason` is cut to the 123 bytes there is room for, never inside a character.
void append_close_frame(std::string& out, std::uint16_t code, std::string_view reason = {});

/// True for codes that may stand in a close frame from a client: 1000–1003, 1007–1014, 3000–4999.
bool is_valid_close_code(std::uint16_t code);

}  // namespace collab::transport
