// Logins and their refresh tokens in PostgreSQL: what takes more than one statement.
#pragma once

#include "store/account_store.hpp"
#include "store/postgres_connection.hpp"

namespace collab::store::pg {

/// Of $1: for read_family.
inline constexpr std::string_view select_family =
    "select id, user_id, created_at, expires_at, revoked_at is not null from todo_login_families where id = $1";
std::optional<RefreshFamily> read_family(const Rows& rows);

/// See AccountStore. Each is one transaction.
Task<Outcome<RefreshOutcome>> rotate(Connection& connection, const RefreshAttempt& attempt,
                                     Connection::Duration deadline);
Task<Outcome<bool>> revoke_family(Connection& connection, const std::string& family, EpochMs now,
                                  Connection::Duration deadline);
Task<Outcome<std::vector<std::string>>> revoke_families_of(Connection& connection, const UserId& user_id,
                                                           const std::string& except, EpochMs now,
                                                           Connection::Duration deadline);
Task<Outcome<std::optional<std::vector<std::string>>>> delete_account(Connection& connection, const UserId& user_id,
                                                                      EpochMs now, Connection::Duration deadline);

}  // namespace collab::store::pg
