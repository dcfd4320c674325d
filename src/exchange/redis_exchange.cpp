#include "exchange/redis_exchange.hpp"

#include <algorithm>
#include <map>

#include "core/log.hpp"
#include "exchange/scripts.hpp"
#include "model/permission.hpp"

namespace collab::exchange {
namespace {

/// How often a command is decided anew because others were faster.
constexpr int max_rounds = 8;
/// What watching a list costs besides its state: a record, a subscription here and in Redis' client library.
constexpr std::size_t bytes_of_record = 600;
/// Begins what is no change, on a list's channel.
constexpr std::string_view ephemeral_mark = "~";
/// Is said by look_after.lua.
constexpr std::string_view era_mark = "!";

Error unavailable(std::string message) { return {Errc::unavailable, std::move(message), {}, 1'000}; }

Error too_busy() { return unavailable("Too many changes are on their way; nothing was changed, try again later"); }

Error not_heard() {
  return unavailable("The server does not know yet whether the change was stored; send it again with the same op_id");
}

/// What clients are told of a fault of Redis: its words are the operator's, who has them in the log and in /health.
Error told_to_clients(const Error& error) {
  if (error.code != Errc::unavailable) return error;
  if (error.is_outcome_unknown) return not_heard();
  return unavailable("The server cannot reach its shared storage; nothing was changed, try again later");
}

Error not_a_member() { return {Errc::forbidden, "You are not a member of this list"}; }

/// The user's id is in the channel's name.
std::optional<Notice> parse_notice(std::string_view channel, std::string_view payload) {
  constexpr std::string_view before = "collab:{u:", behind = "}:notices";
  if (!channel.starts_with(before) || !channel.ends_with(behind)) return std::nullopt;
  channel.remove_prefix(before.size());
  channel.remove_suffix(behind.size());
  auto user = unescape(channel);
  const auto list_id = ListId::parse(payload);
  if (!user || !list_id) return std::nullopt;
  return Notice{UserId{std::move(*user)}, *list_id};
}

}  // namespace

/// What is going on with a list: while it is watched, or commands are under way.
struct RedisExchange::Record {
  using Op = std::pair<UserId, OpId>;  // users may choose the same
  struct Waiting {
    OneShot<SharedChange> change;  // null: heard of, but not what it was
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  };

  bool is_watched = false;
  bool is_comparing = false, wants_comparison = false;
  bool has_lost = false;  ///< changes that the comparison finds will not come by themselves
  unsigned users = 0;
  CommandTurns turns;
  ListView state;                  ///< as we heard of it last; null: not read yet, or something was missed
  Rev era = 0;                     ///< of the position; 0 = nothing was read or heard yet
  Rev rev = 0;                     ///< up to which we have heard or read
  std::string last_position;       ///< of the last item that was decided here: simultaneous ones keep their order
  std::map<Op, SharedChange> own;  ///< of commands under way: what was heard of them so far, or null
  std::multimap<Rev, std::shared_ptr<Waiting>> waiting;
};

RedisExchange::RedisExchange(Shard& shard, store::Store& store, store::MergeStore& ops, const Clock& clock,
                             const redis::Settings& settings, RedisExchangeOptions options)
    : shard_(shard),
      clock_(clock),
      options_(std::move(options)),
      client_(shard.io(), settings),
      subscriber_(client_),
      lists_(shard, client_, store, ops, clock, options_.keys, options_.lists),
      memberships_(client_),
      echo_(shard, client_, subscriber_, options_.echo),
      replica_fence_(shard, client_, options_.keys, options_.replica_fence),
      store_fence_(shard, client_, store, options_.keys, options_.store_fence),
      store_(store),
      slot_gate_(shard.io()),
      timer_(shard.io()) {
  for (const redis::Script* script : {&scripts::commit(), &scripts::era(), &scripts::load(), &scripts::install(),
                                      &scripts::give_up(), &scripts::reconcile(), &scripts::note_membership()})
    client_.preload(*script);
  client_.on_connect([this](redis::Connection& connection) { return lists_.learn_eras(connection); });
  subscriber_.on_message([this](std::string_view channel, std::string_view payload) { hear(channel, payload); });
  subscriber_.on_lost([this](const std::vector<std::string>& channels) {
    for (const std::string& channel : channels) {
      if (const auto list_id = Keys::list_of(channel))
        compare_after_loss(*list_id);
      else if (auto notice = parse_notice(channel, ListId{}.to_string()); notice && notice_handler_)
        notice_handler_(*notice);
    }
  });
}

RedisExchange::~RedisExchange() = default;

Task<Result<void>> RedisExchange::start(std::chrono::milliseconds limit) {
  client_.start();
  watch_over();
  Task<Result<void>> connecting = client_.connected(limit);
  Result<void> connected = co_await std::move(connecting);
  echo_.start([this] { compare_all_after_loss(); });
  if (options_.durability == Durability::database)
    spawn(shard_.io(), "exchange: listen to workers", [this] { return listen_to_workers(); });
  co_return connected;
}

/// Until it does: subscriptions that were made once are kept.
Task<void> RedisExchange::listen_to_workers() {
  for (unsigned partition = 0; partition < lists_.keys().partitions();) {
    Task<Result<void>> subscribing = subscriber_.subscribe(lists_.keys().written(partition));
    const Result<void> subscribed = co_await std::move(subscribing);
    if (subscribed) {
      ++partition;
      continue;
    }
    asio::steady_timer timer(shard_.io(), options_.watch_interval);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Health RedisExchange::health() const {
  const redis::Health commands = client_.health();
  if (!commands.is_connected) return {false, commands.problem, commands.losses};
  const redis::Health hearing = subscriber_.health();
  if (hearing.is_connected && echo_.is_deaf()) return {false, echo_.problem(), commands.losses};
  if (!hearing.is_connected) return {false, hearing.problem, commands.losses};
  return {replica_fence_.problem().empty(), replica_fence_.problem(), commands.losses};
}

// ----------------------------------------------------------------------------------------------------------- records

RedisExchange::Record& RedisExchange::record_of(const ListId& list_id) {
  auto& record = records_[list_id];
  if (!record) record = std::make_unique<Record>();
  return *record;
}

RedisExchange::Record* RedisExchange::find_record(const ListId& list_id) const {
  const auto found = records_.find(list_id);
  return found == records_.end() ? nullptr : found->second.get();
}

void RedisExchange::drop_if_idle(const ListId& list_id) {
  const Record* record = find_record(list_id);
  if (record && !record->is_watched && record->users == 0) records_.erase(list_id);
}

bool RedisExchange::is_busy(ListId list_id) const {
  const Record* record = find_record(list_id);
  return record && record->users > 0;
}

std::size_t RedisExchange::bytes_of(ListId) const { return bytes_of_record; }

Task<Result<void>> RedisExchange::watch(ListId list_id) {
  ++record_of(list_id).users;
  Task<Result<void>> subscribing = subscriber_.subscribe(lists_.keys().list(list_id));
  const Result<void> subscribed = co_await std::move(subscribing);
  Record& record = *find_record(list_id);  // kept by users
  --record.users;
  if (subscribed) record.is_watched = true;
  drop_if_idle(list_id);
  if (!subscribed) co_return told_to_clients(subscribed.error());
  co_return ok();
}

void RedisExchange::unwatch(ListId list_id) {
  Record* record = find_record(list_id);
  if (!record || !record->is_watched) return;
  record->is_watched = false;
  record->era = record->rev = 0;
  record->state.reset();
  subscriber_.unsubscribe(lists_.keys().list(list_id));
  for (const auto& [rev, waiting] : std::exchange(record->waiting, {})) waiting->change.set(nullptr);
  drop_if_idle(list_id);
}

Task<Result<ListView>> RedisExchange::fetch(ListId list_id) {
  Task<Result<ListView>> reading = lists_.read(list_id);
  Result<ListView> state = co_await std::move(reading);
  if (!state) co_return told_to_clients(state.error());
  if (Record* record = find_record(list_id); record && record->is_watched) {
    if ((*state)->rev >= record->rev) record->state = *state;
    move_to(*record, meta_of(**state));
  }
  co_return state;
}

Task<Result<void>> RedisExchange::catch_up(ListId list_id) {
  Record* record = find_record(list_id);
  if (!record || !record->is_watched) co_return ok();
  ++record->users;  // which keep the record
  Task<Result<std::optional<Meta>>> asking = lists_.position(list_id);
  const Result<std::optional<Meta>> position = co_await std::move(asking);
  Result<void> done = ok();
  if (!position) {
    done = told_to_clients(position.error());
  } else if (*position && (*position)->era != record->era) {
    Task<void> comparing = compare(list_id);
    co_await std::move(comparing);
  } else if (*position && record->is_watched && (*position)->rev > record->rev) {
    auto waiting = std::make_shared<Record::Waiting>();
    record->waiting.emplace((*position)->rev, waiting);
    const SharedChange change = co_await waiting->change.wait();
    if (change && change->kind == ChangeKind::nothing) done = not_heard();
  }
  --record->users;
  drop_if_idle(list_id);
  co_return done;
}

// ----------------------------------------------------------------------------------------------------------- commands

Task<Result<Accepted>> RedisExchange::commit(ListView local, Command command) {
  const bool is_full = used_slots_ >= options_.queue_size;
  if (is_full || !slot_gate_.is_clear()) {
    const bool is_admitted = co_await slot_gate_.wait(options_.queue_deadline);
    if (!is_admitted) co_return too_busy();
  } else {
    ++used_slots_;
  }
  const ListId list_id = command.list_id;
  Record& record = record_of(list_id);
  ++record.users;
  const CommandTurns::Row row = row_of(command);
  co_await record.turns.begin(row);

  const OpId op = command.op_id ? *command.op_id : OpId::make();
  const Record::Op own(command.user_id, op);
  record.own.try_emplace(own);
  if (record.state && (!local || local->rev < record.state->rev)) local = record.state;
  Rev era = 0;
  Task<Result<Accepted>> committing = decide_and_commit(record, std::move(local), command, op, era);
  Result<Accepted> answer = co_await std::move(committing);

  record.own.erase(own);
  record.turns.end(row);
  if (answer && options_.durability != Durability::redis) {
    Task<Result<void>> keeping = keep(command, op, era, *answer);
    const Result<void> kept = co_await std::move(keeping);
    if (!kept) answer = not_heard();
  }
  --record.users;
  drop_if_idle(list_id);
  if (slot_gate_.admit(1) == 0) --used_slots_;
  co_return answer;
}

/// Waits until the change is as durable as DURABILITY demands. Others have it already, and may have built on it.
Task<Result<void>> RedisExchange::keep(const Command& command, OpId op, Rev era, const Accepted& accepted) {
  if (options_.durability == Durability::replicated)
    return replica_fence_.pass(lists_.keys().partition_of(command.list_id), era);
  StoreFence::Op what{command.list_id, command.user_id, op, !command.op_id, era, accepted.rev};
  return store_fence_.pass(std::move(what), accepted.is_repeat);
}

/// `era` is the one in which it was accepted.
Task<Result<Accepted>> RedisExchange::decide_and_commit(Record& record, ListView state, const Command& command, OpId op,
                                                        Rev& era) {
  const ListId list_id = command.list_id;
  // Whether Redis itself has told how things are when it looked for the op: before that, a refusal may rest on what is
  // no longer so, or be of what was accepted before.
  bool is_told = false;
  for (int round = 0; round < max_rounds; ++round) {
    if (!state) {
      Task<Result<ListView>> reading = lists_.read(list_id);
      Result<ListView> read = co_await std::move(reading);
      if (!read) co_return told_to_clients(read.error());
      state = std::move(*read);
      if (record.is_watched && state->rev > record.rev) miss(list_id, record, meta_of(*state));
    }
    if (record.last_position > state->last_position) {
      auto ahead = std::make_shared<ListState>(*state);
      ahead->last_position = record.last_position;
      state = std::move(ahead);
    }
    Result<SharedChange> decision = decide(*state, command, options_.rules, clock_.now());
    const bool changes_something = decision && (*decision)->kind != ChangeKind::nothing;
    if (!decision && is_told) {
      // What refuses it may not have been heard of yet, and whoever is refused looks at the list next.
      Task<Result<SharedChange>> hearing = heard(record, command, op, state->rev);
      co_await std::move(hearing);
      co_return decision.error();
    }
    if (decision && (*decision)->item && (*decision)->item->position > record.last_position)
      record.last_position = (*decision)->item->position;

    Attempt attempt{command, op, state, nullptr};
    if (changes_something || (decision && is_told)) attempt.decision = *decision;
    if (lists_.era_of(list_id) == 0) {
      Task<Result<Rev>> renewing = lists_.renew_era(lists_.keys().partition_of(list_id));
      const Result<Rev> renewed = co_await std::move(renewing);
      if (!renewed) co_return told_to_clients(renewed.error());
    }
    CommitRequest request = commit_request(lists_.keys(), attempt, {options_.rules, options_.write_stream_max});
    Task<Result<redis::Reply>> comparing =
        client_.evaluate(scripts::commit(), std::move(request.keys), std::move(request.arguments));
    const Result<redis::Reply> reply = co_await std::move(comparing);
    if (!reply) co_return told_to_clients(reply.error());
    const std::string_view verdict = scripts::verdict_of(*reply);
    if (verdict == "OK" || verdict == "SAME") {
      era = attempt.state->era;
      Task<Result<Accepted>> accepting = accept(record, attempt, *reply);
      co_return co_await std::move(accepting);
    }
    if (verdict == "FORMER") co_return not_a_member();
    if (verdict == "FULL")
      co_return unavailable("Too many changes wait for the database; nothing was changed, try again later");
    state = told_state(attempt, *reply);
    is_told = state != nullptr;
    if (is_told) continue;
    Task<Result<ListView>> reading = read_again(attempt, *reply);
    Result<ListView> read = co_await std::move(reading);
    if (!read) co_return told_to_clients(read.error());
    state = std::move(*read);
  }
  co_return unavailable("Others change the same thing all the time; nothing was changed, try again");
}

/// The list as it is now, after a comparison that told of another era, of no list, or of too much else.
Task<Result<ListView>> RedisExchange::read_again(const Attempt& attempt, const redis::Reply& reply) {
  const ListId list_id = attempt.command.list_id;
  const std::string_view verdict = scripts::verdict_of(reply);
  if (verdict == "ERA") {
    Task<Result<Rev>> renewing = lists_.renew_era(lists_.keys().partition_of(list_id));
    const Result<Rev> renewed = co_await std::move(renewing);
    if (!renewed) co_return renewed.error();
  } else if (verdict != "ABSENT" && verdict != "MOVED") {
    log::error("exchange", "Redis did not understand a commit", {{"reply", redis::to_string(reply)}});
    co_return unavailable("The change could not be stored; nothing was changed, try again later");
  }
  Task<Result<ListView>> reading = lists_.read(list_id);
  co_return co_await std::move(reading);
}

Task<Result<Accepted>> RedisExchange::accept(Record& record, const Attempt& attempt, const redis::Reply& reply) {
  const bool is_repeat = scripts::verdict_of(reply) == "SAME";
  const auto rev = reply.elements.size() > 1 ? parse_rev(reply.elements[1].text) : std::nullopt;
  const auto prev_rev = reply.elements.size() > 2 ? parse_rev(reply.elements[2].text) : Rev{0};
  if (!rev || !prev_rev) co_return not_heard();
  Accepted answer{*rev, is_repeat, nullptr};
  if (attempt.is_nothing() && !is_repeat) {
    auto change = std::make_shared<Change>(*attempt.decision);
    change->rev = *rev;
    answer.change = std::move(change);
    co_return answer;
  }
  if (!is_repeat) {
    SharedChange change = with_rev(*attempt.decision, *rev, *prev_rev);
    Task<Result<void>> remembering = remember_members(*attempt.state, *change);
    const Result<void> remembered = co_await std::move(remembering);
    if (!remembered) co_return not_heard();
    answer.change = std::move(change);
  }
  if (is_repeat && !row_of(attempt.command)) {
    Task<Result<void>> remembering = remember_again(attempt.command, *rev);
    const Result<void> remembered = co_await std::move(remembering);
    if (!remembered) co_return not_heard();
  }
  Task<Result<SharedChange>> hearing = heard(record, attempt.command, attempt.op, *rev);
  Result<SharedChange> came = co_await std::move(hearing);
  if (!came) co_return came.error();
  if (*came && !is_repeat) answer.change = std::move(*came);
  co_return answer;
}

/// Writes the overlay of memberships before the change is answered, so that the next join of whom it concerns sees it.
Task<Result<void>> RedisExchange::remember_members(const ListState& before, const Change& change) {
  if (!change.list && !change.link && change.members.empty()) return ready<Result<void>>(ok());
  return [](RedisMemberships& memberships, ListState after, Change told) -> Task<Result<void>> {
    Task<Result<void>> noting = memberships.note(after, told);
    co_return co_await std::move(noting);
  }(memberships_, apply(before, change), change);
}

/// The same for a command that was accepted before: who accepted it may have ended before the overlay was written.
Task<Result<void>> RedisExchange::remember_again(const Command& command, Rev rev) {
  Task<Result<ListView>> reading = lists_.read(command.list_id);
  const Result<ListView> state = co_await std::move(reading);
  if (!state) co_return state.error();
  Change change;
  change.rev = rev;
  change.kind =
      std::holds_alternative<DeleteList>(command.action) || std::holds_alternative<RestoreList>(command.action)
          ? ChangeKind::list_restored  // for the overlay the same: it tells how the list is
          : ChangeKind::member_set;
  for (const Member& member : *(*state)->members)
    if (member.rev == rev) change.members.push_back(member);
  for (const ShareLink& link : *(*state)->links)
    if (link.rev == rev && !link.is_revoked) {
      change.kind = ChangeKind::link_created;
      change.link = link;
    }
  Task<Result<void>> noting = memberships_.note(**state, change);
  co_return co_await std::move(noting);
}

// ----------------------------------------------------------------------------------------------------------- hearing

/// Waits until this rev has been heard on the channel. What it was, if it is this command's and was heard as such.
Task<Result<SharedChange>> RedisExchange::heard(Record& record, const Command& command, OpId op, Rev rev) {
  const auto own = record.own.find({command.user_id, op});
  if (own != record.own.end() && own->second) co_return own->second;
  if (!record.is_watched || record.rev >= rev) co_return SharedChange();
  auto waiting = std::make_shared<Record::Waiting>();
  record.waiting.emplace(rev, waiting);
  SharedChange change = co_await waiting->change.wait();
  if (change && change->kind == ChangeKind::nothing) co_return not_heard();
  co_return change;
}

void RedisExchange::hear(std::string_view channel, std::string_view payload) {
  if (echo_.hear(channel)) return;
  if (options_.durability == Durability::database && lists_.keys().is_written(channel))
    return store_fence_.hear(payload);
  const auto list_id = Keys::list_of(channel);
  if (!list_id) {
    if (auto notice = parse_notice(channel, payload); notice && notice_handler_) notice_handler_(*notice);
    return;
  }
  Record* record = find_record(*list_id);
  if (!record || !record->is_watched) return;
  if (payload.starts_with(ephemeral_mark)) {
    if (ephemeral_handler_) ephemeral_handler_(*list_id, payload.substr(ephemeral_mark.size()));
    return;
  }
  if (payload == era_mark) {
    spawn(shard_.io(), "exchange: era", [this, id = *list_id] { return begin_era(id); });
    return;
  }
  auto message = parse_message(*list_id, payload);
  if (!message) {
    log::error("exchange", "a change that this version cannot read; the list is read again",
               {{"list_id", list_id->to_string()}});
    compare_after_loss(*list_id);
    return;
  }
  const Meta position{message->era, Meta::State::live, message->change->rev, 0};
  const bool is_next = record->era == message->era;
  if (!is_next && record->era != 0) return miss(*list_id, *record, position);
  const SharedChange change = std::move(message->change);
  const std::optional<OpId> op = change->op_id ? change->op_id : message->made_up_op;
  if (const auto own = op ? record->own.find({change->user_id, *op}) : record->own.end(); own != record->own.end())
    own->second = change;
  ListView after;
  if (record->state && record->state->rev == change->prev_rev)
    after = std::make_shared<const ListState>(apply(*record->state, *change));
  if (!record->state || record->state->rev < change->rev) record->state = after;
  if (change_handler_) change_handler_(change, after);
  record = find_record(*list_id);  // the handler may have ended the watch
  if (record) move_to(*record, position);
}

/// We have heard or read up to here: answers those who waited for it.
void RedisExchange::move_to(Record& record, const Meta& position) {
  record.era = position.era;
  record.rev = std::max(record.rev, position.rev);
  while (!record.waiting.empty() && record.waiting.begin()->first <= record.rev) {
    const std::shared_ptr<Record::Waiting> waiting = record.waiting.begin()->second;
    record.waiting.erase(record.waiting.begin());
    waiting->change.set(nullptr);
  }
}

/// Changes were missed, or an era has begun: whoever has the list must read it again.
void RedisExchange::miss(const ListId& list_id, Record& record, const Meta& position) {
  auto gap = std::make_shared<Change>();
  gap->list_id = list_id;
  gap->rev = gap->prev_rev = position.rev;
  record.state.reset();
  if (change_handler_) change_handler_(gap, nullptr);
  if (Record* still = find_record(list_id)) move_to(*still, position);  // the handler may have ended the watch
}

void RedisExchange::compare_all_after_loss() {
  for (const auto& [list_id, record] : records_)
    if (record->is_watched) compare_after_loss(list_id);
}

void RedisExchange::compare_after_loss(const ListId& list_id) {
  if (Record* record = find_record(list_id)) record->has_lost = true;
  spawn(shard_.io(), "exchange: compare", [this, list_id] { return compare(list_id); });
}

/// A worker has found that the store has what this list has not.
Task<void> RedisExchange::begin_era(ListId list_id) {
  Task<Result<Rev>> renewing = lists_.renew_era(lists_.keys().partition_of(list_id));
  co_await std::move(renewing);
  Task<void> comparing = compare(list_id);
  co_await std::move(comparing);
}

/// The store has begun an era: it may have lost what Redis still has. One shard looks after the lists that nobody
/// holds.
Task<void> RedisExchange::follow_store(Rev era) {
  is_following_store_ = true;
  Task<Result<void>> renewing = lists_.renew_eras();
  Result<void> followed = co_await std::move(renewing);
  for (const auto& [list_id, record] : records_) record->wants_comparison = true;  // by the next watch_over()
  if (followed && shard_.index() == 0) {
    Task<Result<void>> reconciling = lists_.reconcile_all(era);
    followed = co_await std::move(reconciling);
  }
  if (followed)
    store_era_ = era;
  else
    log::warning("exchange", "the lists in Redis could not be compared with the database; trying again",
                 {{"why", followed.error().message}});
  is_following_store_ = false;
}

/// Nobody says that an era has begun where nothing is changed in it.
Task<void> RedisExchange::follow_eras() {
  is_following_eras_ = true;
  Task<Result<bool>> looking = lists_.follow_eras();
  const Result<bool> is_another = co_await std::move(looking);
  is_following_eras_ = false;
  if (is_another && *is_another)
    for (const auto& [list_id, record] : records_) record->wants_comparison = true;  // by the next watch_over()
}

Task<void> RedisExchange::compare(ListId list_id) {
  Record* record = find_record(list_id);
  if (!record || !record->is_watched) co_return;
  record->wants_comparison = true;
  if (record->is_comparing) co_return;  // what is under way may have been answered before this was asked
  record->is_comparing = true;
  ++record->users;  // which keep the record
  while (record->is_watched && record->wants_comparison) {
    record->wants_comparison = false;
    // What broke a subscription often broke the commands' connection too.
    Task<Result<void>> connecting = client_.connected(options_.watch_interval);
    co_await std::move(connecting);
    const bool has_lost = std::exchange(record->has_lost, false);
    const Rev heard = record->rev;
    Task<Result<std::optional<Meta>>> asking = lists_.position(list_id);
    const Result<std::optional<Meta>> position = co_await std::move(asking);
    if (position) {
      settle(list_id, *record, heard, *position, has_lost);
    } else {
      record->wants_comparison = true;  // watch_over() tries again
      record->has_lost = record->has_lost || has_lost;
      break;
    }
  }
  record->is_comparing = false;
  --record->users;
  drop_if_idle(list_id);
}

/// Compares where the list stands with where we stand; `heard` is how far we were when Redis was asked. Commands and
/// channel have connections of their own: what Redis has and we have not heard of may be on its way.
void RedisExchange::settle(const ListId& list_id, Record& record, Rev heard, const std::optional<Meta>& position,
                           bool has_lost) {
  if (!record.is_watched || record.era == 0) return;
  const Rev era = lists_.era_of(list_id);
  // A list that Redis does not have has not been changed since it was forgotten; in a new era it may have been lost.
  const Meta here = position.value_or(Meta{era, Meta::State::live, heard, 0});
  // Another server may have brought it into the era already; or nobody has yet.
  const bool is_current = here.era == record.era && here.era == era;
  if (!is_current || here.rev < heard || (has_lost && here.rev > record.rev)) return miss(list_id, record, here);
  if (here.rev > record.rev) record.waiting.emplace(here.rev, std::make_shared<Record::Waiting>());
}

/// Looks each second for changes that should have been heard by now, and each minute at every list.
void RedisExchange::watch_over() {
  timer_.expires_after(options_.watch_interval);
  timer_.async_wait([this](boost::system::error_code fault) {
    if (fault) return;
    const auto now = std::chrono::steady_clock::now();
    const Rev era = store_.era();
    if (era != store_era_ && !is_following_store_ && client_.health().is_connected)
      spawn(shard_.io(), "exchange: follow the store", [this, era] { return follow_store(era); });
    if (now >= next_eras_ && !is_following_eras_ && client_.health().is_connected) {
      next_eras_ = now + options_.era_interval;
      spawn(shard_.io(), "exchange: follow eras", [this] { return follow_eras(); });
    }
    const bool is_comparison_due = now >= next_comparison_;
    if (is_comparison_due) next_comparison_ = now + options_.compare_interval;
    for (const auto& [list_id, record] : records_) {
      bool is_overdue = false;
      for (auto waiting = record->waiting.begin(); waiting != record->waiting.end();) {
        const auto age = now - waiting->second->since;
        is_overdue = is_overdue || age > options_.overdue_after;
        if (age <= options_.hearing_deadline) {
          ++waiting;
          continue;
        }
        static const SharedChange nothing = std::make_shared<const Change>();
        waiting->second->change.set(nothing);
        waiting = record->waiting.erase(waiting);
      }
      if (record->is_watched && is_overdue)
        compare_after_loss(list_id);
      else if (record->is_watched && (is_comparison_due || record->wants_comparison))
        spawn(shard_.io(), "exchange: compare", [this, id = list_id] { return compare(id); });
    }
    watch_over();
  });
}

// ----------------------------------------------------------------------------------------------------------- users

Task<Result<std::vector<store::Membership>>> RedisExchange::lists_of(UserId user_id) {
  // The overlay first: what leaves it between the two is in the store by then.
  Task<Result<std::vector<store::Membership>>> reading = memberships_.of(user_id);
  Result<std::vector<store::Membership>> overlay = co_await std::move(reading);
  if (!overlay) co_return told_to_clients(overlay.error());
  Task<Result<std::vector<store::Membership>>> loading = store_.lists_of(user_id);
  Result<std::vector<store::Membership>> stored = co_await std::move(loading);
  if (!stored) co_return stored.error();
  if (!overlay->empty())
    spawn(shard_.io(), "exchange: forget",
          [this, user_id, noted = *overlay]() mutable { return forget_stored(user_id, std::move(noted)); });
  co_return RedisMemberships::merge(std::move(*stored), *overlay);
}

/// Removes from the overlay what the worker left there: it cannot tell whom the end of a list concerns. A list of which
/// nothing waits for the store has arrived there with everything that was noted of it.
Task<void> RedisExchange::forget_stored(UserId user_id, std::vector<store::Membership> noted) {
  std::vector<std::pair<ListId, Rev>> stored;
  for (const store::Membership& membership : noted) {
    Task<Result<bool>> asking = lists_.is_stored(membership.list_id);
    const Result<bool> is_stored = co_await std::move(asking);
    if (is_stored && *is_stored) stored.emplace_back(membership.list_id, membership.rev);
  }
  if (stored.empty()) co_return;
  Task<Result<void>> forgetting = forget_memberships(client_, user_id, std::move(stored));
  co_await std::move(forgetting);
}

Task<Result<std::optional<ListId>>> RedisExchange::list_of_link(LinkId link_id) {
  Task<Result<std::optional<ListId>>> reading = memberships_.list_of_link(link_id);
  Result<std::optional<ListId>> known = co_await std::move(reading);
  if (!known) co_return told_to_clients(known.error());
  if (*known) co_return known;
  Task<Result<std::optional<ListId>>> loading = store_.list_of_link(link_id);
  co_return co_await std::move(loading);
}

Task<Result<void>> RedisExchange::notify(Notice notice) {
  const std::string channel = Keys::notices(notice.user_id);
  redis::Arguments command("SPUBLISH", channel, notice.list_id.to_string());
  Task<Result<redis::Reply>> publishing = client_.command(channel, std::move(command));
  const Result<redis::Reply> published = co_await std::move(publishing);
  if (!published) co_return published.error();
  co_return ok();
}

Task<Result<void>> RedisExchange::watch_user(UserId user_id) {
  Task<Result<void>> subscribing = subscriber_.subscribe(Keys::notices(user_id));
  const Result<void> subscribed = co_await std::move(subscribing);
  if (!subscribed) co_return told_to_clients(subscribed.error());
  co_return ok();
}

void RedisExchange::publish(ListId list_id, std::string payload) {
  spawn(shard_.io(), "exchange: publish", [this, list_id, text = std::move(payload)]() mutable -> Task<void> {
    const std::string channel = lists_.keys().list(list_id);
    text.insert(0, ephemeral_mark);
    redis::Arguments command("SPUBLISH", channel, text);
    Task<Result<redis::Reply>> publishing = client_.command(channel, std::move(command));
    co_await std::move(publishing);
  });
}

void RedisExchange::unwatch_user(const UserId& user_id) { subscriber_.unsubscribe(Keys::notices(user_id)); }

}  // namespace collab::exchange
