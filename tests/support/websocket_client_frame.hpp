// The client's side of RFC 6455 framing, for tests: masked frames, right or wrong as the test asks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "transport/websocket_frame.hpp"

namespace collab::support {

/// How many bytes the length takes, when a test wants it longer than needed.
enum class LengthForm : std::uint8_t { minimal, two_bytes, eight_bytes };

/// One masked frame whose first byte is given as it is: FIN 0x80, RSV1 0x40, RSV2 0x20, RSV3 0x10, opcode.
inline std::string client_frame(std::uint8_t first, std::string_view payload, LengthForm form = LengthForm::minimal,
                                std::uint32_t seed = 0x37FA213D) {
  std::string frame(1, static_cast<char>(first));
  const std::size_t size = payload.size();
  std::size_t length_bytes = 0;
  if (form == LengthForm::eight_bytes || size > 0xFFFF) {
    frame += static_cast<char>(0x80 | 127);
    length_bytes = 8;
  } else if (form == LengthForm::two_bytes || size > 125) {
    frame += static_cast<char>(0x80 | 126);
    length_bytes = 2;
  } else {
    frame += static_cast<char>(0x80 | size);
  }
  for (std::size_t i = length_bytes; i-- > 0;) frame += static_cast<char>(size >> (8 * i));
  const std::uint8_t key[4] = {static_cast<std::uint8_t>(seed >> 24), static_cast<std::uint8_t>(seed >> 16),
                               static_cast<std::uint8_t>(seed >> 8), static_cast<std::uint8_t>(seed)};
  frame.append(reinterpret_cast<const char*>(key), 4);
  std::string masked(payload);
  transport::apply_mask({masked.data(), masked.size()}, key);
  return frame + masked;
}

inline std::string client_text(std::string_view payload) { return client_frame(0x81, payload); }
inline std::string client_binary(std::string_view payload) { return client_frame(0x82, payload); }

}  // namespace collab::support
