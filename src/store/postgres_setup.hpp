// What is done before a PostgreSQL database is used: its schema, its era, and the lease of a server that is alone.
#pragma once

#include <span>

#include "store/migrations.hpp"
#include "store/postgres_engine.hpp"

namespace collab::store {

/// All files of migrations/postgres, by version, from 1 without a gap. They are compiled into the program.
std::span<const Migration> postgres_migrations();

}  // namespace collab::store

namespace collab::store::pg {

/// Brings the database to the newest version, each step in a transaction of its own, one server at a time. An error of
/// its own if the schema is newer than this program, or older and `may_migrate` is false.
Task<Result<void>> migrate(Engine& engine, Connection& connection, std::span<const Migration> migrations,
                           bool may_migrate);

/// Looks whether this role sees all rows and may write: a policy would hide them without an error.
Task<Result<void>> check_role(Engine& engine, Connection& connection);

/// The era of this database; a new one if it was restored, copied or promoted since it was last opened, because then
/// changes that were acknowledged may be missing.
Task<Result<Rev>> settle_era(Engine& engine, Connection& connection);

/// Takes the lease for `options.holder`. Waits for one that runs out; an error if its holder is alive.
Task<Result<void>> take_lease(Engine& engine, Connection& connection);
/// False: another server has it.
Task<Outcome<bool>> renew_lease(const PostgresOptions& options, Connection& connection);
Task<Outcome<>> release_lease(const PostgresOptions& options, Connection& connection);

}  // namespace collab::store::pg
