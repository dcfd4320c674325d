// Running a coroutine from a test, which is none.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <list>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/task.hpp"

namespace collab::support {

/// Runs the task on `io`, on the calling thread, until it has its result. Throws if the loop runs out of work before:
/// the task waits for something that can never come.
template <class T>
T await_on(asio::io_context& io, Task<T> task) {
  std::optional<T> result;
  std::exception_ptr escaped;
  asio::co_spawn(io, std::move(task), [&](std::exception_ptr fault, T value) {
    escaped = std::move(fault);
    if (!escaped) result.emplace(std::move(value));
  });
  io.restart();
  while (!result && !escaped)
    if (io.run_one() == 0) throw std::logic_error("the task waits for nothing");
  if (escaped) std::rethrow_exception(escaped);
  return std::move(*result);
}

/// A loop of the calling thread. It is kept until the program ends: a thread that brings a result home may still be at
/// waking the loop when the result is here, and even when who asked for it has ended.
inline asio::io_context& own_loop() {
  static std::mutex mutex;
  static std::list<asio::io_context> all;
  thread_local asio::io_context& own = [&]() -> asio::io_context& {
    const std::lock_guard lock(mutex);
    return all.emplace_back();
  }();
  return own;
}

/// await_on() on a loop of the calling thread.
template <class T>
T await(Task<T> task) {
  return await_on(own_loop(), std::move(task));
}

}  // namespace collab::support
