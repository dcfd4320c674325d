// The exchange of many servers: a real Redis, a worker that drains it, and a store in memory below.
#include <stdexcept>

#include "contract/exchange/exchange_under_test.hpp"
#include "exchange/redis_exchange.hpp"
#include "support/memory_store.hpp"
#include "support/on_shard.hpp"
#include "support/redis_server.hpp"
#include "worker/write_worker.hpp"

namespace collab::exchange {
namespace {

constexpr std::chrono::milliseconds patience{10'000};

/// The store, read when everything that was accepted has come to rest in it.
class AtRest final : public store::Store {
 public:
  AtRest(test::MemoryStore& store, support::RedisServer& redis) : store_(store), redis_(redis) {}

  Task<Result<store::LoadedList>> load(ListId list_id) override {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!is_drained()) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the worker does not drain the stream");
      timer.expires_after(std::chrono::milliseconds(5));
      co_await timer.async_wait(asio::use_awaitable);
    }
    Task<Result<store::LoadedList>> loading = store_.load(list_id);
    co_return co_await std::move(loading);
  }
  Task<Result<std::vector<store::Membership>>> lists_of(UserId user_id) override {
    return store_.lists_of(std::move(user_id));
  }
  Task<Result<std::optional<Rev>>> find_op(ListId list_id, UserId user_id, OpId op_id) override {
    return store_.find_op(list_id, std::move(user_id), op_id);
  }
  Task<Result<std::optional<ListId>>> list_of_link(LinkId link_id) override { return store_.list_of_link(link_id); }
  Task<std::vector<bool>> apply(std::vector<SharedChange> changes) override { return store_.apply(std::move(changes)); }
  Rev era() const override { return store_.era(); }
  store::Health health() const override { return store_.health(); }

 private:
  bool is_drained() const {
    const Keys keys;
    std::int64_t waiting = 0;
    for (unsigned partition = 0; partition < keys.partitions(); ++partition)
      waiting += redis_.run({"XLEN", keys.writes(partition)}).integer;
    return waiting == 0;
  }
  test::MemoryStore& store_;
  support::RedisServer& redis_;
};

class OverRedis final : public ExchangeUnderTest {
 public:
  std::vector<std::unique_ptr<Exchange>> open(ShardSet& shards, const Clock& clock, const Rules& rules) override {
    std::vector<std::unique_ptr<Exchange>> exchanges;
    opened_.clear();
    for (unsigned i = 0; i < shards.size(); ++i) {
      RedisExchangeOptions options;
      options.rules = rules;
      auto exchange =
          std::make_unique<RedisExchange>(shards[i], store_, store_, clock, redis_.settings(), std::move(options));
      opened_.push_back(exchange.get());
      exchanges.push_back(std::move(exchange));
    }
    return exchanges;
  }
  void started(ShardSet& shards) override {
    for (unsigned i = 0; i < shards.size(); ++i) {
      const Result<void> connected = test::ask(shards[i], [&]() -> Task<Result<void>> {
        Task<Result<void>> starting = opened_[i]->start(patience);
        co_return co_await std::move(starting);
      });
      if (!connected) throw std::runtime_error(connected.error().message);
    }
    worker_shards_ = std::make_unique<ShardSet>(1);
    worker_ = std::make_unique<worker::WriteWorker>((*worker_shards_)[0], store_, redis_.settings(),
                                                    worker::WriteWorkerOptions{});
    worker_shards_->start();
    test::call((*worker_shards_)[0], [&] {
      worker_->start();
      return 0;
    });
  }
  void close() override {
    if (!worker_shards_) return;
    worker_shards_->stop_and_join();
    worker_.reset();
    worker_shards_.reset();
  }
  store::Store& store() override { return at_rest_; }

 private:
  support::RedisServer redis_{{"save \"\""}};
  test::MemoryStore store_;
  AtRest at_rest_{store_, redis_};
  std::vector<RedisExchange*> opened_;
  std::unique_ptr<ShardSet> worker_shards_;
  std::unique_ptr<worker::WriteWorker> worker_;
};

}  // namespace

ExchangeFactory redis_factory() {
  return {"Redis", [] { return std::make_unique<OverRedis>(); }};
}

}  // namespace collab::exchange
