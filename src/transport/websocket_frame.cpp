#include "transport/websocket_frame.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/utf8.hpp"

namespace collab::transport {
namespace {

constexpr std::uint8_t fin_bit = 0x80;
constexpr std::uint8_t rsv1_bit = 0x40;
constexpr std::uint8_t rsv2_and_rsv3_bits = 0x30;
constexpr std::uint8_t opcode_bits = 0x0F;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_bits = 0x7F;
constexpr std::uint8_t length_16 = 126;
constexpr std::uint8_t length_64 = 127;
constexpr std::size_t max_client_header = 14;
constexpr std::size_t max_control_payload = 125;

FrameError protocol_fault(std::string_view reason) { return {close_code::protocol_error, reason}; }

bool is_control(std::uint8_t opcode) { return (opcode & 0x8) != 0; }
bool is_known(std::uint8_t opcode) { return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA); }

/// The length of a client's header, known from its second byte.
std::size_t header_size(std::uint8_t second) {
  const std::uint8_t length = second & length_bits;
  return 6u + (length == length_16 ? 2u : length == length_64 ? 8u : 0u);
}

std::uint64_t big_endian(const std::uint8_t* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

/// The frame whose payload is being read.
struct FrameParser::Frame {
  std::uint8_t opcode = 0;
  bool is_last = false;
  bool has_rsv1 = false;
  std::uint8_t key[4] = {};
  std::uint64_t size = 0;
  std::uint64_t left = 0;  ///< payload bytes that have not come
};

/// What must be kept between two calls of feed().
struct FrameParser::Partial {
  std::array<std::uint8_t, max_client_header> header{};
  std::size_t header_have = 0;
  bool in_payload = false;
  Frame frame;
  std::string control;  ///< payload of a control frame so far
  bool in_message = false;
  Opcode kind = Opcode::text;
  Compression compressed = Compression::off;
  std::string message;  ///< payload of a data message so far, all its frames

  bool is_empty() const { return header_have == 0 && !in_payload && !in_message; }
};

/// One call of feed().
class FrameParser::Run {
 public:
  Run(FrameParser& parser, std::span<char> bytes, FrameHandler& handler)
      : parser_(parser), bytes_(bytes), handler_(handler) {}

  std::optional<FrameError> all() {
    while (!bytes_.empty()) {
      const bool go_on = parser_.partial_ && parser_.partial_->in_payload ? more_payload() : next_frame();
      if (stopped_) return std::nullopt;
      if (error_) {
        parser_.ended_ = true;
        parser_.partial_.reset();
        return error_;
      }
      if (!go_on) break;
    }
    if (parser_.partial_ && parser_.partial_->is_empty()) parser_.partial_.reset();
    return std::nullopt;
  }

 private:
  Partial& partial() {
    if (!parser_.partial_) parser_.partial_ = std::make_unique<Partial>();
    return *parser_.partial_;
  }

  bool fail(FrameError error) {
    error_ = error;
    return false;
  }

  bool in_message() const { return parser_.partial_ && parser_.partial_->in_message; }

  /// Calls the handler's function and notes whether it wants more. Nothing of the parser is touched afterwards if not.
  template <class F>
  bool deliver(F&& call) {
    if (call() == Flow::go_on) return true;
    stopped_ = true;
    return false;
  }

  /// Reads a header, which may be cut, and as much of the payload as there is.
  bool next_frame() {
    std::uint8_t header[max_client_header];
    const std::size_t kept = parser_.partial_ ? parser_.partial_->header_have : 0;
    if (kept) std::memcpy(header, parser_.partial_->header.data(), kept);
    const std::size_t have = std::min(kept + bytes_.size(), max_client_header);
    std::memcpy(header + kept, bytes_.data(), have - kept);

    if (have >= 1 && !check_first(header[0])) return false;
    if (have >= 2 && !check_second(header[0], header[1])) return false;
    if (have < 2 || have < header_size(header[1])) {
      Partial& rest = partial();
      std::memcpy(rest.header.data(), header, have);
      rest.header_have = have;
      bytes_ = {};
      return true;
    }
    bytes_ = bytes_.subspan(header_size(header[1]) - kept);
    if (parser_.partial_) parser_.partial_->header_have = 0;
    Frame frame = read(header);
    if (!check_length(header[1], frame)) return false;
    return frame.size <= bytes_.size() ? whole_frame(frame) : begin_payload(frame);
  }

  bool check_first(std::uint8_t first) {
    const std::uint8_t opcode = first & opcode_bits;
    if (!is_known(opcode)) return fail(protocol_fault("reserved opcode"));
    if (first & rsv2_and_rsv3_bits) return fail(protocol_fault("reserved bit"));
    const bool begins_message = opcode == 0x1 || opcode == 0x2;
    if ((first & rsv1_bit) && (parser_.compression_ == Compression::off || !begins_message)) {
      return fail(protocol_fault("reserved bit"));
    }
    if (is_control(opcode) && !(first & fin_bit)) return fail(protocol_fault("fragmented control frame"));
    if (opcode == 0x0 && !in_message()) return fail(protocol_fault("continuation of nothing"));
    if (begins_message && in_message()) return fail(protocol_fault("message inside a message"));
    return true;
  }

  bool check_second(std::uint8_t first, std::uint8_t second) {
    if (!(second & mask_bit)) return fail(protocol_fault("client frame without mask"));
    if (is_control(first & opcode_bits) && (second & length_bits) > max_control_payload) {
      return fail(protocol_fault("control frame too long"));
    }
    return true;
  }

  static Frame read(const std::uint8_t* header) {
    Frame frame;
    frame.opcode = header[0] & opcode_bits;
    frame.is_last = (header[0] & fin_bit) != 0;
    frame.has_rsv1 = (header[0] & rsv1_bit) != 0;
    const std::uint8_t length = header[1] & length_bits;
    frame.size = length == length_16   ? big_endian(header + 2, 2)
                 : length == length_64 ? big_endian(header + 2, 8)
                                       : length;
    frame.left = frame.size;
    std::memcpy(frame.key, header + header_size(header[1]) - 4, 4);
    return frame;
  }

  bool check_length(std::uint8_t second, const Frame& frame) {
    const std::uint8_t length = second & length_bits;
    if (length == length_16 && frame.size < length_16) return fail(protocol_fault("length not minimal"));
    if (length == length_64 && frame.size <= 0xFFFF) return fail(protocol_fault("length not minimal"));
    if (frame.size >> 63) return fail(protocol_fault("length has its top bit set"));
    if (is_control(frame.opcode)) return true;
    const std::size_t before = in_message() ? parser_.partial_->message.size() : 0;
    if (frame.size > parser_.max_message_ - before) return fail({close_code::too_big, "message too big"});
    return true;
  }

  /// The payload is all there: no copy, unless the message has other frames.
  bool whole_frame(const Frame& frame) {
    const std::span<char> payload = bytes_.first(static_cast<std::size_t>(frame.size));
    bytes_ = bytes_.subspan(payload.size());
    apply_mask(payload, frame.key);
    const std::string_view view(payload.data(), payload.size());
    if (is_control(frame.opcode)) return control(frame.opcode, view);
    if (frame.is_last && !in_message()) {
      return message(static_cast<Opcode>(frame.opcode), frame.has_rsv1 ? Compression::on : Compression::off, view);
    }
    begin_message(frame);
    partial().message.append(view);
    return frame.is_last ? end_message() : true;
  }

  bool begin_payload(const Frame& frame) {
    if (!is_control(frame.opcode)) begin_message(frame);
    Partial& rest = partial();
    rest.frame = frame;
    rest.in_payload = true;
    return true;
  }

  /// The next part of a payload that began in an earlier call, or that this call's bytes do not complete.
  bool more_payload() {
    Partial& rest = *parser_.partial_;
    Frame& frame = rest.frame;
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(frame.left, bytes_.size()));
    const std::span<char> part = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    apply_mask(part, frame.key, static_cast<std::size_t>(frame.size - frame.left));
    frame.left -= count;
    (is_control(frame.opcode) ? rest.control : rest.message).append(part.data(), part.size());
    if (frame.left != 0) return true;
    rest.in_payload = false;
    if (!is_control(frame.opcode)) return frame.is_last ? end_message() : true;
    const std::string payload = std::exchange(rest.control, {});
    return control(frame.opcode, payload);
  }

  void begin_message(const Frame& frame) {
    Partial& rest = partial();
    if (rest.in_message) return;
    rest.in_message = true;
    rest.kind = static_cast<Opcode>(frame.opcode);
    rest.compressed = frame.has_rsv1 ? Compression::on : Compression::off;
  }

  bool end_message() {
    // Nothing else can be half read now, so the memory goes before the handler is called.
    const std::unique_ptr<Partial> done = std::move(parser_.partial_);
    return message(done->kind, done->compressed, done->message);
  }

  bool message(Opcode kind, Compression compressed, std::string_view payload) {
    if (kind == Opcode::text && compressed == Compression::off && !is_valid_utf8(payload)) {
      return fail({close_code::invalid_payload, "text is not UTF-8"});
    }
    return deliver([&] { return handler_.on_message(kind, compressed, payload); });
  }

  bool control(std::uint8_t opcode, std::string_view payload) {
    switch (static_cast<Opcode>(opcode)) {
      case Opcode::ping:
        return deliver([&] { return handler_.on_ping(payload); });
      case Opcode::pong:
        return deliver([&] { return handler_.on_pong(payload); });
      default:
        return close(payload);
    }
  }

  bool close(std::string_view payload) {
    std::uint16_t code = close_code::no_status;
    std::string_view reason;
    if (payload.size() == 1) return fail(protocol_fault("close frame of one byte"));
    if (payload.size() >= 2) {
      code = static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                        static_cast<unsigned char>(payload[1]));
      if (!is_valid_close_code(code)) return fail(protocol_fault("close code not allowed"));
      reason = payload.substr(2);
      if (!is_valid_utf8(reason)) return fail({close_code::invalid_payload, "close reason is not UTF-8"});
    }
    parser_.ended_ = true;
    parser_.partial_.reset();
    bytes_ = {};
    return deliver([&] { return handler_.on_close(code, reason); });
  }

  FrameParser& parser_;
  std::span<char> bytes_;
  FrameHandler& handler_;
  bool stopped_ = false;
  std::optional<FrameError> error_;
};

FrameParser::FrameParser(std::size_t max_message, Compression compression)
    : max_message_(max_message), compression_(compression) {}
FrameParser::~FrameParser() = default;
FrameParser::FrameParser(FrameParser&&) noexcept = default;
FrameParser& FrameParser::operator=(FrameParser&&) noexcept = default;

std::optional<FrameError> FrameParser::feed(std::span<char> bytes, FrameHandler& handler) {
  if (ended_) return std::nullopt;
  return Run(*this, bytes, handler).all();
}

void apply_mask(std::span<char> bytes, const std::uint8_t (&key)[4], std::size_t offset) {
  std::uint8_t wide[8];
  for (std::size_t i = 0; i < 8; ++i) wide[i] = key[(offset + i) & 3];
  std::uint64_t mask;
  std::memcpy(&mask, wide, 8);
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    word ^= mask;
    std::memcpy(bytes.data() + at, &word, 8);
  }
  for (std::size_t i = 0; at < bytes.size(); ++at, ++i) {
    bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ wide[i]);
  }
}

void append_frame_header(std::string& out, Opcode opcode, std::size_t payload_size, Compression compressed) {
  out +=
      static_cast<char>(fin_bit | (compressed == Compression::on ? rsv1_bit : 0) | static_cast<std::uint8_t>(opcode));
  std::size_t length_bytes = 0;
  if (payload_size < length_16) {
    out += static_cast<char>(payload_size);
  } else if (payload_size <= 0xFFFF) {
    out += static_cast<char>(length_16);
    length_bytes = 2;
  } else {
    out += static_cast<char>(length_64);
    length_bytes = 8;
  }
  for (std::size_t i = length_bytes; i-- > 0;) out += static_cast<char>(payload_size >> (8 * i));
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload, Compression compressed) {
  append_frame_header(out, opcode, payload.size(), compressed);
  out += payload;
}

void append_close_frame(std::string& out, std::uint16_t code, std::string_view reason) {
  if (code == close_code::no_status) {
    append_frame_header(out, Opcode::close, 0);
    return;
  }
  if (reason.size() > max_control_payload - 2) {
    std::size_t end = max_control_payload - 2;
    while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xC0) == 0x80) --end;
    reason = reason.substr(0, end);
  }
  append_frame_header(out, Opcode::close, reason.size() + 2);
  out += static_cast<char>(code >> 8);
  out += static_cast<char>(code);
  out += reason;
}

bool is_valid_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace collab::transport
