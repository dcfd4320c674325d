#include "engineio/message.hpp"

namespace collab::engineio {
namespace {

// The longest header of an unmasked frame: two bytes and a 64-bit length.
constexpr std::size_t max_header = 10;

}  // namespace

MessageBuilder::MessageBuilder(Message::Kind kind, std::size_t expected) : kind_(kind) {
  buffer_.reserve(max_header + expected);
  buffer_.resize(max_header);
}

SharedMessage MessageBuilder::finish() && {
  const std::size_t size = buffer_.size() - max_header;
  const std::size_t length_bytes = size < 126 ? 0 : size <= 0xFFFF ? 2 : 8;
  std::size_t at = max_header - 2 - length_bytes;
  const std::size_t frame_at = at;
  buffer_[at++] = static_cast<char>(0x80 | (kind_ == Message::Kind::binary ? 0x2 : 0x1));
  buffer_[at++] = static_cast<char>(length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127);
  for (std::size_t left = length_bytes; left > 0; --left)
    buffer_[at++] = static_cast<char>(size >> (8 * (left - 1)) & 0xFF);
  return std::make_shared<const Message>(kind_, std::move(buffer_), frame_at, max_header);
}

SharedMessage make_text(std::string_view payload) {
  MessageBuilder builder(Message::Kind::text, payload.size());
  builder.append(payload);
  return std::move(builder).finish();
}

SharedMessage make_binary(std::string_view bytes) {
  MessageBuilder builder(Message::Kind::binary, bytes.size());
  builder.append(bytes);
  return std::move(builder).finish();
}

}  // namespace collab::engineio
