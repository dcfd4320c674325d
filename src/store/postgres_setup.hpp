// What is done before a PostgreSQL database is used: its schema, its era, and the lease of a server that is alone.
#pragma once

#include <span>

#include "store/migrations.hpp"
#include "store/postgres_connection.hpp"

namespace collab::store {

/// All files of migrations/postgres, by version, from 1 without a gap. They are compiled into the program.
std::span<const Migration> postgres_migrations();

/// The same as one script, for somebody who runs it by hand in a database that no server reaches. It does what has not
/// been done, and may be run again.
std::string postgres_schema_script();

}  // namespace collab::store

namespace collab::store::pg {

/// Brings the database to the newest version, each step in a transaction of its own, one server at a time. An error of
/// its own if the schema is newer than this program, or older and `may_migrate` is false.
Task<Result<void>> migrate(const Backend& backend, Connection& connection, std::span<const Migration> migrations,
                           bool may_migrate);

/// Looks whether this role sees all rows and may write: a policy would hide them without an error.
Task<Result<void>> check_role(const Backend& backend, Connection& connection);

/// See Backend.
Task<Outcome<Settled>> settle_era(const PostgresOptions& options, Connection& connection, EpochMs now);
Task<Outcome<Lease>> try_lease(const PostgresOptions& options, Connection& connection);
Task<Outcome<>> release_lease(const PostgresOptions& options, Connection& connection);

/// An error about a database, for an operator: "the database <label> <what>: <cause>".
Error start_error(const Backend& backend, std::string_view what, const std::string& cause);
/// The same of a schema of this version, which must be `newest`; `older` says what is then to be done.
Result<void> check_version(const Backend& backend, int version, int newest, const std::string& older);

}  // namespace collab::store::pg
