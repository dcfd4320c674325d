#include "services/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace collab::services {
namespace {

using namespace std::chrono_literals;

TEST(RateLimiter, AllowsSoManyInAWindowThatBeginsWithTheFirst) {
  ManualClock clock;
  RateLimiter limiter({2, 60s}, clock);

  EXPECT_EQ(limiter.attempt("a").remaining, 1u);
  clock.advance(59s);
  EXPECT_EQ(limiter.attempt("a").remaining, 0u);
  const auto refused = limiter.attempt("a");
  EXPECT_FALSE(refused.is_allowed);
  EXPECT_EQ(refused.resets_at, clock.now() + 1'000);
  clock.advance(1s);
  EXPECT_TRUE(limiter.attempt("a").is_allowed);
}

TEST(RateLimiter, CountsEachKeyByItself) {
  ManualClock clock;
  RateLimiter limiter({1, 60s}, clock);

  EXPECT_TRUE(limiter.attempt("a").is_allowed);
  EXPECT_TRUE(limiter.attempt("b").is_allowed);
  EXPECT_FALSE(limiter.attempt("a").is_allowed);
}

TEST(RateLimiter, IsOffAtZero) {
  ManualClock clock;
  RateLimiter limiter({0, 60s}, clock);

  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limiter.attempt("a").is_allowed);
  EXPECT_EQ(limiter.attempt("a").limit, 0u);
}

TEST(RateLimiter, ForgetsTheOldestWhenThereAreTooMany) {
  ManualClock clock;
  RateLimiter limiter({1, 60s}, clock, 3);
  for (const char* key : {"a", "b", "c", "d"}) limiter.attempt(key);

  EXPECT_FALSE(limiter.attempt("d").is_allowed);
  EXPECT_FALSE(limiter.attempt("b").is_allowed);
  EXPECT_TRUE(limiter.attempt("a").is_allowed);
}

}  // namespace
}  // namespace collab::services
