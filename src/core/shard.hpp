// A shard is a thread with one io_context. It owns connections and lists and shares nothing: no mutex in its code.
// There are two ways across and no third: run() to ask, dispatch() to tell.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include "core/task.hpp"

namespace collab {

/// Something that wants to be called once when the present turn of its shard ends: a socket with unsent bytes.
class TurnEndListener {
 public:
  virtual ~TurnEndListener() = default;
  /// On the shard, after all events that were ready have been handled. May ask for another turn end, which then
  /// comes at the end of the next turn.
  virtual void on_turn_end() = 0;
};

/// One event loop on one thread. Created and destroyed on the main thread; everything else as noted.
class Shard {
 public:
  explicit Shard(unsigned index) : index_(index) {}
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  unsigned index() const { return index_; }
  asio::io_context& io() { return io_; }

  /// The shard whose thread this is, or nullptr on threads that are none.
  static Shard* current();
  bool is_current() const { return current() == this; }

  /// Tells: runs `f()` on this shard, at once if we are on it. Calls from one shard to another keep their order.
  /// Never waits. Any thread.
  template <class F>
  void dispatch(F&& f) {
    if (is_current())
      std::forward<F>(f)();
    else
      asio::post(io_, std::forward<F>(f));
  }

  /// Like dispatch, but always after the running handler has returned. Any thread.
  template <class F>
  void post(F&& f) {
    asio::post(io_, std::forward<F>(f));
  }

  /// Asks: runs the coroutine function `f` on this shard and brings its result home to the caller's shard. Pass the
  /// function, not the call: `run(f)`, never `run(f())`.
  template <class F>
  std::invoke_result_t<F&> run(F f) {
    if (is_current()) co_return co_await f();
    co_return co_await asio::co_spawn(io_, std::move(f), asio::use_awaitable);
  }

  /// Calls listener->on_turn_end() once when this turn ends. On the shard only.
  void at_turn_end(std::shared_ptr<TurnEndListener> listener) { turn_end_.push_back(std::move(listener)); }

  /// Runs the loop on the calling thread until stop().
  void loop();
  void stop() { io_.stop(); }
  /// Runs the loop on the calling thread until there is nothing left to wait for: for tools without a server.
  void run_until_idle() { loop(); }

 private:
  void end_turn();

  const unsigned index_;
  asio::io_context io_{1};
  std::vector<std::shared_ptr<TurnEndListener>> turn_end_;
  std::vector<std::shared_ptr<TurnEndListener>> turn_ending_;
};

/// All shards of the process, each with its thread between start() and join().
class ShardSet {
 public:
  explicit ShardSet(unsigned count);
  ~ShardSet();

  unsigned size() const { return static_cast<unsigned>(shards_.size()); }
  Shard& operator[](unsigned index) { return *shards_[index]; }
  /// The owner of something with this hash.
  Shard& owner(std::size_t hash) { return *shards_[hash % shards_.size()]; }

  void start();
  /// Ends every loop and waits for the threads. What was queued and did not run is destroyed with the shards.
  void stop_and_join();

 private:
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  std::vector<std::thread> threads_;
};

}  // namespace collab
