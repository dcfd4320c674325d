// Which lists a user has: read once from the store, then kept by the changes that pass by.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "model/ids.hpp"
#include "store/store.hpp"

namespace collab::services {

/// The lists of the users that one shard owns (hash of the user id). A hint, as every index is: whether somebody is a
/// member is decided by the member's row, on the list's shard. Used by its shard only.
class UserLists {
 public:
  using Load = std::function<Task<Result<std::vector<store::Membership>>>(UserId)>;

  struct View {
    std::shared_ptr<const std::vector<ListId>> lists;  ///< with a role in it, and not deleted
    bool ever_had_a_list = false;
  };

  using Forgotten = std::function<void(const UserId&)>;

  /// Keeps at most `capacity` users, the least recently asked for go first; `forgotten` hears of each who goes.
  UserLists(Load load, std::size_t capacity, Forgotten forgotten = {})
      : load_(std::move(load)), capacity_(capacity), forgotten_(std::move(forgotten)) {}

  /// Reads the store at the first call for a user; concurrent calls share that read.
  Task<Result<View>> of(UserId user_id);

  /// A change was seen: the user has the list now, or has it no longer.
  void add(const UserId& user_id, const ListId& list_id) { note(user_id, list_id, true); }
  void remove(const UserId& user_id, const ListId& list_id) { note(user_id, list_id, false); }

  /// Forgets what is known of a user; the next call reads the store. Not while it is being read or a place is kept.
  void forget(const UserId& user_id);

  /// Keeps a place for one more list while it is being created or shared, so that a limit holds for requests at the
  /// same time. False if the user would have more than `limit` lists (0 = no limit). Give it back with release(),
  /// whatever came of it.
  Task<Result<bool>> reserve(UserId user_id, std::size_t limit);
  void release(const UserId& user_id);

 private:
  struct Entry {
    bool is_loaded = false;
    View view;
    std::size_t reserved = 0;
    std::vector<std::pair<ListId, bool>> seen_while_loading;
    std::vector<std::shared_ptr<OneShot<Result<void>>>> waiting;
    std::list<UserId>::iterator recency;
  };

  Task<Result<void>> ensure_loaded(UserId user_id);
  Entry& entry(const UserId& user_id);
  void note(const UserId& user_id, const ListId& list_id, bool has_it);
  static void apply(View& view, const ListId& list_id, bool has_it);
  void evict();

  Load load_;
  const std::size_t capacity_;
  const Forgotten forgotten_;
  std::unordered_map<UserId, Entry> entries_;
  std::list<UserId> by_recency_;  // most recent first
};

}  // namespace collab::services
