// The coroutine vocabulary: Task<T>, spawn(), OneShot<T>. See CONTRIBUTING.md before writing one.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace collab {

namespace asio = boost::asio;

/// The only asynchronous return type.
template <class T = void>
using Task = asio::awaitable<T>;

/// Logs an exception that escaped a background task. `name` says which.
void report_escaped(std::string_view name, std::exception_ptr escaped);

/// Starts `function` (a callable that returns Task<void>) on `io` and forgets it; an escaping exception is logged.
/// `name` must be a literal. The function object lives until the task has ended.
template <class F>
void spawn(asio::io_context& io, std::string_view name, F function) {
  asio::co_spawn(io, std::move(function), [name](std::exception_ptr escaped) {
    if (escaped) report_escaped(name, std::move(escaped));
  });
}

/// A task that has its result already.
template <class T>
Task<T> ready(T value) {
  co_return value;
}

/// One value, set once, awaited by at most one task. Everything on one shard; no locking.
/// If it is destroyed unset, the waiting task is destroyed too.
template <class T>
class OneShot {
 public:
  OneShot() = default;
  OneShot(const OneShot&) = delete;
  OneShot& operator=(const OneShot&) = delete;

  /// Completes with the value, at once if it is there already. At most one call, to be awaited at once.
  Task<T> wait() {
    if (value_) return ready(std::move(*value_));
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(T)>(
        [this]<class Handler>(Handler&& handler) {
          waiter_ = std::make_unique<Waiting<std::decay_t<Handler>>>(std::forward<Handler>(handler));
        },
        asio::use_awaitable);
  }

  /// Sets the value and schedules the waiter (never resumes it inside this call). At most one call.
  void set(T value) {
    if (auto waiter = std::move(waiter_))
      waiter->complete(std::move(value));
    else
      value_.emplace(std::move(value));
  }

 private:
  struct Waiter {
    virtual ~Waiter() = default;
    virtual void complete(T value) = 0;
  };
  template <class Handler>
  struct Waiting final : Waiter {
    explicit Waiting(Handler&& h) : handler(std::move(h)) {}
    explicit Waiting(const Handler& h) : handler(h) {}
    void complete(T value) override {
      auto executor = asio::get_associated_executor(handler);
      asio::post(executor, [h = std::move(handler), v = std::move(value)]() mutable { std::move(h)(std::move(v)); });
    }
    Handler handler;
  };

  std::optional<T> value_;
  std::unique_ptr<Waiter> waiter_;
};

}  // namespace collab
