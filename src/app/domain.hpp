// The domain half, wired: storage, accounts, and per shard an exchange and a replica.
#pragma once

#include <memory>
#include <vector>

#include "app/config.hpp"
#include "app/storage.hpp"
#include "app/worker_thread.hpp"
#include "auth/jwks.hpp"
#include "auth/jwt.hpp"
#include "auth/password.hpp"
#include "core/blocking_pool.hpp"
#include "core/shard.hpp"
#include "exchange/local_exchange.hpp"
#include "exchange/redis_exchange.hpp"
#include "exchange/write_queue.hpp"
#include "replica/replica.hpp"
#include "services/account_service.hpp"
#include "services/connections.hpp"
#include "services/lists.hpp"

namespace collab::app {

/// Made before the shards start, destroyed after they were joined. Members in the order in which they need each other.
class Domain {
 public:
  /// For a server: its data folder and its lists are this process's alone.
  static Result<std::unique_ptr<Domain>> open(const Config& config, ShardSet& shards, const Clock& clock);
  /// For a tool, while a server may be running: accounts only, lists are the server's.
  static Result<std::unique_ptr<Domain>> open_beside_server(const Config& config, ShardSet& shards, const Clock& clock);

  /// With Redis: connects, looks at how it is set up, and begins to bring changes into the database. A Redis that is
  /// away is waited for a moment; then the server runs without it, and says so. The error says why this Redis must not
  /// be used; if that shows only later, the process ends by SIGTERM. Main thread, once the shards run.
  Result<void> start();
  /// Does what waits for the disk, then lets nothing more happen. Main thread, while the shards run.
  void close();

  store::Store& store() { return storage_->lists(); }
  /// Forgets what is older than its retention, in the database and in Redis. On shard 0; `retention` is of the call.
  Task<void> purge(EpochMs now, store::Retention retention);
  services::AccountService& accounts() { return accounts_; }
  services::Connections& connections() { return connections_; }
  services::Lists& lists() { return *lists_; }
  replica::Replica& replica(unsigned shard) { return *replicas_[shard]; }
  /// Whether other servers may have the same lists.
  bool is_shared() const { return !redis_exchanges_.empty(); }
  /// On the shard.
  exchange::Health exchange_health(unsigned shard) const { return exchanges_[shard]->health(); }
  /// Null without Redis. On shard 0.
  exchange::WriteQueueGauge* write_queue() const { return write_queue_.get(); }
  /// Null without one.
  const WorkerThread* worker() const { return worker_.get(); }

 private:
  static Result<std::unique_ptr<Domain>> open_as(Storage::Use use, const Config& config, ShardSet& shards,
                                                 const Clock& clock);
  /// On shard 0.
  Task<Result<void>> look_at_redis();
  Task<void> look_at_redis_later();
  std::unique_ptr<exchange::Exchange> make_exchange(const Config& config, Shard& shard, const Clock& clock,
                                                    unsigned shards);
  Domain(const Config& config, ShardSet& shards, const Clock& clock, std::unique_ptr<Storage> storage);

  std::unique_ptr<Storage> storage_;
  BlockingPool hashing_;
  auth::PasswordHasher passwords_;
  std::unique_ptr<auth::KeySource> keys_;  // null: tokens are signed with the secret only
  auth::TokenVerifier verifier_;
  auth::TokenIssuer issuer_;
  services::AccountService accounts_;
  services::Connections connections_;
  ShardSet& shards_;
  std::unique_ptr<WorkerThread> worker_;
  std::vector<exchange::RedisExchange*> redis_exchanges_;  // those of exchanges_; none without Redis
  std::vector<std::unique_ptr<exchange::Exchange>> exchanges_;
  std::unique_ptr<exchange::WriteQueueGauge> write_queue_;
  std::vector<std::unique_ptr<replica::Replica>> replicas_;
  std::unique_ptr<services::Lists> lists_;
};

/// What tokens must fulfil, and what services may do, as the configuration says.
auth::TokenRules token_rules(const Config& config);
services::AccountSettings account_settings(const Config& config);

}  // namespace collab::app
