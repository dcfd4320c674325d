// Copying one database file to another, page by page, in one read snapshot.
#pragma once

#include <filesystem>

#include "core/clock.hpp"
#include "model/ids.hpp"
#include "store/sqlite.hpp"

namespace collab::store {

/// The era in a database; 0 if it has none.
Rev read_era(Connection& connection);

/// Gives a database another era. Outside a transaction.
Result<void> write_era(Connection& connection, Rev era);

/// Copies what the connection sees at this moment to `target`, which must not exist, with a fresh era (at least
/// `least_era`). The source's writers do not wait. It grows under the name <target>.partial and has its own name when
/// it is complete and durable; nothing is left of a copy that failed. Not inside a transaction of `source`.
Result<void> copy_database(Connection& source, const std::filesystem::path& target, const Clock& clock,
                           Rev least_era = 0);

}  // namespace collab::store
