#include "redis/slots.hpp"

#include <gtest/gtest.h>

namespace collab::redis {
namespace {

Reply text(std::string value) { return Reply{Reply::Kind::string, 0, std::move(value), {}}; }
Reply number(std::int64_t value) { return Reply{Reply::Kind::integer, value, "", {}}; }
Reply array(std::vector<Reply> elements) { return Reply{Reply::Kind::array, 0, "", std::move(elements)}; }
Reply error(std::string value) { return Reply{Reply::Kind::error, 0, std::move(value), {}}; }

const Address asked{"10.0.0.9", 7009};

TEST(Slot, OfAKeyIsTheOneOfTheClusterSpecification) {
  EXPECT_EQ(slot_of("123456789"), 0x31C3);  // the check value of CRC16/XMODEM, which is below 16384
  EXPECT_EQ(slot_of(""), 0);
  EXPECT_EQ(slot_of("foo"), 12182);
}

TEST(Slot, IsTheOneOfTheFirstNonEmptyHashTag) {
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("user1000"));
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("{user1000}.followers"));
  EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar"));
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
  EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar"));
  EXPECT_NE(slot_of("foo{bar"), slot_of("bar"));
}

TEST(SlotMap, HoldsTheMastersOfTheRanges) {
  const Reply node_a = array({text("10.0.0.1"), number(7001), text("id"), array({text("hostname"), text("x")})});
  const Reply node_b = array({text(""), number(7002)});
  const auto map = SlotMap::parse(
      array({array({number(0), number(8191), node_a, node_b}), array({number(8192), number(16383), node_b})}), asked);

  ASSERT_TRUE(map);
  ASSERT_EQ(map->ranges.size(), 2U);
  EXPECT_EQ(map->ranges[0], (SlotMap::Range{0, 8191, {"10.0.0.1", 7001}}));
  EXPECT_EQ(map->ranges[1], (SlotMap::Range{8192, 16383, {"10.0.0.9", 7002}})) << "an empty host is the one we asked";
}

TEST(SlotMap, LeavesOutANodeWithoutAName) {
  const auto map = SlotMap::parse(array({array({number(0), number(1), array({text("?"), number(1)})})}), asked);

  ASSERT_TRUE(map);
  EXPECT_TRUE(map->ranges.empty());
}

TEST(SlotMap, RefusesWhatIsNone) {
  const Reply node = array({text("h"), number(1)});
  EXPECT_FALSE(SlotMap::parse(text("OK"), asked));
  EXPECT_FALSE(SlotMap::parse(array({text("x")}), asked));
  EXPECT_FALSE(SlotMap::parse(array({array({number(0), number(1)})}), asked));
  EXPECT_FALSE(SlotMap::parse(array({array({number(1), number(0), node})}), asked));
  EXPECT_FALSE(SlotMap::parse(array({array({number(0), number(16384), node})}), asked));
  EXPECT_FALSE(SlotMap::parse(array({array({number(-1), number(1), node})}), asked));
  EXPECT_FALSE(SlotMap::parse(array({array({number(0), number(1), array({text("h"), number(0)})})}), asked));
}

TEST(Redirection, IsReadFromMovedAndAsk) {
  const auto moved = Redirection::parse(error("MOVED 3999 127.0.0.1:6381"), asked);
  ASSERT_TRUE(moved);
  EXPECT_FALSE(moved->is_ask);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->to, (Address{"127.0.0.1", 6381}));

  const auto ask = Redirection::parse(error("ASK 0 ::1:7000"), asked);
  ASSERT_TRUE(ask);
  EXPECT_TRUE(ask->is_ask);
  EXPECT_EQ(ask->to, (Address{"::1", 7000}));
}

TEST(Redirection, WithoutAHostIsTheOneThatWasAsked) {
  EXPECT_EQ(Redirection::parse(error("MOVED 1 :6381"), asked)->to, (Address{"10.0.0.9", 6381}));
}

TEST(Redirection, IsNothingElse) {
  EXPECT_FALSE(Redirection::parse(error("ERR MOVED 1 a:1"), asked));
  EXPECT_FALSE(Redirection::parse(error("MOVED"), asked));
  EXPECT_FALSE(Redirection::parse(error("MOVED 1"), asked));
  EXPECT_FALSE(Redirection::parse(error("MOVED x a:1"), asked));
  EXPECT_FALSE(Redirection::parse(error("MOVED 16384 a:1"), asked));
  EXPECT_FALSE(Redirection::parse(error("MOVED 1 a:0"), asked));
  EXPECT_FALSE(Redirection::parse(error("MOVED 1 a:65536"), asked));
  EXPECT_FALSE(Redirection::parse(text("MOVED 1 a:1"), asked));
}

}  // namespace
}  // namespace collab::redis
