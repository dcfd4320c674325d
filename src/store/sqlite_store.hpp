// The store of a server that runs alone: lists in the SQLite file of its data folder.
#pragma once

#include <memory>

#include "store/sqlite_database.hpp"
#include "store/store.hpp"
#include "store/upkeep.hpp"

namespace collab::store {

class ChangeWriter;

/// See Store. One per database, which it must not outlive, and which is closed before it goes; every shard may call it.
class SqliteStore final : public Store, public Upkeep {
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

  Task<Result<Purged>> purge(EpochMs now, Retention retention) override;

 private:
  SqliteDatabase& database_;
  std::unique_ptr<ChangeWriter> writer_;
};

}  // namespace collab::store
