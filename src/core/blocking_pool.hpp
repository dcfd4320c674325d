// Threads that may block, so that shards never do: password hashing, DNS, HTTP of other services.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"

namespace collab {

/// A fixed number of threads with a bounded queue in front. Owned by whoever builds the server; it outlives the
/// coroutines that use it, so it is destroyed after the shards' loops have ended and before the shards. Any thread may
/// call it.
class BlockingPool {
  template <class T>
  struct ResultOf {
    using type = Result<T>;
  };
  template <class T>
  struct ResultOf<Result<T>> {
    using type = Result<T>;
  };

 public:
  /// `name` is the threads' name, at most 12 characters. More than `max_waiting` waiting jobs are refused.
  BlockingPool(std::string name, unsigned threads, std::size_t max_waiting);
  /// Lets running jobs end; jobs that wait are dropped, and the coroutines that wait for them with them.
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// What run(f) brings home: what `f` returns, in a Result if it is none yet.
  template <class F>
  using Outcome = typename ResultOf<std::invoke_result_t<F&>>::type;

  /// Runs `f()` on a thread of the pool and brings the outcome home to the caller's executor. Errc::unavailable if the
  /// queue is full; Errc::internal, with the cause in the log, if `f` throws. Name `f` on a line of its own
  /// (CONTRIBUTING.md).
  template <class F>
  Task<Outcome<F>> run(F f) {
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Outcome<F>)>(
        [this, &f]<class Handler>(Handler&& handler) { this->start(f, std::forward<Handler>(handler)); },
        asio::use_awaitable);
  }

  /// Runs `job` some time later and tells nobody; it must not throw. False if the queue is full.
  bool post(std::function<void()> job);

 private:
  struct Job {
    virtual ~Job() = default;
    virtual void run() = 0;
  };

  // Handlers of coroutines can only be moved, which std::function does not allow.
  template <class F, class Handler>
  struct Asked final : Job {
    Asked(F& f, Handler&& h)
        : function(std::move(f)), handler(std::move(h)), home(asio::get_associated_executor(handler)) {}
    void run() override { bring_home(outcome_of(function)); }
    void bring_home(Outcome<F> outcome) {
      asio::post(home.get_executor(),
                 [h = std::move(handler), o = std::move(outcome)]() mutable { std::move(h)(std::move(o)); });
    }
    F function;
    Handler handler;
    asio::executor_work_guard<asio::associated_executor_t<Handler>> home;
  };
  struct Told final : Job {
    explicit Told(std::function<void()> f) : function(std::move(f)) {}
    void run() override { function(); }
    std::function<void()> function;
  };

  template <class F, class Handler>
  void start(F& f, Handler&& handler) {
    auto job = std::make_unique<Asked<F, std::decay_t<Handler>>>(f, std::forward<Handler>(handler));
    auto* asked = job.get();
    std::unique_ptr<Job> refused = enqueue(std::move(job));
    if (refused) asked->bring_home(Error{Errc::unavailable, "The server is busy. Try again in a moment.", {}, 1'000});
  }

  template <class F>
  static Outcome<F> outcome_of(F& f) {
    try {
      return f();
    } catch (...) {
      report_escaped("a job of a blocking pool", std::current_exception());
      return Error{Errc::internal, "Something went wrong inside the server."};
    }
  }

  // Gives the job back if the queue is full.
  std::unique_ptr<Job> enqueue(std::unique_ptr<Job> job);
  void work();

  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Job>> waiting_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace collab
