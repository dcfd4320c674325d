#include "model/persistent_map.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "model/ids.hpp"

namespace collab {
namespace {

/// Sends every key to one of a few hashes, so that nodes at the end of the trie fill up.
struct PoorHash {
  std::uint64_t operator()(int key) const { return static_cast<std::uint64_t>(key % 3) * 0x8000000000000001ull; }
};
/// Leaves keys apart only in the last bits.
struct LateHash {
  std::uint64_t operator()(int key) const { return static_cast<std::uint64_t>(key) << 58; }
};
struct PlainHash {
  std::uint64_t operator()(int key) const { return static_cast<std::uint64_t>(key); }
};

template <class Map>
std::map<int, int> contents(const Map& map) {
  std::map<int, int> result;
  map.for_each([&result](int key, int value) { EXPECT_TRUE(result.emplace(key, value).second); });
  return result;
}

template <class Hash>
void compare_with_std_map(unsigned seed, int key_range) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  PersistentMap<int, int, Hash> map;
  std::map<int, int> expected;
  std::vector<std::pair<PersistentMap<int, int, Hash>, std::map<int, int>>> history;
  for (int step = 0; step < 600; ++step) {
    const int key = static_cast<int>(random() % static_cast<unsigned>(key_range));
    if (random() % 3 == 0) {
      map = random() % 2 ? std::move(map).erase(key) : map.erase(key);
      expected.erase(key);
    } else {
      map = random() % 2 ? std::move(map).set(key, step) : map.set(key, step);
      expected[key] = step;
    }
    if (step % 50 == 0) history.emplace_back(map, expected);
    ASSERT_EQ(map.size(), expected.size());
    const auto found = expected.find(key);
    const int* value = map.find(key);
    ASSERT_EQ(value != nullptr, found != expected.end());
    if (value) {
      ASSERT_EQ(*value, found->second);
    }
  }
  EXPECT_EQ(contents(map), expected);
  for (const auto& [old_map, old_expected] : history) EXPECT_EQ(contents(old_map), old_expected);
}

TEST(PersistentMap, IsEmptyAtFirst) {
  const PersistentMap<int, int> map;

  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.size(), 0u);
  EXPECT_EQ(map.find(1), nullptr);
  EXPECT_TRUE(contents(map).empty());
}

TEST(PersistentMap, FindsWhatWasSet) {
  const auto map = PersistentMap<int, int>().set(1, 10).set(2, 20);

  ASSERT_NE(map.find(1), nullptr);
  EXPECT_EQ(*map.find(1), 10);
  EXPECT_EQ(*map.find(2), 20);
  EXPECT_EQ(map.find(3), nullptr);
  EXPECT_EQ(map.size(), 2u);
}

TEST(PersistentMap, SettingAKeyAgainReplacesItsValue) {
  const auto map = PersistentMap<int, int>().set(1, 10).set(1, 11);

  EXPECT_EQ(map.size(), 1u);
  EXPECT_EQ(*map.find(1), 11);
}

TEST(PersistentMap, LeavesEarlierVersionsAsTheyWere) {
  const auto first = PersistentMap<int, int>().set(1, 10);
  const auto second = first.set(1, 11).set(2, 20);
  const auto third = second.erase(1);

  EXPECT_EQ(contents(first), (std::map<int, int>{{1, 10}}));
  EXPECT_EQ(contents(second), (std::map<int, int>{{1, 11}, {2, 20}}));
  EXPECT_EQ(contents(third), (std::map<int, int>{{2, 20}}));
}

TEST(PersistentMap, WritesInPlaceOnlyWhatItOwnsAlone) {
  PersistentMap<int, int> map;
  for (int i = 0; i < 100; ++i) map = std::move(map).set(i, i);
  const auto copy = map;

  for (int i = 0; i < 100; ++i) map = std::move(map).set(i, -i);

  EXPECT_EQ(*copy.find(50), 50);
  EXPECT_EQ(*map.find(50), -50);
}

TEST(PersistentMap, ErasingWhatIsNotThereGivesTheSameVersion) {
  const auto map = PersistentMap<int, int>().set(1, 10);

  EXPECT_TRUE(map.erase(2).is_same_as(map));
  EXPECT_EQ(map.erase(2).size(), 1u);
}

TEST(PersistentMap, IsEmptyAfterTheLastKeyIsErased) {
  const auto map = PersistentMap<int, int>().set(1, 10).erase(1);

  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.find(1), nullptr);
}

TEST(PersistentMap, KeepsKeysApartWhoseHashesAreEqual) {
  PersistentMap<int, std::string, PoorHash> map;
  for (int i = 0; i < 30; ++i) map = std::move(map).set(i, std::to_string(i));
  for (int i = 0; i < 30; i += 2) map = map.erase(i);

  EXPECT_EQ(map.size(), 15u);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(map.contains(i), i % 2 == 1) << i;
}

TEST(PersistentMap, AgreesWithStdMapUnderRandomSteps) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    compare_with_std_map<SeededHash>(seed, 200);
    compare_with_std_map<PlainHash>(seed, 2'000);
  }
}

TEST(PersistentMap, AgreesWithStdMapWhenHashesCollide) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    compare_with_std_map<PoorHash>(seed, 40);
    compare_with_std_map<LateHash>(seed, 60);
  }
}

TEST(PersistentMap, HoldsTenThousandIdsThatDifferInOneHalfOnly) {
  PersistentMap<ItemId, int> map;
  for (int i = 0; i < 10'000; ++i) {
    ItemId id;
    id.value.bytes[0] = static_cast<std::uint8_t>(i & 255);
    id.value.bytes[1] = static_cast<std::uint8_t>(i >> 8);
    map = std::move(map).set(id, i);
  }

  EXPECT_EQ(map.size(), 10'000u);
}

}  // namespace
}  // namespace collab
