// A payload that decodes must come back when its packets are encoded: the format has one form for each payload.
#include "check.hpp"
#include "engineio/packet.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace collab;
  using namespace collab::engineio;
  const std::string_view text = fuzz::text_of(data, size);
  decode_packet(text);

  std::string body(text);
  std::vector<Packet> packets;
  if (!decode_payload({body.data(), body.size()}, packets)) {
    fuzz::check(packets.empty(), "a refused payload gives no packets");
    return 0;
  }
  fuzz::check(!packets.empty(), "a payload has a packet");
  std::string encoded;
  std::size_t expected_size = 0;
  for (const Packet& packet : packets) {
    append_to_payload(encoded, packet);
    expected_size += payload_size(packet);
  }
  fuzz::check(encoded == text, "a payload comes back");
  fuzz::check(encoded.size() + 1 == expected_size, "sizes are known beforehand");
  return 0;
}
