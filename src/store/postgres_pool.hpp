// The connections that serve reads and everything about accounts.
#pragma once

#include <vector>

#include "store/postgres_engine.hpp"
#include "store/postgres_jobs.hpp"

namespace collab::store::pg {

/// A few connections, each with a coroutine that serves one call at a time. Made and destroyed on the main thread.
class Pool {
 public:
  explicit Pool(Engine& engine);

  /// Before the engine's loop runs. Once.
  void start();
  /// Any thread. If there is no room the call is failed and sent home.
  void submit(std::unique_ptr<Call> call, bool to_the_front = false);
  /// What waits is served, then the coroutines end. Any thread.
  void close();

  std::size_t size() const { return queue_.size(); }

 private:
  struct Worker {
    explicit Worker(Engine& engine) : link(engine.backend->make_link(engine.io)), timer(engine.io) {}
    const std::unique_ptr<Link> link;
    asio::steady_timer timer;
    bool is_idle = false;
  };

  Task<> work(Worker& worker);
  Task<> rest(Worker& worker);
  Task<> serve(Worker& worker, Call& call);
  Task<std::optional<Fault>> attempt(Worker& worker, Call& call);
  Task<> probe(Worker& worker);
  void conclude(Call& call, const std::optional<Fault>& fault);
  void wake();

  Engine& engine_;
  Queue<Call> queue_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace collab::store::pg
