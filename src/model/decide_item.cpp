// The rules of items.
#include "model/decision.hpp"
#include "model/position.hpp"

namespace collab {
namespace {

Result<void> check_position(const std::optional<std::string>& position) {
  if (!position || is_position(*position)) return ok();
  return fault_of(
      "position",
      "String should have 1 to " + std::to_string(max_position_size) + " characters, all of them printable ASCII",
      "string_pattern_mismatch");
}

Result<void> check_room_for_item(const Case& c) {
  return check_limit(c.state.live_items, c.rules.items_per_list, "items", "delete some before you add more");
}

/// The item, deleted or not; not_found if there never was one.
Result<SharedItem> find_item(const Case& c, ItemId item_id) {
  if (const SharedItem* item = c.state.find_item(item_id)) return *item;
  return refusal(Errc::not_found, "This list has no such item");
}

Result<SharedItem> find_live_item(const Case& c, ItemId item_id) {
  auto item = find_item(c, item_id);
  if (item && (*item)->is_deleted) return refusal(Errc::gone, "The item is deleted; it can be restored from the trash");
  return item;
}

/// Status and done are one thing with two names: where only one is given, the other follows.
void set_status(Item& item, std::optional<Status> status, std::optional<bool> done) {
  if (status) {
    item.status = *status;
    item.done = done.value_or(*status == Status::completed);
  } else if (done) {
    item.done = *done;
    if (*done)
      item.status = Status::completed;
    else if (item.status == Status::completed)
      item.status = Status::not_started;
  }
}

/// An item while it is written: knows which fields really change, and whether the client had seen them.
class Draft {
 public:
  Draft(const Item& item, const SeenByClient& seen) : item_(std::make_shared<Item>(item)), seen_(seen) {}

  template <class T>
  void write(ItemField field, T Item::*member, const std::optional<T>& value) {
    if (!value || *value == (*item_).*member) return;
    (*item_).*member = *value;
    mark(field);
  }

  /// Given with its present value is not written, for each of the two.
  void write_status(std::optional<Status> status, std::optional<bool> done) {
    const bool is_new = (status && *status != item_->status) || (done && *done != item_->done);
    if (!is_new) return;
    set_status(*item_, status, done);
    mark(ItemField::status);
  }

  bool is_empty() const { return written_ == 0; }
  /// Whether one of the fields written is newer than what the client saw.
  bool is_stale() const { return is_stale_; }

  /// The item with this rev on all that was written.
  SharedItem finish(Rev rev, EpochMs now, const UserId& user_id) {
    for (std::size_t field = 0; field < item_field_count; ++field)
      if (written_ & (1u << field)) item_->field_revs[field] = rev;
    item_->rev = rev;
    item_->updated_at = now;
    item_->updated_by = user_id;
    return std::move(item_);
  }

 private:
  void mark(ItemField field) {
    written_ |= 1u << static_cast<unsigned>(field);
    is_stale_ = is_stale_ || is_newer(item_->field_rev(field), seen_);
  }

  std::shared_ptr<Item> item_;
  const SeenByClient& seen_;
  unsigned written_ = 0;
  bool is_stale_ = false;
};

bool is_conflict(const Case& c, const Item& item, const SeenByClient& seen, bool is_field_stale) {
  switch (c.rules.conflict_scope) {
    case ConflictScope::field:
      return is_field_stale;
    case ConflictScope::item:
      return is_newer(item.rev, seen);
    case ConflictScope::list:
      return is_newer(c.state.items_rev, seen);
  }
  return true;
}

}  // namespace

Decision decide_action(const Case& c, const AddItem& action) {
  if (auto position = check_position(action.position); !position) return position.error();
  if (auto there = check_not_deleted(c.state); !there) return there.error();
  if (c.state.find_item(action.item_id))
    return refusal(Errc::already_exists, "This list has, or had, an item with this id; choose another id");
  if (auto room = check_room_for_item(c); !room) return room.error();
  auto change = c.accept(ChangeKind::item_added);
  auto item = std::make_shared<Item>();
  item->id = action.item_id;
  item->name = action.name;
  item->description = action.description;
  set_status(*item, action.status, action.done);
  item->due_date = action.due_date;
  item->media_url = action.media_url;
  item->position = action.position ? *action.position : key_after(c.state.last_position);
  item->rev = change->rev;
  item->field_revs.fill(change->rev);
  item->created_at = item->updated_at = c.now;
  item->created_by = item->updated_by = c.command.user_id;
  change->item = std::move(item);
  return SharedChange(std::move(change));
}

Decision decide_action(const Case& c, const UpdateItem& action) {
  if (auto position = check_position(action.position); !position) return position.error();
  if (auto there = check_not_deleted(c.state); !there) return there.error();
  const auto found = find_live_item(c, action.item_id);
  if (!found) return found.error();
  const Item& item = **found;
  if (auto seen = check_seen(c.state, action.seen); !seen) return seen.error();

  Draft draft(item, action.seen);
  draft.write(ItemField::name, &Item::name, action.name);
  draft.write(ItemField::description, &Item::description, action.description);
  draft.write_status(action.status, action.done);
  draft.write(ItemField::due_date, &Item::due_date, action.due_date);
  draft.write(ItemField::media_url, &Item::media_url, action.media_url);
  draft.write(ItemField::position, &Item::position, action.position);
  if (draft.is_empty()) return c.nothing();
  if (is_conflict(c, item, action.seen, draft.is_stale())) return conflict();

  auto change = c.accept(ChangeKind::item_updated);
  change->item = draft.finish(change->rev, c.now, c.command.user_id);
  return SharedChange(std::move(change));
}

Decision decide_action(const Case& c, const DeleteItem& action) {
  if (auto there = check_not_deleted(c.state); !there) return there.error();
  const auto found = find_live_item(c, action.item_id);
  if (!found) return found.error();
  const Item& item = **found;
  if (auto seen = check_seen(c.state, action.seen); !seen) return seen.error();
  if (is_conflict(c, item, action.seen, is_newer(item.rev, action.seen))) return conflict();

  auto change = c.accept(ChangeKind::item_deleted);
  auto deleted = std::make_shared<Item>(item);
  deleted->is_deleted = true;
  deleted->rev = change->rev;
  deleted->field_revs.fill(change->rev);
  deleted->updated_at = c.now;
  deleted->updated_by = c.command.user_id;
  change->item = std::move(deleted);
  return SharedChange(std::move(change));
}

Decision decide_action(const Case& c, const RestoreItem& action) {
  if (auto there = check_not_deleted(c.state); !there) return there.error();
  const auto found = find_item(c, action.item_id);
  if (!found) return found.error();
  const Item& item = **found;
  if (!item.is_deleted) return c.nothing();
  if (!is_restorable(item.updated_at, c.now, c.rules.trash_retention))
    return refusal(Errc::gone, "The item was deleted too long ago to be restored");
  if (auto room = check_room_for_item(c); !room) return room.error();

  auto change = c.accept(ChangeKind::item_restored);
  auto restored = std::make_shared<Item>(item);
  restored->is_deleted = false;
  restored->rev = change->rev;
  restored->field_revs[static_cast<std::size_t>(ItemField::deleted)] = change->rev;
  restored->updated_at = c.now;
  restored->updated_by = c.command.user_id;
  change->item = std::move(restored);
  return SharedChange(std::move(change));
}

}  // namespace collab
