#include "transport/deflate.hpp"

// zlib's own option: its API then takes the input as const.
#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>

namespace collab::transport {
namespace {

constexpr int min_window_bits = 9;
constexpr int max_window_bits = 15;
constexpr int memory_level = 8;
constexpr std::string_view flush_tail("\x00\x00\xFF\xFF", 4);

class Deflater {
 public:
  explicit Deflater(int window_bits) {
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -window_bits, memory_level, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  z_stream& fresh() {
    deflateReset(&stream_);
    return stream_;
  }

 private:
  z_stream stream_{};
};

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, -max_window_bits) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream& fresh() {
    inflateReset(&stream_);
    return stream_;
  }

 private:
  z_stream stream_{};
};

Deflater& deflater(int window_bits) {
  thread_local std::array<std::unique_ptr<Deflater>, max_window_bits - min_window_bits + 1> deflaters;
  std::unique_ptr<Deflater>& slot = deflaters[static_cast<std::size_t>(window_bits - min_window_bits)];
  if (!slot) slot = std::make_unique<Deflater>(window_bits);
  return *slot;
}

void set_input(z_stream& stream, std::string_view bytes) {
  stream.next_in = reinterpret_cast<const Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
}

void set_output(z_stream& stream, char* begin, std::size_t size) {
  stream.next_out = reinterpret_cast<Bytef*>(begin);
  stream.avail_out = static_cast<uInt>(size);
}

/// One message being inflated.
class Inflation {
 public:
  Inflation(std::size_t max_size, std::string& out) : stream_(inflater().fresh()), max_size_(max_size), out_(out) {}

  InflateStatus all(std::string_view compressed) {
    out_.clear();
    InflateStatus status = add(compressed);
    if (status == InflateStatus::ok) status = add(flush_tail);
    // 128: zlib stands exactly behind a block; otherwise the message was cut off.
    if (status == InflateStatus::ok && !at_stream_end_ && !(stream_.data_type & 128)) status = InflateStatus::corrupt;
    if (status == InflateStatus::ok)
      out_.resize(size_);
    else
      out_.clear();
    return status;
  }

 private:
  static Inflater& inflater() {
    thread_local Inflater instance;
    return instance;
  }

  InflateStatus add(std::string_view input) {
    set_input(stream_, input);
    while (true) {
      if (at_stream_end_ && stream_.avail_in > 0) {
        // A block marked as the last does not end a message (RFC 7692, section 7.2.3.4): the next one starts anew.
        inflateReset(&stream_);
        at_stream_end_ = false;
      }
      const std::size_t room = make_room();
      char beyond;
      set_output(stream_, room ? out_.data() + size_ : &beyond, room ? room : 1);
      const uInt offered = stream_.avail_out;
      const int result = inflate(&stream_, Z_SYNC_FLUSH);
      const std::size_t made = offered - stream_.avail_out;
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return InflateStatus::corrupt;
      if (made > 0 && room == 0) return InflateStatus::too_large;
      size_ += made;
      at_stream_end_ = result == Z_STREAM_END;
      if (stream_.avail_in == 0 && (at_stream_end_ || stream_.avail_out > 0)) return InflateStatus::ok;
    }
  }

  /// How much may still be written to out_, which grows as it fills up and never beyond the limit.
  std::size_t make_room() {
    if (size_ == out_.size()) out_.resize(std::min(max_size_, std::max<std::size_t>(1024, size_ * 2)));
    return out_.size() - size_;
  }

  z_stream& stream_;
  const std::size_t max_size_;
  std::string& out_;
  std::size_t size_ = 0;
  bool at_stream_end_ = false;
};

}  // namespace

void deflate_message(std::string_view message, std::string& out, int window_bits) {
  z_stream& stream = deflater(std::clamp(window_bits, min_window_bits, max_window_bits)).fresh();
  set_input(stream, message);
  out.resize(deflateBound(&stream, static_cast<uLong>(message.size())) + 16);
  std::size_t size = 0;
  while (true) {
    set_output(stream, out.data() + size, out.size() - size);
    deflate(&stream, Z_SYNC_FLUSH);
    size = out.size() - stream.avail_out;
    if (stream.avail_out > 0) break;
    out.resize(out.size() * 2);
  }
  out.resize(size - flush_tail.size());
}

InflateStatus inflate_message(std::string_view compressed, std::size_t max_size, std::string& out) {
  return Inflation(max_size, out).all(compressed);
}

}  // namespace collab::transport
