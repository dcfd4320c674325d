// What the contract needs from an implementation: a factory.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/shard.hpp"
#include "exchange/exchange.hpp"
#include "model/decide.hpp"

namespace collab::exchange {

/// One server's exchanges over a tier that lives as long as this object.
class ExchangeUnderTest {
 public:
  virtual ~ExchangeUnderTest() = default;
  /// Makes the exchanges of one server, one per shard, before the shards run. After that only they are used.
  virtual std::vector<std::unique_ptr<Exchange>> open(ShardSet& shards, const Clock& clock, const Rules& rules) = 0;
  /// The shards run now; returns when the exchanges are ready.
  virtual void started(ShardSet&) {}
  /// After the shards have ended and the exchanges are gone: a later open() finds what was made durable.
  virtual void close() = 0;
  /// The tier that is read without this server: what another one would find.
  virtual store::Store& store() = 0;
};

struct ExchangeFactory {
  std::string name;
  std::function<std::unique_ptr<ExchangeUnderTest>()> make;
};

/// A new implementation adds its factories to the first.
std::vector<ExchangeFactory> exchange_factories();
ExchangeFactory redis_factory();

}  // namespace collab::exchange
