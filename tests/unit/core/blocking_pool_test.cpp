#include "core/blocking_pool.hpp"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "support/await.hpp"

namespace collab {
namespace {

using support::await;

TEST(BlockingPool, BringsResultsHomeToTheCallersThread) {
  BlockingPool pool("test", 1, 10);
  std::thread::id worked_on, resumed_on;
  const auto ask = [&]() -> Task<int> {
    auto job = [&worked_on] {
      worked_on = std::this_thread::get_id();
      return 7;
    };
    const auto outcome = co_await pool.run(std::move(job));
    resumed_on = std::this_thread::get_id();
    co_return *outcome;
  };

  EXPECT_EQ(await(ask()), 7);
  EXPECT_NE(worked_on, std::this_thread::get_id());
  EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

TEST(BlockingPool, PassesOnTheErrorsOfAJob) {
  BlockingPool pool("test", 1, 10);
  auto job = []() -> Result<int> { return Error{Errc::gone, "gone"}; };

  EXPECT_EQ(await(pool.run(std::move(job))).error().code, Errc::gone);
}

TEST(BlockingPool, TurnsAThrowIntoAnError) {
  BlockingPool pool("test", 1, 10);
  auto job = []() -> int { throw std::runtime_error("on purpose"); };

  EXPECT_EQ(await(pool.run(std::move(job))).error().code, Errc::internal);
}

TEST(BlockingPool, RefusesWhatDoesNotFit) {
  std::promise<void> started, release;
  BlockingPool pool("test", 1, 1);
  ASSERT_TRUE(pool.post([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  ASSERT_TRUE(pool.post([] {}));

  EXPECT_FALSE(pool.post([] {}));
  auto job = [] { return 1; };
  EXPECT_EQ(await(pool.run(std::move(job))).error().code, Errc::unavailable);
  release.set_value();
}

TEST(BlockingPool, LetsTheRunningJobEndAndForgetsItsCallersAtItsEnd) {
  asio::io_context io;
  std::promise<void> started, release;
  bool has_ended = false;
  {
    BlockingPool pool("test", 1, 10);
    ASSERT_TRUE(pool.post([&] {
      started.set_value();
      release.get_future().wait();
      has_ended = true;
    }));
    started.get_future().wait();
    spawn(io, "a task that waits for a pool", [&pool]() -> Task<void> {
      auto job = [] { return 1; };
      const auto outcome = co_await pool.run(std::move(job));
      EXPECT_EQ(outcome.value(), 1);
    });
    io.poll();
    release.set_value();
  }

  EXPECT_TRUE(has_ended);
}

}  // namespace
}  // namespace collab
