// permessage-deflate's transformation of one message (RFC 7692, section 7.2), without context takeover.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace collab::transport {

/// Replaces `out` by the compressed message: raw deflate, flushed, without the final 00 00 FF FF. `window_bits` is
/// 9–15. Any thread; each keeps its own zlib state and reuses it.
void deflate_message(std::string_view message, std::string& out, int window_bits = 15);

enum class InflateStatus : std::uint8_t {
  ok,
  corrupt,    ///< not deflate, cut off, or bytes behind its end: close with 1002 or 1007
  too_large,  ///< more than `max_size` bytes: close with 1009
};

/// Replaces `out` by what a client compressed. Never holds more than `max_size` bytes, whatever the input claims; `out`
/// is empty unless the answer is ok. Any thread.
InflateStatus inflate_message(std::string_view compressed, std::size_t max_size, std::string& out);

}  // namespace collab::transport
