#include "app/domain.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <future>

#include "app/result_on.hpp"
#include "core/log.hpp"
#include "exchange/op_purge.hpp"
#include "exchange/redis_setup.hpp"

namespace collab::app {
namespace {

std::unique_ptr<auth::KeySource> key_source(const Config& config, const Clock& clock) {
  if (!config.jwt_jwks_file.empty()) return std::make_unique<auth::FileKeySource>(config.jwt_jwks_file, clock);
  if (!config.jwt_jwks_url.empty()) return std::make_unique<auth::UrlKeySource>(config.jwt_jwks_url, clock);
  return nullptr;
}

Rules rules_of(const Config& config) {
  Rules rules;
  rules.conflict_scope = config.conflict_scope;
  rules.items_per_list = config.limit_items_per_list;
  rules.members_per_list = config.limit_members_per_list;
  rules.trash_retention = config.trash_retention.count();
  return rules;
}

/// How long the start waits for Redis.
constexpr std::chrono::milliseconds redis_patience{5'000};
/// Between attempts to look at a Redis that was away at the start.
constexpr std::chrono::milliseconds redis_look_interval{500};

std::size_t share_of(std::size_t whole, unsigned shards) { return std::max<std::size_t>(1, whole / shards); }

unsigned hashing_threads() { return std::clamp(std::thread::hardware_concurrency() / 2, 1u, 4u); }
constexpr std::size_t hashing_queue = 256;

}  // namespace

auth::TokenRules token_rules(const Config& config) {
  auth::TokenRules rules;
  rules.issuer = config.jwt_issuer;
  rules.audience = config.jwt_audience;
  if (config.needs_jwt_secret()) rules.secret = config.jwt_secret;
  if (!config.has_key_set()) rules.key_set_algorithms.clear();
  if (config.jwt_algorithm == JwtAlgorithm::rs256) rules.key_set_algorithms = {auth::Algorithm::rs256};
  if (config.jwt_algorithm == JwtAlgorithm::es256) rules.key_set_algorithms = {auth::Algorithm::es256};
  if (config.jwt_algorithm == JwtAlgorithm::hs256) rules.key_set_algorithms.clear();
  return rules;
}

services::AccountSettings account_settings(const Config& config) {
  services::AccountSettings settings;
  settings.registration = config.registration;
  settings.logins_per_address.count = config.limit_logins_per_minute;
  settings.logins_per_account.count = config.limit_logins_per_minute;
  settings.registrations_per_address.count = config.limit_registrations_per_hour;
  settings.invitations_per_user = config.limit_invitations_per_user;
  return settings;
}

Result<std::unique_ptr<Domain>> Domain::open(const Config& config, ShardSet& shards, const Clock& clock) {
  return open_as(Storage::Use::server, config, shards, clock);
}

Result<std::unique_ptr<Domain>> Domain::open_beside_server(const Config& config, ShardSet& shards, const Clock& clock) {
  return open_as(Storage::Use::tool, config, shards, clock);
}

Result<std::unique_ptr<Domain>> Domain::open_as(Storage::Use use, const Config& config, ShardSet& shards,
                                                const Clock& clock) {
  Result<std::unique_ptr<Storage>> storage = Storage::open(use, config);
  if (!storage) return storage.error();
  return std::unique_ptr<Domain>(new Domain(config, shards, clock, std::move(*storage)));
}

Domain::Domain(const Config& config, ShardSet& shards, const Clock& clock, std::unique_ptr<Storage> storage)
    : storage_(std::move(storage)),
      hashing_("hashing", hashing_threads(), hashing_queue),
      passwords_(hashing_),
      keys_(key_source(config, clock)),
      verifier_(token_rules(config), clock, keys_.get()),
      issuer_(config.jwt_secret, config.jwt_issuer, config.jwt_audience, clock),
      accounts_({storage_->accounts(), passwords_, verifier_, issuer_, clock}, account_settings(config)),
      connections_(shards, config.limit_connections_per_user, config.limit_connections),
      shards_(shards) {
  replica::ReplicaOptions replica_options;
  replica_options.max_bytes = share_of(config.l1_max_bytes, shards.size());

  std::vector<services::Lists::ShardParts> parts;
  for (unsigned shard = 0; shard < shards.size(); ++shard) {
    exchanges_.push_back(make_exchange(config, shards[shard], clock, shards.size()));
    replicas_.push_back(std::make_unique<replica::Replica>(shards[shard], *exchanges_[shard], clock, replica_options));
    parts.push_back({replicas_[shard].get(), exchanges_[shard].get()});
  }
  if (config.redis) {
    exchange::RedisExchange& first = *redis_exchanges_.front();
    write_queue_ = std::make_unique<exchange::WriteQueueGauge>(shards[0].io(), first.client(), first.lists().keys());
  }
  if (config.redis && config.worker) {
    // A server that was killed finds at once what it had taken from the streams.
    const Result<std::string> name = server_id(config.data_dir);
    worker_ = std::make_unique<WorkerThread>(config, *storage_->merging(), name ? *name : std::string());
  }
  lists_ =
      std::make_unique<services::Lists>(shards, std::move(parts), services::ListLimits{config.limit_lists_per_user});
  for (auto& replica : replicas_) replica->listen(*lists_);
}

std::unique_ptr<exchange::Exchange> Domain::make_exchange(const Config& config, Shard& shard, const Clock& clock,
                                                          unsigned shards) {
  const std::size_t queue_size = share_of(config.writer_queue_size, shards);
  if (!config.redis) {
    exchange::LocalExchangeOptions options;
    options.rules = rules_of(config);
    options.queue_size = queue_size;
    return std::make_unique<exchange::LocalExchange>(shard, storage_->lists(), clock, options);
  }
  exchange::RedisExchangeOptions options;
  options.rules = rules_of(config);
  options.queue_size = queue_size;
  options.write_stream_max = config.write_stream_max;
  options.durability = config.durability;
  options.replica_fence.replicas = config.durability_replicas;
  auto exchange = std::make_unique<exchange::RedisExchange>(shard, storage_->lists(), *storage_->merging(), clock,
                                                            *config.redis, std::move(options));
  redis_exchanges_.push_back(exchange.get());
  return exchange;
}

Result<void> Domain::start() {
  bool is_reached = true;
  const auto deadline = std::chrono::steady_clock::now() + redis_patience;
  for (unsigned shard = 0; shard < redis_exchanges_.size(); ++shard) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    auto connect = [exchange = redis_exchanges_[shard], left] { return exchange->start(left); };
    const Result<void> outcome = result_on(shards_[shard], std::move(connect));
    if (outcome) continue;
    is_reached = false;
    log::warning("server", "Redis is not reached; lists cannot be changed until it is",
                 {{"shard", shard}, {"why", outcome.error().message}});
  }
  if (is_shared() && is_reached) {
    const Result<void> fit = result_on(shards_[0], [this] { return look_at_redis(); });
    if (!fit && fit.error().code != Errc::unavailable) return fit;
    is_reached = fit.has_value();
  }
  if (is_shared() && !is_reached) spawn(shards_[0].io(), "look at Redis", [this] { return look_at_redis_later(); });
  if (worker_) worker_->start();
  return ok();
}

Task<void> Domain::purge(EpochMs now, store::Retention retention) {
  Task<Result<store::Purged>> purging = storage_->upkeep().purge(now, retention);
  const Result<store::Purged> purged = co_await std::move(purging);
  if (purged && purged->items + purged->lists + purged->ops > 0)
    log::info("store", "forgot what is older than its retention",
              {{"items", purged->items}, {"lists", purged->lists}, {"ops", purged->ops}});
  if (!is_shared()) co_return;
  exchange::RedisExchange& first = *redis_exchanges_.front();
  Task<Result<exchange::PurgedOps>> forgetting =
      exchange::purge_ops(first.client(), first.lists().keys(), now - retention.ops);
  const Result<exchange::PurgedOps> forgotten = co_await std::move(forgetting);
  if (!forgotten)
    log::warning("exchange", "old ops stay in Redis until tomorrow", {{"why", forgotten.error().message}});
  else if (forgotten->lists + forgotten->ops > 0)
    log::info("exchange", "forgot ops in Redis", {{"lists", forgotten->lists}, {"ops", forgotten->ops}});
}

Task<Result<void>> Domain::look_at_redis() {
  exchange::RedisExchange& first = *redis_exchanges_.front();
  return exchange::check_setup(first.client(), first.lists().keys());
}

/// Until it is reached, and has answered.
Task<void> Domain::look_at_redis_later() {
  asio::steady_timer timer(shards_[0].io());
  for (;;) {
    timer.expires_after(redis_look_interval);
    co_await timer.async_wait(asio::use_awaitable);
    Task<Result<void>> connecting = redis_exchanges_.front()->client().connected(redis_patience);
    const Result<void> connected = co_await std::move(connecting);
    if (!connected) continue;
    Task<Result<void>> looking = look_at_redis();
    const Result<void> fit = co_await std::move(looking);
    if (fit) co_return;
    if (fit.error().code == Errc::unavailable) continue;
    log::error("server", fit.error().message);
    ::kill(::getpid(), SIGTERM);
    co_return;
  }
}

void Domain::close() {
  if (worker_) worker_->stop();
  storage_->close();
}

}  // namespace collab::app
