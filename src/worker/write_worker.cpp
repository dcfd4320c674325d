#include "worker/write_worker.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/log.hpp"
#include "core/uuid.hpp"
#include "exchange/redis_memberships.hpp"
#include "exchange/scripts.hpp"
#include "exchange/store_fence.hpp"

namespace collab::worker {
namespace {

constexpr std::string_view group = "store";
/// Between looks at what other workers left.
constexpr std::chrono::milliseconds claim_interval{5'000};
/// Where a walk over what all workers have taken begins, and what it says at its end.
constexpr std::string_view walk_end = "0-0";

Error strange(const redis::Reply& reply) {
  return {Errc::unavailable, "Redis does not answer as it should: " + redis::to_string(reply)};
}

}  // namespace

/// One entry of a stream.
struct WriteWorker::Entry {
  std::string id;
  std::string list_key;
  std::string text;
  SharedChange change;  ///< null: not understood
  std::optional<OpId> made_up_op;
};

struct WriteWorker::Partition {
  unsigned number = 0;
  std::string stream = {};
  bool has_own_rest = true;  ///< there may be entries that this worker took before it was killed
  std::chrono::steady_clock::time_point next_claim{}, next_forgetting{};
  std::string claim_cursor{walk_end};  ///< where the walk over what others left goes on
  std::string problem = {};            // "" = all is well
};

WriteWorker::WriteWorker(Shard& shard, store::MergeStore& store, const redis::Settings& settings,
                         WriteWorkerOptions options)
    : shard_(shard),
      store_(store),
      options_([&options] {
        if (options.name.empty()) options.name = "worker-" + random_token(6);
        return std::move(options);
      }()),
      client_(shard.io(), settings),
      random_(std::random_device{}()) {
  client_.preload(exchange::scripts::acknowledge());
  client_.preload(exchange::scripts::bury());
  client_.preload(exchange::scripts::forget_memberships());
  client_.preload(exchange::scripts::look_after());
  client_.preload(exchange::scripts::forget_consumers());
  for (unsigned number = 0; number < options_.keys.partitions(); ++number)
    partitions_.push_back(std::make_unique<Partition>(Partition{number, options_.keys.writes(number)}));
}

WriteWorker::~WriteWorker() = default;

void WriteWorker::start() {
  client_.start();
  running_ = options_.keys.partitions();
  for (unsigned number = 0; number < options_.keys.partitions(); ++number)
    spawn(shard_.io(), "worker: drain", [this, number] { return drain(number); });
}

Task<void> WriteWorker::stop() {
  is_stopping_ = true;
  if (running_ > 0) co_await stopped_.wait();
}

std::string WriteWorker::problem() const {
  for (const auto& partition : partitions_)
    if (!partition->problem.empty()) return partition->problem;
  return {};
}

Task<void> WriteWorker::pause(Milliseconds time) {
  asio::steady_timer timer(shard_.io(), time);
  co_await timer.async_wait(asio::use_awaitable);
}

/// The life of one partition.
Task<void> WriteWorker::drain(unsigned number) {
  Partition& partition = *partitions_[number];
  Milliseconds idle = options_.poll_min, retry = options_.retry_min;
  Task<Result<void>> connecting = client_.connected(options_.retry_min);
  co_await std::move(connecting);
  while (!is_stopping_) {
    Task<Result<Entries>> taking = take(partition);
    Result<Entries> entries = co_await std::move(taking);
    Result<void> done = ok();
    if (!entries) done = entries.error();
    const bool has_work = entries && !entries->empty();
    while (has_work) {
      Task<Result<void>> processing = process(partition, *entries);
      done = co_await std::move(processing);
      if (done || is_stopping_) break;
      counters_.retries.add();
      if (partition.problem != done.error().message)
        log::warning("worker", "changes wait for the store",
                     {{"partition", number}, {"entries", entries->size()}, {"why", done.error().message}});
      partition.problem = done.error().message;
      const auto jitter = std::uniform_int_distribution<std::int64_t>(retry.count() / 2, retry.count())(random_);
      co_await pause(Milliseconds(jitter));
      retry = std::min(retry * 2, options_.retry_max);
    }
    if (done) {
      if (has_work && !partition.problem.empty())
        log::info("worker", "changes reach the store again", {{"partition", number}});
      partition.problem.clear();
      retry = options_.retry_min;
      idle = has_work ? options_.poll_min : std::min(idle * 2, options_.poll_max);
      if (has_work) continue;
    } else {
      partition.problem = done.error().message;
      idle = options_.poll_max;
    }
    if (!is_stopping_) co_await pause(idle);
  }
  if (--running_ == 0) stopped_.set(true);
}

// ------------------------------------------------------------------------------------------------------------ taking

Task<Result<void>> WriteWorker::make_group(const Partition& partition) {
  redis::Arguments command("XGROUP", "CREATE", partition.stream, group, "0", "MKSTREAM");
  Task<Result<redis::Reply>> creating = client_.command(partition.stream, std::move(command));
  const Result<redis::Reply> created = co_await std::move(creating);
  if (!created) co_return created.error();
  if (created->is_error() && !created->is_error("BUSYGROUP")) co_return strange(*created);
  co_return ok();
}

/// What this worker does next: first what others left, then what is new.
Task<Result<WriteWorker::Entries>> WriteWorker::take(Partition& partition) {
  const auto now = std::chrono::steady_clock::now();
  if (now >= partition.next_claim) {
    Task<Result<Entries>> taking = take_over(partition);
    Result<Entries> taken = co_await std::move(taking);
    if (!taken || !taken->empty()) co_return taken;
    if (partition.claim_cursor == walk_end) partition.next_claim = now + claim_interval;
  }
  if (now >= partition.next_forgetting) {
    partition.next_forgetting = now + options_.consumer_lifetime / 4;
    Task<void> forgetting = forget_consumers(partition);
    co_await std::move(forgetting);
  }
  redis::Arguments command("XREADGROUP", "GROUP", group, options_.name, "COUNT", options_.batch_size, "STREAMS",
                           partition.stream, partition.has_own_rest ? "0" : ">");
  Task<Result<redis::Reply>> reading = client_.command(partition.stream, std::move(command));
  const Result<redis::Reply> reply = co_await std::move(reading);
  if (!reply) co_return reply.error();
  if (reply->is_nil()) co_return Entries{};
  if (reply->is_error("NOGROUP")) {  // only then: a Redis without memory refuses to make even one that is there
    Task<Result<void>> making = make_group(partition);
    const Result<void> made = co_await std::move(making);
    if (!made) co_return made.error();
    Task<Result<Entries>> taking = take(partition);
    co_return co_await std::move(taking);
  }
  if (!reply->is_array() || reply->elements.size() != 1 || reply->elements[0].elements.size() != 2)
    co_return strange(*reply);
  Entries entries = parse_entries(reply->elements[0].elements[1]);
  if (partition.has_own_rest && entries.empty()) {
    partition.has_own_rest = false;
    Task<Result<Entries>> taking = take(partition);
    co_return co_await std::move(taking);
  }
  co_return entries;
}

/// One step of the walk: Redis looks at some times `batch_size` entries, whoever has taken them.
Task<Result<WriteWorker::Entries>> WriteWorker::take_over(Partition& partition) {
  redis::Arguments command("XAUTOCLAIM", partition.stream, group, options_.name, options_.claim_after.count(),
                           partition.claim_cursor, "COUNT", options_.batch_size);
  partition.claim_cursor = walk_end;
  Task<Result<redis::Reply>> claiming = client_.command(partition.stream, std::move(command));
  const Result<redis::Reply> reply = co_await std::move(claiming);
  if (!reply) co_return reply.error();
  if (reply->is_error("NOGROUP")) co_return Entries{};
  if (!reply->is_array() || reply->elements.size() < 2) co_return strange(*reply);
  partition.claim_cursor = reply->elements[0].text;
  Entries entries = parse_entries(reply->elements[1]);
  if (!entries.empty()) {
    counters_.taken_over.add(entries.size());
    log::info("worker", "takes over what another worker left",
              {{"partition", partition.number}, {"entries", entries.size()}});
  }
  co_return entries;
}

/// Each server that ever was has its name in the group. A failure is no problem: it is tried again.
Task<void> WriteWorker::forget_consumers(const Partition& partition) {
  redis::Arguments keys(partition.stream), arguments(group, options_.consumer_lifetime.count());
  Task<Result<redis::Reply>> forgetting =
      client_.evaluate(exchange::scripts::forget_consumers(), std::move(keys), std::move(arguments));
  const Result<redis::Reply> forgotten = co_await std::move(forgetting);
  if (forgotten && forgotten->is_integer() && forgotten->integer > 0)
    log::info("worker", "forgot workers that have ended",
              {{"partition", partition.number}, {"workers", forgotten->integer}});
}

/// Entries as XREADGROUP and XAUTOCLAIM give them; those that were removed meanwhile are left out.
WriteWorker::Entries WriteWorker::parse_entries(const redis::Reply& reply) const {
  Entries entries;
  entries.reserve(reply.elements.size());
  for (const redis::Reply& element : reply.elements) {
    if (element.elements.size() != 2 || !element.elements[1].is_array()) continue;
    Entry entry;
    entry.id = element.elements[0].text;
    const auto& fields = element.elements[1].elements;
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
      if (fields[i].text == "l") entry.list_key = fields[i + 1].text;
      if (fields[i].text == "c") entry.text = fields[i + 1].text;
    }
    const auto list_id = exchange::Keys::list_of(entry.list_key);
    if (list_id && options_.keys.list(*list_id) == entry.list_key)
      if (auto message = exchange::parse_message(*list_id, entry.text)) {
        entry.change = std::move(message->change);
        entry.made_up_op = message->made_up_op;
      }
    entries.push_back(std::move(entry));
  }
  return entries;
}

// ------------------------------------------------------------------------------------------------------------ writing

/// Writes and acknowledges, or finds and buries what can never be written.
Task<Result<void>> WriteWorker::process(const Partition& partition, Entries entries) {
  Entries good;
  for (Entry& entry : entries) {
    if (entry.change) {
      good.push_back(std::move(entry));
      continue;
    }
    Task<Result<void>> burying = bury(partition, entry, "this version cannot read it");
    const Result<void> buried = co_await std::move(burying);
    if (!buried) co_return buried.error();
  }
  if (good.empty()) co_return ok();
  Task<Result<void>> writing = write(partition, std::move(good));
  co_return co_await std::move(writing);
}

Task<Result<void>> WriteWorker::write(const Partition& partition, Entries entries) {
  std::vector<SharedChange> changes;
  changes.reserve(entries.size());
  for (const Entry& entry : entries) changes.push_back(entry.change);
  Task<Result<store::MergeOutcome>> merging = store_.merge(std::move(changes));
  const Result<store::MergeOutcome> merged = co_await std::move(merging);
  if (!merged && merged.error().code != Errc::invalid_payload) co_return merged.error();
  if (!merged && entries.size() == 1) {
    Task<Result<void>> burying = bury(partition, entries.front(), merged.error().message);
    co_return co_await std::move(burying);
  }
  if (!merged) {  // which one is it?
    const auto middle = entries.begin() + static_cast<std::ptrdiff_t>(entries.size() / 2);
    Entries second(std::make_move_iterator(middle), std::make_move_iterator(entries.end()));
    entries.erase(middle, entries.end());
    Task<Result<void>> writing_first = write(partition, std::move(entries));
    const Result<void> first = co_await std::move(writing_first);
    if (!first) co_return first.error();
    Task<Result<void>> writing_second = write(partition, std::move(second));
    co_return co_await std::move(writing_second);
  }
  counters_.batches.add();
  if (options_.tells_written) {
    Task<Result<void>> telling = tell_written(partition, entries);
    const Result<void> told = co_await std::move(telling);
    if (!told) co_return told.error();
  }
  Task<Result<void>> telling = tell_members(entries);
  const Result<void> told = co_await std::move(telling);
  if (!told) co_return told.error();
  Task<Result<void>> acknowledging = acknowledge(partition, entries);
  co_return co_await std::move(acknowledging);
}

/// Releases the answers of servers that wait for the store.
Task<Result<void>> WriteWorker::tell_written(const Partition& partition, const Entries& entries) {
  std::string payload;
  for (const Entry& entry : entries) {
    const std::optional<OpId> op = entry.change->op_id ? entry.change->op_id : entry.made_up_op;
    if (op) exchange::StoreFence::tell(payload, entry.change->list_id, entry.change->user_id, *op);
  }
  const std::string channel = options_.keys.written(partition.number);
  redis::Arguments command("SPUBLISH", channel, payload);
  Task<Result<redis::Reply>> publishing = client_.command(channel, std::move(command));
  const Result<redis::Reply> published = co_await std::move(publishing);
  if (!published) co_return published.error();
  co_return ok();
}

/// A change of members is in the store: the overlay may go, and who is concerned is told again, in case the server that
/// accepted it could not.
Task<Result<void>> WriteWorker::tell_members(const Entries& entries) {
  std::map<UserId, std::vector<std::pair<ListId, Rev>>> concerned;
  for (const Entry& entry : entries)
    for (const Member& member : entry.change->members)
      concerned[member.user_id].emplace_back(entry.change->list_id, entry.change->rev);
  for (auto& [user_id, lists] : concerned) {
    const std::string channel = exchange::Keys::notices(user_id);
    for (const auto& [list_id, rev] : lists) {
      redis::Arguments command("SPUBLISH", channel, list_id.to_string());
      Task<Result<redis::Reply>> publishing = client_.command(channel, std::move(command));
      const Result<redis::Reply> published = co_await std::move(publishing);
      if (!published) co_return published.error();
    }
    Task<Result<void>> forgetting = exchange::forget_memberships(client_, user_id, std::move(lists));
    const Result<void> forgotten = co_await std::move(forgetting);
    if (!forgotten) co_return forgotten.error();
  }
  co_return ok();
}

Task<Result<void>> WriteWorker::acknowledge(const Partition& partition, const Entries& entries) {
  redis::Arguments keys(partition.stream), arguments(group, options_.clean_lifetime.count());
  std::map<std::string_view, std::size_t> index;
  for (const Entry& entry : entries) {
    const auto [place, is_new] = index.try_emplace(entry.list_key, index.size() + 2);
    if (is_new) keys.add(entry.list_key);
    arguments.add(entry.id).add(place->second);
  }
  Task<Result<redis::Reply>> acknowledging =
      client_.evaluate(exchange::scripts::acknowledge(), std::move(keys), std::move(arguments));
  const Result<redis::Reply> reply = co_await std::move(acknowledging);
  if (!reply) co_return reply.error();
  if (!reply->is_array()) co_return strange(*reply);
  counters_.processed.add(entries.size());
  std::set<std::string_view> strange_ids;
  for (const redis::Reply& id : reply->elements) strange_ids.insert(id.text);
  for (const Entry& entry : entries) {
    if (!strange_ids.contains(entry.id)) continue;
    Task<Result<void>> looking = look_after(partition, entry);
    const Result<void> looked = co_await std::move(looking);
    if (!looked) co_return looked.error();
  }
  // Nobody will ever repeat what a server made up.
  std::map<ListId, redis::Arguments> forgotten;
  for (const Entry& entry : entries) {
    if (!entry.made_up_op) continue;
    redis::Arguments& command = forgotten[entry.change->list_id];
    if (command.empty()) command.add("HDEL").add(options_.keys.ops(entry.change->list_id));
    command.add(exchange::op_field(entry.change->user_id, *entry.made_up_op));
  }
  for (auto& [list_id, command] : forgotten) {
    Task<Result<redis::Reply>> forgetting = client_.command(options_.keys.ops(list_id), std::move(command));
    const Result<redis::Reply> done = co_await std::move(forgetting);
    if (!done) co_return done.error();
  }
  co_return ok();
}

/// Somebody else has acknowledged the entry, or Redis has lost it while this worker had it: see look_after.lua.
Task<Result<void>> WriteWorker::look_after(const Partition& partition, const Entry& entry) {
  const ListId& list_id = entry.change->list_id;
  redis::Arguments keys(entry.list_key, options_.keys.seed(list_id), options_.keys.era(partition.number));
  redis::Arguments arguments(exchange::rev_text(entry.change->rev));
  for (const std::string_view field : exchange::fields_of_message(entry.text)) arguments.add(field);
  Task<Result<redis::Reply>> looking =
      client_.evaluate(exchange::scripts::look_after(), std::move(keys), std::move(arguments));
  const Result<redis::Reply> looked = co_await std::move(looking);
  if (!looked) co_return looked.error();
  if (!looked->is_integer()) co_return strange(*looked);
  if (looked->integer == 1)
    log::warning("worker", "Redis has lost a change that this worker had taken; its list begins an era",
                 {{"list_id", list_id.to_string()}, {"rev", entry.change->rev}});
  co_return ok();
}

/// Moves an entry to the dead letters, with the reason. Its list stays in Redis: it is the only place that has it.
Task<Result<void>> WriteWorker::bury(const Partition& partition, const Entry& entry, std::string why) {
  log::error("worker", "a change that the store will never take; see collab-todo dead-letters",
             {{"entry", entry.id}, {"partition", partition.number}, {"why", why}});
  const std::string dead = options_.keys.dead_letters(partition.number);
  redis::Arguments keys(partition.stream, dead), arguments(group, entry.id, entry.list_key, entry.text, why);
  Task<Result<redis::Reply>> burying =
      client_.evaluate(exchange::scripts::bury(), std::move(keys), std::move(arguments));
  const Result<redis::Reply> buried = co_await std::move(burying);
  if (!buried) co_return buried.error();
  if (!buried->is_integer()) co_return strange(*buried);
  if (buried->integer == 1) counters_.dead_letters.add();
  co_return ok();
}

}  // namespace collab::worker
