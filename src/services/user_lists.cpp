#include "services/user_lists.hpp"

#include <algorithm>

namespace collab::services {

Task<Result<UserLists::View>> UserLists::of(UserId user_id) {
  const Result<void> loaded = co_await ensure_loaded(user_id);
  if (!loaded) co_return loaded.error();
  co_return entry(user_id).view;
}

Task<Result<bool>> UserLists::reserve(UserId user_id, std::size_t limit) {
  const Result<void> loaded = co_await ensure_loaded(user_id);
  if (!loaded) co_return loaded.error();
  Entry& user = entry(user_id);
  if (limit != 0 && user.view.lists->size() + user.reserved >= limit) co_return false;
  ++user.reserved;
  co_return true;
}

void UserLists::release(const UserId& user_id) {
  if (const auto found = entries_.find(user_id); found != entries_.end() && found->second.reserved > 0)
    --found->second.reserved;
}

UserLists::Entry& UserLists::entry(const UserId& user_id) {
  const auto [found, is_new] = entries_.try_emplace(user_id);
  Entry& user = found->second;
  if (is_new) {
    user.view.lists = std::make_shared<std::vector<ListId>>();
    by_recency_.push_front(user_id);
    user.recency = by_recency_.begin();
  } else {
    by_recency_.splice(by_recency_.begin(), by_recency_, user.recency);
  }
  return user;
}

Task<Result<void>> UserLists::ensure_loaded(UserId user_id) {
  {
    Entry& user = entry(user_id);
    if (user.is_loaded) co_return ok();
    const bool is_first = user.waiting.empty();
    auto waiter = std::make_shared<OneShot<Result<void>>>();
    user.waiting.push_back(waiter);
    if (!is_first) co_return co_await waiter->wait();
  }

  const Result<std::vector<store::Membership>> memberships = co_await load_(user_id);

  Entry& user = entry(user_id);
  if (memberships) {
    auto lists = std::make_shared<std::vector<ListId>>();
    for (const store::Membership& membership : *memberships)
      if (membership.role != Role::none && !membership.is_deleted) lists->push_back(membership.list_id);
    user.view = View{std::move(lists), !memberships->empty()};
    // What passed by during the read is as new as the read, or newer.
    for (const auto& [list_id, has_it] : user.seen_while_loading) apply(user.view, list_id, has_it);
    user.is_loaded = true;
  }
  user.seen_while_loading.clear();
  const Result<void> outcome = memberships ? ok() : Result<void>(memberships.error());
  for (const auto& waiter : std::exchange(user.waiting, {})) waiter->set(outcome);
  evict();
  co_return outcome;
}

void UserLists::note(const UserId& user_id, const ListId& list_id, bool has_it) {
  const auto found = entries_.find(user_id);
  if (found == entries_.end()) return;  // nobody has asked; the store will know
  Entry& user = found->second;
  if (user.is_loaded)
    apply(user.view, list_id, has_it);
  else
    user.seen_while_loading.emplace_back(list_id, has_it);
}

void UserLists::apply(View& view, const ListId& list_id, bool has_it) {
  const bool had_it = std::find(view.lists->begin(), view.lists->end(), list_id) != view.lists->end();
  view.ever_had_a_list = true;
  if (had_it == has_it) return;
  auto lists = std::make_shared<std::vector<ListId>>(*view.lists);
  if (has_it)
    lists->push_back(list_id);
  else
    std::erase(*lists, list_id);
  view.lists = std::move(lists);
}

void UserLists::evict() {
  auto candidate = by_recency_.end();
  while (entries_.size() > capacity_ && candidate != by_recency_.begin()) {
    --candidate;
    const auto found = entries_.find(*candidate);
    if (!found->second.is_loaded || found->second.reserved > 0) continue;
    if (forgotten_) forgotten_(*candidate);
    entries_.erase(found);
    candidate = by_recency_.erase(candidate);
  }
}

void UserLists::forget(const UserId& user_id) {
  const auto found = entries_.find(user_id);
  if (found == entries_.end() || !found->second.is_loaded || found->second.reserved > 0) return;
  if (forgotten_) forgotten_(user_id);
  by_recency_.erase(found->second.recency);
  entries_.erase(found);
}

}  // namespace collab::services
