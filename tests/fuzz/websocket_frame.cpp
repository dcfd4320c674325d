// The first byte chooses compression and the way to cut; the rest is what a client sends. Cut or whole, the parser must
// tell the same story.
#include "transport/websocket_frame.hpp"
#include "check.hpp"
#include "core/utf8.hpp"

namespace {

using namespace collab;
using namespace collab::transport;

constexpr std::size_t max_message = 4096;

class Story : public FrameHandler {
 public:
  Flow on_message(Opcode kind, Compression compressed, std::string_view payload) override {
    fuzz::check(payload.size() <= max_message, "messages are bounded");
    fuzz::check(kind == Opcode::text || kind == Opcode::binary, "a message is text or binary");
    if (kind == Opcode::text && compressed == Compression::off) fuzz::check(is_valid_utf8(payload), "text is UTF-8");
    return note(static_cast<int>(kind) + (compressed == Compression::on ? 100 : 0), payload);
  }
  Flow on_ping(std::string_view payload) override { return note(9, payload); }
  Flow on_pong(std::string_view payload) override { return note(10, payload); }
  Flow on_close(std::uint16_t code, std::string_view reason) override {
    fuzz::check(code == close_code::no_status || is_valid_close_code(code), "close codes are valid");
    return note(code, reason);
  }

  std::string told;

 private:
  Flow note(int what, std::string_view payload) {
    told += std::to_string(what) + ':' + std::to_string(payload.size()) + ':';
    told += payload;
    return Flow::go_on;
  }
};

std::string tell(std::string input, Compression compression, unsigned cut_seed) {
  FrameParser parser(max_message, compression);
  Story story;
  std::size_t at = 0;
  unsigned state = cut_seed;
  while (at < input.size()) {
    state = state * 1664525u + 1013904223u;
    const std::size_t size =
        cut_seed == 0 ? input.size() : std::min<std::size_t>(1 + (state >> 16) % (1 + cut_seed), input.size() - at);
    if (const auto error = parser.feed({input.data() + at, size}, story)) {
      story.told += "error " + std::to_string(error->code);
      fuzz::check(parser.is_idle(), "an error frees the memory");
    }
    at += size;
  }
  return story.told;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Compression compression = (data[0] & 0x80) ? Compression::on : Compression::off;
  const std::string input(fuzz::text_of(data + 1, size - 1));

  const std::string whole = tell(input, compression, 0);

  fuzz::check(tell(input, compression, 1 + (data[0] & 0x7Fu)) == whole, "cutting the input changes nothing");
  return 0;
}
