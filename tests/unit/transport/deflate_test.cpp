// One message's deflate and inflate, with the examples of RFC 7692 and the bound that makes bombs harmless.
#include "transport/deflate.hpp"

#include <gtest/gtest.h>

#include <random>

namespace collab::transport {
namespace {

using namespace std::string_literals;

std::string deflated(std::string_view message, int window_bits = 15) {
  std::string out = "old";
  deflate_message(message, out, window_bits);
  return out;
}

TEST(Inflate, ReadsTheExamplesOfTheRfc) {
  const std::string cases[] = {
      "\xf2\x48\xcd\xc9\xc9\x07\x00"s,                          // 7.2.3.1: one block
      "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s,          // 7.2.3.3: a stored block
      "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s,                      // 7.2.3.4: a block marked as the last
      "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s,  // 7.2.3.5: two blocks
  };
  for (const std::string& compressed : cases) {
    std::string out;
    EXPECT_EQ(inflate_message(compressed, 100, out), InflateStatus::ok);
    EXPECT_EQ(out, "Hello");
  }
  std::string out = "old";
  EXPECT_EQ(inflate_message("\x00"s, 100, out), InflateStatus::ok);  // 7.2.3.6: an empty message
  EXPECT_EQ(out, "");
}

TEST(Deflate, WritesTheExamplesOfTheRfc) {
  EXPECT_EQ(deflated("Hello"), "\xf2\x48\xcd\xc9\xc9\x07\x00"s);
  EXPECT_EQ(deflated(""), "\x00"s);
}

TEST(Deflate, BringsBackEveryMessageWithEveryWindow) {
  std::mt19937 random(3);
  for (const std::size_t size : {0u, 1u, 10u, 1000u, 70'000u}) {
    std::string repetitive;
    std::string noise;
    while (repetitive.size() < size) repetitive += "item " + std::to_string(repetitive.size() % 7) + ' ';
    for (std::size_t i = 0; i < size; ++i) noise += static_cast<char>(random());
    for (const std::string& message : {repetitive, noise}) {
      for (int bits = 9; bits <= 15; ++bits) {
        std::string out;
        ASSERT_EQ(inflate_message(deflated(message, bits), message.size(), out), InflateStatus::ok)
            << size << ' ' << bits;
        EXPECT_EQ(out, message);
      }
    }
  }
}

TEST(Deflate, RemembersNothingBetweenMessages) {
  EXPECT_EQ(deflated("the same text twice"), deflated("the same text twice"));
}

TEST(Inflate, StopsAtTheLimit) {
  const std::string message(1000, 'a');
  std::string out;
  EXPECT_EQ(inflate_message(deflated(message), 1000, out), InflateStatus::ok);
  EXPECT_EQ(inflate_message(deflated(message), 999, out), InflateStatus::too_large);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(inflate_message(deflated("a"), 0, out), InflateStatus::too_large);
  EXPECT_EQ(inflate_message(deflated(""), 0, out), InflateStatus::ok);
}

TEST(Inflate, IsNoBomb) {
  const std::string bomb = deflated(std::string(50'000'000, '\0'));
  std::string out;

  EXPECT_EQ(inflate_message(bomb, 100'000, out), InflateStatus::too_large);

  EXPECT_LT(bomb.size(), 100'000u);
  EXPECT_LE(out.capacity(), 200'001u);
}

TEST(Inflate, RefusesWhatIsNotAWholeMessage) {
  const std::string whole = deflated("a message that is long enough to be cut: 0123456789 abcdefghijklm");
  std::string out;
  for (const std::string& bad : {""s, "\xff"s, "\x07"s, "\xf2"s, "\xf2\x48\xcd"s, "Hello"s, "\x00\x05\x00\xfa\xff"s,
                                 whole.substr(0, whole.size() / 2), "\xf3\x48\xcd\xc9\xc9\x07\x00\xff\xff\xff"s}) {
    EXPECT_EQ(inflate_message(bad, 1000, out), InflateStatus::corrupt) << testing::PrintToString(bad);
    EXPECT_TRUE(out.empty());
  }
}

}  // namespace
}  // namespace collab::transport
