// What each field type accepts, and the words in which it refuses.
#include "schema/decode.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "schema/encode.hpp"

namespace collab::schema {
namespace {

json::value parse(std::string_view text) { return json::parse(json::string_view(text.data(), text.size())); }

// Reads one value; "" if it is fine, else "type: message".
template <class T>
std::string fault_of(const json::value& from) {
  T out{};
  if (const Verdict bad = T::read(from, out)) return std::string(bad->type) + ": " + bad->msg;
  return "";
}
template <class T>
std::string fault_of(const char* text) {
  return fault_of<T>(json::value(text));
}

std::string repeat(std::string_view unit, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += unit;
  return text;
}

TEST(Text, CountsCodePointsNotBytes) {
  using Three = Text<1, 3>;

  EXPECT_EQ(fault_of<Three>("äöü"), "");
  EXPECT_EQ(fault_of<Three>("😀😀😀"), "");
  EXPECT_EQ(fault_of<Three>("😀😀😀😀"), "string_too_long: String should have at most 3 characters");
  EXPECT_EQ(fault_of<Three>(""), "string_too_short: String should have at least 1 character");
}

TEST(Text, CountsAMinimumAboveOne) {
  using TwoToFour = Text<2, 4>;

  EXPECT_EQ(fault_of<TwoToFour>("😀"), "string_too_short: String should have at least 2 characters");
  EXPECT_EQ(fault_of<TwoToFour>("😀a"), "");
}

TEST(Text, HoldsItsEdges) {
  EXPECT_EQ((fault_of<Text<0, 2'000>>(json::value(repeat("é", 2'000)))), "");
  EXPECT_EQ((fault_of<Text<0, 2'000>>(json::value(repeat("é", 2'001)))),
            "string_too_long: String should have at most 2000 characters");
  EXPECT_EQ((fault_of<Text<0, 1>>("")), "");
}

TEST(Text, RefusesOtherTypesAndTheNulCharacter) {
  using Any = Text<0, 10>;

  EXPECT_EQ(fault_of<Any>(parse("5")), "string_type: Input should be a valid string");
  EXPECT_EQ(fault_of<Any>(parse("null")), "string_type: Input should be a valid string");
  EXPECT_EQ(fault_of<Any>(parse("[]")), "string_type: Input should be a valid string");
  EXPECT_EQ(fault_of<Any>(parse(R"("a\u0000b")")), "value_error: Value error, the character U+0000 is not allowed");
  EXPECT_EQ((fault_of<TrimmedText<1, 10>>(parse(R"("\u0000")"))),
            "value_error: Value error, the character U+0000 is not allowed");
}

TEST(TrimmedText, RemovesUnicodeWhiteSpaceBeforeItMeasures) {
  TrimmedText<1, 3> out;

  EXPECT_FALSE(decltype(out)::read(json::value("\t \xC2\xA0 a b \xE3\x80\x80\r\n"), out).has_value());
  EXPECT_EQ(out.value, "a b");
  EXPECT_EQ((fault_of<TrimmedText<1, 3>>(" \xE2\x80\x83 ")),
            "string_too_short: String should have at least 1 character");
  EXPECT_EQ((fault_of<TrimmedText<1, 3>>("  abc  ")), "");
  EXPECT_EQ((fault_of<TrimmedText<1, 3>>("  abcd  ")), "string_too_long: String should have at most 3 characters");
}

TEST(TrimmedText, LeavesLettersThatShareBytesWithWhiteSpaceAlone) {
  TrimmedText<1, 10> out;

  EXPECT_FALSE(decltype(out)::read(json::value("à"), out).has_value());  // C3 A0: its last byte is that of U+00A0
  EXPECT_EQ(out.value, "à");
}

TEST(IntOrText, AcceptsNumbersAndDecimalStrings) {
  using Rev = IntOrText<0, 9'999'999'999'999>;
  const auto value_of = [](const char* text) {
    Rev out;
    EXPECT_FALSE(Rev::read(parse(text), out).has_value()) << text;
    return out.value;
  };

  EXPECT_EQ(value_of("1730000000000"), 1'730'000'000'000);
  EXPECT_EQ(value_of("\"1730000000000\""), 1'730'000'000'000);
  EXPECT_EQ(value_of("1.73e12"), 1'730'000'000'000);
  EXPECT_EQ(value_of("0"), 0);
  EXPECT_EQ(value_of("\"9999999999999\""), 9'999'999'999'999);
}

TEST(IntOrText, RefusesWhatIsNoRev) {
  using Rev = IntOrText<0, 9'999'999'999'999>;
  const std::string not_text = "int_parsing: Input should be a valid integer, unable to parse string as an integer";
  const std::string too_big = "less_than_equal: Input should be less than or equal to 9999999999999";
  const std::string too_small = "greater_than_equal: Input should be greater than or equal to 0";

  for (const char* text : {"", "abc", "12a", " 12", "12 ", "+12", "1e3", "1.0", "-", "0x10", "１２"})
    EXPECT_EQ(fault_of<Rev>(text), not_text) << text;
  EXPECT_EQ(fault_of<Rev>(parse("-1")), too_small);
  EXPECT_EQ(fault_of<Rev>("-1"), too_small);
  EXPECT_EQ(fault_of<Rev>(parse("10000000000000")), too_big);
  EXPECT_EQ(fault_of<Rev>("10000000000000"), too_big);
  EXPECT_EQ(fault_of<Rev>("00000000000001"), too_big);
  EXPECT_EQ(fault_of<Rev>("99999999999999999999999"), too_big);
  EXPECT_EQ(fault_of<Rev>("-99999999999999999999999"), too_small);
  EXPECT_EQ(fault_of<Rev>(parse("18446744073709551615")), too_big);
  EXPECT_EQ(fault_of<Rev>(parse("1e300")), too_big);
  EXPECT_EQ(fault_of<Rev>(parse("-1e300")), too_small);
  EXPECT_EQ(fault_of<Rev>(parse("1.5")),
            "int_from_float: Input should be a valid integer, got a number with a fractional part");
  EXPECT_EQ(fault_of<Rev>(parse("true")), "int_type: Input should be a valid integer");
  EXPECT_EQ(fault_of<Rev>(parse("{}")), "int_type: Input should be a valid integer");
}

TEST(Int, RefusesText) {
  EXPECT_EQ((fault_of<Int<1, 5>>("3")), "int_type: Input should be a valid integer");
  EXPECT_EQ((fault_of<Int<1, 5>>(parse("6"))), "less_than_equal: Input should be less than or equal to 5");
}

TEST(DateOrDateTime, KeepsWhatItWasGiven) {
  for (const char* text : {"2026-01-31", "2024-02-29", "0001-01-01", "9999-12-31", "2026-01-31T12:00:00Z",
                           "2026-01-31T12:00:00.123456789+05:30", "2026-01-31T12:00", "2026-01-31 23:59:59",
                           "2026-01-31t12:00:00z", "2026-01-31T12:00:00-0800", "2026-01-31T12:00Z"}) {
    DateOrDateTime out;

    EXPECT_FALSE(DateOrDateTime::read(json::value(text), out).has_value()) << text;
    EXPECT_EQ(out.value, text);
  }
}

TEST(DateOrDateTime, SaysWhatIsWrong) {
  const auto reason = [](const char* text) {
    const std::string fault = fault_of<DateOrDateTime>(text);
    const std::string_view start = "date_from_datetime_parsing: Input should be a valid date or datetime, ";
    EXPECT_TRUE(fault.starts_with(start)) << text << " -> " << fault;
    return fault.size() > start.size() ? fault.substr(start.size()) : fault;
  };

  EXPECT_EQ(reason(""), "input is too short");
  EXPECT_EQ(reason("tomorrow"), "invalid character in year");
  EXPECT_EQ(reason("2026-01"), "input is too short");
  EXPECT_EQ(reason("2026/01/31"), "invalid date separator, expected `-`");
  EXPECT_EQ(reason("20260131"), "invalid date separator, expected `-`");
  EXPECT_EQ(reason("2026-13-01"), "month value is outside expected range of 1-12");
  EXPECT_EQ(reason("2026-00-01"), "month value is outside expected range of 1-12");
  EXPECT_EQ(reason("2026-02-29"), "day value is outside expected range");
  EXPECT_EQ(reason("2026-01-32"), "day value is outside expected range");
  EXPECT_EQ(reason("0000-01-01"), "year 0 is out of range");
  EXPECT_EQ(reason("2026-01-31X12:00:00"), "invalid datetime separator, expected `T`, `t` or space");
  EXPECT_EQ(reason("2026-01-31T"), "input is too short");
  EXPECT_EQ(reason("2026-01-31T24:00:00"), "hour value is outside expected range of 0-23");
  EXPECT_EQ(reason("2026-01-31T12:60:00"), "minute value is outside expected range of 0-59");
  EXPECT_EQ(reason("2026-01-31T12:00:60Z"), "second value is outside expected range of 0-59");
  EXPECT_EQ(reason("2026-01-31T12:00:00."), "second fraction is missing");
  EXPECT_EQ(reason("2026-01-31T12:00:00.1234567890"), "second fraction value is more than 9 digits long");
  EXPECT_EQ(reason("2026-01-31T12:00:00+25:00"), "invalid timezone offset");
  EXPECT_EQ(reason("2026-01-31T12:00:00Zjunk"), "unexpected extra characters at the end of the input");
  EXPECT_EQ(reason("2026-01-31T12:00:00 and"), "unexpected extra characters at the end of the input");
  EXPECT_EQ(fault_of<DateOrDateTime>(parse("1730000000")), "date_type: Input should be a valid date");
}

TEST(Timestamp, NeedsAnOffset) {
  Timestamp out;

  EXPECT_FALSE(Timestamp::read(json::value("1970-01-01T01:00:01+01:00"), out).has_value());
  EXPECT_EQ(out.value, 1'000);
  EXPECT_TRUE(fault_of<Timestamp>("1970-01-01T00:00:00").starts_with("datetime_parsing: "));
  EXPECT_TRUE(fault_of<Timestamp>("1970-01-01").starts_with("datetime_parsing: "));
  EXPECT_EQ(fault_of<Timestamp>(parse("0")), "datetime_type: Input should be a valid datetime");
}

TEST(HttpUrl, AcceptsHttpAndHttps) {
  for (const char* text : {"http://a", "https://example.com/a/b.png?x=1&y=%20#top", "HTTPS://EXAMPLE.COM",
                           "http://user:pw@127.0.0.1:8080/", "https://[::1]/", "https://example.com/bücher/日本.jpg"})
    EXPECT_EQ(fault_of<HttpUrl>(text), "") << text;
}

TEST(HttpUrl, RefusesEverythingElse) {
  EXPECT_EQ(fault_of<HttpUrl>("javascript:alert(1)"), "url_scheme: URL scheme should be 'http' or 'https'");
  EXPECT_EQ(fault_of<HttpUrl>("ftp://example.com"), "url_scheme: URL scheme should be 'http' or 'https'");
  EXPECT_EQ(fault_of<HttpUrl>("data:text/html,x"), "url_scheme: URL scheme should be 'http' or 'https'");
  EXPECT_EQ(fault_of<HttpUrl>("example.com/a.png"),
            "url_parsing: Input should be a valid URL, relative URL without a base");
  EXPECT_EQ(fault_of<HttpUrl>("/a.png"), "url_parsing: Input should be a valid URL, relative URL without a base");
  EXPECT_EQ(fault_of<HttpUrl>(""), "url_parsing: Input should be a valid URL, input is empty");
  EXPECT_EQ(fault_of<HttpUrl>("http://"), "url_parsing: Input should be a valid URL, empty host");
  EXPECT_EQ(fault_of<HttpUrl>("http:///path"), "url_parsing: Input should be a valid URL, empty host");
  EXPECT_EQ(fault_of<HttpUrl>("http:path"), "url_parsing: Input should be a valid URL, empty host");
  EXPECT_EQ(fault_of<HttpUrl>("http://a b/"), "url_parsing: Input should be a valid URL, invalid character or form");
  EXPECT_EQ(fault_of<HttpUrl>("http://a/\n"), "url_parsing: Input should be a valid URL, invalid character or form");
  EXPECT_EQ(fault_of<HttpUrl>(parse("7")), "url_type: URL input should be a string or URL");
}

TEST(HttpUrl, HoldsItsLength) {
  const std::string fits = "http://a/" + repeat("x", 2'048 - 9);

  EXPECT_EQ(fault_of<HttpUrl>(json::value(fits)), "");
  EXPECT_EQ(fault_of<HttpUrl>(json::value(fits + "x")), "url_too_long: URL should have at most 2048 characters");
}

TEST(Email, AcceptsWhatPeopleHave) {
  for (const char* text :
       {"ann@example.com", "a.b+c@mail.example.co.uk", "o'neil@example.com", "jürgen@exämple.de", " ann@x.org "})
    EXPECT_EQ(fault_of<Email>(text), "") << text;
}

TEST(Email, RefusesTheRest) {
  for (const char* text :
       {"ann", "@example.com", "ann@", "ann@localhost", "a b@example.com", "ann@exa mple.com", "ann@@example.com",
        ".ann@example.com", "ann@example..com", "ann@.example.com", "ann@example.com.", "ann@-x.com", "<ann@x.com>"})
    EXPECT_TRUE(fault_of<Email>(text).starts_with("value_error: value is not a valid email address: ")) << text;
  EXPECT_TRUE(fault_of<Email>("  ").starts_with("string_too_short: "));
  EXPECT_TRUE(fault_of<Email>(json::value(repeat("a", 260) + "@x.com")).starts_with("string_too_long: "));
  EXPECT_TRUE(fault_of<Email>(json::value(repeat("a", 65) + "@x.com")).starts_with("value_error: "));
  EXPECT_EQ(fault_of<Email>(parse("null")), "string_type: Input should be a valid string");
}

TEST(PrintableAscii, RefusesSpacesAndLettersBeyondAscii) {
  using Position = PrintableAscii<1, 200>;

  EXPECT_EQ(fault_of<Position>("a0V~!"), "");
  EXPECT_EQ(fault_of<Position>("a b"), "string_pattern_mismatch: String should match pattern '^[!-~]+$'");
  EXPECT_EQ(fault_of<Position>("é"), "string_pattern_mismatch: String should match pattern '^[!-~]+$'");
  EXPECT_EQ(fault_of<Position>(""), "string_too_short: String should have at least 1 character");
  EXPECT_EQ(fault_of<Position>(json::value(repeat("a", 200))), "");
  EXPECT_EQ(fault_of<Position>(json::value(repeat("a", 201))),
            "string_too_long: String should have at most 200 characters");
}

// --- Structs.

struct Strong {
  Uuid value;
  static std::optional<Strong> parse(std::string_view text) {
    if (const auto id = Uuid::parse(text)) return Strong{*id};
    return std::nullopt;
  }
  auto operator<=>(const Strong&) const = default;
};
enum class Colour { red, green, blue };
BOOST_DESCRIBE_ENUM(Colour, red, green, blue)

struct Inner {
  static constexpr bool forbids_extra = true;
  Text<1, 5> word;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (word))

struct Outer {
  static constexpr auto aliases = std::to_array<Alias>({{"count", "amount"}, {"label", "title_text"}});
  Strong id;
  Text<1, 5> label;
  std::optional<IntOrText<0, 100>> count;
  IfGiven<bool> flag;
  Clearable<Text<0, 5>> note;
  std::optional<Colour> colour;
  std::optional<List<Inner, 3>> inners;
  std::optional<Map<Strong, Int<0, 9>, 2>> scores;
  std::optional<AnyJson> any;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (id, label, count, flag, note, colour, inners, scores, any))

constexpr const char* id_text = "0190a000-0000-7000-8000-000000000001";

// "loc|loc:type" of each fault of an Outer with id and label fine, and `more` besides.
std::vector<std::string> faults_of(const std::string& members) {
  const auto result = decode<Outer>(parse("{" + members + "}"));
  std::vector<std::string> faults;
  if (result) return faults;
  for (const FieldError& fault : result.error().fields) {
    std::string text;
    for (const std::string& part : fault.loc) text += (text.empty() ? "" : ".") + part;
    faults.push_back(text + ":" + fault.type);
  }
  return faults;
}
std::vector<std::string> faults_beside_good(const std::string& more) {
  return faults_of("\"id\":\"" + std::string(id_text) + "\",\"label\":\"x\"," + more);
}
using Faultless = std::vector<std::string>;

TEST(Decode, FindsEveryFaultAtOnceInTheOrderOfTheFields) {
  const auto faults = faults_of(
      R"("id":"nope","count":-1,"flag":null,"note":7,"colour":"pink","inners":[{"word":""},5,{"word":"a","x":1,"y":2}],"scores":{"k":10})");

  EXPECT_EQ(faults,
            (std::vector<std::string>{"id:uuid_parsing", "label:missing", "count:greater_than_equal", "flag:bool_type",
                                      "note:string_type", "colour:enum", "inners.0.word:string_too_short",
                                      "inners.1:model_type", "inners.2.x:extra_forbidden", "inners.2.y:extra_forbidden",
                                      "scores.k.[key]:uuid_parsing", "scores.k:less_than_equal"}));
}

TEST(Decode, UsesPydanticsWords) {
  const auto result = decode<Outer>(parse(R"({"label":"toolong","colour":1,"inners":[1,2,3,4],"any":1})"));

  ASSERT_FALSE(result);
  const auto& fields = result.error().fields;
  ASSERT_EQ(fields.size(), 4u);
  EXPECT_EQ(fields[0].msg, "Field required");
  EXPECT_EQ(fields[1].msg, "String should have at most 5 characters");
  EXPECT_EQ(fields[2].msg, "Input should be 'red', 'green' or 'blue'");
  EXPECT_EQ(fields[3].msg, "List should have at most 3 items after validation, not 4");
  EXPECT_EQ(fields[3].type, "too_long");
  EXPECT_EQ(result.error().code, Errc::invalid_payload);
  EXPECT_EQ(result.error().message, "Invalid payload: id: Field required (and 3 more)");
}

TEST(Decode, TellsAbsentNullAndValueApart) {
  const std::string good = R"("id":")" + std::string(id_text) + R"(","label":"x")";
  const auto absent = decode<Outer>(parse("{" + good + "}"));
  const auto null = decode<Outer>(parse("{" + good + R"(,"note":null,"count":null})"));
  const auto given = decode<Outer>(parse("{" + good + R"(,"note":"","count":"7","flag":false})"));

  ASSERT_TRUE(absent && null && given);
  EXPECT_FALSE(absent->note.is_given());
  EXPECT_FALSE(absent->flag.is_given());
  ASSERT_TRUE(null->note.is_given());
  EXPECT_FALSE(null->note.value->has_value());
  EXPECT_FALSE(null->count.has_value());
  ASSERT_TRUE(given->note.is_given());
  EXPECT_EQ((*given->note.value)->value, "");
  EXPECT_EQ(given->count->value, 7);
  EXPECT_EQ(given->flag.value, false);
}

TEST(Decode, AcceptsASecondNameAndRefusesTwoDifferentValues) {
  const auto by_alias = decode<Outer>(parse(R"({"id":")" + std::string(id_text) + R"(","title_text":"x","amount":5})"));
  ASSERT_TRUE(by_alias);
  EXPECT_EQ(by_alias->label.value, "x");
  EXPECT_EQ(by_alias->count->value, 5);

  EXPECT_EQ(faults_beside_good(R"("count":5,"amount":"5")"), Faultless{});
  EXPECT_EQ(faults_beside_good(R"("count":null,"amount":5)"), Faultless{});
  EXPECT_EQ(faults_beside_good(R"("count":5,"amount":6)"), (std::vector<std::string>{"amount:value_error"}));
  EXPECT_EQ(faults_beside_good(R"("count":"a","amount":-6)"),
            (std::vector<std::string>{"count:int_parsing", "amount:greater_than_equal"}));
  EXPECT_EQ(faults_beside_good(R"("title_text":"y")"), (std::vector<std::string>{"title_text:value_error"}));
  EXPECT_EQ(faults_beside_good(R"("title_text":null)"), (std::vector<std::string>{"title_text:string_type"}));
}

TEST(Decode, IgnoresUnknownKeysWhereTheyAreNotForbidden) {
  EXPECT_EQ(faults_beside_good(R"("whatever":{"deep":[1,2,3]})"), Faultless{});
}

TEST(Decode, BoundsContainers) {
  const std::string a = R"("0190a000-0000-7000-8000-00000000000)";

  EXPECT_EQ(faults_beside_good(R"("scores":{)" + a + R"(1":1,)" + a + R"(2":2})"), Faultless{});
  EXPECT_EQ(faults_beside_good(R"("scores":{)" + a + R"(1":1,)" + a + R"(2":2,)" + a + R"(3":3})"),
            (std::vector<std::string>{"scores:too_long"}));
  EXPECT_EQ(faults_beside_good(R"("scores":[])"), (std::vector<std::string>{"scores:dict_type"}));
  EXPECT_EQ(faults_beside_good(R"("inners":{})"), (std::vector<std::string>{"inners:list_type"}));
}

TEST(Decode, SaysWhatIsWrongWithAUuid) {
  const auto message = [](const std::string& json_text) {
    const auto result = decode<Outer>(parse("{\"label\":\"x\",\"id\":" + json_text + "}"));
    return result ? std::string() : result.error().fields.at(0).msg;
  };

  EXPECT_EQ(message("\"item-123\""), "Input should be a valid UUID, invalid character: expected [0-9a-fA-F-] at 1");
  EXPECT_EQ(message("\"0190a00000007000800000000000000\""),
            "Input should be a valid UUID, invalid length: expected length 36 with hyphens, found 31");
  EXPECT_EQ(message("\"0190a000-0000-7000\""),
            "Input should be a valid UUID, invalid group count: expected 5, found 3");
  EXPECT_EQ(message("\"0190a000-0000-7000-8000-00000000000\""),
            "Input should be a valid UUID, invalid group length in group 4: expected 12, found 11");
  EXPECT_EQ(message("\"\""), "Input should be a valid UUID, invalid length: expected length 36 with hyphens, found 0");
  EXPECT_EQ(message("5"), "UUID input should be a string, bytes or UUID object");
  EXPECT_EQ(message("\"0190A000-0000-7000-8000-00000000000A\""), "");
}

TEST(Decode, RefusesAPayloadThatIsNoObjectWithOneFault) {
  for (const char* text : {"null", "5", "\"text\"", "[]", "[{}]", "true"}) {
    const auto result = decode<Outer>(parse(text));

    ASSERT_FALSE(result) << text;
    ASSERT_EQ(result.error().fields.size(), 1u) << text;
    EXPECT_TRUE(result.error().fields[0].loc.empty());
    EXPECT_EQ(result.error().fields[0].type, "model_type");
    EXPECT_EQ(result.error().message, "Invalid payload: Input should be an object");
  }
  EXPECT_FALSE(decode<Outer>(nullptr));
}

struct Empty {
  static constexpr bool may_be_absent = true;
  std::optional<Text<1, 5>> word;
};
BOOST_DESCRIBE_STRUCT(Empty, (), (word))

TEST(Decode, TakesNoPayloadForAnEmptyOneWhereThatIsAllowed) {
  EXPECT_TRUE(decode<Empty>(nullptr));
  EXPECT_TRUE(decode<Empty>(parse("null")));
  EXPECT_TRUE(decode<Empty>(parse("{}")));
  EXPECT_FALSE(decode<Empty>(parse("[]")));
  EXPECT_FALSE(decode<Empty>(parse("\"\"")));
}

TEST(Decode, KeepsABoundedNumberOfFaults) {
  std::string text = R"({"word":"a")";
  for (int i = 0; i < 5'000; ++i) text += ",\"k" + std::to_string(i) + "\":1";

  const auto result = decode<Inner>(parse(text + "}"));

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fields.size(), Faults::limit);
}

TEST(Encode, WritesWhatWasReadAndLeavesOutWhatWasNotGiven) {
  const std::string text =
      R"({"id":")" + std::string(id_text) +
      R"(","label":"a\"b","count":7,"flag":true,"note":null,"colour":"blue","inners":[{"word":"w"}],"scores":{")" +
      id_text + R"(":3},"any":{"x":[1,null]}})";
  const auto value = decode<Outer>(parse(text));
  const auto sparse =
      decode<Outer>(parse(R"({"id":")" + std::string(id_text) + R"(","label":"x","inners":[],"scores":{}})"));

  ASSERT_TRUE(value && sparse);
  EXPECT_EQ(to_json(*value), text);
  EXPECT_EQ(to_json(*sparse), R"({"id":")" + std::string(id_text) + R"(","label":"x","inners":[],"scores":{}})");
}

}  // namespace
}  // namespace collab::schema
