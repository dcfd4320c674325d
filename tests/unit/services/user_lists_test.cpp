#include "services/user_lists.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace collab::services {
namespace {

const UserId ann{"ann"};

ListId list(std::uint8_t n) {
  ListId id;
  id.value.bytes[15] = n;
  return id;
}

/// UserLists over a store whose answers the test releases one by one.
struct Fixture {
  asio::io_context io{1};
  int reads = 0;
  std::vector<store::Membership> stored;
  bool fails = false;
  std::shared_ptr<OneShot<bool>> gate;  // null: reads answer at once
  UserLists users{[this](UserId) { return read(); }, 100};

  Task<Result<std::vector<store::Membership>>> read() {
    ++reads;
    const bool failing = fails;
    const auto answer = stored;
    if (gate) co_await gate->wait();
    if (failing) co_return Error{Errc::unavailable, "down"};
    co_return answer;
  }

  template <class T>
  std::shared_ptr<std::optional<T>> start(Task<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    asio::co_spawn(io, std::move(task), [result](std::exception_ptr fault, T value) {
      if (fault) std::rethrow_exception(fault);
      result->emplace(std::move(value));
    });
    run();
    return result;
  }
  void run() {
    io.restart();
    io.poll();  // until all that is left waits for the gate
  }
  std::vector<ListId> lists_of_ann() {
    const auto view = start(users.of(ann));
    return *(*view)->value().lists;
  }
};

TEST(UserLists, ReadsTheStoreOnceAndLeavesOutWhatIsLeftOrDeleted) {
  Fixture f;
  f.stored = {{list(1), Role::owner, false, 1}, {list(2), Role::none, false, 2}, {list(3), Role::editor, true, 3}};

  EXPECT_EQ(f.lists_of_ann(), std::vector{list(1)});
  EXPECT_EQ(f.lists_of_ann(), std::vector{list(1)});

  EXPECT_EQ(f.reads, 1);
}

TEST(UserLists, KnowsWhoNeverHadAList) {
  Fixture f;
  EXPECT_FALSE((*f.start(f.users.of(ann)))->value().ever_had_a_list);

  f.users.add(ann, list(1));
  f.users.remove(ann, list(1));

  EXPECT_TRUE((*f.start(f.users.of(ann)))->value().ever_had_a_list);
}

TEST(UserLists, ConcurrentCallsShareOneReadAndSeeChangesThatPassedDuringIt) {
  Fixture f;
  f.stored = {{list(1), Role::owner, false, 1}};
  f.gate = std::make_shared<OneShot<bool>>();
  const auto first = f.start(f.users.of(ann));
  const auto second = f.start(f.users.of(ann));
  EXPECT_FALSE(first->has_value());

  f.users.add(ann, list(2));
  f.users.remove(ann, list(1));
  f.gate->set(true);
  f.run();

  EXPECT_EQ(*(*first)->value().lists, std::vector{list(2)});
  EXPECT_EQ(*(*second)->value().lists, std::vector{list(2)});
  EXPECT_EQ(f.reads, 1);
}

TEST(UserLists, AFailedReadIsToldAndTriedAgainNextTime) {
  Fixture f;
  f.fails = true;
  EXPECT_EQ((*f.start(f.users.of(ann)))->error().code, Errc::unavailable);

  f.fails = false;
  f.stored = {{list(1), Role::owner, false, 1}};

  EXPECT_EQ(f.lists_of_ann(), std::vector{list(1)});
}

TEST(UserLists, ReservesPlacesUpToTheLimit) {
  Fixture f;
  f.stored = {{list(1), Role::owner, false, 1}};

  EXPECT_TRUE((*f.start(f.users.reserve(ann, 2)))->value());
  EXPECT_FALSE((*f.start(f.users.reserve(ann, 2)))->value());
  f.users.release(ann);
  EXPECT_TRUE((*f.start(f.users.reserve(ann, 2)))->value());
  EXPECT_TRUE((*f.start(f.users.reserve(ann, 0)))->value());
}

}  // namespace
}  // namespace collab::services
