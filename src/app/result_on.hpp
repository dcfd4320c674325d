// From the main thread to a shard and back.
#pragma once

#include <future>
#include <utility>

#include "core/error.hpp"
#include "core/shard.hpp"

namespace collab::app {

/// Runs a task on a shard that runs, and waits for its result. Main thread.
template <class F>
Result<void> result_on(Shard& shard, F function) {
  std::promise<Result<void>> done;
  auto finish = [&done](std::exception_ptr escaped, Result<void> outcome) {
    escaped ? done.set_exception(escaped) : done.set_value(std::move(outcome));
  };
  asio::co_spawn(shard.io(), std::move(function), std::move(finish));
  return done.get_future().get();
}

}  // namespace collab::app
