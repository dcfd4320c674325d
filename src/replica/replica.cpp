#include "replica/replica.hpp"

#include <utility>

#include "core/log.hpp"
#include "model/decide.hpp"

namespace collab::replica {
namespace {

/// How often one load reads again because a change that came meanwhile does not fit what was read.
constexpr int max_fetches = 3;
/// Beyond this many remembered reloads, the old ones are forgotten.
constexpr std::size_t max_reloads = 1'000;

}  // namespace

/// What is going on with a list: exists while it is loading, pinned or in use.
struct Replica::Activity {
  explicit Activity(asio::io_context& io) : gate(io) {}

  unsigned users = 0;  ///< reads and commands under way
  unsigned pins = 0;
  bool is_loading = false;
  bool is_stale = false;           ///< a change was missed: what is in the cache must not be served
  bool is_behind = false;          ///< who follows it has missed what happened while it was not in memory
  Rev left_era = 0, left_rev = 0;  ///< where it stood when it left memory although it is followed; 0: it did not
  bool has_retry = false;
  Error failure;                    ///< of the last load
  std::vector<SharedChange> early;  ///< changes that came before the state that they belong to
  FifoGate gate;                    ///< reads and commands that wait for a load

  bool is_only_pinned() const { return users == 0 && !is_loading && !is_stale && gate.is_clear(); }
};

Replica::Replica(Shard& shard, exchange::Exchange& exchange, const Clock& clock, ReplicaOptions options)
    : shard_(shard), exchange_(exchange), clock_(clock), options_(options), cache_(options.max_bytes) {
  exchange_.on_change([this](const SharedChange& change, const ListView& after) { receive(change, after); });
}

Replica::~Replica() { exchange_.on_change({}); }

Replica::Activity& Replica::activity_of(const ListId& list_id) {
  auto& activity = activities_[list_id];
  if (!activity) activity = std::make_unique<Activity>(shard_.io());
  return *activity;
}

Replica::Activity* Replica::find_activity(const ListId& list_id) const {
  const auto found = activities_.find(list_id);
  return found == activities_.end() ? nullptr : found->second.get();
}

/// Forgets what is going on when nothing is; then also a list that is not worth keeping.
void Replica::drop_if_idle(const ListId& list_id) {
  const Activity* activity = find_activity(list_id);
  if (!activity || activity->users > 0 || activity->pins > 0 || activity->is_loading || !activity->gate.is_clear())
    return;
  const ListView state = cache_.peek(list_id);
  if (!state || !state->exists() || activity->is_stale) {
    cache_.erase(list_id);
    exchange_.unwatch(list_id);
  }
  activities_.erase(list_id);
}

void Replica::evict() {
  if (!cache_.is_too_big()) return;
  const auto is_needed = [this](const ListId& list_id) {
    const Activity* activity = find_activity(list_id);
    return (activity && !activity->is_only_pinned()) || exchange_.is_busy(list_id);
  };
  cache_.evict(is_needed, [this](const ListState& state) {
    Activity* activity = find_activity(state.id);
    if (!activity) return exchange_.unwatch(state.id);
    activity->left_era = state.era;
    activity->left_rev = state.rev;
  });
}

void Replica::pin(const ListId& list_id) {
  Activity& activity = activity_of(list_id);
  if (activity.pins++ > 0 || cache_.contains(list_id)) return;
  activity.is_behind = true;  // it went between being read and being followed
  start_load(list_id, activity);
}

void Replica::unpin(const ListId& list_id) {
  Activity* activity = find_activity(list_id);
  if (!activity || activity->pins == 0) return;
  --activity->pins;
  drop_if_idle(list_id);
  evict();
}

void Replica::set_encoding(const ListId& list_id, Rev rev, std::shared_ptr<const Encoding> encoding) {
  cache_.set_encoding(list_id, rev, std::move(encoding));
  evict();
}

// ------------------------------------------------------------------------------------------------------- reads and
// commands

Task<Result<ListView>> Replica::read(ListId list_id) {
  ListView state = cache_.use(list_id);
  Activity* present = find_activity(list_id);
  if (state && !(present && present->is_stale)) co_return state;

  Activity& activity = activity_of(list_id);
  ++activity.users;
  start_load(list_id, activity);
  const bool is_loaded = co_await activity.gate.wait();
  state = cache_.peek(list_id);
  Result<ListView> answer(activity.failure);
  if (is_loaded && state) answer = std::move(state);
  --activity.users;
  drop_if_idle(list_id);
  co_return answer;
}

Task<Result<ListView>> Replica::read_current(ListId list_id) {
  Activity& activity = activity_of(list_id);
  ++activity.users;
  Task<Result<void>> catching_up = exchange_.catch_up(list_id);
  const Result<void> caught_up = co_await std::move(catching_up);
  --activity.users;
  drop_if_idle(list_id);
  if (!caught_up) co_return caught_up.error();
  Task<Result<ListView>> reading = read(list_id);
  co_return co_await std::move(reading);
}

Task<Result<exchange::Accepted>> Replica::commit(Command command) {
  const ListId list_id = command.list_id;
  Activity& activity = activity_of(list_id);
  ++activity.users;
  ListView state = cache_.use(list_id);
  bool is_loaded = true;
  const bool needs_load = !state || activity.is_stale || needs_reload(*state, command);
  if (needs_load) start_load(list_id, activity);
  if (needs_load || activity.gate.waiting() > 0) {
    is_loaded = co_await activity.gate.wait();
    state = cache_.peek(list_id);
  } else if (!activity.gate.is_clear()) {
    co_await activity.gate.follow();
    state = cache_.peek(list_id);
  }
  Result<exchange::Accepted> answer(activity.failure);
  if (is_loaded) {
    Task<Result<exchange::Accepted>> committing = exchange_.commit(std::move(state), std::move(command));
    answer = co_await std::move(committing);
    // If the change showed that one before it was missed, it is here only after the list was read again.
    if (activity.is_stale && activity.is_loading) co_await activity.gate.wait();
  }
  --activity.users;
  drop_if_idle(list_id);
  co_return answer;
}

/// Whether a member has seen more than we know, and the tier below was not asked about this list a moment ago.
bool Replica::needs_reload(const ListState& state, const Command& command) {
  if (!is_ahead(state, command) || !authorize(state, command)) return false;
  const EpochMs now = clock_.now();
  const EpochMs interval = options_.reload_interval.count();
  if (reloads_.size() >= max_reloads)
    std::erase_if(reloads_, [&](const auto& reload) { return now - reload.second >= interval; });
  const auto [reload, is_first] = reloads_.try_emplace(command.list_id, now);
  if (!is_first && now - reload->second < interval) return false;
  reload->second = now;
  return true;
}

// -------------------------------------------------------------------------------------------------------------------
// loads

void Replica::start_load(const ListId& list_id, Activity& activity) {
  if (activity.is_loading) return;
  activity.is_loading = true;
  spawn(shard_.io(), "replica: load a list", [this, list_id] { return load(list_id); });
}

Task<void> Replica::load(ListId list_id) {
  co_await asio::post(shard_.io(), asio::use_awaitable);  // whoever started it must be able to wait for it first
  Activity& activity = *find_activity(list_id);           // kept by is_loading
  bool is_current = false;
  for (int fetches = 0; fetches < max_fetches && !is_current; ++fetches) {
    Task<Result<ListView>> fetching = watch_and_fetch(list_id);
    Result<ListView> fetched = co_await std::move(fetching);
    if (!fetched) {
      activity.failure = fetched.error();
      break;
    }
    activity.failure = Error{Errc::unavailable, "The list changes faster than it can be read; try again"};
    is_current = install(list_id, activity, std::move(*fetched));
  }
  activity.is_loading = false;
  if (is_current) {
    activity.gate.admit_all();
  } else {
    activity.gate.refuse_all();
    if (activity.is_stale && !activity.has_retry) {
      activity.has_retry = true;
      spawn(shard_.io(), "replica: load a list again", [this, list_id] { return retry_load(list_id); });
    }
  }
  drop_if_idle(list_id);
  evict();
}

Task<Result<ListView>> Replica::watch_and_fetch(ListId list_id) {
  if (!cache_.contains(list_id)) {
    Task<Result<void>> watching = exchange_.watch(list_id);
    const Result<void> watched = co_await std::move(watching);
    if (!watched) co_return watched.error();
  }
  Task<Result<ListView>> fetching = exchange_.fetch(list_id);
  co_return co_await std::move(fetching);
}

/// Whether the list is current afterwards: no change is known that does not follow what was fetched.
bool Replica::install(const ListId& list_id, Activity& activity, ListView fetched) {
  const ListView before = cache_.peek(list_id);
  // Who reads may find what has not been heard yet, and would not be told once it is here.
  const bool was_away = !before && activity.left_rev != 0;
  if (was_away && (fetched->rev != activity.left_rev || fetched->era != activity.left_era)) activity.is_behind = true;
  activity.left_rev = 0;
  // A new era may begin before the old one's last revs: what they said is gone.
  if (!before || fetched->rev > before->rev || fetched->era != before->era) {
    cache_.put(list_id, fetched, exchange_.bytes_of(list_id));
    if (before || activity.is_behind)
      for (ChangeListener* listener : listeners_) listener->on_change(before, fetched, nullptr);
  }
  for (const SharedChange& change : activity.early) {
    const ListView state = cache_.peek(list_id);
    if (change->rev <= state->rev) continue;
    if (change->prev_rev != state->rev) {
      activity.is_stale = true;
      return false;
    }
    advance(list_id, state, change, nullptr);
  }
  activity.early.clear();
  activity.is_stale = activity.is_behind = false;
  return true;
}

Task<void> Replica::retry_load(ListId list_id) {
  asio::steady_timer timer(shard_.io(), options_.retry_interval);
  co_await timer.async_wait(asio::use_awaitable);
  Activity* activity = find_activity(list_id);
  if (!activity) co_return;
  activity->has_retry = false;
  if (activity->is_stale) start_load(list_id, *activity);
}

// -----------------------------------------------------------------------------------------------------------------
// changes

void Replica::receive(const SharedChange& change, const ListView& after) {
  const ListId& list_id = change->list_id;
  const ListView state = cache_.peek(list_id);
  Activity* activity = find_activity(list_id);
  const bool is_waiting = activity && (activity->is_stale || (activity->is_loading && !state));
  const bool is_followed = activity && activity->pins > 0;
  if (!state && !is_waiting && !is_followed) return;  // whoever comes next reads it as it is then
  if (!state && !is_waiting) {
    activity->is_behind = true;
    activity->early.push_back(change);
    return start_load(list_id, *activity);
  }
  const bool is_gap = change->kind == ChangeKind::nothing;
  if (!is_waiting && !is_gap && change->rev <= state->rev) return;
  if (!is_waiting && !is_gap && change->prev_rev == state->rev) return advance(list_id, state, change, after);

  if (!is_waiting) {
    log::info("replica", "a change was missed; the list is read again",
              {{"list_id", list_id.to_string()}, {"rev", state->rev}, {"prev_rev", change->prev_rev}});
    activity = &activity_of(list_id);
    activity->is_stale = true;
  }
  if (!activity->is_loading) activity->early.clear();  // what is read now will contain them
  activity->early.push_back(change);
  start_load(list_id, *activity);
}

void Replica::advance(const ListId& list_id, const ListView& before, const SharedChange& change, ListView after) {
  if (!after) after = std::make_shared<const ListState>(apply(*before, *change));
  cache_.advance(list_id, after, *change, exchange_.bytes_of(list_id));
  for (ChangeListener* listener : listeners_) listener->on_change(before, after, change);
  evict();
}

}  // namespace collab::replica
