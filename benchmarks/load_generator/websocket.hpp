// The client's half of RFC 6455, as far as a load generator needs it: text frames out, server frames in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace collab::bench {

/// Appends one masked text frame. The mask is the same each time: a server has the same work with any non-zero mask.
void append_text_frame(std::string& out, std::string_view payload);
/// Appends one masked pong frame.
void append_pong_frame(std::string& out, std::string_view payload);

/// The header of a frame that a server sent.
struct FrameHeader {
  std::uint8_t opcode = 0;
  std::size_t header_size = 0;
  std::size_t payload_size = 0;
};

enum class FrameStatus { complete, incomplete, malformed };

/// Reads the header at the start of `bytes`. Malformed: masked, fragmented, or with a reserved bit, none of which a
/// server that was offered no extension has a reason for here.
FrameStatus read_frame_header(std::string_view bytes, FrameHeader& header);

}  // namespace collab::bench
