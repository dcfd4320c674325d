// Asking a shard from the thread of a test.
#pragma once

#include <boost/asio/use_future.hpp>
#include <future>
#include <utility>
#include <vector>

#include "core/shard.hpp"

namespace collab::test {

/// Runs the coroutine function on the shard's thread and waits for its result.
template <class F>
auto ask(Shard& shard, F f) {
  return asio::co_spawn(shard.io(), std::move(f), asio::use_future).get();
}

/// Runs a plain function on the shard's thread and waits for its result.
template <class F>
auto call(Shard& shard, F f) {
  std::packaged_task<std::invoke_result_t<F&>()> task(std::move(f));
  auto result = task.get_future();
  asio::post(shard.io(), [&task] { task(); });
  return result.get();
}

/// Starts all tasks at once, in their order, on the shard that this runs on; their results, in the same order.
template <class T>
Task<std::vector<T>> all(asio::io_context& io, std::vector<Task<T>> tasks) {
  std::vector<std::optional<T>> results(tasks.size());
  OneShot<bool> done;
  std::size_t left = tasks.size();
  for (std::size_t i = 0; i < tasks.size(); ++i)
    asio::co_spawn(io, std::move(tasks[i]), [&results, &done, &left, i](std::exception_ptr escaped, T result) {
      if (escaped) std::terminate();
      results[i].emplace(std::move(result));
      if (--left == 0) done.set(true);
    });
  if (left > 0) co_await done.wait();
  std::vector<T> values;
  for (auto& result : results) values.push_back(std::move(*result));
  co_return values;
}

/// Lets the shard that this runs on end so many turns, with everything that becomes ready meanwhile.
inline Task<void> settle(int turns = 20) {
  struct Tick final : TurnEndListener {
    void on_turn_end() override { has_ended.set(true); }
    OneShot<bool> has_ended;
  };
  for (int i = 0; i < turns; ++i) {
    const auto tick = std::make_shared<Tick>();
    Shard::current()->at_turn_end(tick);
    co_await tick->has_ended.wait();
  }
}

}  // namespace collab::test
