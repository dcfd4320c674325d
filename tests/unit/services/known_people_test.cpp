#include "services/known_people.hpp"

#include <gtest/gtest.h>

namespace collab::services {
namespace {

TEST(KnownPeople, KnowUnderTheNameThatWasAdded) {
  KnownPeople people;
  EXPECT_FALSE(people.knows("ann", std::nullopt));

  people.add("ann", std::nullopt);
  EXPECT_TRUE(people.knows("ann", std::nullopt));
  EXPECT_FALSE(people.knows("ann", "Ann"));
  people.add("ann", "Ann");
  EXPECT_TRUE(people.knows("ann", "Ann"));
  EXPECT_TRUE(people.knows("ann", std::nullopt));
  people.remove("ann");
  EXPECT_FALSE(people.knows("ann", std::nullopt));
}

TEST(KnownPeople, ForgetWhoWasUsedLongestAgo) {
  KnownPeople people(2);
  people.add("ann", std::nullopt);
  people.add("bob", std::nullopt);
  EXPECT_TRUE(people.knows("ann", std::nullopt));

  people.add("eve", std::nullopt);

  EXPECT_TRUE(people.knows("ann", std::nullopt));
  EXPECT_FALSE(people.knows("bob", std::nullopt));
}

}  // namespace
}  // namespace collab::services
