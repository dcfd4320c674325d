// The local exchange, over a store in memory and over SQLite.
#include <stdexcept>

#include "contract/exchange/exchange_under_test.hpp"
#include "exchange/local_exchange.hpp"
#include "store/sqlite_store.hpp"
#include "support/memory_store.hpp"
#include "support/temp_dir.hpp"

namespace collab::exchange {
namespace {

std::vector<std::unique_ptr<Exchange>> open_local(ShardSet& shards, store::Store& store, const Clock& clock,
                                                  const Rules& rules) {
  std::vector<std::unique_ptr<Exchange>> exchanges;
  for (unsigned i = 0; i < shards.size(); ++i) {
    LocalExchangeOptions options;
    options.rules = rules;
    exchanges.push_back(std::make_unique<LocalExchange>(shards[i], store, clock, options));
  }
  return exchanges;
}

class OverMemory final : public ExchangeUnderTest {
 public:
  std::vector<std::unique_ptr<Exchange>> open(ShardSet& shards, const Clock& clock, const Rules& rules) override {
    return open_local(shards, store_, clock, rules);
  }
  void close() override {}
  store::Store& store() override { return store_; }

 private:
  test::MemoryStore store_;
};

class OverSqlite final : public ExchangeUnderTest {
 public:
  ~OverSqlite() override { close(); }

  std::vector<std::unique_ptr<Exchange>> open(ShardSet& shards, const Clock& clock, const Rules& rules) override {
    store::SqliteOptions options;
    options.data_dir = folder_.path();
    options.clock = &clock;
    auto opened = store::SqliteDatabase::open(options);
    if (!opened) throw std::runtime_error(opened.error().message);
    database_ = std::move(*opened);
    store_ = std::make_unique<store::SqliteStore>(*database_);
    return open_local(shards, *store_, clock, rules);
  }
  void close() override {
    if (database_) database_->close();
    store_.reset();
    database_.reset();
  }
  store::Store& store() override { return *store_; }

 private:
  support::TempDir folder_;
  std::unique_ptr<store::SqliteDatabase> database_;
  std::unique_ptr<store::SqliteStore> store_;
};

}  // namespace

std::vector<ExchangeFactory> exchange_factories() {
  return {{"LocalOverMemory", [] { return std::make_unique<OverMemory>(); }},
          {"LocalOverSqlite", [] { return std::make_unique<OverSqlite>(); }},
          redis_factory()};
}

}  // namespace collab::exchange
