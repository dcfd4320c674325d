// DURABILITY=database: nothing is acknowledged before the database has it.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/shard.hpp"
#include "exchange/keys.hpp"
#include "model/list.hpp"
#include "redis/client.hpp"
#include "store/store.hpp"

namespace collab::exchange {

struct StoreFenceOptions {
  std::chrono::milliseconds look_interval{200};  ///< between looks at the store, in case a worker's word was lost
  std::chrono::milliseconds deadline{10'000};    ///< for a worker to write it
};

/// Waits for workers, which tell on Keys::written() what they have committed. On the shard of the client; client and
/// store outlive it; destroyed after the loop has ended.
class StoreFence {
 public:
  StoreFence(Shard& shard, redis::Client& client, store::Store& store, Keys keys, StoreFenceOptions options);

  /// Of an op that Redis has accepted.
  struct Op {
    ListId list_id;
    UserId user_id;
    OpId op_id;
    bool is_made_up = false;  ///< by the server, for a command without: the store does not remember it
    Rev era = 0, rev = 0;
  };
  /// Completes when the store has it. Errc::unavailable: it is not known whether it ever will. `may_be_there`: looks at
  /// the store first; else it waits to be told, and looks now and then.
  Task<Result<void>> pass(Op op, bool may_be_there);

  /// What a worker told.
  void hear(std::string_view payload);

  /// What a worker tells of these: what hear() reads.
  static void tell(std::string& payload, const ListId& list_id, const UserId& user_id, const OpId& op_id);

 private:
  struct Waiting {
    explicit Waiting(asio::io_context& io) : timer(io) {}
    asio::steady_timer timer;
    bool is_told = false;
  };

  Task<bool> is_stored(const Op& op);

  Shard& shard_;
  redis::Client& client_;
  store::Store& store_;
  const Keys keys_;
  const StoreFenceOptions options_;
  std::multimap<std::string, std::shared_ptr<Waiting>, std::less<>> waiting_;
};

}  // namespace collab::exchange
