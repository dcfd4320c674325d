#include "services/presence.hpp"

#include <gtest/gtest.h>

namespace collab::services {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

const UserId ann{"ann"}, bob{"bob"};

/// Presence whose time is the test's, and what it has told each list's room.
class PresenceTest : public ::testing::Test {
 protected:
  bool set(const UserId& user, std::string socket, std::string state, const ListId& list_id) {
    return presence_.set(list_id, PresenceEntry{user, std::nullopt, std::move(socket), std::nullopt, std::move(state)});
  }
  bool set(const UserId& user, std::string socket, std::string state = "here") {
    return set(user, std::move(socket), std::move(state), list_);
  }
  /// Time passes, in steps as short as those of the timer.
  void pass(std::chrono::milliseconds duration) {
    constexpr auto step = 50ms;
    for (; duration > 0ms; duration -= step) {
      now_ += std::min(step, duration);
      presence_.run_due();
    }
  }
  static Names names_of(const std::vector<PresenceEntry>& entries) {
    Names names;
    for (const PresenceEntry& entry : entries) names.push_back(entry.socket_id + " " + entry.state);
    return names;
  }
  Names present() const { return names_of(presence_.entries(list_)); }
  /// What the list's room was told, oldest first.
  std::vector<Names>& told(const ListId& list_id) { return told_[list_id]; }
  std::vector<Names>& told() { return told(list_); }

  Shard shard_{0};
  Presence::Time now_{1'000s};
  std::unordered_map<ListId, std::vector<Names>> told_;
  Presence presence_{shard_,
                     [this](const ListId& list_id, const std::vector<PresenceEntry>& entries) {
                       told_[list_id].push_back(names_of(entries));
                     },
                     [this] { return now_; }};
  const ListId list_ = ListId::make(), other_list_ = ListId::make();
};

TEST_F(PresenceTest, IsToldAtOnce) {
  EXPECT_TRUE(set(ann, "a1", "editing"));

  EXPECT_EQ(told(), (std::vector<Names>{{"a1 editing"}}));
  EXPECT_EQ(present(), Names{"a1 editing"});
}

TEST_F(PresenceTest, HasOneEntryForEachSocketWithItsNewestState) {
  set(ann, "a1", "viewing");
  set(ann, "a2", "viewing");
  set(ann, "a1", "editing");

  EXPECT_EQ(present(), (Names{"a1 editing", "a2 viewing"}));
}

TEST_F(PresenceTest, IsToldTwiceASecondAtMostAndTheLastStateIsNotLost) {
  for (int i = 0; i < 40; ++i) {
    set(ann, "a1", "state " + std::to_string(i));
    pass(50ms);
  }
  pass(1s);

  // Two seconds of changes: at 0, 0.5, 1, 1.5 and the last at 2 s.
  ASSERT_EQ(told().size(), 5u);
  EXPECT_EQ(told().front(), Names{"a1 state 0"});
  EXPECT_EQ(told()[1], Names{"a1 state 9"});
  EXPECT_EQ(told().back(), Names{"a1 state 39"});
}

TEST_F(PresenceTest, OfOneListDoesNotWaitForAnother) {
  set(ann, "a1", "here", list_);
  set(ann, "a1", "there", other_list_);

  EXPECT_EQ(told(list_), (std::vector<Names>{{"a1 here"}}));
  EXPECT_EQ(told(other_list_), (std::vector<Names>{{"a1 there"}}));
}

TEST_F(PresenceTest, IsNotToldAgainWhenItIsOnlyRefreshed) {
  for (int i = 0; i < 10; ++i) {
    set(ann, "a1");
    pass(1s);
  }

  EXPECT_EQ(told().size(), 1u);
}

TEST_F(PresenceTest, EndsTenSecondsAfterItsLastRefreshAndTheRoomIsTold) {
  set(ann, "a1");
  pass(5s);
  set(bob, "b1");
  pass(4'950ms);
  EXPECT_EQ(present(), (Names{"a1 here", "b1 here"}));

  now_ += 50ms;
  EXPECT_EQ(present(), Names{"b1 here"}) << "for who enters now, even before the timer has run";
  presence_.run_due();
  EXPECT_EQ(told().back(), Names{"b1 here"});

  pass(5s);
  EXPECT_EQ(told().back(), Names{});
  EXPECT_EQ(told().size(), 4u);
}

TEST_F(PresenceTest, LivesOnWhileItIsRefreshed) {
  for (int i = 0; i < 6; ++i) {
    set(ann, "a1");
    pass(9s);
  }

  EXPECT_EQ(present(), Names{"a1 here"});
}

TEST_F(PresenceTest, EndsWithItsSocketOnly) {
  set(ann, "a1");
  set(ann, "a2");
  pass(1s);

  presence_.remove_socket(list_, "a1");

  EXPECT_EQ(present(), Names{"a2 here"});
  EXPECT_EQ(told().back(), Names{"a2 here"});
  presence_.remove_socket(list_, "a1");
  presence_.remove_socket(other_list_, "a2");
  pass(1s);
  EXPECT_EQ(told().back(), Names{"a2 here"});
}

TEST_F(PresenceTest, EndsWithEverySocketOfWhoIsNoMemberAnyMore) {
  set(ann, "a1");
  set(bob, "b1");
  set(ann, "a2");
  pass(1s);

  presence_.remove_user(list_, ann);

  EXPECT_EQ(told().back(), Names{"b1 here"});
}

TEST_F(PresenceTest, IsThrottledForWhoLeavesAndComesBackToo) {
  for (int i = 0; i < 20; ++i) {
    set(ann, "a1");
    presence_.remove_socket(list_, "a1");
    pass(50ms);
  }
  pass(1s);

  // One second of coming and going: at 0, and twice in it; the last word is that nobody is there.
  EXPECT_EQ(told().size(), 3u);
  EXPECT_EQ(told().back(), Names{});
}

TEST_F(PresenceTest, HasALimitForEachListThatRefreshesDoNotMeet) {
  for (std::size_t i = 0; i < Presence::max_entries_per_list; ++i) ASSERT_TRUE(set(ann, std::to_string(i)));

  EXPECT_FALSE(set(bob, "one too many"));

  EXPECT_TRUE(set(ann, "7", "editing"));
  EXPECT_TRUE(set(bob, "one too many", "here", other_list_));
  EXPECT_EQ(present().size(), Presence::max_entries_per_list);
  presence_.remove_socket(list_, "7");
  EXPECT_TRUE(set(bob, "one too many"));
}

TEST_F(PresenceTest, GivesThePlacesOfTheExpiredBack) {
  for (std::size_t i = 0; i < Presence::max_entries_per_list; ++i) set(ann, std::to_string(i));
  pass(10s);

  EXPECT_TRUE(set(bob, "b1"));
  EXPECT_EQ(present(), Names{"b1 here"});
}

TEST_F(PresenceTest, IsGoneOnceItIsStopped) {
  set(ann, "a1");
  presence_.stop();

  EXPECT_EQ(present(), Names{});
  pass(20s);
  EXPECT_EQ(told().size(), 1u);
}

}  // namespace
}  // namespace collab::services
