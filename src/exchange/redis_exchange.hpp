// The exchange of many servers around one Redis: decides on what this server knows, lets Redis compare and commit, and
// hears of every change, its own too, on the list's channel. The design is in docs/redis.md.
#pragma once

#include <chrono>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/fifo_gate.hpp"
#include "core/shard.hpp"
#include "exchange/command_turns.hpp"
#include "exchange/commit_request.hpp"
#include "exchange/durability.hpp"
#include "exchange/echo_monitor.hpp"
#include "exchange/exchange.hpp"
#include "exchange/redis_lists.hpp"
#include "exchange/redis_memberships.hpp"
#include "exchange/replica_fence.hpp"
#include "exchange/store_fence.hpp"
#include "model/decide.hpp"
#include "redis/subscriber.hpp"

namespace collab::exchange {

struct RedisExchangeOptions {
  Rules rules = {};
  Keys keys{};
  std::size_t queue_size = 1'000;  ///< WRITER_QUEUE_SIZE: commands that may be on their way to Redis; at least 1
  std::chrono::milliseconds queue_deadline{10'000};    ///< how long a command waits for room among them
  std::uint64_t write_stream_max = 1'000'000;          ///< WRITE_STREAM_MAX of each partition; 0 = no limit
  std::chrono::milliseconds hearing_deadline{5'000};   ///< until a change must have come back on its channel
  std::chrono::milliseconds watch_interval{1'000};     ///< between looks at what is overdue
  std::chrono::milliseconds era_interval{5'000};       ///< between looks for eras that began unheard
  std::chrono::milliseconds overdue_after{1'000};      ///< until a change that is in Redis should have been heard
  std::chrono::milliseconds compare_interval{60'000};  ///< between comparisons of every watched list
  RedisListsOptions lists = {};
  EchoMonitorOptions echo = {};
  Durability durability = Durability::redis;  ///< DURABILITY
  ReplicaFenceOptions replica_fence = {};
  StoreFenceOptions store_fence = {};
};

/// See Exchange. One per shard, made before its loop runs and destroyed after it has ended; store and clock outlive it.
///
/// Invariants (numbers as in docs/redis.md):
/// 1. Changes reach the handler only as the channel brings them: one source of order. The reply to a commit only
///    releases its answer, once that rev has been heard.
/// 2. Fetch after subscribing. After whatever breaks a subscription, the positions of its lists are compared.
/// 3. What a refused comparison tells of rows serves the next decision of that command, and nothing else.
class RedisExchange final : public Exchange {
 public:
  RedisExchange(Shard& shard, store::Store& store, store::MergeStore& ops, const Clock& clock,
                const redis::Settings& settings, RedisExchangeOptions options);
  ~RedisExchange() override;

  /// Connects, and completes when it is, or with the reason why not when `limit` has passed; it goes on trying.
  Task<Result<void>> start(std::chrono::milliseconds limit);

  Task<Result<ListView>> fetch(ListId list_id) override;
  Task<Result<void>> catch_up(ListId list_id) override;
  Task<Result<std::vector<store::Membership>>> lists_of(UserId user_id) override;
  Task<Result<std::optional<ListId>>> list_of_link(LinkId link_id) override;
  Task<Result<Accepted>> commit(ListView local, Command command) override;
  Task<Result<void>> watch(ListId list_id) override;
  void unwatch(ListId list_id) override;
  bool is_busy(ListId list_id) const override;
  std::size_t bytes_of(ListId list_id) const override;
  void on_change(ChangeHandler handler) override { change_handler_ = std::move(handler); }
  Task<Result<void>> notify(Notice notice) override;
  void on_notice(NoticeHandler handler) override { notice_handler_ = std::move(handler); }
  Task<Result<void>> watch_user(UserId user_id) override;
  void unwatch_user(const UserId& user_id) override;
  void publish(ListId list_id, std::string payload) override;
  void on_ephemeral(EphemeralHandler handler) override { ephemeral_handler_ = std::move(handler); }
  Health health() const override;

  redis::Client& client() { return client_; }
  RedisLists& lists() { return lists_; }

 private:
  struct Record;

  Record& record_of(const ListId& list_id);
  Record* find_record(const ListId& list_id) const;
  void drop_if_idle(const ListId& list_id);

  Task<Result<Accepted>> decide_and_commit(Record& record, ListView state, const Command& command, OpId op, Rev& era);
  Task<Result<void>> keep(const Command& command, OpId op, Rev era, const Accepted& accepted);
  Task<Result<ListView>> read_again(const Attempt& attempt, const redis::Reply& reply);
  Task<Result<Accepted>> accept(Record& record, const Attempt& attempt, const redis::Reply& reply);
  Task<Result<void>> remember_members(const ListState& before, const Change& change);
  Task<Result<void>> remember_again(const Command& command, Rev rev);
  Task<void> forget_stored(UserId user_id, std::vector<store::Membership> noted);

  Task<Result<SharedChange>> heard(Record& record, const Command& command, OpId op, Rev rev);
  void hear(std::string_view channel, std::string_view payload);
  void move_to(Record& record, const Meta& position);
  void miss(const ListId& list_id, Record& record, const Meta& position);
  Task<void> begin_era(ListId list_id);
  Task<void> follow_store(Rev era);
  Task<void> follow_eras();
  Task<void> compare(ListId list_id);
  Task<void> listen_to_workers();
  void compare_all_after_loss();
  void compare_after_loss(const ListId& list_id);
  void settle(const ListId& list_id, Record& record, Rev heard, const std::optional<Meta>& position, bool has_lost);
  void watch_over();

  Shard& shard_;
  const Clock& clock_;
  const RedisExchangeOptions options_;
  redis::Client client_;
  redis::Subscriber subscriber_;
  RedisLists lists_;
  RedisMemberships memberships_;
  EchoMonitor echo_;
  ReplicaFence replica_fence_;
  StoreFence store_fence_;
  store::Store& store_;
  ChangeHandler change_handler_;
  NoticeHandler notice_handler_;
  EphemeralHandler ephemeral_handler_;
  std::unordered_map<ListId, std::unique_ptr<Record>> records_;
  FifoGate slot_gate_;
  std::size_t used_slots_ = 0;
  asio::steady_timer timer_;
  std::chrono::steady_clock::time_point next_comparison_{}, next_eras_{};
  bool is_following_eras_ = false;
  Rev store_era_ = 0;  ///< which all of this has followed
  bool is_following_store_ = false;
};

}  // namespace collab::exchange
