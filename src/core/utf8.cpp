#include "core/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace collab {
namespace {

bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

/// The length of the well-formed character of several bytes at `at` (RFC 3629, section 4), 0 if there is none.
std::size_t multibyte_length(const unsigned char* at, std::size_t left) {
  const unsigned char lead = at[0];
  if (lead >= 0xC2 && lead <= 0xDF) return left >= 2 && is_continuation(at[1]) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (left < 3) return 0;
    const unsigned char lowest = lead == 0xE0 ? 0xA0 : 0x80;   // below: overlong
    const unsigned char highest = lead == 0xED ? 0x9F : 0xBF;  // above: surrogates
    return at[1] >= lowest && at[1] <= highest && is_continuation(at[2]) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (left < 4) return 0;
    const unsigned char lowest = lead == 0xF0 ? 0x90 : 0x80;   // below: overlong
    const unsigned char highest = lead == 0xF4 ? 0x8F : 0xBF;  // above: beyond U+10FFFF
    return at[1] >= lowest && at[1] <= highest && is_continuation(at[2]) && is_continuation(at[3]) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t left = text.size();
  while (left != 0) {
    if (left >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      if ((word & 0x8080808080808080u) == 0) {
        at += 8;
        left -= 8;
        continue;
      }
    }
    const std::size_t length = *at < 0x80 ? 1 : multibyte_length(at, left);
    if (length == 0) return false;
    at += length;
    left -= length;
  }
  return true;
}

}  // namespace collab
