// A store in memory that keeps every promise of store.hpp until it is told to break: for tests of what stands above it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/decide.hpp"
#include "store/merge_store.hpp"
#include "store/store.hpp"

namespace collab::test {

/// Any thread. While held, calls of apply() wait, and what they bring is not stored before release().
class MemoryStore final : public store::Store, public store::MergeStore {
 public:
  explicit MemoryStore(Rev era = 1'000) : era_(era) {}

  Task<Result<store::LoadedList>> load(ListId list_id) override {
    const bool is_held = holds_loads_;
    if (is_held) co_await hold(held_loads_);
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    std::lock_guard lock(mutex_);
    ++loads;
    if (are_loads_failing) co_return Error{Errc::unavailable, "the test forbids loads"};
    store::LoadedList loaded;
    auto state = std::make_shared<ListState>(*state_of(list_id));
    state->sharing_rev = 0;  // no store keeps it
    loaded.state = std::move(state);
    for (const auto& [key, rev] : ops_)
      if (std::get<0>(key) == list_id)
        loaded.op_fingerprints.push_back(store::op_fingerprint(std::get<1>(key), std::get<2>(key)));
    for (const std::uint64_t fingerprint : false_fingerprints) loaded.op_fingerprints.push_back(fingerprint);
    co_return loaded;
  }

  Task<Result<std::vector<store::Membership>>> lists_of(UserId user_id) override {
    std::lock_guard lock(mutex_);
    std::vector<store::Membership> memberships;
    for (const auto& [list_id, state] : states_)
      if (const Member* member = state->find_member(user_id))
        memberships.push_back({list_id, member->role, state->is_deleted, member->rev});
    co_return memberships;
  }

  Task<Result<std::optional<Rev>>> find_op(ListId list_id, UserId user_id, OpId op_id) override {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    std::lock_guard lock(mutex_);
    ++op_lookups;
    if (are_loads_failing) co_return Error{Errc::unavailable, "the test forbids loads"};
    const auto found = ops_.find({list_id, user_id, op_id});
    if (found == ops_.end()) co_return std::optional<Rev>();
    co_return std::optional<Rev>(found->second);
  }

  Task<Result<std::optional<ListId>>> list_of_link(LinkId link_id) override {
    std::lock_guard lock(mutex_);
    for (const auto& [list_id, state] : states_)
      if (state->find_link(link_id)) co_return std::optional<ListId>(list_id);
    co_return std::optional<ListId>();
  }

  Task<std::vector<bool>> apply(std::vector<SharedChange> changes) override {
    {
      std::lock_guard lock(mutex_);
      call_sizes.push_back(changes.size());
    }
    if (is_throwing) throw std::runtime_error("the test throws");
    const bool is_held = holds_applies_;
    if (is_held) co_await hold(held_);
    std::lock_guard lock(mutex_);
    std::vector<bool> results;
    for (const SharedChange& change : changes) results.push_back(write(*change));
    co_return results;
  }

  Task<Result<store::MergeOutcome>> merge(std::vector<SharedChange> changes) override {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    std::lock_guard lock(mutex_);
    store::MergeOutcome outcome;
    for (const SharedChange& change : changes)
      if (fails && fails(*change)) co_return Error{Errc::unavailable, "the test forbids merges"};
    for (const SharedChange& change : changes) outcome.written += merge_one(*change);
    co_return outcome;
  }

  Task<Result<std::vector<store::StoredOp>>> ops_of(ListId list_id) override {
    std::lock_guard lock(mutex_);
    std::vector<store::StoredOp> ops;
    for (const auto& [key, rev] : ops_)
      if (std::get<0>(key) == list_id) ops.push_back({std::get<1>(key), std::get<2>(key), rev});
    co_return ops;
  }

  Rev era() const override { return era_; }
  store::Health health() const override { return {.is_running = true}; }

  /// From now on apply() waits.
  void hold_applies() { holds_applies_ = true; }
  void hold_loads() { holds_loads_ = true; }
  /// Lets the calls that wait go on, in their order, and later ones through. On their shard.
  void release() {
    holds_applies_ = holds_loads_ = false;
    release_one(held_.size());
    for (auto& gate : std::exchange(held_loads_, {})) gate->set(true);
  }
  /// Lets the first of the calls that wait go on.
  void release_one(std::size_t count = 1) {
    for (std::size_t i = 0; i < count && !held_.empty(); ++i) {
      const auto gate = std::move(held_.front());
      held_.pop_front();
      gate->set(true);
    }
  }
  std::size_t held() const { return held_.size(); }
  std::size_t held_loads() const { return held_loads_.size(); }

  ListView stored(const ListId& list_id) {
    std::lock_guard lock(mutex_);
    return state_of(list_id);
  }

  /// Says of each change whether its write fails. Null: none does.
  std::function<bool(const Change&)> fails;
  bool lies_about_failures = false;  ///< what "fails" is stored all the same
  bool are_loads_failing = false;
  bool is_throwing = false;
  std::vector<std::uint64_t> false_fingerprints;
  std::vector<std::size_t> call_sizes;  ///< changes of each apply()
  std::size_t loads = 0;
  std::size_t op_lookups = 0;

 private:
  using Gates = std::deque<std::unique_ptr<OneShot<bool>>>;

  static Task<void> hold(Gates& gates) {
    OneShot<bool>& gate = *gates.emplace_back(std::make_unique<OneShot<bool>>());
    co_await gate.wait();
  }

  ListView state_of(const ListId& list_id) const {
    const auto found = states_.find(list_id);
    if (found != states_.end()) return found->second;
    auto state = std::make_shared<ListState>();
    state->id = list_id;
    state->era = era_;
    return state;
  }

  bool write(const Change& change) {
    const bool is_failing = fails && fails(change);
    if (is_failing && !lies_about_failures) return false;
    const ListView state = state_of(change.list_id);
    if (change.kind != ChangeKind::nothing) {
      if (state->rev >= change.rev || state->rev != change.prev_rev) return false;
      states_[change.list_id] = std::make_shared<const ListState>(collab::apply(*state, change));
    } else if (state->rev < change.rev) {
      return false;
    }
    if (change.op_id) ops_.emplace(std::tuple(change.list_id, change.user_id, *change.op_id), change.rev);
    return !is_failing;
  }

  /// Row by row, where it is newer.
  std::size_t merge_one(const Change& change) {
    std::size_t written = 0;
    if (change.op_id)
      written += ops_.emplace(std::tuple(change.list_id, change.user_id, *change.op_id), change.rev).second ? 1 : 0;
    if (change.kind == ChangeKind::nothing) return written;
    const ListView state = state_of(change.list_id);
    Change newer = change;
    if (change.item)
      if (const SharedItem* row = state->find_item(change.item->id); row && (*row)->rev >= change.rev)
        newer.item = nullptr;
    std::erase_if(newer.members, [&](const Member& member) {
      const Member* row = state->find_member(member.user_id);
      return row && row->rev >= change.rev;
    });
    if (change.link)
      if (const ShareLink* row = state->find_link(change.link->id); row && row->rev >= change.rev) newer.link.reset();
    if (state->own_rev >= change.rev) newer.list.reset();
    newer.rev = std::max(change.rev, state->rev + 1);  // so that apply() takes it
    ListState next = collab::apply(*state, newer);
    next.rev = std::max(change.rev, state->rev);
    next.items_rev = newer.item ? std::max(change.rev, state->items_rev) : state->items_rev;
    next.own_rev = newer.list ? change.rev : state->own_rev;
    states_[change.list_id] = std::make_shared<const ListState>(std::move(next));
    return written + (newer.item ? 1 : 0) + newer.members.size() + (newer.link ? 1 : 0) + (newer.list ? 1 : 0);
  }

  const Rev era_;
  mutable std::mutex mutex_;
  std::unordered_map<ListId, ListView> states_;
  std::map<std::tuple<ListId, UserId, OpId>, Rev> ops_;
  bool holds_applies_ = false;
  bool holds_loads_ = false;
  Gates held_;
  Gates held_loads_;
};

}  // namespace collab::test
