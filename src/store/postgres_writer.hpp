// The group commit: every change that waits goes in one transaction, and is answered when that is durable.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <set>
#include <span>
#include <unordered_map>

#include "store/postgres_engine.hpp"
#include "store/postgres_jobs.hpp"

namespace collab::store::pg {

/// One link and one coroutine. Keeps the revs of the lists that it wrote last, and the database checks them again
/// in each transaction: whoever else writes the lists makes it fail, and it looks anew. Made and destroyed on the main
/// thread.
class Writer {
 public:
  explicit Writer(Engine& engine)
      : engine_(engine),
        queue_(engine.options.write_queue),
        link_(engine.backend->make_link(engine.io)),
        timer_(engine.io) {}

  /// Before the engine's loop runs. Once.
  void start();
  /// Any thread. If there is no room the changes are refused.
  void submit(std::unique_ptr<Changes> job);
  /// What waits is written, then the coroutine ends. Any thread.
  void close();

  std::size_t size() const { return queue_.size(); }

 private:
  /// A change that waits, and whether it is durable.
  struct Slot {
    SharedChange change;
    bool is_durable = false;
  };
  using Slots = std::span<Slot>;
  using OpKey = std::tuple<ListId, OpId, UserId>;
  /// What is to become of some changes, if the heads are what we take them for.
  struct Plan {
    Fold fold;
    std::map<ListId, Rev> before;         ///< the revs of the lists that are written
    std::map<ListId, Rev> after;          ///< the same, then
    std::vector<std::size_t> accepted;    ///< which changes are written by this
    std::vector<std::size_t> to_look_up;  ///< at or below their list's rev: they may be stored already
  };

  Task<> work();
  Task<> rest();
  std::vector<std::unique_ptr<Changes>> take_batch();
  Task<> write_batch(std::vector<std::unique_ptr<Changes>> jobs);
  Task<std::optional<Fault>> store(Slots slots);
  Task<std::optional<Fault>> store_whole(Slots slots);
  Task<std::optional<Fault>> store_once(Slots slots);
  Task<std::optional<Fault>> learn_heads(Slots slots);
  Plan plan_for(Slots slots);
  Task<std::optional<Fault>> look_up(Slots slots, const Plan& plan);
  Task<> probe();

  Engine& engine_;
  Queue<Changes> queue_;
  const std::unique_ptr<Link> link_;
  asio::steady_timer timer_;
  bool is_idle_ = false;
  std::unordered_map<ListId, Rev> heads_;
};

}  // namespace collab::store::pg
