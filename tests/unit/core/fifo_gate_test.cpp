#include "core/fifo_gate.hpp"

#include <gtest/gtest.h>

#include "support/on_shard.hpp"

namespace collab {
namespace {

using namespace std::chrono_literals;

/// A gate on a loop that the test turns itself.
class FifoGateTest : public testing::Test {
 protected:
  void arrive(int name) {
    asio::co_spawn(io_, wait(name), [](std::exception_ptr) {});
    io_.poll();
  }
  void arrive_with_limit(int name, std::chrono::milliseconds limit) {
    asio::co_spawn(io_, wait_for(name, limit), [](std::exception_ptr) {});
    io_.poll();
  }
  void turn() {
    io_.restart();
    io_.poll();
  }

  Task<void> wait(int name) {
    const bool is_admitted = co_await gate_.wait();
    passed_.push_back(is_admitted ? name : -name);
  }
  Task<void> wait_for(int name, std::chrono::milliseconds limit) {
    const bool is_admitted = co_await gate_.wait(limit);
    passed_.push_back(is_admitted ? name : -name);
  }
  Task<void> follow(int name) {
    co_await gate_.follow();
    passed_.push_back(name);
  }

  asio::io_context io_{1};
  FifoGate gate_{io_};
  std::vector<int> passed_;
};

TEST_F(FifoGateTest, LetsThroughInOrderOfArrival) {
  for (int name = 1; name <= 4; ++name) arrive(name);

  EXPECT_EQ(gate_.admit(2), 2u);
  turn();
  EXPECT_EQ(passed_, (std::vector{1, 2}));

  gate_.admit_all();
  turn();
  EXPECT_EQ(passed_, (std::vector{1, 2, 3, 4}));
  EXPECT_TRUE(gate_.is_clear());
}

TEST_F(FifoGateTest, IsNotClearUntilWhoWasLetThroughHasGoneOn) {
  arrive(1);
  gate_.admit(1);

  EXPECT_EQ(gate_.waiting(), 0u);
  EXPECT_FALSE(gate_.is_clear());
  turn();
  EXPECT_TRUE(gate_.is_clear());
}

TEST_F(FifoGateTest, AdmitsNoMoreThanThereAre) {
  arrive(1);

  EXPECT_EQ(gate_.admit(5), 1u);
  EXPECT_EQ(gate_.admit(5), 0u);
  turn();
}

TEST_F(FifoGateTest, RefusesAll) {
  arrive(1);
  arrive(2);

  gate_.refuse_all();
  turn();

  EXPECT_EQ(passed_, (std::vector{-1, -2}));
}

TEST_F(FifoGateTest, WhoFollowsDoesNotOvertake) {
  arrive(1);
  arrive(2);
  gate_.admit_all();
  asio::co_spawn(io_, follow(3), [](std::exception_ptr) {});

  turn();

  EXPECT_EQ(passed_, (std::vector{1, 2, 3}));
}

TEST_F(FifoGateTest, RefusesWhoseTimeIsUp) {
  arrive_with_limit(1, 1ms);
  arrive_with_limit(2, 1ms);

  io_.restart();
  io_.run();

  EXPECT_EQ(passed_, (std::vector{-1, -2}));
  EXPECT_TRUE(gate_.is_clear());
}

TEST_F(FifoGateTest, RefusesNobodyWhoWasAdmittedInTime) {
  arrive_with_limit(1, 1h);
  gate_.admit(1);
  turn();

  EXPECT_EQ(passed_, (std::vector{1}));
}

TEST(FifoGate, MayEndWhileSomebodyWaits) {
  asio::io_context io{1};
  {
    FifoGate gate(io);
    asio::co_spawn(
        io, [&]() -> Task<void> { co_await gate.wait(std::chrono::hours(1)); }, [](std::exception_ptr) {});
    io.poll();
  }
  io.restart();
  io.poll();
}

}  // namespace
}  // namespace collab
