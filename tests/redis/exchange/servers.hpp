// Several servers and workers around one Redis and one store, as they would be in several processes.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "exchange/redis_exchange.hpp"
#include "exchange/scripts.hpp"
#include "support/list_draft.hpp"
#include "support/memory_store.hpp"
#include "support/on_shard.hpp"
#include "support/one_list.hpp"
#include "support/redis_server.hpp"
#include "worker/write_worker.hpp"

namespace collab::exchange {

using support::wait_until;
using namespace test;

/// One server's exchange, and the least that stands above it: keeps the states of followed lists current by their
/// changes, and reads a list again when it is told of a gap or finds one.
class Server {
 public:
  struct Followed {
    ListView state;  ///< null while it is being read
    std::vector<SharedChange> early;
    std::vector<SharedChange> changes;  ///< that were applied, or could have been
    int gaps = 0;
  };

  Server(MemoryStore& store, redis::Settings settings, RedisExchangeOptions options = {})
      : Server(store, store, std::move(settings), std::move(options)) {}
  Server(store::Store& store, store::MergeStore& ops, redis::Settings settings, RedisExchangeOptions options)
      : exchange_(std::make_unique<RedisExchange>(shards_[0], store, ops, clock_, settings, std::move(options))) {
    exchange_->on_change([this](const SharedChange& change, const ListView&) { hear(change); });
    exchange_->on_notice([this](const Notice& notice) { notices_.push_back(notice); });
    shards_.start();
    const Result<void> started = ask(shards_[0], [this]() -> Task<Result<void>> {
      Task<Result<void>> starting = exchange_->start(std::chrono::milliseconds(10'000));
      co_return co_await std::move(starting);
    });
    if (!started) throw std::runtime_error(started.error().message);
  }
  ~Server() {
    shards_.stop_and_join();
    exchange_.reset();
  }

  Shard& shard() { return shards_[0]; }
  RedisExchange& exchange() { return *exchange_; }

  void follow(const ListId& list_id) {
    const Result<void> done = ask(shard(), [&]() -> Task<Result<void>> {
      Task<Result<void>> watching = exchange_->watch(list_id);
      const Result<void> watched = co_await std::move(watching);
      if (!watched) co_return watched;
      followed_[list_id];
      Task<Result<ListView>> reading = read(list_id);
      const Result<ListView> fetched = co_await std::move(reading);
      if (!fetched) co_return fetched.error();
      co_return ok();
    });
    if (!done) throw std::runtime_error("cannot follow: " + done.error().message);
  }
  void unfollow(const ListId& list_id) {
    call(shard(), [&] { return exchange_->unwatch(list_id), followed_.erase(list_id); });
  }

  /// All of them at once; the answers in the same order.
  std::vector<Result<Accepted>> commit_all(std::vector<Command> commands) {
    return ask(shard(), [&]() -> Task<std::vector<Result<Accepted>>> {
      std::vector<Task<Result<Accepted>>> tasks;
      for (const Command& command : commands) {
        const auto found = followed_.find(command.list_id);
        tasks.push_back(exchange_->commit(found == followed_.end() ? nullptr : found->second.state, command));
      }
      Task<std::vector<Result<Accepted>>> answers = all(shard().io(), std::move(tasks));
      co_return co_await std::move(answers);
    });
  }
  Result<Accepted> commit(const ListId& list_id, const UserId& user, Action action,
                          std::optional<OpId> op_id = std::nullopt) {
    Command command = command_of(list_id, user, std::move(action));
    command.op_id = op_id;
    return commit_all({command}).front();
  }
  Rev accept(const ListId& list_id, const UserId& user, Action action, std::optional<OpId> op_id = std::nullopt) {
    const Result<Accepted> answer = commit(list_id, user, std::move(action), op_id);
    if (!answer) ADD_FAILURE() << "refused: " << to_string(answer.error().code) << ": " << answer.error().message;
    return answer ? answer->rev : 0;
  }
  Errc refuse(const ListId& list_id, const UserId& user, Action action, std::optional<OpId> op_id = std::nullopt) {
    const Result<Accepted> answer = commit(list_id, user, std::move(action), op_id);
    EXPECT_FALSE(answer);
    return answer ? Errc::internal : answer.error().code;
  }
  ListId create() {
    const ListId list_id = ListId::make();
    accept(list_id, ann, CreateList{"groceries", {}});
    follow(list_id);
    return list_id;
  }
  ItemId add(const ListId& list_id, std::string name = "milk") {
    const ItemId item_id = ItemId::make();
    accept(list_id, ann, adding(item_id, std::move(name)));
    return item_id;
  }

  /// A read past everything that this server keeps.
  Result<ListView> fetch(const ListId& list_id) {
    return ask(shard(), [&]() -> Task<Result<ListView>> {
      Task<Result<ListView>> reading = exchange_->fetch(list_id);
      co_return co_await std::move(reading);
    });
  }
  Result<std::vector<store::Membership>> lists_of(const UserId& user) {
    return ask(shard(), [&]() -> Task<Result<std::vector<store::Membership>>> {
      Task<Result<std::vector<store::Membership>>> reading = exchange_->lists_of(user);
      co_return co_await std::move(reading);
    });
  }
  /// His role in this list by lists_of(), none if it is not among them.
  Role role_in_lists_of(const UserId& user, const ListId& list_id) {
    const auto lists = lists_of(user);
    if (!lists) ADD_FAILURE() << lists.error().message;
    if (lists)
      for (const store::Membership& membership : *lists)
        if (membership.list_id == list_id) return membership.role;
    return Role::none;
  }

  Followed followed(const ListId& list_id) {
    return call(shard(), [&] { return followed_[list_id]; });
  }
  /// The same on its shard.
  ListView state_here(const ListId& list_id) { return followed_[list_id].state; }
  /// Of a followed list. Waits while it is being read.
  ListView state(const ListId& list_id) {
    ListView state;
    wait_until([&] { return (state = followed(list_id).state) != nullptr; }, "the list was read");
    return state;
  }
  std::size_t notices() {
    return call(shard(), [&] { return notices_.size(); });
  }

 private:
  Task<Result<ListView>> read(ListId list_id) {
    Task<Result<ListView>> reading = exchange_->fetch(list_id);
    Result<ListView> fetched = co_await std::move(reading);
    Followed& followed = followed_[list_id];
    if (fetched) {
      followed.state = *fetched;
      for (const SharedChange& change : std::exchange(followed.early, {})) take(list_id, followed, change);
    }
    co_return fetched;
  }
  void hear(const SharedChange& change) {
    const auto found = followed_.find(change->list_id);
    if (found == followed_.end()) return;
    if (change->kind != ChangeKind::nothing) found->second.changes.push_back(change);
    if (found->second.state)
      take(change->list_id, found->second, change);
    else
      found->second.early.push_back(change);
  }
  void take(const ListId& list_id, Followed& followed, const SharedChange& change) {
    if (!followed.state) return followed.early.push_back(change);
    const bool is_gap = change->kind == ChangeKind::nothing;
    if (!is_gap && change->rev <= followed.state->rev) return;
    if (!is_gap && change->prev_rev == followed.state->rev) {
      followed.state = std::make_shared<const ListState>(apply(*followed.state, *change));
      return;
    }
    ++followed.gaps;
    followed.state = nullptr;
    spawn(shard().io(), "test: read again", [this, list_id]() -> Task<void> {
      for (;;) {
        Task<Result<ListView>> reading = read(list_id);
        const Result<ListView> done = co_await std::move(reading);
        if (done) co_return;
        asio::steady_timer timer(shard().io(), std::chrono::milliseconds(20));
        co_await timer.async_wait(asio::use_awaitable);
      }
    });
  }

  SystemClock clock_;
  ShardSet shards_{1};
  std::unique_ptr<RedisExchange> exchange_;
  std::map<ListId, Followed> followed_;
  std::vector<Notice> notices_;
};

/// A worker in a process of its own, which ends without a word.
class Worker {
 public:
  Worker(store::MergeStore& store, const redis::Settings& settings, worker::WriteWorkerOptions options = {})
      : worker_(std::make_unique<worker::WriteWorker>(shards_[0], store, settings, std::move(options))) {
    shards_.start();
    call(shards_[0], [this] { return worker_->start(), 0; });
  }
  ~Worker() { kill(); }
  void kill() {
    shards_.stop_and_join();
    worker_.reset();
  }
  const worker::WorkerCounters& counters() const { return worker_->counters(); }

 private:
  ShardSet shards_{1};
  std::unique_ptr<worker::WriteWorker> worker_;
};

/// A MemoryStore whose merges can be refused, or done and never answered, and whose questions can be held. Any thread.
class Gate final : public store::MergeStore {
 public:
  explicit Gate(MemoryStore& store) : store_(store) {}

  Task<Result<store::MergeOutcome>> merge(std::vector<SharedChange> changes) override {
    if (is_away) {
      ++refused;
      co_return Error{Errc::unavailable, "the test's store is away"};
    }
    for (const SharedChange& change : changes)
      if (change->item && change->item->name == poison) {
        ++refused;
        co_return Error{Errc::invalid_payload, "the test's store never takes this"};
      }
    Task<Result<store::MergeOutcome>> merging = store_.merge(std::move(changes));
    Result<store::MergeOutcome> merged = co_await std::move(merging);
    if (answers_never) {
      ++waiting;
      co_await wait();
    }
    co_return merged;
  }
  Task<Result<std::vector<store::StoredOp>>> ops_of(ListId list_id) override {
    if (holds_ops) {
      ++waiting;
      co_await wait();
    }
    Task<Result<std::vector<store::StoredOp>>> asking = store_.ops_of(list_id);
    co_return co_await std::move(asking);
  }
  /// After the loop of those who wait has ended for ever.
  void forget() { gates_.clear(); }
  /// On the shard of those who wait.
  void release() {
    for (auto& gate : std::exchange(gates_, {})) gate->set(true);
  }

  std::atomic<bool> is_away{false}, answers_never{false}, holds_ops{false};
  std::atomic<int> refused{0}, waiting{0};
  std::string poison = "\1";  ///< before the worker starts

 private:
  Task<void> wait() {
    OneShot<bool>& gate = *gates_.emplace_back(std::make_unique<OneShot<bool>>());
    co_await gate.wait();
  }
  MemoryStore& store_;
  std::vector<std::unique_ptr<OneShot<bool>>> gates_;
};

/// One Redis, one store, and questions to both.
class RedisExchangeTest : public testing::Test {
 protected:
  explicit RedisExchangeTest(std::vector<std::string> options = {}) : redis(std::move(options)) {}

  std::string key(const ListId& list_id) const { return keys.list(list_id); }
  std::int64_t entries(const std::string& stream) const { return redis.run({"XLEN", stream}).integer; }
  std::int64_t waiting() const {
    std::int64_t count = 0;
    for (unsigned partition = 0; partition < keys.partitions(); ++partition) count += entries(keys.writes(partition));
    return count;
  }
  std::int64_t unwritten(const ListId& list_id) const {
    const redis::Reply reply = redis.run({"HGET", key(list_id), "n"});
    return reply.is_nil() ? 0 : std::stoll(reply.text);
  }
  std::int64_t dead(const ListId& list_id) const { return entries(keys.dead_letters(keys.partition_of(list_id))); }
  void drain() {
    wait_until([&] { return waiting() == 0; }, "the worker has drained the streams");
  }

  /// What Redis holds, read here and without its help.
  ListState in_redis(const ListId& list_id) const {
    StateReader reader(list_id);
    const redis::Reply reply = redis.run({"HGETALL", key(list_id)});
    for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2)
      EXPECT_TRUE(reader.read(reply.elements[i].text, reply.elements[i + 1].text)) << reply.elements[i + 1].text;
    return std::move(reader).finish();
  }
  /// Invariants 5 and 6: with nothing waiting, Redis and the store have the same rows.
  void expect_rest(const ListId& list_id) {
    drain();
    wait_until([&] { return unwritten(list_id) == 0; }, "the list is clean");
    EXPECT_EQ(support::difference(in_redis(list_id), *store.stored(list_id)), "");
    EXPECT_GT(redis.run({"PTTL", key(list_id)}).integer, 0);
  }
  /// Invariant 15: what these servers show is what is at rest.
  void expect_agreement(const ListId& list_id, const std::vector<Server*>& servers) {
    const ListState rest = in_redis(list_id);
    for (Server* server : servers) {
      wait_until([&] { return server->state(list_id) && server->state(list_id)->rev == rest.rev; }, "it is current");
      EXPECT_EQ(support::difference(*server->state(list_id), rest), "");
    }
  }
  /// Invariants 2 and 3: what this server heard of the list is a chain.
  static void expect_chain(const std::vector<SharedChange>& changes) {
    for (std::size_t i = 1; i < changes.size(); ++i) {
      EXPECT_GT(changes[i]->rev, changes[i - 1]->rev);
      EXPECT_EQ(changes[i]->prev_rev, changes[i - 1]->rev);
    }
  }

  support::RedisServer redis;
  MemoryStore store;
  const Keys keys;
};

}  // namespace collab::exchange
