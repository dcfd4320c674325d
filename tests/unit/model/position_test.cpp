#include "model/position.hpp"

#include <gtest/gtest.h>

#include <random>

namespace collab {
namespace {

TEST(Position, IsPrintableAsciiOfLimitedLength) {
  EXPECT_TRUE(is_position("a0"));
  EXPECT_TRUE(is_position(" ~"));
  EXPECT_TRUE(is_position(std::string(200, 'x')));
  EXPECT_FALSE(is_position(""));
  EXPECT_FALSE(is_position(std::string(201, 'x')));
  EXPECT_FALSE(is_position("a\n"));
  EXPECT_FALSE(is_position("a\x7f"));
  EXPECT_FALSE(is_position("\xc3\xa9"));
  EXPECT_FALSE(is_position(std::string_view("a\0b", 3)));
}

TEST(KeyAfter, StartsWithAShortKey) { EXPECT_EQ(key_after(""), "a0"); }

TEST(KeyAfter, CountsUp) {
  EXPECT_EQ(key_after("a0"), "a1");
  EXPECT_EQ(key_after("a9"), "aA");
  EXPECT_EQ(key_after("aZ"), "aa");
  EXPECT_EQ(key_after("az"), "b00");
  EXPECT_EQ(key_after("bzz"), "c000");
  EXPECT_EQ(key_after("Zz"), "a0");
  EXPECT_EQ(key_after("Yzz"), "Z0");
}

TEST(KeyAfter, DropsTheFraction) { EXPECT_EQ(key_after("a5V"), "a6"); }

TEST(KeyAfter, StaysShortOverAHundredThousandAppends) {
  std::string last;
  for (int i = 0; i < 100'000; ++i) {
    std::string next = key_after(last);
    ASSERT_LT(last, next);
    last = std::move(next);
  }
  EXPECT_LE(last.size(), 4u);
}

TEST(KeyAfter, FindsAPlaceBehindWhateverAClientChose) {
  for (const std::string last : {"5", "hello world", "zebra", "zzzzzzzzzzzzzzzzzzzzzzzzzzz", "~", "~~~", "{x}", "a",
                                 "b1", " ", "ZZ TOP", "z", "a~", "zz~z"}) {
    const std::string next = key_after(last);
    EXPECT_LT(last, next);
    EXPECT_TRUE(is_position(next)) << next;
    EXPECT_LE(next.size(), last.size() + 28);
  }
}

TEST(KeyAfter, DoesNotGrowBehindAnUnusualText) {
  std::string last = "zebra crossing";
  for (int i = 0; i < 2'000; ++i) {
    std::string next = key_after(last);
    ASSERT_LT(last, next);
    last = std::move(next);
  }
  EXPECT_LE(last.size(), 20u);
}

TEST(KeyAfter, StaysWithinTheLimitBehindTheLongestTexts) {
  std::string last(200, '~');
  last.back() = 'a';
  const std::string next = key_after(last);

  EXPECT_LT(last, next);
  EXPECT_TRUE(is_position(next));
}

TEST(KeyAfter, AnswersTheGreatestTextWithItself) {
  const std::string greatest(200, '~');

  EXPECT_EQ(key_after(greatest), greatest);
}

TEST(KeyAfter, IsGreaterThanRandomTexts) {
  std::mt19937 random(7);
  for (int round = 0; round < 5'000; ++round) {
    std::string last(1 + random() % 12, ' ');
    for (char& c : last) c = static_cast<char>(' ' + random() % 95);
    const std::string next = key_after(last);
    ASSERT_LT(last, next);
    ASSERT_TRUE(is_position(next)) << last;
  }
}

TEST(KeyBetween, WithoutBoundsIsTheFirstKey) { EXPECT_EQ(key_between("", ""), "a0"); }

TEST(KeyBetween, GoesBeforeTheFirst) {
  EXPECT_EQ(key_between("", "a0"), "Zz");
  EXPECT_EQ(key_between("", "Z0"), "Yzz");
  EXPECT_EQ(key_between("", "a0V"), "a0");
}

TEST(KeyBetween, TakesTheMiddle) {
  const auto key = key_between("a0", "a2");

  EXPECT_EQ(key, "a1");
}

TEST(KeyBetween, MakesAFractionBetweenNeighbours) {
  const auto key = key_between("a0", "a1");

  ASSERT_TRUE(key);
  EXPECT_LT("a0", *key);
  EXPECT_LT(*key, "a1");
  EXPECT_LE(key->size(), 3u);
}

TEST(KeyBetween, RefusesWrongOrderAndNoRoom) {
  EXPECT_FALSE(key_between("b", "a"));
  EXPECT_FALSE(key_between("a0", "a0"));
  EXPECT_FALSE(key_between("a", "a "));
  EXPECT_FALSE(key_between(std::string(200, '~'), ""));
  EXPECT_FALSE(key_between("", " "));
}

TEST(KeyBetween, HasRoomForHundredsOfInsertionsAtOnePlace) {
  std::string low = "a0";
  std::string high = "a1";
  for (int i = 0; i < 500; ++i) {
    const auto key = key_between(low, high);
    ASSERT_TRUE(key) << i;
    ASSERT_LT(low, *key);
    ASSERT_LT(*key, high);
    (i % 2 ? low : high) = *key;
  }
}

TEST(KeyBetween, HasRoomForHundredsOfInsertionsBehindOneItem) {
  std::string high = "a1";
  for (int i = 0; i < 500; ++i) {
    const auto key = key_between("a0", high);
    ASSERT_TRUE(key) << i;
    ASSERT_LT(*key, high);
    high = *key;
  }
}

TEST(KeyBetween, LiesStrictlyBetweenRandomTexts) {
  std::mt19937 random(11);
  int made = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string low(1 + random() % 6, ' ');
    std::string high(1 + random() % 6, ' ');
    for (char& c : low) c = static_cast<char>(' ' + random() % 95);
    for (char& c : high) c = static_cast<char>(' ' + random() % 95);
    if (low > high) std::swap(low, high);
    const auto key = key_between(low, high);
    if (!key) continue;
    ++made;
    ASSERT_LT(low, *key);
    ASSERT_LT(*key, high);
  }
  EXPECT_GT(made, 4'900);
}

}  // namespace
}  // namespace collab
