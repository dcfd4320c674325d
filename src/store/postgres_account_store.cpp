#include "store/postgres_account_store.hpp"

#include "store/postgres_logins.hpp"
#include "store/postgres_readers.hpp"

namespace collab::store {
namespace {

using pg::Params;
using pg::Rows;

constexpr std::string_view account_by_email =
    "select id, email, name, password_hash, created_at from todo_accounts where email = $1";
constexpr std::string_view account_by_id =
    "select id, email, name, password_hash, created_at from todo_accounts where id = $1";

// The name of an account stands; a name from a token is what we know about everybody else.
constexpr std::string_view remember =
    "insert into todo_people as p (user_id, name)"
    " values ($1, coalesce((select name from todo_accounts where id = $1), $2))"
    " on conflict (user_id) do update set name = coalesce(excluded.name, p.name)"
    " where p.name is distinct from coalesce(excluded.name, p.name)";

// How many others the inviter has. Those to deleted lists lead nowhere. Whoever counts does so alone.
constexpr std::string_view lock_inviter = "select pg_advisory_xact_lock(1129270338, hashtext($1))";
constexpr std::string_view count_others =
    "select count(*) from todo_invitations i where invited_by = $1 and not (email = $2 and list_id = $3)"
    " and not exists (select 1 from todo_lists l where l.id = i.list_id and l.is_deleted)";
constexpr std::string_view upsert_invitation =
    "insert into todo_invitations (email, list_id, role, invited_by, created_at, is_settled)"
    " values ($1, $2, $3::text::list_role, $4, $5, $6)"
    " on conflict (email, list_id) do update set role = excluded.role, invited_by = excluded.invited_by,"
    " created_at = excluded.created_at, is_settled = excluded.is_settled";

/// A call of one statement that reads, of whose result `read` makes a value.
template <class Read>
auto query(const PostgresDatabase& database, std::string_view sql, Params params, Read read) {
  return [sql, params = std::move(params), read = std::move(read), deadline = database.options().read_deadline](
             pg::Connection& connection) -> Task<pg::Outcome<std::invoke_result_t<const Read&, const Rows&>>> {
    pg::Statements statements;
    statements.emplace_back(sql, params);
    const pg::Outcome<std::vector<Rows>> done = co_await connection.run(std::move(statements), deadline);
    if (!done) co_return done.error();
    co_return read(done->front());
  };
}

/// The same for one that writes, as a transaction of its own.
template <class Read>
auto statement(const PostgresDatabase& database, std::string_view sql, Params params, Read read) {
  return [sql, params = std::move(params), read = std::move(read), deadline = database.options().write_deadline](
             pg::Connection& connection) -> Task<pg::Outcome<std::invoke_result_t<const Read&, const Rows&>>> {
    pg::Statements statements;
    pg::begin_write(statements, deadline);
    statements.emplace_back(sql, params);
    statements.emplace_back("commit");
    const pg::Outcome<std::vector<Rows>> done = co_await connection.run(std::move(statements), deadline);
    if (!done) co_return done.error();
    co_return read((*done)[2]);
  };
}

std::optional<Account> read_account(const Rows& rows) {
  if (rows.is_empty()) return std::nullopt;
  return pg::account_of(rows[0]);
}

bool has_touched(const Rows& rows) { return rows.affected() > 0; }

Result<void> without_value(const Result<bool>& result) {
  if (!result) return result.error();
  return ok();
}

}  // namespace

Task<Result<void>> PostgresAccountStore::create_account(Account account) {
  auto call = statement(database_,
                        "with made as (insert into todo_accounts (id, email, name, password_hash, created_at)"
                        " values ($1, $2, $3, $4, $5))"
                        " insert into todo_people (user_id, name) values ($1, $3)"
                        " on conflict (user_id) do update set name = excluded.name",
                        Params::of(account.id, account.email, account.name, account.password_hash, account.created_at),
                        has_touched);
  co_return without_value(co_await database_.write(std::move(call)));
}

Task<Result<std::optional<Account>>> PostgresAccountStore::find_account_by_email(std::string email) {
  return database_.read(query(database_, account_by_email, Params::of(email), read_account));
}

Task<Result<std::optional<Account>>> PostgresAccountStore::find_account(UserId user_id) {
  return database_.read(query(database_, account_by_id, Params::of(user_id), read_account));
}

Task<Result<bool>> PostgresAccountStore::replace_password_hash(UserId user_id, std::string expected, std::string hash) {
  return database_.write(statement(database_,
                                   "update todo_accounts set password_hash = $1 where id = $2 and password_hash = $3",
                                   Params::of(hash, user_id, expected), has_touched));
}

Task<Result<bool>> PostgresAccountStore::rename(UserId user_id, std::string name) {
  return database_.write(statement(database_,
                                   "with renamed as (update todo_accounts set name = $2 where id = $1 returning id)"
                                   " insert into todo_people (user_id, name) select id, $2 from renamed"
                                   " on conflict (user_id) do update set name = excluded.name",
                                   Params::of(user_id, name), has_touched));
}

Task<Result<std::optional<std::vector<std::string>>>> PostgresAccountStore::delete_account(UserId user_id,
                                                                                           EpochMs now) {
  auto call = [user = std::move(user_id), now, deadline = database_.options().write_deadline](
                  pg::Connection& connection) { return pg::delete_account(connection, user, now, deadline); };
  return database_.write(std::move(call));
}

Task<Result<void>> PostgresAccountStore::create_family(RefreshFamily family, std::string csrf_hash,
                                                       std::string token_hash) {
  Params params = Params::of(family.id, family.user_id);
  params.add_bytes(csrf_hash).add(family.created_at).add(family.expires_at).add_bytes(token_hash);
  auto call = statement(database_,
                        "with account as (select id from todo_accounts where id = $2 for key share),"
                        " family as (insert into todo_login_families (id, user_id, csrf_hash, created_at, expires_at)"
                        " select $1, id, $3, $4, $5 from account returning id)"
                        " insert into todo_refresh_tokens (token_hash, family_id) select $6, id from family",
                        std::move(params), has_touched);
  const Result<bool> created = co_await database_.write(std::move(call));
  if (!created) co_return created.error();
  if (!*created) co_return Error{Errc::not_found, "There is no such account."};
  co_return ok();
}

Task<Result<std::optional<RefreshFamily>>> PostgresAccountStore::find_family(std::string family) {
  return database_.read(query(database_, pg::select_family, Params::of(family), pg::read_family));
}

Task<Result<RefreshOutcome>> PostgresAccountStore::rotate(RefreshAttempt attempt) {
  auto call = [attempt = std::move(attempt), deadline = database_.options().write_deadline](
                  pg::Connection& connection) { return pg::rotate(connection, attempt, deadline); };
  return database_.write(std::move(call));
}

Task<Result<bool>> PostgresAccountStore::revoke_family(std::string family, EpochMs now) {
  auto call = [family = std::move(family), now, deadline = database_.options().write_deadline](
                  pg::Connection& connection) { return pg::revoke_family(connection, family, now, deadline); };
  return database_.write(std::move(call));
}

Task<Result<std::vector<std::string>>> PostgresAccountStore::revoke_families_of(UserId user_id, std::string except,
                                                                                EpochMs now) {
  auto call = [user = std::move(user_id), except = std::move(except), now,
               deadline = database_.options().write_deadline](pg::Connection& connection) {
    return pg::revoke_families_of(connection, user, except, now, deadline);
  };
  return database_.write(std::move(call));
}

Task<Result<std::vector<Revocation>>> PostgresAccountStore::revoked_after(std::int64_t sequence) {
  const auto read = [](const Rows& rows) { return pg::read_revocations(rows); };
  return database_.read(query(
      database_, "select sequence, family_id from todo_revocations where sequence > $1 order by sequence limit 1000",
      Params::of(sequence), read));
}

Task<Result<std::int64_t>> PostgresAccountStore::last_revocation() {
  const auto read = [](const Rows& rows) { return rows[0].integer(0); };
  return database_.read(query(database_, "select coalesce(max(sequence), 0) from todo_revocations", Params(), read));
}

Task<Result<std::size_t>> PostgresAccountStore::purge_families(EpochMs before) {
  return database_.keep_house(statement(database_,
                                        "with notes as (delete from todo_revocations where revoked_at < $1)"
                                        " delete from todo_login_families where expires_at < $1 or revoked_at < $1",
                                        Params::of(before), [](const Rows& rows) { return rows.affected(); }));
}

Task<Result<void>> PostgresAccountStore::invite(Invitation invitation, std::uint64_t limit) {
  auto call = [invitation = std::move(invitation), limit,
               deadline = database_.options().write_deadline](pg::Connection& connection) -> Task<pg::Outcome<bool>> {
    pg::Statements statements;
    pg::begin_write(statements, deadline);
    statements.emplace_back(lock_inviter, Params::of(invitation.invited_by));
    statements.emplace_back(count_others, Params::of(invitation.invited_by, invitation.email, invitation.list_id));
    const pg::Outcome<std::vector<Rows>> counted = co_await connection.run(std::move(statements), deadline);
    if (!counted) co_return counted.error();
    const auto others = static_cast<std::uint64_t>(counted->back()[0].integer(0));
    const bool has_room = limit == 0 || others < limit;
    pg::Statements rest;
    if (has_room) {
      Params params = Params::of(invitation.email, invitation.list_id, to_string(invitation.role),
                                 invitation.invited_by, invitation.created_at);
      params.add_boolean(invitation.is_settled);
      rest.emplace_back(upsert_invitation, std::move(params));
    }
    rest.emplace_back("commit");
    const pg::Outcome<std::vector<Rows>> done = co_await connection.run(std::move(rest), deadline);
    if (!done) co_return done.error();
    co_return has_room;
  };
  const Result<bool> invited = co_await database_.write(std::move(call));
  if (!invited) co_return invited.error();
  if (!*invited) co_return Error{Errc::limit_exceeded, "This user has too many invitations by e-mail open."};
  co_return ok();
}

Task<Result<std::vector<Invitation>>> PostgresAccountStore::invitations_for(std::string email) {
  const auto read = [email](const Rows& rows) { return pg::read_invitations(email, rows); };
  return database_.read(
      query(database_,
            "select list_id, role, invited_by, created_at, is_settled from todo_invitations where email = $1"
            " order by created_at, list_id",
            Params::of(email), read));
}

Task<Result<bool>> PostgresAccountStore::remove_invitation(std::string email, ListId list_id) {
  return database_.write(statement(database_, "delete from todo_invitations where email = $1 and list_id = $2",
                                   Params::of(email, list_id), has_touched));
}

Task<Result<void>> PostgresAccountStore::remember_person(UserId user_id, std::optional<std::string> name) {
  auto call = statement(database_, remember, Params::of(user_id, name), has_touched);
  co_return without_value(co_await database_.write(std::move(call)));
}

Task<Result<std::optional<std::optional<std::string>>>> PostgresAccountStore::find_person(UserId user_id) {
  using Person = std::optional<std::optional<std::string>>;
  const auto read = [](const Rows& rows) -> Person {
    Person person;
    if (!rows.is_empty()) person.emplace(rows[0].optional_text(0));
    return person;
  };
  return database_.read(query(database_, "select name from todo_people where user_id = $1", Params::of(user_id), read));
}

}  // namespace collab::store
