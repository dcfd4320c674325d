#include "engineio/packet.hpp"

#include <algorithm>

#include "core/base64.hpp"
#include "core/json.hpp"
#include "core/utf8.hpp"

namespace collab::engineio {
namespace {

/// One packet of a payload; base64 is decoded in place.
std::optional<Packet> decode_payload_packet(std::span<char> text) {
  if (text.empty()) return std::nullopt;
  if (text.front() != 'b') {
    const std::string_view view(text.data(), text.size());
    if (!is_valid_utf8(view)) return std::nullopt;
    return decode_packet(view);
  }
  const auto bytes = decode_base64_in_place(text.subspan(1));
  if (!bytes) return std::nullopt;
  return Packet{PacketType::message, DataKind::binary, std::string_view(bytes->data(), bytes->size())};
}

bool decode_into(std::span<char> body, std::vector<Packet>& packets) {
  while (true) {
    const auto separator = std::find(body.begin(), body.end(), payload_separator);
    const auto length = static_cast<std::size_t>(separator - body.begin());
    if (packets.size() == max_packets_per_payload) return false;
    const std::optional<Packet> packet = decode_payload_packet(body.first(length));
    if (!packet) return false;
    packets.push_back(*packet);
    if (length == body.size()) return true;
    body = body.subspan(length + 1);
  }
}

}  // namespace

std::optional<Packet> decode_packet(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '6') return std::nullopt;
  return Packet{static_cast<PacketType>(text.front() - '0'), DataKind::text, text.substr(1)};
}

bool decode_payload(std::span<char> body, std::vector<Packet>& packets) {
  packets.clear();
  if (decode_into(body, packets)) return true;
  packets.clear();
  return false;
}

void append_packet(std::string& out, PacketType type, std::string_view data) {
  out += static_cast<char>('0' + static_cast<char>(type));
  out += data;
}

void append_to_payload(std::string& out, const Packet& packet) {
  if (!out.empty()) out += payload_separator;
  if (packet.kind == DataKind::text) {
    append_packet(out, packet.type, packet.data);
  } else {
    out += 'b';
    append_base64(out, packet.data);
  }
}

std::size_t payload_size(const Packet& packet) {
  return 2 + (packet.kind == DataKind::text ? packet.data.size() : base64_size(packet.data.size()));
}

void append_open_packet(std::string& out, const Handshake& handshake) {
  append_packet(out, PacketType::open, R"({"sid":)");
  append_json_string(out, handshake.sid);
  out += handshake.may_upgrade ? R"(,"upgrades":["websocket"],"pingInterval":)" : R"(,"upgrades":[],"pingInterval":)";
  append_json_int(out, handshake.ping_interval.count());
  out += R"(,"pingTimeout":)";
  append_json_int(out, handshake.ping_timeout.count());
  out += R"(,"maxPayload":)";
  append_json_uint(out, handshake.max_payload);
  out += '}';
}

}  // namespace collab::engineio
