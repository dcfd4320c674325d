// Lists in a Supabase project, over its REST interface.
#pragma once

#include "store/merge_store.hpp"
#include "store/postgres_database.hpp"
#include "store/store.hpp"
#include "store/upkeep.hpp"

namespace collab::store {

/// As PostgresStore, on a database from open_supabase.
class SupabaseStore final : public Store, public MergeStore, public Upkeep {
 public:
  explicit SupabaseStore(PostgresDatabase& database) : database_(database) {}

  Task<Result<LoadedList>> load(ListId list_id) override;
  Task<Result<std::vector<Membership>>> lists_of(UserId user_id) override;
  Task<Result<std::optional<Rev>>> find_op(ListId list_id, UserId user_id, OpId op_id) override;
  Task<Result<std::optional<ListId>>> list_of_link(LinkId link_id) override;
  Task<std::vector<bool>> apply(std::vector<SharedChange> changes) override;
  Rev era() const override { return database_.era(); }
  Health health() const override { return database_.health(); }

  Task<Result<MergeOutcome>> merge(std::vector<SharedChange> changes) override;
  Task<Result<std::vector<StoredOp>>> ops_of(ListId list_id) override;

  Task<Result<Purged>> purge(EpochMs now, Retention retention) override;

 private:
  Task<Result<std::int64_t>> repeat(std::string_view what, EpochMs before);

  PostgresDatabase& database_;
};

}  // namespace collab::store
