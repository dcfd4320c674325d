// Histories of lists for tests: real changes, made by the model's own rules.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "model/decide.hpp"

namespace collab::support {

/// A list as its author imagines it. Each call decides a command on the newest imagined state, applies it, and gives
/// the change. Throws if the model refuses.
class ListDraft {
 public:
  explicit ListDraft(UserId author, Rev era = 0) : author_(std::move(author)) {
    state_.id = ListId::make();
    state_.era = era;
    now_ = std::max<EpochMs>(1'730'000'000'000, era);
  }

  SharedChange act(Action action, std::optional<OpId> op_id = std::nullopt) {
    return act_as(author_, std::move(action), op_id);
  }
  SharedChange act_as(UserId user_id, Action action, std::optional<OpId> op_id = std::nullopt) {
    Command command{state_.id, std::move(user_id), op_id, std::move(action)};
    now_ += 1;
    auto change = decide(state_, command, Rules{}, now_);
    if (!change) throw std::logic_error("refused: " + change.error().message);
    state_ = apply(state_, **change);
    return *change;
  }

  SharedChange create(std::string name = "Groceries") { return act(CreateList{std::move(name), "Ann"}); }
  SharedChange add(std::string name, std::optional<OpId> op_id = std::nullopt) {
    last_item_ = ItemId::make();
    AddItem action{};
    action.item_id = last_item_;
    action.name = std::move(name);
    return act(std::move(action), op_id);
  }
  SharedChange rename(ItemId id, std::string name) {
    UpdateItem action{};
    action.item_id = id;
    action.name = std::move(name);
    return act(std::move(action));
  }
  SharedChange remove(ItemId id) { return act(DeleteItem{id, {}}); }
  SharedChange share(UserId user_id, Role role) { return act(ShareList{std::move(user_id), std::nullopt, role}); }

  const ListState& state() const { return state_; }
  ListId id() const { return state_.id; }
  const UserId& author() const { return author_; }
  ItemId last_item() const { return last_item_; }
  EpochMs now() const { return now_; }
  void set_now(EpochMs now) { now_ = now; }
  /// Forgets everything after this state: what a failed write does to the imagination.
  void return_to(const ListState& state) { state_ = state; }

 private:
  UserId author_;
  ListState state_;
  ItemId last_item_;
  EpochMs now_;
};

/// In words, what is different; "" = nothing. Compares everything but era and purge_floor.
inline std::string difference(const ListState& a, const ListState& b) {
  std::string found;
  const auto compare = [&found](const auto& x, const auto& y, const std::string& what) {
    if (!(x == y)) found += what + " ";
  };
  compare(a.id, b.id, "id");
  compare(a.rev, b.rev, "rev");
  compare(a.items_rev, b.items_rev, "items_rev");
  compare(a.name, b.name, "name");
  compare(a.name_rev, b.name_rev, "name_rev");
  compare(a.own_rev, b.own_rev, "own_rev");
  compare(a.owner_id, b.owner_id, "owner_id");
  compare(a.is_deleted, b.is_deleted, "is_deleted");
  compare(a.created_at, b.created_at, "created_at");
  compare(a.updated_at, b.updated_at, "updated_at");
  compare(a.live_items, b.live_items, "live_items");
  compare(a.last_position, b.last_position, "last_position");
  compare(a.items.size(), b.items.size(), "items.size");
  compare(a.members->size(), b.members->size(), "members.size");
  compare(a.links->size(), b.links->size(), "links.size");
  if (!found.empty()) return found;

  const auto item_row = [](const Item& i) {
    return std::tie(i.id, i.name, i.description, i.status, i.done, i.due_date, i.media_url, i.position, i.is_deleted,
                    i.rev, i.field_revs, i.created_at, i.updated_at, i.created_by, i.updated_by);
  };
  a.items.for_each([&](const ItemId& id, const SharedItem& item) {
    const SharedItem* other = b.find_item(id);
    if (!other || item_row(*item) != item_row(**other)) found += "item '" + item->name + "' ";
  });
  for (std::size_t i = 0; i < a.members->size(); ++i) {
    const auto row = [](const Member& m) { return std::tie(m.user_id, m.name, m.role, m.rev); };
    compare(row((*a.members)[i]), row((*b.members)[i]), "member " + (*a.members)[i].user_id.value);
  }
  for (std::size_t i = 0; i < a.links->size(); ++i) {
    const auto row = [](const ShareLink& l) {
      return std::tie(l.id, l.secret_hash, l.role, l.expires_at, l.is_revoked, l.created_at, l.rev);
    };
    compare(row((*a.links)[i]), row((*b.links)[i]), "link");
  }
  return found;
}

}  // namespace collab::support
