// The Engine.IO v4 packet codec: packets, polling payloads and the handshake's JSON. Bytes in, packets out; no state.
// Source: engine.io-protocol v4, "Packet encoding".
//
// Formats:
//  1. A text packet is one digit (its type) and the rest (its data). Over WebSocket it is one text message.
//  2. Binary data is always a `message`. Over WebSocket it is one binary message, raw, without a type.
//  3. A polling payload is one or more packets separated by U+001E; binary data is 'b' and padded base64.
//  4. An empty packet, hence an empty payload, is a fault.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace collab::engineio {

/// The protocol version that we speak: the value of the query parameter EIO.
inline constexpr std::string_view protocol_version = "4";

enum class PacketType : std::uint8_t { open = 0, close = 1, ping = 2, pong = 3, message = 4, upgrade = 5, noop = 6 };

enum class DataKind : std::uint8_t { text, binary };

/// One packet. `data` is a view of somebody else's bytes: of the input when decoded, of the caller's when encoded.
struct Packet {
  PacketType type = PacketType::message;
  DataKind kind = DataKind::text;  ///< binary only if type is message
  std::string_view data = {};

  bool operator==(const Packet&) const = default;
};

/// More packets than this in one polling payload are a fault, so that a payload cannot make us allocate much more than
/// it weighs itself.
inline constexpr std::size_t max_packets_per_payload = 65'536;

inline constexpr char payload_separator = '\x1e';

/// Decodes one text packet, as a WebSocket text message carries it: "4hello". The caller has checked that it is UTF-8
/// (the WebSocket layer does). nullopt if it is empty or its type unknown; 'b' is unknown here.
std::optional<Packet> decode_packet(std::string_view text);

/// Decodes the body of a POST into `packets` (which is cleared first). Base64 is decoded in place, so `body` changes
/// and the packets are views of it. False if anything in it is malformed: an empty or unknown packet, bad base64
/// (padding is required, unused bits must be zero), text that is not UTF-8, or more than max_packets_per_payload;
/// `packets` then holds nothing.
bool decode_payload(std::span<char> body, std::vector<Packet>& packets);

/// Appends a text packet: type and data. With `PacketType::message`, data is what the application sends.
void append_packet(std::string& out, PacketType type, std::string_view data = {});

/// Appends a packet to a polling payload, with a separator before it unless `out` is empty; binary becomes base64.
void append_to_payload(std::string& out, const Packet& packet);

/// How many bytes append_to_payload would add to a payload that is not empty.
std::size_t payload_size(const Packet& packet);

/// What the server tells a client that has opened a session.
struct Handshake {
  std::string_view sid;
  bool may_upgrade = false;  ///< true over polling: upgrades is ["websocket"], else []
  std::chrono::milliseconds ping_interval{};
  std::chrono::milliseconds ping_timeout{};
  std::size_t max_payload = 0;
};

/// Appends the `open` packet: 0{"sid":…,"upgrades":…,"pingInterval":…,"pingTimeout":…,"maxPayload":…}, in this order.
void append_open_packet(std::string& out, const Handshake& handshake);

}  // namespace collab::engineio
