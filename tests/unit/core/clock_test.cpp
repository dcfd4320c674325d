// Times on the wire: RFC 3339 in UTC with milliseconds, and back.
#include <gtest/gtest.h>

#include "core/clock.hpp"

namespace collab {
namespace {

TEST(Rfc3339, WritesMillisecondsInUtc) {
  EXPECT_EQ(to_rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(951'782'399'999), "2000-02-28T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339(253'402'300'799'999), "9999-12-31T23:59:59.999Z");
}

TEST(Rfc3339, ReadsWhatItWrote) {
  for (const EpochMs time :
       {EpochMs{0}, EpochMs{1}, EpochMs{68'169'600'000}, EpochMs{1'730'000'000'123}, EpochMs{4'102'444'799'999}})
    EXPECT_EQ(from_rfc3339(to_rfc3339(time)), time);
}

}  // namespace
}  // namespace collab
