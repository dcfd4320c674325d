// One Engine.IO message, encoded once and shared by everyone who is sent it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace collab::engineio {

/// An immutable Engine.IO packet in the form in which it travels: an unmasked WebSocket frame (RFC 6455, section 5.2)
/// whose payload is also what long-polling sends (binary: in base64). Made by MessageBuilder, shared by reference
/// between queues of every shard. Any thread.
class Message {
 public:
  enum class Kind : std::uint8_t { text, binary };

  /// Takes the buffer of a MessageBuilder; others use that.
  Message(Kind kind, std::string buffer, std::size_t frame_at, std::size_t payload_at)
      : buffer_(std::move(buffer)),
        frame_at_(static_cast<std::uint32_t>(frame_at)),
        payload_at_(static_cast<std::uint32_t>(payload_at)),
        kind_(kind) {}
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  Kind kind() const { return kind_; }
  bool is_binary() const { return kind_ == Kind::binary; }

  /// The whole frame: header and payload.
  std::string_view frame() const { return std::string_view(buffer_).substr(frame_at_); }
  /// Text: the packet with its type digit ("4hello"). Binary: the raw bytes, without any type.
  std::string_view payload() const { return std::string_view(buffer_).substr(payload_at_); }
  /// What it counts for in a send queue.
  std::size_t size() const { return buffer_.size(); }

  /// Makes a compressed frame of a message; "" if it does not pay.
  using Deflate = std::string (*)(const Message&);
  /// The compressed frame, made by `deflate` when first asked for and kept. Always pass the same function.
  std::string_view deflated_frame(Deflate deflate) const {
    std::call_once(deflated_once_, [&] { deflated_ = deflate(*this); });
    return deflated_;
  }

 private:
  const std::string buffer_;
  const std::uint32_t frame_at_;
  const std::uint32_t payload_at_;
  const Kind kind_;
  mutable std::once_flag deflated_once_;
  mutable std::string deflated_;
};

using SharedMessage = std::shared_ptr<const Message>;

/// Collects a payload behind room for the longest frame header, so that encoding copies nothing.
class MessageBuilder {
 public:
  /// `expected` bytes of payload are reserved.
  explicit MessageBuilder(Message::Kind kind, std::size_t expected = 0);

  /// Append to it; never shorten it below its size at construction.
  std::string& out() { return buffer_; }
  void append(std::string_view bytes) { buffer_.append(bytes); }

  /// The message. The builder is empty afterwards.
  SharedMessage finish() &&;

 private:
  std::string buffer_;
  Message::Kind kind_;
};

/// A text packet whose payload is exactly `payload` ("2", "6", "4hello").
SharedMessage make_text(std::string_view payload);
/// A binary message packet.
SharedMessage make_binary(std::string_view bytes);

}  // namespace collab::engineio
