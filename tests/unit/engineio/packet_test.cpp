// The Engine.IO codec against the examples of its protocol document, round trips, and what must be refused.
#include "engineio/packet.hpp"

#include <gtest/gtest.h>

namespace collab::engineio {
namespace {

using namespace std::string_view_literals;

constexpr auto text = DataKind::text;
constexpr auto binary = DataKind::binary;

struct DecodedPayload {
  explicit DecodedPayload(std::string_view encoded) : body(encoded) {
    is_good = decode_payload({body.data(), body.size()}, packets);
  }

  std::string body;
  std::vector<Packet> packets;
  bool is_good = false;
};

std::string encode(const std::vector<Packet>& packets) {
  std::string out;
  for (const Packet& packet : packets) append_to_payload(out, packet);
  return out;
}

TEST(EngineIoPayload, DecodesTheExamplesOfTheProtocol) {
  const DecodedPayload plain(
      "4hello\x1e"
      "2\x1e"
      "4world");
  const DecodedPayload mixed(
      "4hello\x1e"
      "bAQIDBA==");

  ASSERT_TRUE(plain.is_good);
  EXPECT_EQ(plain.packets, (std::vector<Packet>{{PacketType::message, text, "hello"},
                                                {PacketType::ping, text, ""},
                                                {PacketType::message, text, "world"}}));
  ASSERT_TRUE(mixed.is_good);
  EXPECT_EQ(mixed.packets, (std::vector<Packet>{{PacketType::message, text, "hello"},
                                                {PacketType::message, binary, "\x01\x02\x03\x04"}}));
}

TEST(EngineIoPayload, EncodesTheExamplesOfTheProtocol) {
  EXPECT_EQ(encode({{PacketType::message, text, "test1"},
                    {PacketType::message, text, "test2"},
                    {PacketType::message, text, "test3"}}),
            "4test1\x1e"
            "4test2\x1e"
            "4test3");
  EXPECT_EQ(encode({{PacketType::message, text, "hello"}, {PacketType::message, binary, "\x01\x02\x03\x04"}}),
            "4hello\x1e"
            "bAQIDBA==");
}

TEST(EngineIoPayload, DecodesEveryTypeAlone) {
  for (int type = 0; type <= 6; ++type) {
    const DecodedPayload payload(std::to_string(type));
    ASSERT_TRUE(payload.is_good);
    EXPECT_EQ(payload.packets, (std::vector<Packet>{{static_cast<PacketType>(type), text, ""}}));
  }
}

TEST(EngineIoPayload, BringsBackWhatWasEncoded) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  std::vector<Packet> packets;
  for (std::size_t length = 0; length < every_byte.size(); length += 5) {
    packets.push_back({PacketType::message, binary, std::string_view(every_byte).substr(0, length)});
    packets.push_back({PacketType::message, text, "žluťoučký 🐎"});
    packets.push_back({PacketType::ping, text, "probe"});
  }

  const DecodedPayload payload(encode(packets));

  ASSERT_TRUE(payload.is_good);
  EXPECT_EQ(payload.packets, packets);
}

TEST(EngineIoPayload, KnowsItsSizeBeforehand) {
  for (const Packet& packet : {Packet{PacketType::noop, text, ""}, Packet{PacketType::message, text, "abc"},
                               Packet{PacketType::message, binary, ""}, Packet{PacketType::message, binary, "abcd"}}) {
    std::string out = "4first";
    append_to_payload(out, packet);
    EXPECT_EQ(out.size(), 6 + payload_size(packet));
  }
}

TEST(EngineIoPayload, RefusesMalformedOnes) {
  const std::string_view bad[] = {
      ""sv,
      "\x1e"sv,
      "4hello\x1e"sv,
      "\x1e"
      "4hello"sv,
      "4a\x1e\x1e"
      "4b"sv,
      "7"sv,
      "8abc"sv,
      "9"sv,
      "abc"sv,
      "a"sv,
      "B"sv,
      " 4hello"sv,
      "\n"sv,
      "\0"sv,
      "\0004hello"sv,
      "-1"sv,
      "4hello\x1e"
      "abc"sv,
      "4hello\x1e"
      "7"sv,
      "4hello\x1e "
      "4world"sv,
      "bA"sv,
      "bAQ"sv,
      "bAQI"sv,
      "bAQID="sv,
      "bAQIDBA="sv,
      "bAQIDBA==="sv,
      "bAQIDBA==\n"sv,
      "b AQIDBA=="sv,
      "bAQID_A=="sv,
      "bAQID-A=="sv,
      "bAQIDBB=="sv,
      "b===="sv,
      "b="sv,
      "bAQIDBA==AQIDBA=="sv,
      "b4AQIDBA=="sv,
      "4\xFF"sv,
      "4\xC0\x80"sv,
      "4\xED\xA0\x80"sv,
      "4hello\xE2\x82"sv,
      "4hello\x1e"
      "4\x80"sv,
      "2\xFE"sv,
      "\xEF\xBB\xBF"
      "4hello"sv,
  };
  static_assert(std::size(bad) >= 30);
  for (const auto body : bad) {
    const DecodedPayload payload(body);
    EXPECT_FALSE(payload.is_good) << testing::PrintToString(std::string(body));
    EXPECT_TRUE(payload.packets.empty());
  }
}

TEST(EngineIoPayload, BoundsTheNumberOfPackets) {
  const auto pings = [](std::size_t count) {
    std::string body = "2";
    for (std::size_t i = 1; i < count; ++i)
      body +=
          "\x1e"
          "2";
    return body;
  };

  EXPECT_TRUE(DecodedPayload(pings(max_packets_per_payload)).is_good);
  EXPECT_FALSE(DecodedPayload(pings(max_packets_per_payload + 1)).is_good);
}

TEST(EngineIoPacket, DecodesWhatAWebSocketTextMessageCarries) {
  EXPECT_EQ(decode_packet("4hello"), (Packet{PacketType::message, text, "hello"}));
  EXPECT_EQ(decode_packet("2probe"), (Packet{PacketType::ping, text, "probe"}));
  EXPECT_EQ(decode_packet("5"), (Packet{PacketType::upgrade, text, ""}));
  EXPECT_EQ(decode_packet("4a\x1e"
                          "4b"),
            (Packet{PacketType::message, text,
                    "a\x1e"
                    "4b"}));
}

TEST(EngineIoPacket, RefusesEmptyAndUnknown) {
  EXPECT_FALSE(decode_packet(""));
  for (int c = 0; c < 256; ++c) {
    const char first = static_cast<char>(c);
    EXPECT_EQ(decode_packet(std::string(1, first)).has_value(), first >= '0' && first <= '6') << c;
  }
  EXPECT_FALSE(decode_packet("bAQIDBA=="));
}

TEST(EngineIoPacket, AppendsBehindWhatIsThere) {
  std::string out = "x";
  append_packet(out, PacketType::message, "hello");
  append_packet(out, PacketType::noop);
  EXPECT_EQ(out, "x4hello6");
}

TEST(EngineIoHandshake, HasItsKeysInOrderAndNoOthers) {
  using std::chrono::milliseconds;
  std::string polling;
  std::string websocket;

  append_open_packet(polling, {"lv_VI97HAXpY6yYWAAAC", true, milliseconds(25000), milliseconds(20000), 1'000'000});
  append_open_packet(websocket, {"x", false, milliseconds(300), milliseconds(200), 5});

  EXPECT_EQ(
      polling,
      R"(0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})");
  EXPECT_EQ(websocket, R"(0{"sid":"x","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":5})");
}

}  // namespace
}  // namespace collab::engineio
