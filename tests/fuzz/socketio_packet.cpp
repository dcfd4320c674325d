// A session's messages, separated by 0xFF; one that starts with 0xFE is binary. Packets must come back when encoded.
#include "check.hpp"
#include "core/json.hpp"
#include "socketio/packet.hpp"

namespace {

using namespace collab;
using namespace collab::socketio;

std::string json_of(const Packet& packet) {
  std::string out;
  append_json(out, packet.data);
  return out;
}

void check_round_trip(const Packet& packet) {
  fuzz::check(packet.attachments.size() <= DecodeLimits().max_attachments, "attachments are bounded");
  if (packet.type == PacketType::event)
    fuzz::check(!is_reserved_event(packet.event_name()), "an event has a free name");

  std::string text;
  append_packet(text, packet);
  Decoder decoder;
  Decoded again = decoder.add_text(text);
  for (const std::string& attachment : packet.attachments) {
    fuzz::check(again.status == DecodeStatus::pending, "attachments are due");
    again = decoder.add_binary(attachment);
  }
  fuzz::check(again.status == DecodeStatus::packet, "what is encoded can be decoded");
  fuzz::check(again.packet.type == packet.type && again.packet.nsp == packet.nsp && again.packet.id == packet.id &&
                  again.packet.attachments == packet.attachments && json_of(again.packet) == json_of(packet),
              "a packet comes back");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::text_of(data, size);
  Decoder decoder;
  while (!rest.empty()) {
    const std::string_view message = rest.substr(0, rest.find('\xFF'));
    rest.remove_prefix(std::min(message.size() + 1, rest.size()));
    const bool is_binary = !message.empty() && message.front() == '\xFE';
    boost::json::monotonic_resource resource;
    const Decoded decoded = is_binary ? decoder.add_binary(message.substr(1)) : decoder.add_text(message, &resource);
    if (decoded.status == DecodeStatus::error) return 0;
    fuzz::check(decoder.is_pending() == (decoded.status == DecodeStatus::pending), "pending means pending");
    if (decoded.status == DecodeStatus::packet) check_round_trip(decoded.packet);
  }
  return 0;
}
