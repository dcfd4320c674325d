#include "replica/list_cache.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "support/one_list.hpp"

namespace collab::replica {
namespace {

using namespace test;

struct Snapshot final : Encoding {
  explicit Snapshot(std::size_t size) : size_in_bytes(size) {}
  std::size_t bytes() const override { return size_in_bytes; }
  std::size_t size_in_bytes;
};

/// A list of Ann's with so many items.
ListView list_of(const ListId& list_id, std::uint8_t items) {
  OneList list;
  list.state.id = list_id;
  list.create();
  for (std::uint8_t i = 0; i < items; ++i) list.add(i, "an item whose name is too long to be stored inline");
  return std::make_shared<const ListState>(list.state);
}

bool nobody(const ListId&) { return false; }
void ignore(const ListState&) {}

TEST(ListCache, CountsHitsAndMisses) {
  ListCache cache(1'000'000);
  EXPECT_FALSE(cache.use(list_id_of(1)));
  cache.put(list_id_of(1), list_of(list_id_of(1), 2), 0);

  EXPECT_TRUE(cache.use(list_id_of(1)));
  EXPECT_TRUE(cache.peek(list_id_of(1)));
  EXPECT_EQ(cache.statistics().hits, 1u);
  EXPECT_EQ(cache.statistics().misses, 1u);
}

TEST(ListCache, CountsListsItemsAndBytes) {
  ListCache cache(1'000'000);
  cache.put(list_id_of(1), list_of(list_id_of(1), 2), 100);
  cache.put(list_id_of(2), list_of(list_id_of(2), 3), 0);

  const Statistics statistics = cache.statistics();
  EXPECT_EQ(statistics.cached_lists, 2u);
  EXPECT_EQ(statistics.total_items, 5u);
  EXPECT_EQ(statistics.active_items, 5u);
  EXPECT_EQ(statistics.deleted_items, 0u);
  EXPECT_EQ(statistics.bytes, bytes_of(*cache.peek(list_id_of(1))) + bytes_of(*cache.peek(list_id_of(2))) + 100);
}

TEST(ListCache, IsEmptyInEveryCountAfterErasing) {
  ListCache cache(1'000'000);
  cache.put(list_id_of(1), list_of(list_id_of(1), 2), 100);
  cache.set_encoding(list_id_of(1), cache.peek(list_id_of(1))->rev, std::make_shared<Snapshot>(500));

  cache.erase(list_id_of(1));

  EXPECT_EQ(cache.statistics().cached_lists, 0u);
  EXPECT_EQ(cache.statistics().total_items, 0u);
  EXPECT_EQ(cache.statistics().bytes, 0u);
}

TEST(ListCache, CountsByWhatAChangeTouchedWhatItWouldCountAnew) {
  OneList list;
  list.create_shared();
  ListCache cache(100'000'000);
  cache.put(list.state.id, std::make_shared<const ListState>(list.state), 0);
  std::mt19937 random(3);
  for (int step = 0; step < 500; ++step) {
    const auto number = static_cast<std::uint8_t>(random() % 20);
    Action action = adding(item_id_of(number), std::string(random() % 60, 'x'));
    if (random() % 3 == 0) action = renaming(item_id_of(number), std::string(random() % 200, 'y'));
    if (random() % 6 == 0) action = DeleteItem{item_id_of(number), {}};
    if (random() % 10 == 0) action = ShareList{UserId{"user" + std::to_string(random() % 9)}, "N", Role::viewer};
    if (random() % 10 == 0) action = CreateShareLink{LinkId::make(), std::string(32, 'h'), Role::viewer, {}};
    if (random() % 10 == 0) action = UpdateList{std::string(random() % 100, 'n'), {}};
    const auto decision = list.attempt(ann, action);
    if (!decision || (*decision)->kind == ChangeKind::nothing) continue;
    cache.advance(list.state.id, std::make_shared<const ListState>(list.state), **decision, 0);

    ASSERT_EQ(cache.bytes(), bytes_of(*cache.peek(list.state.id)));
    ASSERT_EQ(cache.statistics().active_items, list.state.live_items);
    ASSERT_EQ(cache.statistics().total_items, list.state.items.size());
  }
  EXPECT_GT(cache.statistics().deleted_items, 0u);
}

TEST(ListCache, EvictsWhatWasNotUsedForLongest) {
  const std::size_t one = bytes_of(*list_of(list_id_of(1), 5));
  ListCache cache(3 * one + one / 2);
  for (std::uint8_t i = 1; i <= 3; ++i) cache.put(list_id_of(i), list_of(list_id_of(i), 5), 0);
  cache.use(list_id_of(1));
  cache.put(list_id_of(4), list_of(list_id_of(4), 5), 0);

  std::vector<ListId> evicted;
  cache.evict(nobody, [&](const ListState& state) { evicted.push_back(state.id); });

  EXPECT_EQ(evicted, std::vector<ListId>{list_id_of(2)});
  EXPECT_FALSE(cache.is_too_big());
  EXPECT_EQ(cache.statistics().evictions, 1u);
}

TEST(ListCache, KeepsWhatIsNeeded) {
  ListCache cache(1);
  for (std::uint8_t i = 1; i <= 4; ++i) cache.put(list_id_of(i), list_of(list_id_of(i), 1), 0);
  const std::set<ListId> needed{list_id_of(1), list_id_of(3)};

  cache.evict([&](const ListId& list_id) { return needed.contains(list_id); }, ignore);

  EXPECT_TRUE(cache.contains(list_id_of(1)));
  EXPECT_FALSE(cache.contains(list_id_of(2)));
  EXPECT_TRUE(cache.contains(list_id_of(3)));
}

TEST(ListCache, KeepsTheLastOneUsedHoweverBigItIs) {
  ListCache cache(1);
  cache.put(list_id_of(1), list_of(list_id_of(1), 5), 0);

  cache.evict(nobody, ignore);

  EXPECT_TRUE(cache.contains(list_id_of(1)));
}

TEST(ListCache, EndsItsSearchWhenAllAreNeeded) {
  ListCache cache(1);
  for (std::uint8_t i = 1; i <= 200; ++i) cache.put(list_id_of(i), list_of(list_id_of(i), 0), 0);
  int looks = 0;

  cache.evict([&](const ListId&) { return ++looks > 0; }, ignore);

  EXPECT_LE(looks, 64);
}

TEST(ListCache, KeepsAnEncodingOfOneRev) {
  ListCache cache(1'000'000);
  cache.put(list_id_of(1), list_of(list_id_of(1), 2), 0);
  const Rev rev = cache.peek(list_id_of(1))->rev;
  const std::size_t before = cache.bytes();

  cache.set_encoding(list_id_of(1), rev - 1, std::make_shared<Snapshot>(500));
  EXPECT_FALSE(cache.encoding_of(list_id_of(1), rev));
  cache.set_encoding(list_id_of(1), rev, std::make_shared<Snapshot>(500));

  EXPECT_TRUE(cache.encoding_of(list_id_of(1), rev));
  EXPECT_FALSE(cache.encoding_of(list_id_of(1), rev - 1));
  EXPECT_EQ(cache.bytes(), before + 500);
}

TEST(ListCache, DropsTheEncodingWithAChange) {
  OneList list;
  list.create();
  ListCache cache(1'000'000);
  cache.put(list.state.id, std::make_shared<const ListState>(list.state), 0);
  cache.set_encoding(list.state.id, list.state.rev, std::make_shared<Snapshot>(500));

  const auto change = list.accept(ann, adding(item_id_of(1)));
  cache.advance(list.state.id, std::make_shared<const ListState>(list.state), *change, 0);

  EXPECT_FALSE(cache.encoding_of(list.state.id, list.state.rev));
  EXPECT_EQ(cache.bytes(), bytes_of(list.state));
}

}  // namespace
}  // namespace collab::replica
