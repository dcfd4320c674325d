// Runs a coroutine to its end on the calling thread, for tests that have no shard.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "core/task.hpp"

namespace collab::test {

/// The task's result. What it waits for may come from other threads; the loop lives for this one call.
template <class T>
T complete(Task<T> task) {
  asio::io_context io;
  std::optional<T> result;
  std::exception_ptr escaped;
  asio::co_spawn(io, std::move(task), [&](std::exception_ptr fault, T value) {
    escaped = std::move(fault);
    if (!escaped) result.emplace(std::move(value));
  });
  io.run();
  if (escaped) std::rethrow_exception(escaped);
  return std::move(*result);
}

}  // namespace collab::test
