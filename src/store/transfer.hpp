// Carries what a SQLite file holds into a PostgreSQL database.
#pragma once

#include <functional>

#include "store/postgres_database.hpp"
#include "store/sqlite_database.hpp"

namespace collab::store {

/// What was carried, so far.
struct Transferred {
  std::size_t lists = 0;
  std::size_t of_lists = 0;  ///< how many there are
  std::size_t items = 0;
  std::size_t account_rows = 0;  ///< accounts, logins, tokens, invitations, names
};

/// Lists with their tombstones, members, links, revs and remembered operations; accounts with their logins; names. May
/// be repeated, also after it was broken off, and with a file that went on meanwhile: of each row the newest stays. An
/// account whose e-mail address another one has there is left out. `report` is told after each list.
Task<Result<Transferred>> transfer(SqliteDatabase& from, PostgresDatabase& to,
                                   std::function<void(const Transferred&)> report);

}  // namespace collab::store
