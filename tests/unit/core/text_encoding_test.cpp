// UTF-8 and base64 from outside.
#include <gtest/gtest.h>

#include "core/base64.hpp"
#include "core/utf8.hpp"

namespace collab {
namespace {

std::optional<std::string> decoded(std::string text) {
  const auto bytes = decode_base64_in_place({text.data(), text.size()});
  if (!bytes) return std::nullopt;
  return std::string(bytes->data(), bytes->size());
}

std::string encoded(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

TEST(Utf8, AcceptsEveryWellFormedLength) {
  EXPECT_TRUE(is_valid_utf8(""));
  EXPECT_TRUE(is_valid_utf8(std::string_view("a\0b", 3)));
  EXPECT_TRUE(is_valid_utf8("\x7F"));
  EXPECT_TRUE(is_valid_utf8("\xC2\x80 \xDF\xBF"));
  EXPECT_TRUE(is_valid_utf8("\xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF"));
  EXPECT_TRUE(is_valid_utf8("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
}

TEST(Utf8, RefusesEveryIllFormedSequenceWhereverItStands) {
  const std::string_view bad[] = {"\x80",
                                  "\xBF",
                                  "\xC0\x80",
                                  "\xC1\xBF",
                                  "\xC2",
                                  "\xC2\x41",
                                  "\xE0\x9F\xBF",
                                  "\xE0\x80\x80",
                                  "\xE2\x82",
                                  "\xE2\x28\xA1",
                                  "\xED\xA0\x80",
                                  "\xED\xBF\xBF",
                                  "\xE2\x82\x28",
                                  "\xF0\x8F\xBF\xBF",
                                  "\xF0\x80\x80\x80",
                                  "\xF0\x9F\x98",
                                  "\xF0\x9F\x98\x28",
                                  "\xF4\x90\x80\x80",
                                  "\xF5\x80\x80\x80",
                                  "\xF8\x88\x80\x80\x80",
                                  "\xFE",
                                  "\xFF",
                                  "\xF0\x28\x8C\x80",
                                  "\xEF\xBF"};
  for (const auto sequence : bad) {
    for (std::size_t before = 0; before < 10; ++before) {
      const std::string text = std::string(before, 'a') + std::string(sequence);
      EXPECT_FALSE(is_valid_utf8(text)) << before;
      EXPECT_FALSE(is_valid_utf8(text + "aaaaaaaaaa")) << before;
    }
  }
}

TEST(Base64, MatchesTheExamplesOfRfc4648) {
  const std::pair<std::string_view, std::string_view> cases[] = {{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(encoded(bytes), text);
    EXPECT_EQ(decoded(std::string(text)), bytes);
    EXPECT_EQ(base64_size(bytes.size()), text.size());
  }
}

TEST(Base64, BringsBackEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (std::size_t length = 250; length <= 256; ++length) {
    EXPECT_EQ(decoded(encoded(bytes.substr(0, length))), bytes.substr(0, length));
  }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "=", "==", "====", "Zh==", "Zm9=", "Zm8=Zg==", "Zm 9", "Zm9\n",
                           "Zm9_", "Zm-v", "Z===", "=g==", "Zg=A", "\xC3\xA9==", "Zm9vYg"}) {
    EXPECT_FALSE(decoded(text)) << text;
  }
}

}  // namespace
}  // namespace collab
