#include "exchange/local_exchange.hpp"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "core/log.hpp"

namespace collab::exchange {
namespace {

constexpr std::chrono::milliseconds load_retry_interval{1'000};
/// How often a command starts over because its list failed under it, before it is told that the store does not work.
constexpr int max_attempts = 4;

Error not_stored() {
  return {Errc::unavailable,
          "The server could not store the change, or does not know whether it did; send it again with the same op_id",
          {},
          1'000};
}

Error too_busy() {
  return {
      Errc::unavailable, "Too many changes are waiting to be stored; nothing was changed, try again later", {}, 1'000};
}

Error not_a_member() { return {Errc::forbidden, "You are not a member of this list"}; }

}  // namespace

/// A change between its decision and its durability.
struct LocalExchange::Pending {
  SharedChange change;
  ListView after;  ///< what it led to
  std::optional<std::uint64_t> fingerprint;
  bool is_failed = false;  ///< one before it failed: whatever the store says now, its command was refused
  OneShot<bool> outcome;   ///< for the command that made it
  std::vector<std::unique_ptr<OneShot<bool>>> waiters;

  bool is_of(const Command& command) const {
    return change->op_id == command.op_id && change->user_id == command.user_id;
  }
  /// To be awaited at once; holds whoever waits, so the waiting frame must not own this object.
  OneShot<bool>& add_waiter() { return *waiters.emplace_back(std::make_unique<OneShot<bool>>()); }
  void release(bool is_durable) {
    outcome.set(is_durable);
    for (auto& waiter : std::exchange(waiters, {})) waiter->set(is_durable);
  }
};

/// What is known of a list that is watched or has commands on their way.
struct LocalExchange::Record {
  explicit Record(asio::io_context& io) : gate(io) {}

  bool is_watched = false;
  bool was_loaded = false;
  bool needs_load = true;  ///< `ops` and the state to decide on are not known, or not to be trusted
  bool is_loading = false;
  bool has_retry = false;
  unsigned users = 0;                            ///< commands inside commit()
  Rev settled_rev = 0;                           ///< the newest durable one that was seen
  Rev tried_rev = 0;                             ///< the newest one ever given to a change
  ListView newest;                               ///< undurable changes included; kept while there are users
  boost::unordered_flat_set<std::uint64_t> ops;  ///< fingerprints of what is stored
  boost::unordered_flat_map<std::uint64_t, SharedPending> in_flight;  ///< by fingerprint
  std::deque<SharedPending> pending;                                  ///< in rev order
  FifoGate gate;                                                      ///< commands that wait for a load

  /// Takes up a state that the caller knows to be durable, if nothing newer is known.
  void adopt(const ListView& local) {
    if (newest || needs_load) return;
    if (local && local->rev >= settled_rev)
      newest = local;
    else
      needs_load = true;
  }
};

/// What a command came to on the newest state of its list; neither: its op is known.
struct LocalExchange::Verdict {
  Pending* recorded = nullptr;             ///< it became a change
  std::optional<Result<Accepted>> answer;  ///< to be given when what it rests on is durable
};

/// The changes of one turn, on their way through the store.
struct LocalExchange::Batch {
  std::vector<SharedPending> pending;
  std::optional<std::vector<bool>> results;
};

class LocalExchange::TurnEnd final : public TurnEndListener {
 public:
  explicit TurnEnd(LocalExchange& owner) : owner_(owner) {}
  void on_turn_end() override { owner_.flush(); }

 private:
  LocalExchange& owner_;
};

LocalExchange::LocalExchange(Shard& shard, store::Store& store, const Clock& clock, LocalExchangeOptions options)
    : shard_(shard),
      store_(store),
      clock_(clock),
      options_(std::move(options)),
      slot_gate_(shard.io()),
      turn_end_(std::make_shared<TurnEnd>(*this)) {}

LocalExchange::~LocalExchange() = default;

LocalExchange::Record& LocalExchange::record_of(const ListId& list_id) {
  auto& record = records_[list_id];
  if (!record) record = std::make_unique<Record>(shard_.io());
  return *record;
}

LocalExchange::Record* LocalExchange::find_record(const ListId& list_id) const {
  const auto found = records_.find(list_id);
  return found == records_.end() ? nullptr : found->second.get();
}

void LocalExchange::drop_if_idle(const ListId& list_id, const Record& record) {
  if (!record.is_watched && record.users == 0 && record.pending.empty() && !record.is_loading && record.gate.is_clear())
    records_.erase(list_id);
}

Task<Result<void>> LocalExchange::watch(ListId list_id) {
  record_of(list_id).is_watched = true;
  co_return ok();
}

void LocalExchange::unwatch(ListId list_id) {
  Record* record = find_record(list_id);
  if (!record) return;
  record->is_watched = false;
  drop_if_idle(list_id, *record);
}

bool LocalExchange::is_busy(ListId list_id) const {
  const Record* record = find_record(list_id);
  return record && (record->users > 0 || !record->pending.empty());
}

std::size_t LocalExchange::bytes_of(ListId list_id) const {
  const Record* record = find_record(list_id);
  return record ? sizeof(Record) + record->ops.bucket_count() * 9 : 0;
}

Task<Result<ListView>> LocalExchange::fetch(ListId list_id) {
  Task<Result<store::LoadedList>> loading = store_.load(list_id);
  Result<store::LoadedList> loaded = co_await std::move(loading);
  if (!loaded) co_return loaded.error();
  if (Record* record = find_record(list_id)) absorb(*record, *loaded);
  co_return std::move(loaded->state);
}

Task<Result<std::vector<store::Membership>>> LocalExchange::lists_of(UserId user_id) {
  return store_.lists_of(std::move(user_id));
}

Task<Result<void>> LocalExchange::notify(Notice notice) {
  if (notice_handler_) notice_handler_(notice);
  co_return ok();
}

Health LocalExchange::health() const {
  store::Health health = store_.health();
  return {health.is_running, std::move(health.problem)};
}

// ----------------------------------------------------------------------------------------------------------------
// commands

Task<Result<Accepted>> LocalExchange::commit(ListView local, Command command) {
  Record& record = record_of(command.list_id);
  ++record.users;
  record.adopt(local);
  local.reset();
  Result<Accepted> answer = not_stored();
  bool has_slot = take_free_slot();
  if (!has_slot) {
    has_slot = co_await slot_gate_.wait(options_.queue_deadline);
    if (!has_slot) answer = too_busy();
  } else if (!slot_gate_.is_clear()) {
    co_await slot_gate_.follow();
  }

  std::optional<std::uint64_t> fingerprint;
  if (command.op_id) fingerprint = store::op_fingerprint(command.user_id, *command.op_id);
  bool is_known_new = !fingerprint;
  for (int attempt = 0; has_slot && attempt < max_attempts; ++attempt) {
    if (record.needs_load || !record.gate.is_clear()) {
      if (!co_await be_ready(record, command.list_id)) break;
      if (record.needs_load) continue;
    }
    Verdict verdict = judge(record, command, fingerprint, is_known_new);
    if (verdict.recorded) {
      has_slot = false;  // it is the change's now
      SharedChange change = verdict.recorded->change;
      OneShot<bool>& outcome = verdict.recorded->outcome;
      const bool is_durable = co_await outcome.wait();
      if (is_durable) answer = Accepted{change->rev, false, std::move(change)};
      break;
    }
    if (verdict.answer) {
      has_slot = false;
      free_slots(1);
      const bool is_durable = co_await settled(record);
      if (is_durable) answer = std::move(*verdict.answer);
      break;
    }
    Result<Accepted> repeat = co_await answer_repeat(record, command);
    if (!repeat || repeat->is_repeat) {
      answer = std::move(repeat);
      break;
    }
    is_known_new = true;  // only its fingerprint was known; meanwhile the list may have changed
  }
  if (has_slot) free_slots(1);
  if (--record.users == 0) {
    record.newest.reset();
    drop_if_idle(command.list_id, record);
  }
  co_return answer;
}

LocalExchange::Verdict LocalExchange::judge(Record& record, const Command& command,
                                            std::optional<std::uint64_t> fingerprint, bool is_known_new) {
  if (auto allowed = authorize(*record.newest, command); !allowed) return {.answer = allowed.error()};
  if (!is_known_new && (record.in_flight.contains(*fingerprint) || record.ops.contains(*fingerprint))) return {};
  const EpochMs now = std::max(clock_.now(), record.tried_rev > record.newest->rev ? record.tried_rev + 1 : 0);
  Result<SharedChange> decision = decide(*record.newest, command, options_.rules, now);
  if (!decision) return {.answer = decision.error()};
  if ((*decision)->kind == ChangeKind::nothing && !command.op_id)
    return {.answer = Accepted{record.newest->rev, false, std::move(*decision)}};
  return {.recorded = &record_change(record, std::move(*decision), fingerprint), .answer = {}};
}

/// Not if somebody waits for one already.
bool LocalExchange::take_free_slot() {
  if (used_slots_ >= queue_size() || slot_gate_.waiting() > 0) return false;
  ++used_slots_;
  return true;
}

void LocalExchange::free_slots(std::size_t count) {
  used_slots_ -= count;
  if (used_slots_ < queue_size()) used_slots_ += slot_gate_.admit(queue_size() - used_slots_);
}

Task<bool> LocalExchange::be_ready(Record& record, const ListId& list_id) {
  if (!record.needs_load) {
    co_await record.gate.follow();
    co_return true;
  }
  start_load(list_id, record);
  co_return co_await record.gate.wait();
}

/// For a command whose fingerprint is known: is_repeat, or not if it was another's fingerprint.
Task<Result<Accepted>> LocalExchange::answer_repeat(Record& record, const Command& command) {
  Accepted answer;
  const auto first = record.in_flight.find(store::op_fingerprint(command.user_id, *command.op_id));
  if (first != record.in_flight.end() && first->second->is_of(command)) {
    answer.rev = first->second->change->rev;
    answer.is_repeat = true;
    OneShot<bool>& outcome = first->second->add_waiter();
    const bool is_durable = co_await outcome.wait();
    if (!is_durable) co_return not_stored();
    co_return answer;
  }
  // What needs no membership must not tell a former member that his op is known.
  const bool is_member = record.newest->role_of(command.user_id) != Role::none;
  Task<Result<std::optional<Rev>>> lookup = store_.find_op(command.list_id, command.user_id, *command.op_id);
  const Result<std::optional<Rev>> known = co_await std::move(lookup);
  if (!known) co_return known.error();
  if (!known->has_value()) co_return answer;
  if (!is_member) co_return not_a_member();
  answer.rev = **known;
  answer.is_repeat = true;
  co_return answer;
}

/// Waits until the newest state is durable, or has failed to be; to be awaited at once.
Task<bool> LocalExchange::settled(Record& record) {
  return record.pending.empty() ? ready(true) : record.pending.back()->add_waiter().wait();
}

/// Puts the change into the batch of this turn. One of kind `nothing` goes the same way if it has an op to be
/// remembered: a repeat must not do something either.
LocalExchange::Pending& LocalExchange::record_change(Record& record, SharedChange change,
                                                     std::optional<std::uint64_t> fingerprint) {
  if (change->kind != ChangeKind::nothing)
    record.newest = std::make_shared<const ListState>(apply(*record.newest, *change));
  record.tried_rev = std::max(record.tried_rev, change->rev);
  Pending& pending = *turn_.emplace_back(std::make_shared<Pending>());
  pending.change = std::move(change);
  pending.after = record.newest;
  pending.fingerprint = fingerprint;
  record.pending.push_back(turn_.back());
  if (fingerprint) record.in_flight.emplace(*fingerprint, turn_.back());
  if (turn_.size() == 1) shard_.at_turn_end(turn_end_);
  return pending;
}

// -------------------------------------------------------------------------------------------------------------------
// loads

void LocalExchange::start_load(const ListId& list_id, Record& record) {
  if (record.is_loading) return;
  record.is_loading = true;
  spawn(shard_.io(), "exchange: load a list", [this, list_id] { return load(list_id); });
}

Task<void> LocalExchange::load(ListId list_id) {
  co_await asio::post(shard_.io(), asio::use_awaitable);  // whoever started it must be able to wait for it first
  Task<Result<store::LoadedList>> loading = store_.load(list_id);
  const Result<store::LoadedList> loaded = co_await std::move(loading);
  Record& record = *find_record(list_id);  // kept by is_loading
  record.is_loading = false;
  if (loaded) {
    const bool is_surprise = record.was_loaded && record.settled_rev != loaded->state->rev;
    absorb(record, *loaded);
    record.settled_rev = loaded->state->rev;
    record.needs_load = false;
    record.newest = record.users > 0 ? loaded->state : nullptr;
    if (is_surprise && record.is_watched && change_handler_) {
      auto gap = std::make_shared<Change>();
      gap->list_id = list_id;
      gap->rev = gap->prev_rev = loaded->state->rev;
      change_handler_(gap, nullptr);
    }
    record.gate.admit_all();
  } else {
    record.gate.refuse_all();
    if (record.was_loaded && record.is_watched && !record.has_retry) {
      record.has_retry = true;
      spawn(shard_.io(), "exchange: load a list again", [this, list_id] { return retry_load(list_id); });
    }
  }
  drop_if_idle(list_id, record);
}

/// The part of a load that fetch() can use too, whatever happened while it was under way.
void LocalExchange::absorb(Record& record, const store::LoadedList& loaded) {
  record.ops.insert(loaded.op_fingerprints.begin(), loaded.op_fingerprints.end());
  record.settled_rev = std::max(record.settled_rev, loaded.state->rev);
  // After a failure only a load of our own will do: it was asked for after the failure.
  if (!record.was_loaded && !record.is_loading) record.needs_load = false;
  record.was_loaded = true;
}

Task<void> LocalExchange::retry_load(ListId list_id) {
  asio::steady_timer timer(shard_.io(), load_retry_interval);
  co_await timer.async_wait(asio::use_awaitable);
  Record* record = find_record(list_id);
  if (!record) co_return;
  record->has_retry = false;
  if (record->needs_load && record->is_watched) start_load(list_id, *record);
}

// -----------------------------------------------------------------------------------------------------------------
// batches

void LocalExchange::flush() {
  if (turn_.empty()) return;
  auto batch = std::make_shared<Batch>();
  batch->pending = std::exchange(turn_, {});
  batches_.push_back(batch);
  spawn(shard_.io(), "exchange: write a batch", [this, batch] { return write(batch); });
}

Task<void> LocalExchange::write(std::shared_ptr<Batch> batch) {
  std::vector<SharedChange> changes;
  changes.reserve(batch->pending.size());
  for (const SharedPending& pending : batch->pending) changes.push_back(pending->change);
  std::vector<bool> results;
  try {
    Task<std::vector<bool>> applying = store_.apply(std::move(changes));
    results = co_await std::move(applying);
  } catch (const std::exception& fault) {
    log::error("exchange", "the store threw while it wrote", {{"what", fault.what()}});
  }
  results.resize(batch->pending.size(), false);
  batch->results = std::move(results);
  while (!batches_.empty() && batches_.front()->results) {
    const auto settled = std::move(batches_.front());
    batches_.pop_front();
    settle(*settled);
  }
}

void LocalExchange::settle(const Batch& batch) {
  for (std::size_t i = 0; i < batch.pending.size(); ++i) {
    const SharedPending& pending = batch.pending[i];
    if ((*batch.results)[i] && !pending->is_failed)
      confirm(pending);
    else
      fail(pending);
  }
  free_slots(batch.pending.size());
}

void LocalExchange::confirm(const SharedPending& pending) {
  const Change& change = *pending->change;
  Record& record = *find_record(change.list_id);  // kept by the command that waits
  record.pending.pop_front();
  record.settled_rev = std::max(record.settled_rev, change.rev);
  if (pending->fingerprint) {
    record.ops.insert(*pending->fingerprint);
    const auto in_flight = record.in_flight.find(*pending->fingerprint);
    if (in_flight != record.in_flight.end() && in_flight->second == pending) record.in_flight.erase(in_flight);
  }
  if (change.kind != ChangeKind::nothing && record.is_watched && change_handler_)
    change_handler_(pending->change, pending->after);
  pending->release(true);
}

void LocalExchange::fail(const SharedPending& pending) {
  if (pending->is_failed) return;
  const ListId& list_id = pending->change->list_id;
  Record& record = *find_record(list_id);  // kept by the command that waits
  log::warning("exchange", "a change could not be stored",
               {{"list_id", list_id.to_string()}, {"rev", pending->change->rev}, {"undone", record.pending.size()}});
  record.in_flight.clear();
  record.newest.reset();
  record.needs_load = true;
  for (const SharedPending& undone : std::exchange(record.pending, {})) {
    undone->is_failed = true;
    undone->release(false);
  }
  start_load(list_id, record);
}

}  // namespace collab::exchange
