// Runs a coroutine to its end on the calling thread, for tests that have no shard.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "core/task.hpp"

namespace collab::test {

/// The task's result. What it waits for may come from other threads, which may still be at waking the loop when it is
/// here: so the loop is kept as long as the calling thread.
template <class T>
T complete(Task<T> task) {
  thread_local asio::io_context io;
  io.restart();
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
