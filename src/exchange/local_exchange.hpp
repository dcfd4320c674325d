// The exchange of a server that runs alone: decides in memory, makes durable in its store, in a pipeline.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/fifo_gate.hpp"
#include "core/shard.hpp"
#include "exchange/exchange.hpp"
#include "model/decide.hpp"

namespace collab::exchange {

struct LocalExchangeOptions {
  Rules rules = {};
  std::size_t queue_size = 1'000;  ///< WRITER_QUEUE_SIZE: changes that may wait for the disk; at least 1
  std::chrono::milliseconds queue_deadline{10'000};  ///< how long a command waits for room among them
};

/// See Exchange. One per shard, made before its loop runs and destroyed after it has ended; store and clock outlive it.
///
/// How a command goes: it is decided on the newest state of its list, which may contain changes that are not durable
/// yet; the change joins the batch of this turn, which goes to the store as one call when the turn ends; the next
/// command is decided at once. When the store answers, the change handler is called, then the command is answered.
///
/// Invariants:
/// 1. Nothing that rests on a change leaves before that change is durable: neither events, nor answers, nor refusals.
/// 2. If a change fails, so does every later one of its list that was decided on top of it; then the list is loaded
/// again, since
///    a store that fails may have written all the same. What was found there by surprise is announced as a gap.
/// 3. A rev that was ever tried is never given to another change.
/// 4. At most `queue_size` changes are undurable; commands beyond wait in order of arrival, and none that was accepted
/// is dropped.
class LocalExchange final : public Exchange {
 public:
  LocalExchange(Shard& shard, store::Store& store, const Clock& clock, LocalExchangeOptions options);
  ~LocalExchange() override;

  Task<Result<ListView>> fetch(ListId list_id) override;
  Task<Result<void>> catch_up(ListId) override { return ready<Result<void>>(ok()); }
  Task<Result<std::vector<store::Membership>>> lists_of(UserId user_id) override;
  Task<Result<std::optional<ListId>>> list_of_link(LinkId link_id) override { return store_.list_of_link(link_id); }
  Task<Result<Accepted>> commit(ListView local, Command command) override;
  Task<Result<void>> watch(ListId list_id) override;
  void unwatch(ListId list_id) override;
  bool is_busy(ListId list_id) const override;
  std::size_t bytes_of(ListId list_id) const override;
  void on_change(ChangeHandler handler) override { change_handler_ = std::move(handler); }
  Task<Result<void>> notify(Notice notice) override;
  void on_notice(NoticeHandler handler) override { notice_handler_ = std::move(handler); }
  Task<Result<void>> watch_user(UserId) override { return ready<Result<void>>(ok()); }
  void unwatch_user(const UserId&) override {}
  void publish(ListId, std::string) override {}
  void on_ephemeral(EphemeralHandler) override {}
  Health health() const override;

  /// Commands that wait for room in the queue, and changes in it: for metrics.
  std::size_t waiting_commands() const { return slot_gate_.waiting(); }
  std::size_t undurable_changes() const { return used_slots_; }

 private:
  struct Pending;
  struct Record;
  struct Batch;
  class TurnEnd;
  struct Verdict;
  using SharedPending = std::shared_ptr<Pending>;

  Record& record_of(const ListId& list_id);
  Record* find_record(const ListId& list_id) const;
  void drop_if_idle(const ListId& list_id, const Record& record);

  Verdict judge(Record& record, const Command& command, std::optional<std::uint64_t> fingerprint, bool is_known_new);
  std::size_t queue_size() const { return std::max<std::size_t>(options_.queue_size, 1); }
  bool take_free_slot();
  void free_slots(std::size_t count);
  Task<bool> be_ready(Record& record, const ListId& list_id);
  Task<Result<Accepted>> answer_repeat(Record& record, const Command& command);
  Task<bool> settled(Record& record);
  Pending& record_change(Record& record, SharedChange change, std::optional<std::uint64_t> fingerprint);

  void start_load(const ListId& list_id, Record& record);
  Task<void> load(ListId list_id);
  void absorb(Record& record, const store::LoadedList& loaded);
  Task<void> retry_load(ListId list_id);

  void flush();
  Task<void> write(std::shared_ptr<Batch> batch);
  void settle(const Batch& batch);
  void confirm(const SharedPending& pending);
  void fail(const SharedPending& pending);

  Shard& shard_;
  store::Store& store_;
  const Clock& clock_;
  const LocalExchangeOptions options_;
  ChangeHandler change_handler_;
  NoticeHandler notice_handler_;
  std::unordered_map<ListId, std::unique_ptr<Record>> records_;
  FifoGate slot_gate_;
  std::size_t used_slots_ = 0;
  std::vector<SharedPending> turn_;             ///< decided in this turn
  std::deque<std::shared_ptr<Batch>> batches_;  ///< with the store, oldest first
  std::shared_ptr<TurnEnd> turn_end_;
};

}  // namespace collab::exchange
