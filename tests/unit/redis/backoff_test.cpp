#include <gtest/gtest.h>

#include "redis/link.hpp"

namespace collab::redis {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, StaysBelowALimitThatDoublesUpToAnEnd) {
  for (int run = 0; run < 200; ++run) {
    Backoff backoff(milliseconds(10), milliseconds(100));
    for (const int most : {10, 20, 40, 80, 100, 100, 100}) {
      const auto time = backoff.next();
      EXPECT_GE(time, milliseconds(0));
      EXPECT_LE(time, milliseconds(most));
    }
    backoff.reset();
    EXPECT_LE(backoff.next(), milliseconds(10));
  }
}

TEST(Backoff, SpreadsOverTheWholeRange) {
  Backoff backoff(milliseconds(1'000), milliseconds(1'000));
  int low = 0, high = 0;
  for (int i = 0; i < 400; ++i) ++(backoff.next() < milliseconds(500) ? low : high);

  EXPECT_GT(low, 100);
  EXPECT_GT(high, 100);
}

TEST(Backoff, EndlessFailuresDoNotOverflowIt) {
  Backoff backoff(milliseconds(50), milliseconds(3'000));
  for (int i = 0; i < 1'000; ++i) EXPECT_LE(backoff.next(), milliseconds(3'000));
}

}  // namespace
}  // namespace collab::redis
