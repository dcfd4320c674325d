// The store of a server that runs alone: lists in the SQLite file of its data folder.
#pragma once

#include <memory>

#include "store/sqlite_database.hpp"
#include "store/store.hpp"

namespace collab::store {

class ChangeWriter;

/// How long things that are only remembered stay.
struct Retention {
  EpochMs ops = 30LL * 86'400'000;    ///< OP_ID_RETENTION
  EpochMs trash = 30LL * 86'400'000;  ///< TRASH_RETENTION_DAYS: deleted items and lists
};

/// What a purge removed.
struct Purged {
  std::int64_t items = 0;
  std::int64_t lists = 0;
  std::int64_t ops = 0;
};

/// See Store. One per database, which it must not outlive, and which is closed before it goes; every shard may call it.
class SqliteStore final : public Store {
 public:
  explicit SqliteStore(SqliteDatabase& database);
  ~SqliteStore() override;

  Task<Result<LoadedList>> load(ListId list_id) override;
  Task<Result<std::vector<Membership>>> lists_of(UserId user_id) override;
  Task<Result<std::optional<ListId>>> list_of_link(LinkId link_id) override;
  Task<Result<std::optional<Rev>>> find_op(ListId list_id, UserId user_id, OpId op_id) override;
  Task<std::vector<bool>> apply(std::vector<SharedChange> changes) override;
  Rev era() const override { return database_.era(); }
  Health health() const override { return database_.health(); }

  /// Forgets what is older than its retention: op_ids; tombstones of items (the list's purge_floor rises to the newest
  /// of them); the items, links and names of deleted lists, of which a nameless tombstone with its members stays. Small
  /// steps between other writes; to be called about daily. A list that is in memory need not be reloaded: its floor is
  /// only lower.
  Task<Result<Purged>> purge(EpochMs now, Retention retention);

 private:
  SqliteDatabase& database_;
  std::unique_ptr<ChangeWriter> writer_;
};

}  // namespace collab::store
