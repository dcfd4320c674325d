// Frame layout: RFC 6455, section 5.2.
#include "websocket.hpp"

#include <array>

namespace collab::bench {
namespace {

constexpr std::array<unsigned char, 4> mask = {0x5a, 0xc3, 0x17, 0x9e};

void append_frame(std::string& out, unsigned char opcode, std::string_view payload) {
  out += static_cast<char>(0x80 | opcode);
  const std::size_t size = payload.size();
  if (size < 126) {
    out += static_cast<char>(0x80 | size);
  } else if (size < 65536) {
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(size >> 8);
    out += static_cast<char>(size & 255);
  } else {
    out += static_cast<char>(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((size >> shift) & 255);
  }
  for (const unsigned char byte : mask) out += static_cast<char>(byte);
  const std::size_t start = out.size();
  out += payload;
  for (std::size_t i = 0; i < size; ++i) {
    out[start + i] = static_cast<char>(static_cast<unsigned char>(out[start + i]) ^ mask[i & 3]);
  }
}

}  // namespace

void append_text_frame(std::string& out, std::string_view payload) { append_frame(out, 0x1, payload); }
void append_pong_frame(std::string& out, std::string_view payload) { append_frame(out, 0xA, payload); }

FrameStatus read_frame_header(std::string_view bytes, FrameHeader& header) {
  if (bytes.size() < 2) return FrameStatus::incomplete;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if ((byte(0) & 0xF0) != 0x80 || (byte(0) & 0x0F) == 0 || (byte(1) & 0x80) != 0) return FrameStatus::malformed;
  header.opcode = byte(0) & 0x0F;
  const unsigned length = byte(1);
  const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (bytes.size() < 2 + extended) return FrameStatus::incomplete;
  header.header_size = 2 + extended;
  header.payload_size = extended == 0 ? length : 0;
  for (std::size_t i = 0; i < extended; ++i) header.payload_size = (header.payload_size << 8) | byte(2 + i);
  return FrameStatus::complete;
}

}  // namespace collab::bench
