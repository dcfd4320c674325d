#include "exchange/replica_fence.hpp"

#include "core/log.hpp"
#include "exchange/row_codec.hpp"

namespace collab::exchange {
namespace {

Error not_replicated(const std::string& why) {
  return {Errc::unavailable, "replicas of Redis did not confirm: " + why};
}

}  // namespace

ReplicaFence::ReplicaFence(Shard& shard, redis::Client& client, Keys keys, ReplicaFenceOptions options)
    : shard_(shard), client_(client), keys_(keys), options_(options) {}

Task<Result<void>> ReplicaFence::pass(unsigned partition, Rev era) {
  const auto node = client_.node_of(keys_.era(partition));
  if (!node) co_return not_replicated("Redis is not connected");
  Master& master = masters_[node->address];
  auto waiting = std::make_shared<Waiting>(partition, era);
  master.waiting.push_back(waiting);
  if (!std::exchange(master.is_running, true))
    spawn(shard_.io(), "exchange: wait for replicas", [this, &master] { return run(master); });
  co_return co_await waiting->done.wait();
}

Task<void> ReplicaFence::run(Master& master) {
  while (!master.waiting.empty()) {
    const Batch batch = std::exchange(master.waiting, {});
    Task<Result<std::vector<redis::Reply>>> asking = ask(master, batch);
    const Result<std::vector<redis::Reply>> replies = co_await std::move(asking);
    if (!replies) master.connection.reset();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      Result<void> outcome = ok();
      if (!replies)
        outcome = not_replicated(replies.error().message);
      else
        outcome = judge(*batch[i], (*replies)[i], (*replies)[batch.size()], replies->back());
      note(outcome);
      batch[i]->done.set(std::move(outcome));
    }
  }
  master.is_running = false;
}

Result<void> ReplicaFence::judge(const Waiting& waiting, const redis::Reply& era, const redis::Reply& written,
                                 const redis::Reply& confirmed) const {
  if (!era.is_text() || parse_rev(era.text) != waiting.era) return not_replicated("another master has taken over");
  if (written.is_error()) return not_replicated(written.text);
  if (!confirmed.is_integer()) return not_replicated(redis::to_string(confirmed));
  if (confirmed.integer >= options_.replicas) return ok();
  return not_replicated(std::to_string(confirmed.integer) + " of " + std::to_string(options_.replicas));
}

void ReplicaFence::note(const Result<void>& outcome) {
  const bool was_well = problem_.empty();
  problem_ = outcome ? std::string() : outcome.error().message;
  if (was_well && !outcome)
    log::warning("exchange", "changes are stored, but not acknowledged", {{"why", problem_}});
  else if (!was_well && outcome)
    log::info("exchange", "replicas of Redis confirm again", {});
}

/// The eras of those who wait, then a write that comes after all that they wait for, then WAIT: it waits for the writes
/// of its own connection, and replicas take all writes in one order.
Task<Result<std::vector<redis::Reply>>> ReplicaFence::ask(Master& master, const Batch& batch) {
  const std::string era = keys_.era(batch.front()->partition);
  if (!master.connection || !master.connection->is_open()) {
    Task<Result<std::unique_ptr<redis::Connection>>> opening = client_.open(era);
    Result<std::unique_ptr<redis::Connection>> opened = co_await std::move(opening);
    if (!opened) co_return opened.error();
    master.connection = std::move(*opened);
  }
  std::vector<redis::Arguments> commands;
  for (const auto& waiting : batch) commands.emplace_back("GET", keys_.era(waiting->partition));
  commands.emplace_back("SET", keys_.fence(batch.front()->partition), "", "PX", options_.deadline.count());
  commands.emplace_back("WAIT", options_.replicas, options_.deadline.count());
  Task<Result<std::vector<redis::Reply>>> sending =
      master.connection->send_all(std::move(commands), 2 * options_.deadline);
  co_return co_await std::move(sending);
}

}  // namespace collab::exchange
