// The frame parser over every way to cut its input, the rules of RFC 6455 that it enforces, and the encoder.
#include "transport/websocket_frame.hpp"

#include <gtest/gtest.h>

#include <random>

#include "support/websocket_client_frame.hpp"

namespace collab::transport {
namespace {

using support::client_binary;
using support::client_frame;
using support::client_text;
using support::LengthForm;
using namespace std::string_literals;

constexpr std::size_t limit = 1'000'000;

/// Writes down what it is told, one line per event.
class Recorder : public FrameHandler {
 public:
  Flow on_message(Opcode kind, Compression compressed, std::string_view payload) override {
    note(kind == Opcode::text ? "text" : "binary", payload);
    if (compressed == Compression::on) events.back() += " compressed";
    return flow;
  }
  Flow on_ping(std::string_view payload) override { return note("ping", payload); }
  Flow on_pong(std::string_view payload) override { return note("pong", payload); }
  Flow on_close(std::uint16_t code, std::string_view reason) override {
    return note("close " + std::to_string(code), reason);
  }

  std::vector<std::string> events;
  Flow flow = Flow::go_on;

 private:
  Flow note(const std::string& what, std::string_view payload) {
    events.push_back(what + ":" + std::string(payload));
    return flow;
  }
};

struct Outcome {
  std::vector<std::string> events;
  unsigned error = 0;
  bool is_idle = true;

  bool operator==(const Outcome&) const = default;
};

/// Feeds `input` in pieces of the given sizes; what is left over comes last.
Outcome parse(std::string input, const std::vector<std::size_t>& pieces = {},
              Compression compression = Compression::off, std::size_t max_message = limit) {
  FrameParser parser(max_message, compression);
  Recorder recorder;
  Outcome outcome;
  std::size_t at = 0;
  std::size_t index = 0;
  while (at < input.size()) {
    const std::size_t size = index < pieces.size() ? std::min(pieces[index], input.size() - at) : input.size() - at;
    ++index;
    if (const auto error = parser.feed({input.data() + at, size}, recorder)) {
      outcome.error = error->code;
      EXPECT_FALSE(error->reason.empty());
    }
    at += size;
  }
  outcome.events = std::move(recorder.events);
  outcome.is_idle = parser.is_idle();
  return outcome;
}

std::string conversation() {
  return client_text("4hello") + client_frame(0x01, "frag") + client_frame(0x89, "are you there") +
         client_frame(0x00, "") + client_frame(0x00, "men") + client_frame(0x8A, "") +
         client_frame(0x80, "ted \xE2\x82\xAC") + client_binary(std::string(300, '\x07')) + client_binary("") +
         client_binary(std::string(70'000, 'z')) +
         client_frame(0x88,
                      "\x03\xE8"
                      "bye") +
         client_text("ignored");
}

TEST(FrameParser, TakesTheMaskedExampleOfTheRfc) {
  const Outcome outcome = parse("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  EXPECT_EQ(outcome.events, std::vector<std::string>{"text:Hello"});
}

TEST(FrameParser, GivesMessagesAndControlFramesInOrder) {
  const Outcome outcome = parse(conversation());

  const std::vector<std::string> expected = {"text:4hello",
                                             "ping:are you there",
                                             "pong:",
                                             "text:fragmented \xE2\x82\xAC",
                                             "binary:" + std::string(300, '\x07'),
                                             "binary:",
                                             "binary:" + std::string(70'000, 'z'),
                                             "close 1000:bye"};
  EXPECT_EQ(outcome.events, expected);
  EXPECT_EQ(outcome.error, 0u);
}

TEST(FrameParser, DoesNotCareWhereItsInputIsCut) {
  const std::string input = conversation();
  const Outcome whole = parse(input);
  for (std::size_t cut = 1; cut < 600; ++cut) EXPECT_EQ(parse(input, {cut}), whole) << cut;
  EXPECT_EQ(parse(input, std::vector<std::size_t>(input.size(), 1)), whole);
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::size_t> pieces;
    for (int i = 0; i < 200; ++i) pieces.push_back(1 + random() % (round < 100 ? 9 : 2000));
    EXPECT_EQ(parse(input, pieces), whole) << round;
  }
}

TEST(FrameParser, OwnsNothingBetweenMessages) {
  static_assert(sizeof(FrameParser) <= 64);
  FrameParser parser(limit);
  Recorder recorder;
  std::string frame = client_text("hello");
  EXPECT_TRUE(parser.is_idle());
  parser.feed({frame.data(), 3}, recorder);
  EXPECT_FALSE(parser.is_idle());
  parser.feed({frame.data() + 3, frame.size() - 3}, recorder);
  EXPECT_TRUE(parser.is_idle());
  std::string first = client_frame(0x01, "a");
  parser.feed({first.data(), first.size()}, recorder);
  EXPECT_FALSE(parser.is_idle());
  std::string ping = client_frame(0x89, "");
  parser.feed({ping.data(), ping.size()}, recorder);
  EXPECT_FALSE(parser.is_idle());
  std::string last = client_frame(0x80, "b");
  parser.feed({last.data(), last.size()}, recorder);
  EXPECT_TRUE(parser.is_idle());
  EXPECT_EQ(recorder.events, (std::vector<std::string>{"text:hello", "ping:", "text:ab"}));
}

TEST(FrameParser, AcceptsEveryLengthAtTheEdges) {
  for (const std::size_t size : {0u, 1u, 7u, 8u, 9u, 125u, 126u, 127u, 65'535u, 65'536u}) {
    const std::string payload(size, 'x');
    EXPECT_EQ(parse(client_binary(payload)).events, std::vector<std::string>{"binary:" + payload}) << size;
  }
}

TEST(FrameParser, TakesRsv1OnlyWhereDeflateAllowsIt) {
  EXPECT_EQ(parse(client_frame(0xC1, "\xFF\xFE"), {}, Compression::on).events,
            std::vector<std::string>{"text:\xFF\xFE compressed"});
  EXPECT_EQ(parse(client_frame(0x42, "a") + client_frame(0x80, "b"), {}, Compression::on).events,
            std::vector<std::string>{"binary:ab compressed"});
  EXPECT_EQ(parse(client_frame(0x81, "plain"), {}, Compression::on).events, std::vector<std::string>{"text:plain"});
  EXPECT_EQ(parse(client_frame(0x41, "a") + client_frame(0xC0, "b"), {}, Compression::on).error, 1002u);
  EXPECT_EQ(parse(client_frame(0xC9, "ping"), {}, Compression::on).error, 1002u);
  EXPECT_EQ(parse(client_frame(0xC8, ""), {}, Compression::on).error, 1002u);
  EXPECT_EQ(parse(client_frame(0xC1, "a")).error, 1002u);
}

TEST(FrameParser, BoundsAMessageOverAllItsFrames) {
  EXPECT_EQ(parse(client_binary("12345"), {}, Compression::off, 5).error, 0u);
  EXPECT_EQ(parse(client_binary("123456"), {}, Compression::off, 5).error, 1009u);
  EXPECT_EQ(parse(client_frame(0x02, "123") + client_frame(0x80, "456"), {}, Compression::off, 5).error, 1009u);
  EXPECT_EQ(parse(client_frame(0x02, "123") + client_frame(0x80, "45"), {}, Compression::off, 5).error, 0u);
  EXPECT_EQ(parse(client_frame(0x89, "123456"), {}, Compression::off, 5).error, 0u);
}

TEST(FrameParser, RefusesAnAnnouncedSizeBeforeAnyOfItComes) {
  const std::string header(
      "\x82\xFF\x00\x00\x00\x01\x00\x00\x00\x00"
      "abcd",
      14);
  EXPECT_EQ(parse(header).error, 1009u);
}

TEST(FrameParser, RefusesAFaultAsSoonAsItIsSeen) {
  EXPECT_EQ(parse("\x83").error, 1002u);
  EXPECT_EQ(parse("\x81\x05").error, 1002u);
  EXPECT_EQ(parse("\x89\xFE").error, 1002u);
}

TEST(FrameParser, RefusesBadFrames) {
  struct Bad {
    const char* why;
    std::string bytes;
    unsigned code;
  };
  const std::string open_text = client_frame(0x01, "a");
  const Bad table[] = {
      {"opcode 3", client_frame(0x83, ""), 1002},
      {"opcode 4", client_frame(0x84, ""), 1002},
      {"opcode 5", client_frame(0x85, ""), 1002},
      {"opcode 6", client_frame(0x86, ""), 1002},
      {"opcode 7", client_frame(0x87, ""), 1002},
      {"opcode B", client_frame(0x8B, ""), 1002},
      {"opcode C", client_frame(0x8C, ""), 1002},
      {"opcode D", client_frame(0x8D, ""), 1002},
      {"opcode E", client_frame(0x8E, ""), 1002},
      {"opcode F", client_frame(0x8F, ""), 1002},
      {"rsv1", client_frame(0xC1, "a"), 1002},
      {"rsv2", client_frame(0xA1, "a"), 1002},
      {"rsv3", client_frame(0x91, "a"), 1002},
      {"all rsv", client_frame(0xF1, "a"), 1002},
      {"rsv3 on ping", client_frame(0x99, ""), 1002},
      {"unmasked text",
       "\x81\x01"
       "a"s,
       1002},
      {"unmasked empty", "\x81\x00"s, 1002},
      {"unmasked ping", "\x89\x00"s, 1002},
      {"unmasked close", "\x88\x00"s, 1002},
      {"fragmented ping", client_frame(0x09, ""), 1002},
      {"fragmented pong", client_frame(0x0A, ""), 1002},
      {"fragmented close", client_frame(0x08, ""), 1002},
      {"ping of 126", client_frame(0x89, std::string(126, 'x')), 1002},
      {"pong of 70000", client_frame(0x8A, std::string(70'000, 'x')), 1002},
      {"close of 126", client_frame(0x88, "\x03\xE8" + std::string(124, 'x')), 1002},
      {"ping with a long length", client_frame(0x89, "abc", LengthForm::two_bytes), 1002},
      {"length 125 in two bytes", client_frame(0x82, std::string(125, 'x'), LengthForm::two_bytes), 1002},
      {"length 0 in two bytes", client_frame(0x82, "", LengthForm::two_bytes), 1002},
      {"length 300 in eight bytes", client_frame(0x82, std::string(300, 'x'), LengthForm::eight_bytes), 1002},
      {"length 5 in eight bytes", client_frame(0x82, "abcde", LengthForm::eight_bytes), 1002},
      {"top bit of the length",
       "\x82\xFF\x80\x00\x00\x00\x00\x00\x00\x05"
       "maskabcde"s,
       1002},
      {"length of all ones",
       "\x82\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
       "mask"s,
       1002},
      {"continuation of nothing", client_frame(0x80, "a"), 1002},
      {"open continuation of nothing", client_frame(0x00, "a"), 1002},
      {"continuation after a whole message", client_text("a") + client_frame(0x80, "b"), 1002},
      {"text inside a message", open_text + client_text("b"), 1002},
      {"binary inside a message", open_text + client_binary("b"), 1002},
      {"fragment inside a message", open_text + client_frame(0x02, "b"), 1002},
      {"close of one byte", client_frame(0x88, "\x03"), 1002},
      {"close 0", client_frame(0x88, "\0\0"s), 1002},
      {"close 999", client_frame(0x88, "\x03\xE7"), 1002},
      {"close 1004", client_frame(0x88, "\x03\xEC"), 1002},
      {"close 1005", client_frame(0x88, "\x03\xED"), 1002},
      {"close 1006", client_frame(0x88, "\x03\xEE"), 1002},
      {"close 1015", client_frame(0x88, "\x03\xF7"), 1002},
      {"close 1016", client_frame(0x88, "\x03\xF8"), 1002},
      {"close 2999", client_frame(0x88, "\x0B\xB7"), 1002},
      {"close 5000", client_frame(0x88, "\x13\x88"), 1002},
      {"close 65535", client_frame(0x88, "\xFF\xFF"), 1002},
      {"close reason not UTF-8", client_frame(0x88, "\x03\xE8\xFF"), 1007},
      {"text not UTF-8", client_text("\xFF"), 1007},
      {"text cut inside a character", client_text("a\xE2\x82"), 1007},
      {"text with a surrogate", client_text("\xED\xA0\x80"), 1007},
      {"text with an overlong form", client_text("\xC0\xAF"), 1007},
      {"fragmented text not UTF-8", client_frame(0x01, "\xE2\x82") + client_frame(0x80, "a"), 1007},
      {"message too big", client_binary(std::string(limit + 1, 'x')), 1009},
      {"fragments too big", client_frame(0x02, std::string(limit, 'x')) + client_frame(0x80, "x"), 1009},
  };
  static_assert(std::size(table) >= 30);
  for (const Bad& bad : table) {
    const Outcome whole = parse(bad.bytes + client_text("later"));
    EXPECT_EQ(whole.error, bad.code) << bad.why;
    EXPECT_TRUE(whole.is_idle) << bad.why;
    for (const std::string& event : whole.events) EXPECT_NE(event, "text:later") << bad.why;
    EXPECT_EQ(parse(bad.bytes, std::vector<std::size_t>(bad.bytes.size(), 1)).error, bad.code)
        << bad.why << ", byte by byte";
  }
}

TEST(FrameParser, AcceptsTheCloseCodesThatMayBeSent) {
  EXPECT_EQ(parse(client_frame(0x88, "")).events, std::vector<std::string>{"close 1005:"});
  for (const unsigned code : {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 1012u, 1013u, 1014u, 3000u,
                              3999u, 4000u, 4999u}) {
    const std::string payload = {static_cast<char>(code >> 8), static_cast<char>(code)};
    EXPECT_EQ(parse(client_frame(0x88, payload)).events,
              std::vector<std::string>{"close " + std::to_string(code) + ":"});
  }
}

TEST(FrameParser, MayBeDestroyedByItsHandler) {
  struct Destroyer : Recorder {
    Flow on_message(Opcode, Compression, std::string_view) override {
      parser.reset();
      return Flow::stop;
    }
    std::unique_ptr<FrameParser> parser = std::make_unique<FrameParser>(limit);
  };
  for (const std::string& frames :
       {client_text("a") + client_text("b"), client_frame(0x01, "a") + client_frame(0x80, "b") + "rest"}) {
    Destroyer whole;
    std::string input = frames;
    EXPECT_FALSE(whole.parser->feed({input.data(), input.size()}, whole));
    Destroyer cut;
    input = frames;
    cut.parser->feed({input.data(), 3}, cut);
    cut.parser->feed({input.data() + 3, input.size() - 3}, cut);
    EXPECT_EQ(cut.parser, nullptr);
  }
}

TEST(Mask, IsTheSameForEveryAlignmentAndOffset) {
  const std::uint8_t key[4] = {1, 2, 3, 4};
  for (std::size_t size = 0; size < 40; ++size) {
    for (std::size_t offset = 0; offset < 9; ++offset) {
      std::string bytes(size, '\0');
      apply_mask({bytes.data(), bytes.size()}, key, offset);
      for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(bytes[i], static_cast<char>(key[(offset + i) % 4]));
    }
  }
}

TEST(FrameEncoder, WritesTheUnmaskedExamplesOfTheRfc) {
  std::string out;
  append_frame(out, Opcode::text, "Hello");
  EXPECT_EQ(out, "\x81\x05Hello");
  out.clear();
  append_frame_header(out, Opcode::binary, 256);
  EXPECT_EQ(out, "\x82\x7E\x01\x00"s);
  out.clear();
  append_frame_header(out, Opcode::binary, 65536);
  EXPECT_EQ(out, "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s);
  EXPECT_EQ(out.size(), max_frame_header);
  out.clear();
  append_frame(out, Opcode::text, "x", Compression::on);
  EXPECT_EQ(out, "\xC1\x01x");
}

TEST(FrameEncoder, CutsACloseReasonBetweenCharacters) {
  std::string out;
  append_close_frame(out, close_code::too_big, "message too big");
  EXPECT_EQ(out, "\x88\x11\x03\xF1message too big");
  out.clear();
  append_close_frame(out, close_code::no_status);
  EXPECT_EQ(out, "\x88\x00"s);
  out.clear();
  append_close_frame(out, close_code::normal, std::string(122, 'a') + "€");
  EXPECT_EQ(out, "\x88\x7C\x03\xE8" + std::string(122, 'a'));
}

}  // namespace
}  // namespace collab::transport
