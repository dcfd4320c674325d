// The Socket.IO codec against the examples of its protocol document, round trips, and what must be refused.
#include "socketio/packet.hpp"

#include <gtest/gtest.h>

#include "core/json.hpp"

namespace collab::socketio {
namespace {

using namespace std::string_view_literals;

std::string json_of(const Packet& packet) {
  std::string out;
  append_json(out, packet.data);
  return out;
}

Decoded decode(std::string_view text, const std::vector<std::string>& attachments = {}) {
  Decoder decoder;
  Decoded decoded = decoder.add_text(text);
  for (const std::string& attachment : attachments) {
    if (decoded.status != DecodeStatus::pending) {
      ADD_FAILURE() << "no attachment was due: " << text;
      break;
    }
    decoded = decoder.add_binary(attachment);
  }
  EXPECT_EQ(decoder.is_pending(), decoded.status == DecodeStatus::pending);
  return decoded;
}

std::string encode(const Packet& packet) {
  std::string out;
  append_packet(out, packet);
  return out;
}

struct Example {
  std::string_view text;
  PacketType type;
  std::string_view nsp;
  std::optional<std::uint64_t> id;
  std::string_view data;
  std::vector<std::string> attachments = {};
};

const Example examples[] = {
    {"0", PacketType::connect, "/", {}, "null"},
    {R"(0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"})",
     PacketType::connect,
     "/admin",
     {},
     R"({"sid":"oSO0OpakMV_3jnilAAAA"})"},
    {R"(4{"message":"Not authorized"})", PacketType::connect_error, "/", {}, R"({"message":"Not authorized"})"},
    {R"(2["foo"])", PacketType::event, "/", {}, R"(["foo"])"},
    {R"(2/admin,["bar"])", PacketType::event, "/admin", {}, R"(["bar"])"},
    {R"(51-["baz",{"_placeholder":true,"num":0}])",
     PacketType::event,
     "/",
     {},
     R"(["baz",{"_placeholder":true,"num":0}])",
     {"\x01\x02\x03\x04"}},
    {R"(52-/admin,["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])",
     PacketType::event,
     "/admin",
     {},
     R"(["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])",
     {"\x01\x02", "\x03\x04"}},
    {R"(212["foo"])", PacketType::event, "/", 12, R"(["foo"])"},
    {R"(3/admin,13["bar"])", PacketType::ack, "/admin", 13, R"(["bar"])"},
    {R"(61-15["bar",{"_placeholder":true,"num":0}])",
     PacketType::ack,
     "/",
     15,
     R"(["bar",{"_placeholder":true,"num":0}])",
     {"\x01\x02\x03\x04"}},
    {"1", PacketType::disconnect, "/", {}, "null"},
    {"1/admin,", PacketType::disconnect, "/admin", {}, "null"},
    {R"(52-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])",
     PacketType::event,
     "/",
     789,
     R"(["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])",
     {"abc", ""}},
};

TEST(SocketIoPacket, DecodesTheExamplesOfTheProtocol) {
  for (const Example& example : examples) {
    const Decoded decoded = decode(example.text, example.attachments);
    ASSERT_EQ(decoded.status, DecodeStatus::packet) << example.text << ": " << decoded.error;
    EXPECT_EQ(decoded.packet.type, example.type) << example.text;
    EXPECT_EQ(decoded.packet.nsp, example.nsp) << example.text;
    EXPECT_EQ(decoded.packet.id, example.id) << example.text;
    EXPECT_EQ(json_of(decoded.packet), example.data) << example.text;
    EXPECT_EQ(decoded.packet.attachments, example.attachments) << example.text;
  }
}

TEST(SocketIoPacket, EncodesTheExamplesOfTheProtocol) {
  for (const Example& example : examples) {
    EXPECT_EQ(encode(decode(example.text, example.attachments).packet), example.text);
  }
}

TEST(SocketIoPacket, AcceptsWhatIsOnlyUnusual) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"0/custom", "0/custom,"},  // the comma may be left out at the end
      {"1/custom", "1/custom,"},
      {"0/custom,{}", "0/custom,{}"},
      {"0/,", "0"},  // the main namespace, spelt out
      {R"(2/,["a"])", R"(2["a"])"},
      {R"(0/a?token=x,{"b":1})", R"(0/a?token=x,{"b":1})"},
      {R"(2/a/b-c_d,7["e"])", R"(2/a/b-c_d,7["e"])"},
      {R"(20["zero"])", R"(20["zero"])"},
      {R"(2007["bond"])", R"(27["bond"])"},
      {R"(29007199254740992["x"])", R"(29007199254740992["x"])"},
      {R"(31[])", "31[]"},
      {R"(2["a" , 1 ] )", R"(2["a",1])"},
      {R"(2[""])", R"(2[""])"},
      {R"(50-["no attachments at all"])", R"(2["no attachments at all"])"},
      {R"(2["x",{"_placeholder":true,"num":99}])", R"(2["x",{"_placeholder":true,"num":99}])"},  // only an object here
      {R"(2["Ünïcode \u00e9\ud83d\ude00"])", "2[\"Ünïcode é😀\"]"},
      {R"(4"plain reason")", R"(4"plain reason")"},
      {R"(2["message",1,"2",{"3":[true]}])", R"(2["message",1,"2",{"3":[true]}])"},
  };
  for (const auto& [text, expected] : cases) {
    const Decoded decoded = decode(text);
    ASSERT_EQ(decoded.status, DecodeStatus::packet) << text << ": " << decoded.error;
    EXPECT_EQ(encode(decoded.packet), expected);
  }
}

TEST(SocketIoPacket, RefusesMalformedText) {
  const std::string_view bad[] = {
      ""sv,
      "7"sv,
      "9[\"a\"]"sv,
      "a"sv,
      "abc"sv,
      " 2[\"a\"]"sv,
      "-1"sv,
      "\0"sv,
      "2"sv,
      "2{}"sv,
      "2[]"sv,
      "2\"foo\""sv,
      "2null"sv,
      "2true"sv,
      "2[1]"sv,
      "2[null]"sv,
      "2[true,\"a\"]"sv,
      "2[[\"a\"]]"sv,
      "2[{}]"sv,
      "2[\"a\""sv,
      "2[\"a\"]x"sv,
      "2[\"a\"][\"b\"]"sv,
      "2[\"a\",]"sv,
      "2['a']"sv,
      "2abc[\"message-with-ack\",1]"sv,
      "21.5[\"a\"]"sv,
      "2-1[\"a\"]"sv,
      "21e3[\"a\"]"sv,
      "2 1[\"a\"]"sv,
      "212"sv,
      "29007199254740993[\"a\"]"sv,
      "200000000000000001[\"a\"]"sv,
      "299999999999999999999999999999[\"a\"]"sv,
      "2[\"connect\"]"sv,
      "2[\"connect_error\"]"sv,
      "2[\"disconnect\"]"sv,
      "2[\"disconnecting\"]"sv,
      "2[\"newListener\"]"sv,
      "2[\"removeListener\"]"sv,
      "2/admin[\"a\"]"sv,
      "2/admin"sv,
      "2/admin,"sv,
      "2admin,[\"a\"]"sv,
      "2,[\"a\"]"sv,
      "2/\xFF,[\"a\"]"sv,
      "2[\"\xFF\"]"sv,
      "2[\"a\",\"\xC0\x80\"]"sv,
      "2[\"a\",\"\\ud800\"]"sv,
      "2[\"a\",\"\x01\"]"sv,
      "0[]"sv,
      "0null"sv,
      "0\"token\""sv,
      "0{"sv,
      "0abc"sv,
      "01{}"sv,
      "0/custom,[]"sv,
      "1{}"sv,
      "1[]"sv,
      "112"sv,
      "1/custom,{}"sv,
      "1abc"sv,
      "3"sv,
      "3[]"sv,
      "3[\"a\"]"sv,
      "31"sv,
      "31{}"sv,
      "31\"a\""sv,
      "3abc[]"sv,
      "4"sv,
      "4[]"sv,
      "41{}"sv,
      "4abc"sv,
      "5"sv,
      "5-[\"a\"]"sv,
      "5[\"a\"]"sv,
      "51[\"a\"]"sv,
      "51"sv,
      "51-"sv,
      "5a-[\"a\"]"sv,
      "5-1-[\"a\"]"sv,
      "51.5-[\"a\"]"sv,
      "511-[\"a\"]"sv,
      "599999-[\"a\"]"sv,
      "518446744073709551617-[\"a\"]"sv,
      "51-[\"a\"]"sv,
      "50-[\"a\",{\"_placeholder\":true,\"num\":0}]"sv,
      "51-[\"a\",{\"_placeholder\":true,\"num\":1}]"sv,
      "51-[\"a\",{\"_placeholder\":true,\"num\":-1}]"sv,
      "51-[\"a\",{\"_placeholder\":true,\"num\":0.5}]"sv,
      "51-[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]"sv,
      "51-[\"a\",{\"_placeholder\":true,\"num\":1e99}]"sv,
      "51-[\"a\",{\"_placeholder\":true}]"sv,
      "51-[\"a\",{\"_placeholder\":false,\"num\":0}]"sv,
      "52-[\"a\",{\"_placeholder\":true,\"num\":0}]"sv,
      "52-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}]"sv,
      "52-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":2}]"sv,
      "51-{}"sv,
      "51-[{\"_placeholder\":true,\"num\":0}]"sv,
      "61-[{\"_placeholder\":true,\"num\":0}]"sv,
      "61-5{\"_placeholder\":true,\"num\":0}"sv,
  };
  static_assert(std::size(bad) >= 30);
  for (const auto text : bad) {
    Decoder decoder;
    const Decoded decoded = decoder.add_text(text);
    EXPECT_EQ(decoded.status, DecodeStatus::error) << text;
    EXPECT_FALSE(decoded.error.empty()) << text;
    EXPECT_FALSE(decoder.is_pending()) << text;
  }
}

TEST(SocketIoPacket, RefusesDeepJson) {
  EXPECT_EQ(decode("2[\"a\"," + std::string(1000, '[') + std::string(1000, ']') + "]").status, DecodeStatus::error);
  EXPECT_EQ(decode("2" + std::string(500'000, '[')).status, DecodeStatus::error);
}

TEST(SocketIoPacket, RefusesALongNamespace) {
  EXPECT_EQ(decode("0/" + std::string(511, 'a')).status, DecodeStatus::packet);
  EXPECT_EQ(decode("0/" + std::string(512, 'a')).status, DecodeStatus::error);
}

TEST(SocketIoDecoder, RefusesTextWhileAnAttachmentIsDue) {
  Decoder decoder;
  ASSERT_EQ(decoder.add_text(R"(52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])").status,
            DecodeStatus::pending);
  ASSERT_EQ(decoder.add_binary("x").status, DecodeStatus::pending);

  EXPECT_EQ(decoder.add_text(R"(2["b"])").status, DecodeStatus::error);
}

TEST(SocketIoDecoder, RefusesAnAttachmentThatIsNotDue) {
  Decoder decoder;
  EXPECT_EQ(decoder.add_binary("x").status, DecodeStatus::error);
  ASSERT_EQ(decoder.add_text(R"(51-["a",{"_placeholder":true,"num":0}])").status, DecodeStatus::pending);
  ASSERT_EQ(decoder.add_binary("x").status, DecodeStatus::packet);

  EXPECT_EQ(decoder.add_binary("y").status, DecodeStatus::error);
}

TEST(SocketIoDecoder, GoesOnAfterAPacketWithAttachments) {
  Decoder decoder;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(decoder.add_text(R"(51-["a",{"_placeholder":true,"num":0}])").status, DecodeStatus::pending);
    ASSERT_EQ(decoder.add_binary("x").status, DecodeStatus::packet);
    ASSERT_EQ(decoder.add_text(R"(2["b"])").status, DecodeStatus::packet);
    EXPECT_FALSE(decoder.is_pending());
  }
}

TEST(SocketIoDecoder, BoundsNumberAndSizeOfAttachments) {
  DecodeLimits limits;
  limits.max_attachments = 2;
  limits.max_attachment_bytes = 5;
  Decoder decoder(limits);
  EXPECT_EQ(decoder.add_text(R"(53-["a",{"_placeholder":true,"num":0}])").status, DecodeStatus::error);
  ASSERT_EQ(decoder.add_text(R"(52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])").status,
            DecodeStatus::pending);
  ASSERT_EQ(decoder.add_binary("123").status, DecodeStatus::pending);

  EXPECT_EQ(decoder.add_binary("456").status, DecodeStatus::error);
}

TEST(SocketIoDecoder, GivesPlaceholdersTheirOneForm) {
  const Decoded decoded =
      decode(R"(52-["a",{"num":1,"x":[2],"_placeholder":true},{"deep":[{"num":0,"_placeholder":true}]}])", {"x", "y"});

  ASSERT_EQ(decoded.status, DecodeStatus::packet);
  EXPECT_EQ(json_of(decoded.packet), R"(["a",{"_placeholder":true,"num":1},{"deep":[{"_placeholder":true,"num":0}]}])");
}

TEST(SocketIoDecoder, BuildsThePayloadInTheCallersStorage) {
  unsigned char buffer[4096];
  boost::json::monotonic_resource resource(buffer, sizeof buffer, boost::json::get_null_resource());
  Decoder decoder;

  const Decoded decoded =
      decoder.add_text(R"(2["name",{"key":"a string that is too long for the value itself"}])", &resource);

  ASSERT_EQ(decoded.status, DecodeStatus::packet);
  EXPECT_EQ(decoded.packet.data.storage().get(), &resource);
  EXPECT_EQ(decoded.packet.event_name(), "name");
}

TEST(SocketIoDecoder, KeepsAPacketWithAttachmentsOffTheCallersStorage) {
  Decoder decoder;
  {
    boost::json::monotonic_resource resource;
    ASSERT_EQ(decoder.add_text(R"(51-["a",{"_placeholder":true,"num":0}])", &resource).status, DecodeStatus::pending);
  }

  const Decoded decoded = decoder.add_binary("x");

  ASSERT_EQ(decoded.status, DecodeStatus::packet);
  EXPECT_EQ(json_of(decoded.packet), R"(["a",{"_placeholder":true,"num":0}])");
}

TEST(SocketIoEncoder, WritesWhatTheSuitesCompareByteForByte) {
  std::string out = "4";
  append_event(out, "message-back", R"({"_placeholder":true,"num":0},{"_placeholder":true,"num":1})",
               {.attachments = 2});
  EXPECT_EQ(out, R"(452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])");
  out = "4";
  append_ack(out, 456, R"(1,"2",{"3":[false]})");
  EXPECT_EQ(out, R"(43456[1,"2",{"3":[false]}])");
  out = "4";
  append_ack(out, 789, R"({"_placeholder":true,"num":0})", {.nsp = "/admin", .attachments = 1});
  EXPECT_EQ(out, R"(461-/admin,789[{"_placeholder":true,"num":0}])");
  out = "4";
  append_connect_error(out, "/random", "Invalid namespace");
  EXPECT_EQ(out, R"(44/random,{"message":"Invalid namespace"})");
  out = "4";
  append_connect_error(out, "/", "no", R"({"code":"token_missing"})");
  EXPECT_EQ(out, R"(44{"message":"no","data":{"code":"token_missing"}})");
  out = "4";
  append_connect(out, "/custom", "abc");
  EXPECT_EQ(out, R"(40/custom,{"sid":"abc"})");
  out = "4";
  append_event(out, "hi", "", {.nsp = "/custom", .id = 7});
  EXPECT_EQ(out, R"(42/custom,7["hi"])");
  out = "4";
  append_ack(out, 0, "");
  EXPECT_EQ(out, "430[]");
  out = "4";
  append_disconnect(out, "/custom");
  EXPECT_EQ(out, "41/custom,");
}

}  // namespace
}  // namespace collab::socketio
