// JSON text as JavaScript writes it, and the bounded, exact parser.
#include "core/json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace collab {
namespace {

std::string written(const boost::json::value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

std::string echoed(std::string_view text) {
  const auto value = parse_json(text);
  return value ? written(*value) : "(refused)";
}

std::string double_text(double value) {
  std::string out;
  append_json_double(out, value);
  return out;
}

TEST(JsonWriter, WritesDoublesAsJavaScriptDoes) {
  // What node prints for JSON.stringify of the same doubles.
  const std::pair<double, std::string_view> cases[] = {
      {0.0, "0"},
      {-0.0, "0"},
      {1.0, "1"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {0.3, "0.3"},
      {100.0, "100"},
      {123456.789, "123456.789"},
      {1e20, "100000000000000000000"},
      {123456789012345680000.0, "123456789012345680000"},
      {1e21, "1e+21"},
      {1.5e21, "1.5e+21"},
      {1e-6, "0.000001"},
      {1.5e-6, "0.0000015"},
      {1e-7, "1e-7"},
      {1.25e-7, "1.25e-7"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {9007199254740993.0, "9007199254740992"},
      {0.1 + 0.2, "0.30000000000000004"},
      {std::numeric_limits<double>::infinity(), "null"},
      {std::numeric_limits<double>::quiet_NaN(), "null"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(double_text(value), text);
}

TEST(JsonWriter, KeepsAllDigitsOfIntegers) {
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(written(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

TEST(JsonWriter, EscapesWhatJsonStringifyEscapes) {
  std::string out;

  append_json_string(out, std::string_view("a\"b\\c\b\f\n\r\t\0\x1f\x7f/é€😀", 23));

  EXPECT_EQ(out, "\"a\\\"b\\\\c\\b\\f\\n\\r\\t\\u0000\\u001f\x7f/é€😀\"");
}

TEST(JsonWriter, FindsAnEscapeAtEveryPlaceOfAWord) {
  for (const std::string bad : {"\"", "\\", "\n", "\x01", "\x1f"}) {
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x');
      text.replace(at, 1, bad);
      std::string out;
      append_json_string(out, text);
      const auto read = parse_json(out);
      ASSERT_TRUE(read) << out;
      EXPECT_EQ(std::string_view(read->as_string()), text);
    }
  }
}

TEST(JsonWriter, LeavesEveryOtherByteAlone) {
  std::string text;
  for (int c = 0x20; c < 0x80; ++c) {
    if (c != '"' && c != '\\') text += static_cast<char>(c);
  }
  text += "ÿ ﷐ é \xE2\x80\xA8";

  std::string out;
  append_json_string(out, text);

  EXPECT_EQ(out, '"' + text + '"');
}

TEST(JsonWriter, KeepsOrderAndAddsNoSpaces) {
  EXPECT_EQ(echoed(R"( { "b" : 1 , "a" : [ true , false , null , { } , [ ] ] } )"),
            R"({"b":1,"a":[true,false,null,{},[]]})");
}

TEST(JsonParser, ReadsNumbersExactly) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"0.3", "0.3"},
      {"1.0", "1"},
      {"-0", "0"},
      {"1e3", "1000"},
      {"2.2250738585072011e-308", "2.225073858507201e-308"},
      {"0.12345678901234567890123", "0.12345678901234568"},
      {"179769313486231580793728971405301e276", "1.7976931348623157e+308"},
      {"8.41e21", "8.41e+21"},
      {"9007199254740993.5", "9007199254740994"},
      {"123456789012345678901234567890", "1.2345678901234568e+29"},
      {"1e400", "null"},
      {"1e-400", "0"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"18446744073709551615", "18446744073709551615"},
      {"[0.1,0.2,7,0.5]", "[0.1,0.2,7,0.5]"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(echoed(text), expected) << text;
}

TEST(JsonParser, RefusesWhatIsNotExactlyOneJsonText) {
  const std::string_view cases[] = {"",
                                    " ",
                                    "{",
                                    "}",
                                    "[1,]",
                                    "{\"a\":1,}",
                                    "{a:1}",
                                    "'a'",
                                    "nul",
                                    "truee",
                                    "01",
                                    "+1",
                                    ".5",
                                    "1.",
                                    "1e",
                                    "0x10",
                                    "NaN",
                                    "Infinity",
                                    "\"\x01\"",
                                    "\"a",
                                    "\"\\x\"",
                                    "\"\\u12\"",
                                    "[1] [2]",
                                    "1 2",
                                    "/**/1",
                                    "[1]x",
                                    "\xEF\xBB\xBF"
                                    "1",
                                    "\"\xFF\"",
                                    "\"\xC0\x80\"",
                                    "\"\xED\xA0\x80\"",
                                    "\"\\ud800\"",
                                    "\"\\udc00\"",
                                    "\"\xE2\x82\"",
                                    "{\"\xFF\":1}",
                                    "[",
                                    "-"};
  for (const auto text : cases) EXPECT_FALSE(parse_json(text)) << text;
}

TEST(JsonParser, BoundsTheDepth) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };

  EXPECT_TRUE(parse_json(nested(max_json_depth)));
  EXPECT_FALSE(parse_json(nested(max_json_depth + 1)));
  EXPECT_FALSE(parse_json(std::string(100'000, '[')));
  EXPECT_FALSE(parse_json(R"({"a":{"a":{}}})", {}, 2));
}

TEST(JsonParser, BuildsInTheStorageItIsGiven) {
  unsigned char buffer[4096];
  boost::json::monotonic_resource resource(buffer, sizeof buffer, boost::json::get_null_resource());

  const auto value =
      parse_json(R"(["a long string that does not fit inside of the value itself",{"b":[1,2,3]}])", &resource);

  ASSERT_TRUE(value);
  EXPECT_EQ(value->storage().get(), &resource);
}

TEST(JsonParser, TakesTheLastOfEqualKeys) { EXPECT_EQ(echoed(R"({"a":1,"a":2})"), R"({"a":2})"); }

}  // namespace
}  // namespace collab
