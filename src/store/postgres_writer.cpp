#include "store/postgres_writer.hpp"

#include <boost/asio/redirect_error.hpp>

#include "core/log.hpp"

namespace collab::store::pg {
namespace {

// Some 10 MB. When it is reached all are forgotten: simpler than an order of use, and rare.
constexpr std::size_t most_heads = 100'000;
constexpr int most_attempts = 6;

}  // namespace

void Writer::start() {
  spawn(engine_.io, "postgres: write changes", [this] { return work(); });
}

void Writer::submit(std::unique_ptr<Changes> job) {
  auto refused = queue_.push(std::move(job));
  if (!refused)
    return asio::post(engine_.io, [this] {
      if (is_idle_) timer_.cancel();
    });
  engine_.failed += refused->weight();
  refused->fail(no_room());
  send_home(std::move(refused));
}

void Writer::close() {
  queue_.close();
  asio::post(engine_.io, [this] { timer_.cancel(); });
}

Task<> Writer::work() {
  for (;;) {
    auto jobs = take_batch();
    if (!jobs.empty()) {
      co_await write_batch(std::move(jobs));
      continue;
    }
    if (queue_.is_closed()) break;
    co_await rest();
    if (!engine_.writing.is_good() && queue_.size() == 0) co_await probe();
  }
  link_->close();
}

// Always with an end: another's failed write may make it necessary to look whether the database is back.
Task<> Writer::rest() {
  timer_.expires_after(engine_.options.retry_interval);
  is_idle_ = true;
  boost::system::error_code woken;
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  is_idle_ = false;
}

std::vector<std::unique_ptr<Changes>> Writer::take_batch() {
  std::vector<std::unique_ptr<Changes>> jobs;
  std::size_t weight = 0;
  for (;;) {
    auto job = queue_.take(jobs.empty() ? SIZE_MAX
                                        : engine_.options.batch_size - std::min(weight, engine_.options.batch_size));
    if (!job) return jobs;
    weight += job->weight();
    jobs.push_back(std::move(job));
  }
}

Task<> Writer::write_batch(std::vector<std::unique_ptr<Changes>> jobs) {
  const auto earliest = std::chrono::steady_clock::now() - engine_.options.patience;
  std::vector<Slot> slots;
  for (const auto& job : jobs)
    if (job->queued_at() >= earliest)
      for (const SharedChange& change : job->changes) slots.push_back(Slot{change});
  if (!slots.empty()) {
    const std::optional<Fault> fault = co_await store(slots);
    if (fault)
      engine_.writing.failed(fault->cause, slots.size());
    else
      engine_.writing.succeeded();
    ++engine_.batches;
  }
  auto slot = slots.begin();
  for (auto& job : jobs) {
    if (job->queued_at() >= earliest)
      for (std::size_t index = 0; index < job->durable.size(); ++index) job->durable[index] = (slot++)->is_durable;
    const auto durable = static_cast<std::uint64_t>(std::ranges::count(job->durable, true));
    engine_.processed += durable;
    engine_.failed += job->weight() - durable;
    send_home(std::move(job));
  }
}

// A change that the database will never take must not make those of others fail: the batch is halved until it is alone.
Task<std::optional<Fault>> Writer::store(Slots slots) {
  std::optional<Fault> fault = co_await store_whole(slots);
  if (!fault || fault->kind != Fault::Kind::data) co_return fault;
  if (slots.size() == 1) {
    if (fault->constraint != "todo_ops_pkey")  // an op that has a rev already is nothing that an operator must know
      log::error("store", "a change cannot be stored",
                 {{"list_id", slots[0].change->list_id.to_string()}, {"cause", fault->cause}});
    co_return std::nullopt;
  }
  const std::size_t half = slots.size() / 2;
  fault = co_await store(slots.first(half));
  if (fault) co_return fault;
  fault = co_await store(slots.subspan(half));
  co_return fault;
}

Task<std::optional<Fault>> Writer::store_whole(Slots slots) {
  std::optional<Fault> fault;
  for (int attempts = 0; attempts < most_attempts; ++attempts) {
    const bool was_open = link_->is_usable();
    fault = co_await engine_.ensure_open(*link_);
    if (!fault) fault = co_await store_once(slots);
    if (!fault) break;
    heads_.clear();
    if (fault->kind == Fault::Kind::retry) {
      co_await engine_.pause_before(attempts);
      continue;
    }
    // A lost connection leaves open whether it was done. The revs tell, and so does the database if it comes late.
    const bool is_unknown = fault->kind == Fault::Kind::outage && was_open && !link_->is_usable();
    if (attempts > 0 || (fault->kind != Fault::Kind::chain && !is_unknown)) break;
  }
  co_return fault;
}

Task<std::optional<Fault>> Writer::store_once(Slots slots) {
  std::optional<Fault> fault = co_await learn_heads(slots);
  if (fault) co_return fault;
  const Plan plan = plan_for(slots);
  if (!plan.fold.is_empty()) {
    const Outcome<> written = co_await engine_.backend->write(*link_, plan.fold, plan.before);
    if (!written) co_return written.error();
    for (const auto& [id, rev] : plan.after) heads_[id] = rev;
    for (const std::size_t index : plan.accepted) slots[index].is_durable = true;
  }
  if (!plan.to_look_up.empty()) fault = co_await look_up(slots, plan);
  co_return fault;
}

Task<std::optional<Fault>> Writer::learn_heads(Slots slots) {
  if (heads_.size() > most_heads) heads_.clear();
  std::set<ListId> unknown;
  for (const Slot& slot : slots)
    if (!heads_.contains(slot.change->list_id)) unknown.insert(slot.change->list_id);
  if (unknown.empty()) co_return std::nullopt;
  const Outcome<Backend::Heads> found = co_await engine_.backend->heads_of(*link_, unknown);
  if (!found) co_return found.error();
  for (const ListId& id : unknown) heads_.emplace(id, 0);
  for (const auto& [id, rev] : *found) heads_[id] = rev;
  co_return std::nullopt;
}

Writer::Plan Writer::plan_for(Slots slots) {
  Plan plan;
  std::set<OpKey> ops;
  for (std::size_t index = 0; index < slots.size(); ++index) {
    const Change& change = *slots[index].change;
    const auto written = plan.after.find(change.list_id);
    const Rev head = written != plan.after.end() ? written->second : heads_.at(change.list_id);
    if (change.kind == ChangeKind::nothing) {
      // It takes no rev, but its op must be remembered: a repeat must not do something either.
      if (head < change.rev) continue;
      if (change.op_id) ops.emplace(change.list_id, *change.op_id, change.user_id);
      plan.accepted.push_back(index);
      plan.fold.add(slots[index].change);
      continue;
    }
    if (head >= change.rev) {
      plan.to_look_up.push_back(index);
      continue;
    }
    if (head != change.prev_rev || (head == 0 && !change.list)) continue;
    if (change.op_id && !ops.emplace(change.list_id, *change.op_id, change.user_id).second) continue;
    plan.before.emplace(change.list_id, head);
    plan.after[change.list_id] = change.rev;
    plan.accepted.push_back(index);
    plan.fold.add(slots[index].change);
  }
  if (plan.fold.is_empty())  // changes of nothing, and without an op
    for (const std::size_t index : plan.accepted) slots[index].is_durable = true;
  return plan;
}

Task<std::optional<Fault>> Writer::look_up(Slots slots, const Plan& plan) {
  std::vector<SharedChange> changes;
  changes.reserve(plan.to_look_up.size());
  for (const std::size_t index : plan.to_look_up) changes.push_back(slots[index].change);
  const Outcome<std::vector<bool>> stored = co_await engine_.backend->are_stored(*link_, std::move(changes));
  if (!stored) co_return stored.error();
  for (std::size_t n = 0; n < stored->size(); ++n) slots[plan.to_look_up[n]].is_durable = (*stored)[n];
  co_return std::nullopt;
}

Task<> Writer::probe() {
  std::optional<Fault> fault = co_await engine_.ensure_open(*link_);
  if (!fault) {
    const Outcome<> done = co_await engine_.backend->probe_writing(*link_);
    if (!done) fault = done.error();
  }
  if (fault)
    engine_.writing.failed(fault->cause, 0);
  else
    engine_.writing.succeeded();
}

}  // namespace collab::store::pg
