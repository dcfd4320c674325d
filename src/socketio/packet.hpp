// The Socket.IO v5 packet codec: what an Engine.IO message means. Source: socket.io-protocol v5, "Packet encoding";
// where it is silent we decide as npm's socket.io-parser does, or more strictly.
//
// Format of a text packet, without spaces:
//   <type digit>[<number of attachments>-][<namespace>,][<ack id>][<JSON payload>]
//  1. The namespace stands only if it is not "/", starts with '/', and its comma may be left out at the very end.
//  2. CONNECT carries nothing or an object, DISCONNECT nothing, EVENT an array that starts with a name,
//     ACK an id and an array, CONNECT_ERROR a string or an object.
//  3. BINARY_EVENT and BINARY_ACK are followed by as many binary messages as they announce. In the payload,
//     {"_placeholder":true,"num":k} stands for the k-th; every attachment must be named by one, none beyond.
#pragma once

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace collab::socketio {

/// The digit on the wire.
enum class PacketType : std::uint8_t {
  connect = 0,
  disconnect = 1,
  event = 2,
  ack = 3,
  connect_error = 4,
  binary_event = 5,
  binary_ack = 6,
};

/// Ack ids above this cannot be told apart by a JavaScript client (2^53); we refuse them.
inline constexpr std::uint64_t max_ack_id = 9'007'199'254'740'992;

/// A whole packet. As in socket.io-parser, the decoder delivers BINARY_EVENT as `event` and BINARY_ACK as `ack`:
/// whoever cares looks at `attachments`.
struct Packet {
  PacketType type = PacketType::event;
  std::string nsp = "/";
  std::optional<std::uint64_t> id = {};
  /// null if absent. EVENT: the array [name, args…]. Attachments stay as {"_placeholder":true,"num":k}, exactly these
  /// two keys in this order, k < attachments.size(). In a packet without attachments such an object is only an object.
  boost::json::value data = {};
  std::vector<std::string> attachments = {};

  /// The name of an EVENT. Precondition: type is event, as the decoder made it.
  std::string_view event_name() const;
};

/// True for names that the protocol's libraries keep for themselves ("connect", "disconnecting", …): a client that
/// sends one is faulty, and the server must not emit one.
bool is_reserved_event(std::string_view name);

/// What one packet may make us keep.
struct DecodeLimits {
  std::size_t max_attachments = 10;
  std::size_t max_attachment_bytes = 10'000'000;  ///< all attachments of one packet together
  std::size_t max_namespace_length = 512;
};

enum class DecodeStatus : std::uint8_t {
  packet,   ///< a packet is complete
  pending,  ///< attachments are still due
  error,    ///< the connection must be closed; the decoder is of no further use
};

struct Decoded {
  DecodeStatus status = DecodeStatus::error;
  Packet packet = {};
  std::string_view error = {};  ///< a literal, for the log
};

/// Turns the messages of one Engine.IO session into packets. One per session; owns nothing while no attachments are
/// due. On the session's shard.
class Decoder {
 public:
  explicit Decoder(const DecodeLimits& limits = {});
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  /// A text message. The payload is built in `storage`, which must then live as long as the packet; a packet with
  /// attachments outlives the call and is always built on the heap. Text while attachments are due is an error.
  Decoded add_text(std::string_view text, boost::json::storage_ptr storage = {});

  /// A binary message. An error if none is due.
  Decoded add_binary(std::string_view bytes);

  /// True between the text of a binary packet and its last attachment.
  bool is_pending() const { return pending_ != nullptr; }

 private:
  struct Pending;

  DecodeLimits limits_;
  std::unique_ptr<Pending> pending_;
};

/// The parts of a packet that stand before its payload.
struct PacketHead {
  std::string_view nsp = "/";
  std::optional<std::uint64_t> id = {};
  std::size_t attachments = 0;  ///< > 0 makes an EVENT a BINARY_EVENT, an ACK a BINARY_ACK
};

// The encoders append to `out`, so that a caller may have put Engine.IO's '4' or a frame header there before. What is
// named *_json is JSON text already; `args_json` is the arguments joined by commas, without brackets, and may be empty.

/// 2["name",args…] or 5<n>-["name",args…].
void append_event(std::string& out, std::string_view name, std::string_view args_json, const PacketHead& head = {});

/// 3<id>[args…] or 6<n>-<id>[args…].
void append_ack(std::string& out, std::uint64_t id, std::string_view args_json, const PacketHead& head = {});

/// 0{"sid":"…"}: the reply to a CONNECT.
void append_connect(std::string& out, std::string_view nsp, std::string_view sid);

/// 4{"message":"…"} or 4{"message":"…","data":…}: the refusal of a CONNECT.
void append_connect_error(std::string& out, std::string_view nsp, std::string_view message,
                          std::string_view data_json = {});

/// 1: the server ends this namespace.
void append_disconnect(std::string& out, std::string_view nsp);

/// Appends the text of any packet; its attachments follow as binary messages of their own.
void append_packet(std::string& out, const Packet& packet);

}  // namespace collab::socketio
