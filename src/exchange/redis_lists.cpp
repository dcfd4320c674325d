#include "exchange/redis_lists.hpp"

#include <algorithm>
#include <map>

#include "core/log.hpp"
#include "exchange/key_scan.hpp"
#include "exchange/scripts.hpp"

namespace collab::exchange {
namespace {

constexpr std::size_t fields_per_command = 512;
constexpr std::chrono::milliseconds seed_poll_interval{25};
/// Rows that are being loaded and are never installed go by themselves.
constexpr std::chrono::milliseconds loading_lifetime{60'000};

Error not_understood(std::string_view what) {
  log::error("exchange", "Redis holds what this version cannot read", {{"what", what}});
  return {Errc::unavailable, "The list cannot be read at present; try again later", {}, 1'000};
}

Error too_slow() { return {Errc::unavailable, "The list could not be loaded in time; try again", {}, 1'000}; }

/// What a row of only one list of an older era tells the store.
std::optional<std::string> message_of_row(const ListId& list_id, Rev era, const std::string& field,
                                          const std::string& value) {
  Change change;
  change.list_id = list_id;
  change.rev = parse_rev(std::string_view(value).substr(0, 13)).value_or(0);
  change.kind = field.starts_with("i:")   ? ChangeKind::item_updated
                : field.starts_with("u:") ? ChangeKind::member_set
                : field.starts_with("k:") ? ChangeKind::link_created
                                          : ChangeKind::list_updated;
  if (!read_row(change, field, std::string_view(value).substr(13))) return std::nullopt;
  return encode_message(era, change);
}

}  // namespace

RedisLists::RedisLists(Shard& shard, redis::Client& client, store::Store& store, store::MergeStore& ops,
                       const Clock& clock, Keys keys, RedisListsOptions options)
    : shard_(shard),
      client_(client),
      store_(store),
      ops_(ops),
      clock_(clock),
      keys_(keys),
      options_(options),
      eras_(keys.partitions()) {}

// ----------------------------------------------------------------------------------------------------------- eras

Task<Result<void>> RedisLists::learn_eras(redis::Connection& connection) {
  for (unsigned partition = 0; partition < keys_.partitions(); ++partition) {
    redis::Arguments keys(keys_.era(partition), keys_.era_of_master(partition), keys_.era_of_store(partition));
    redis::Arguments arguments(connection.greeting().replication_id, clock_.now(), store_.era());
    Task<Result<redis::Reply>> asking = connection.evaluate(scripts::era(), std::move(keys), std::move(arguments));
    const Result<redis::Reply> reply = co_await std::move(asking);
    if (!reply) co_return reply.error();
    if (reply->is_error("MOVED") || reply->is_error("ASK")) continue;  // another node's
    if (reply->is_error("TRYAGAIN") || reply->is_error("CLUSTERDOWN")) {
      eras_[partition] = 0;  // its slot moves, or nobody serves it; the other partitions need not wait for that
      continue;
    }
    const auto era = reply->is_text() ? parse_rev(reply->text) : std::nullopt;
    if (!era || *era == 0) {
      log::error("exchange", "the era could not be read", {{"reply", redis::to_string(*reply)}});
      co_return Error{Errc::unavailable, "Redis does not answer as it should: " + redis::to_string(*reply)};
    }
    eras_[partition] = *era;
  }
  co_return ok();
}

Task<Result<Rev>> RedisLists::renew_era(unsigned partition) {
  const auto node = client_.node_of(keys_.era(partition));
  if (!node) co_return Error{Errc::unavailable, "Redis is not connected", {}, 1'000};
  redis::Arguments keys(keys_.era(partition), keys_.era_of_master(partition), keys_.era_of_store(partition));
  redis::Arguments arguments(node->replication_id, clock_.now(), store_.era());
  Task<Result<redis::Reply>> asking = client_.evaluate(scripts::era(), std::move(keys), std::move(arguments));
  const Result<redis::Reply> reply = co_await std::move(asking);
  if (!reply) co_return reply.error();
  const auto era = reply->is_text() ? parse_rev(reply->text) : std::nullopt;
  if (!era || *era == 0) co_return not_understood(redis::to_string(*reply));
  eras_[partition] = *era;
  co_return *era;
}

Task<Result<void>> RedisLists::renew_eras() {
  for (unsigned partition = 0; partition < keys_.partitions(); ++partition) {
    Task<Result<Rev>> renewing = renew_era(partition);
    const Result<Rev> renewed = co_await std::move(renewing);
    if (!renewed) co_return renewed.error();
  }
  co_return ok();
}

Task<Result<bool>> RedisLists::follow_eras() {
  bool is_another = false;
  for (unsigned partition = 0; partition < keys_.partitions(); ++partition) {
    const std::string key = keys_.era(partition);
    redis::Arguments command("GET", key);
    Task<Result<redis::Reply>> asking = client_.command(key, std::move(command));
    const Result<redis::Reply> reply = co_await std::move(asking);
    if (!reply) co_return reply.error();
    const Rev known = eras_[partition];
    if (reply->is_text() && parse_rev(reply->text) == known) continue;
    Task<Result<Rev>> renewing = renew_era(partition);
    const Result<Rev> renewed = co_await std::move(renewing);
    if (!renewed) co_return renewed.error();
    is_another = is_another || *renewed != known;
  }
  co_return is_another;
}

Task<Result<void>> RedisLists::reconcile_all(Rev store_era) {
  const std::string done_for = Keys::reconciled();
  redis::Arguments look("GET", done_for);
  Task<Result<redis::Reply>> looking = client_.command(done_for, std::move(look));
  const Result<redis::Reply> done = co_await std::move(looking);
  if (!done) co_return done.error();
  if (done->is_text() && parse_rev(done->text).value_or(0) >= store_era) co_return ok();

  std::uint64_t older = 0;
  VisitKey visit = [this, &older](std::string_view key) -> Task<Result<void>> {
    const auto list_id = Keys::list_of(key);
    if (!list_id || keys_.list(*list_id) != key) co_return ok();
    Task<Result<std::optional<Meta>>> asking = position(*list_id);
    const Result<std::optional<Meta>> here = co_await std::move(asking);
    if (!here) co_return here.error();
    if (!*here || (*here)->era == era_of(*list_id)) co_return ok();
    ++older;
    Task<Result<ListView>> reading = read(*list_id);
    const Result<ListView> reconciled = co_await std::move(reading);
    if (!reconciled) co_return reconciled.error();
    co_return ok();
  };
  Task<Result<void>> walking = for_each_key(client_, keys_, Keys::any_list(), std::move(visit));
  const Result<void> walked = co_await std::move(walking);
  if (!walked) co_return walked.error();
  if (older > 0) log::info("exchange", "the lists in Redis were compared with the database", {{"lists", older}});
  redis::Arguments note("SET", done_for, rev_text(store_era));
  Task<Result<redis::Reply>> noting = client_.command(done_for, std::move(note));
  const Result<redis::Reply> noted = co_await std::move(noting);
  if (!noted) co_return noted.error();
  co_return ok();
}

// ----------------------------------------------------------------------------------------------------------- reading

Task<Result<RedisLists::Fields>> RedisLists::fields(ListId list_id) {
  const std::string key = keys_.list(list_id);
  redis::Arguments command("HGETALL", key);
  Task<Result<redis::Reply>> asking = client_.command(key, std::move(command));
  Result<redis::Reply> reply = co_await std::move(asking);
  if (!reply) co_return reply.error();
  if (!reply->is_array()) co_return not_understood(redis::to_string(*reply));
  Fields fields;
  fields.reserve(reply->elements.size() / 2);
  for (std::size_t i = 0; i + 1 < reply->elements.size(); i += 2)
    fields.emplace_back(std::move(reply->elements[i].text), std::move(reply->elements[i + 1].text));
  co_return fields;
}

Task<Result<std::optional<Meta>>> RedisLists::position(ListId list_id) {
  const std::string key = keys_.list(list_id);
  redis::Arguments command("HGET", key, meta_field);
  Task<Result<redis::Reply>> asking = client_.command(key, std::move(command));
  const Result<redis::Reply> reply = co_await std::move(asking);
  if (!reply) co_return reply.error();
  if (reply->is_nil()) co_return std::nullopt;
  const auto meta = parse_meta(reply->text);
  if (!meta) co_return not_understood(redis::to_string(*reply));
  co_return meta;
}

Task<Result<bool>> RedisLists::is_stored(ListId list_id) {
  const std::string key = keys_.list(list_id);
  redis::Arguments command("HGET", key, unwritten_field);
  Task<Result<redis::Reply>> asking = client_.command(key, std::move(command));
  const Result<redis::Reply> reply = co_await std::move(asking);
  if (!reply) co_return reply.error();
  co_return reply->is_nil() || reply->text == "0";
}

Task<Result<ListView>> RedisLists::read(ListId list_id) {
  const auto deadline = std::chrono::steady_clock::now() + options_.deadline;
  while (std::chrono::steady_clock::now() < deadline) {
    Task<Result<Fields>> reading = fields(list_id);
    const Result<Fields> found = co_await std::move(reading);
    if (!found) co_return found.error();
    StateReader reader(list_id);
    for (const auto& [field, value] : *found)
      if (!reader.read(field, value)) co_return not_understood(field);
    if (!reader.meta()) {
      Task<Result<void>> seeding = attempt(list_id, &RedisLists::seed);
      const Result<void> seeded = co_await std::move(seeding);
      if (!seeded) co_return seeded.error();
      continue;
    }
    if (reader.meta()->era == era_of(list_id)) co_return std::make_shared<const ListState>(std::move(reader).finish());
    Task<Result<void>> reconciling = attempt(list_id, &RedisLists::reconcile);
    const Result<void> reconciled = co_await std::move(reconciling);
    if (!reconciled) co_return reconciled.error();
  }
  co_return too_slow();
}

// ----------------------------------------------------------------------------------------------------------- loading

/// Whether it is ours now; if not, some time has passed in which another server may have done the work.
Task<Result<bool>> RedisLists::take_seed(ListId list_id, std::string token) {
  const std::string key = keys_.seed(list_id);
  redis::Arguments command("SET", key, token, "NX", "PX", options_.seed_lifetime.count());
  Task<Result<redis::Reply>> asking = client_.command(key, std::move(command));
  const Result<redis::Reply> reply = co_await std::move(asking);
  if (!reply) co_return reply.error();
  if (!reply->is_nil()) co_return true;
  // Whoever has it may have ended, and the clock of Redis may have been set back since.
  redis::Arguments shortening("PEXPIRE", key, options_.seed_lifetime.count(), "LT");
  Task<Result<redis::Reply>> shortens = client_.command(key, std::move(shortening));
  co_await std::move(shortens);
  asio::steady_timer timer(shard_.io(), seed_poll_interval);
  co_await timer.async_wait(asio::use_awaitable);
  co_return false;
}

/// What was loaded goes by itself.
Task<void> RedisLists::give_up_seed(ListId list_id, std::string token) {
  redis::Arguments keys(keys_.seed(list_id)), arguments(token);
  Task<Result<redis::Reply>> giving_up = client_.evaluate(scripts::give_up(), std::move(keys), std::move(arguments));
  co_await std::move(giving_up);
}

/// One attempt at what only one server may do at a time. The token is taken before the store is read: who was so slow
/// that the list came, was changed, written back and forgotten meanwhile installs nothing.
Task<Result<void>> RedisLists::attempt(ListId list_id, Work work) {
  const std::string token = random_token(12);
  Task<Result<bool>> taking = take_seed(list_id, token);
  const Result<bool> taken = co_await std::move(taking);
  if (!taken) co_return taken.error();
  if (!*taken) co_return ok();
  Task<Result<void>> working = (this->*work)(list_id, token);
  Result<void> done = co_await std::move(working);
  if (!done) {
    Task<void> giving_up = give_up_seed(list_id, token);
    co_await std::move(giving_up);
  }
  co_return done;
}

/// Runs a script that puts a list in its place, or finds that the token or the era was lost meanwhile. Then the next
/// attempt begins with the present era.
Task<Result<void>> RedisLists::install(redis::Script script, unsigned partition, redis::Arguments keys,
                                       redis::Arguments arguments) {
  Task<Result<redis::Reply>> installing = client_.evaluate(script, std::move(keys), std::move(arguments));
  const Result<redis::Reply> installed = co_await std::move(installing);
  if (!installed) co_return installed.error();
  if (!installed->is_integer()) co_return not_understood(redis::to_string(*installed));
  if (installed->integer == 1) co_return ok();
  Task<Result<Rev>> renewing = renew_era(partition);
  const Result<Rev> renewed = co_await std::move(renewing);
  if (!renewed) co_return renewed.error();
  co_return ok();
}

/// The list as the store has it. Stores do not keep sharing_rev: it is the newest rev of what it stands for.
Task<Result<ListState>> RedisLists::stored(ListId list_id) {
  Task<Result<store::LoadedList>> loading = store_.load(list_id);
  const Result<store::LoadedList> loaded = co_await std::move(loading);
  if (!loaded) co_return loaded.error();
  ListState state = *loaded->state;
  state.sharing_rev = std::max(state.sharing_rev, state.own_rev);
  for (const Member& member : *state.members) state.sharing_rev = std::max(state.sharing_rev, member.rev);
  for (const ShareLink& link : *state.links) state.sharing_rev = std::max(state.sharing_rev, link.rev);
  co_return state;
}

/// Brings the list in from the store.
Task<Result<void>> RedisLists::seed(ListId list_id, std::string token) {
  Task<Result<ListState>> loading = stored(list_id);
  Result<ListState> loaded = co_await std::move(loading);
  if (!loaded) co_return loaded.error();
  Task<Result<std::vector<store::StoredOp>>> asking = ops_.ops_of(list_id);
  const Result<std::vector<store::StoredOp>> ops = co_await std::move(asking);
  if (!ops) co_return ops.error();

  const unsigned partition = keys_.partition_of(list_id);
  const Rev era = eras_[partition];
  ListState state = std::move(*loaded);
  state.era = era;

  const std::string rows_key = keys_.loading(list_id, token), ops_key = keys_.loading_ops(list_id, token);
  Task<Result<void>> uploading = upload(rows_key, fields_of(state));
  if (const Result<void> uploaded = co_await std::move(uploading); !uploaded) co_return uploaded.error();
  Fields op_fields;
  for (const store::StoredOp& op : *ops) op_fields.emplace_back(op_field(op.user_id, op.op_id), rev_text(op.rev));
  Task<Result<void>> uploading_ops = upload(ops_key, std::move(op_fields));
  if (const Result<void> uploaded = co_await std::move(uploading_ops); !uploaded) co_return uploaded.error();

  redis::Arguments keys(keys_.list(list_id), keys_.seed(list_id), rows_key, keys_.era(partition), keys_.ops(list_id),
                        ops_key);
  const auto lifetime = state.exists() ? options_.clean_lifetime : options_.absent_lifetime;
  redis::Arguments arguments(token, rev_text(era), lifetime.count());
  Task<Result<void>> installing = install(scripts::install(), partition, std::move(keys), std::move(arguments));
  co_return co_await std::move(installing);
}

Task<Result<void>> RedisLists::upload(std::string key, Fields fields) {
  for (std::size_t at = 0; at < fields.size();) {
    redis::Arguments keys(key), rows(loading_lifetime.count());
    for (const std::size_t end = std::min(fields.size(), at + fields_per_command); at < end; ++at)
      rows.add(fields[at].first).add(fields[at].second);
    Task<Result<redis::Reply>> loading = client_.evaluate(scripts::load(), std::move(keys), std::move(rows));
    const Result<redis::Reply> loaded = co_await std::move(loading);
    if (!loaded) co_return loaded.error();
    if (!loaded->is_integer()) co_return not_understood(redis::to_string(*loaded));
  }
  co_return ok();
}

// -------------------------------------------------------------------------------------------------- another era

/// Brings a list of an older era into the present one: row by row the newer rev wins, and what the store lacks is
/// queued for it again.
Task<Result<void>> RedisLists::reconcile(ListId list_id, std::string token) {
  Task<Result<Fields>> reading = fields(list_id);
  const Result<Fields> found = co_await std::move(reading);
  if (!found) co_return found.error();
  Task<Result<ListState>> loading = stored(list_id);
  const Result<ListState> loaded = co_await std::move(loading);
  if (!loaded) co_return loaded.error();
  Task<Result<std::vector<store::StoredOp>>> asking = ops_.ops_of(list_id);
  const Result<std::vector<store::StoredOp>> ops = co_await std::move(asking);
  if (!ops) co_return ops.error();

  std::map<std::string, std::string> here(found->begin(), found->end()), stored;
  for (auto& [field, value] : fields_of(*loaded)) stored.emplace(field, value);
  const std::string old_meta = here[std::string(meta_field)];
  const auto old_position = parse_meta(old_meta);
  if (!old_position) co_return ok();  // it is gone: whoever reads it next loads it

  const unsigned partition = keys_.partition_of(list_id);
  const Rev era = eras_[partition];
  redis::Arguments rows, messages;
  std::size_t row_count = 0, message_count = 0;
  for (const std::string_view field : {meta_field, unwritten_field}) {
    here.erase(std::string(field));
    stored.erase(std::string(field));
  }
  for (const auto& [field, value] : stored) {
    const auto mine = here.find(field);
    if (mine != here.end() && mine->second.compare(0, 13, value, 0, 13) >= 0) continue;
    rows.add(field).add(value);
    ++row_count;
  }
  for (const auto& [field, value] : here) {
    const auto theirs = stored.find(field);
    if (field == sharing_field || (theirs != stored.end() && theirs->second.compare(0, 13, value, 0, 13) >= 0))
      continue;
    const auto message = message_of_row(list_id, era, field, value);
    if (!message) co_return not_understood(field);
    messages.add(*message);
    ++message_count;
  }

  for (auto& [field, value] : stored) {
    const auto mine = here.find(field);
    if (mine == here.end() || mine->second.compare(0, 13, value, 0, 13) < 0) here[field] = value;
  }
  StateReader reader(list_id);
  for (const auto& [field, value] : here)
    if (!reader.read(field, value)) co_return not_understood(field);
  ListState merged = std::move(reader).finish();
  merged.era = era;
  merged.rev = std::max(old_position->rev, loaded->rev);
  log::info("exchange", "a list was brought into a new era",
            {{"list_id", list_id.to_string()}, {"era", era}, {"from_store", row_count}, {"to_store", message_count}});

  redis::Arguments keys(keys_.list(list_id), keys_.seed(list_id), keys_.writes(partition), keys_.era(partition),
                        keys_.ops(list_id));
  redis::Arguments arguments(token, rev_text(era), old_meta, encode_meta(meta_of(merged)), message_count, row_count);
  arguments.append(messages).append(rows);
  for (const store::StoredOp& op : *ops) arguments.add(op_field(op.user_id, op.op_id)).add(rev_text(op.rev));
  Task<Result<void>> installing = install(scripts::reconcile(), partition, std::move(keys), std::move(arguments));
  co_return co_await std::move(installing);
}

}  // namespace collab::exchange
