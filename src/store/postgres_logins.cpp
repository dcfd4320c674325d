#include "store/postgres_logins.hpp"

#include "store/postgres_readers.hpp"

namespace collab::store::pg {
namespace {

// Numbers become visible in their order, because they are given one transaction after the other.
constexpr std::string_view lock_revocations = "lock table todo_revocations in share row exclusive mode";
constexpr std::string_view revoke_one =
    "with ended as (update todo_login_families set revoked_at = $2 where id = $1 and revoked_at is null returning id)"
    " insert into todo_revocations (family_id, revoked_at) select id, $2 from ended returning family_id";
constexpr std::string_view revoke_all =
    "with ended as (update todo_login_families set revoked_at = $3"
    " where user_id = $1 and id <> $2 and revoked_at is null returning id)"
    " insert into todo_revocations (family_id, revoked_at) select id, $3 from ended order by id returning family_id";

// Whoever judges a token of a family has the family to himself.
constexpr std::string_view lock_family_of_token =
    "select f.id, f.user_id, f.created_at, f.expires_at, f.revoked_at is not null, f.csrf_hash"
    " from todo_login_families f where f.id = (select family_id from todo_refresh_tokens where token_hash = $1)"
    " for update";
constexpr std::string_view select_token =
    "select used_at, salt, successor_hash from todo_refresh_tokens where token_hash = $1";
// From a used token to the newest of its family: their salts, in order.
constexpr std::string_view select_salts =
    "with recursive chain as ("
    " select 1 as place, used_at, salt, successor_hash from todo_refresh_tokens where token_hash = $1"
    " union all"
    " select place + 1, t.used_at, t.salt, t.successor_hash from chain c"
    " join todo_refresh_tokens t on t.token_hash = c.successor_hash where c.used_at is not null)"
    " select salt from chain where used_at is not null order by place";

std::vector<std::string> names_in(const Rows& rows) {
  std::vector<std::string> names;
  for (int row = 0; row < rows.size(); ++row) names.push_back(rows[row].text(0));
  return names;
}

Params with_bytes(std::string_view bytes) {
  Params params;
  params.add_bytes(bytes);
  return params;
}

// What a token comes to, and the statements that make it so.
RefreshOutcome judge(const RefreshAttempt& attempt, const Row& family, const Rows& token, const Rows& salts,
                     Statements& effects) {
  using Verdict = RefreshOutcome::Verdict;
  RefreshOutcome outcome;
  const RefreshFamily found = family_of(family);
  if (token.is_empty() || !found.is_live(attempt.now) || family.bytes(5) != attempt.csrf_hash) return outcome;
  outcome.family = found;
  const std::optional<EpochMs> used_at = token[0].optional_integer(0);
  if (!used_at) {
    Params use = Params::of(attempt.now);
    use.add_bytes(attempt.salt).add_bytes(attempt.successor_hash).add_bytes(attempt.token_hash);
    effects.emplace_back(
        "update todo_refresh_tokens set used_at = $1, salt = $2, successor_hash = $3"
        " where token_hash = $4",
        std::move(use));
    Params successor = with_bytes(attempt.successor_hash);
    successor.add(found.id);
    effects.emplace_back("insert into todo_refresh_tokens (token_hash, family_id) values ($1, $2)",
                         std::move(successor));
    effects.emplace_back("update todo_login_families set expires_at = $1 where id = $2",
                         Params::of(attempt.expires_at, found.id));
    outcome.verdict = Verdict::good;
    outcome.family.expires_at = attempt.expires_at;
    outcome.salts.push_back(attempt.salt);
  } else if (attempt.now > *used_at + attempt.grace.count()) {
    effects.emplace_back(lock_revocations);
    effects.emplace_back(revoke_one, Params::of(found.id, attempt.now));
    outcome.verdict = Verdict::reused;
    outcome.family.is_revoked = true;
  } else {
    outcome.verdict = Verdict::good;
    for (int row = 0; row < salts.size(); ++row) outcome.salts.emplace_back(salts[row].bytes(0));
  }
  return outcome;
}

}  // namespace

std::optional<RefreshFamily> read_family(const Rows& rows) {
  if (rows.is_empty()) return std::nullopt;
  return family_of(rows[0]);
}

Task<Outcome<RefreshOutcome>> rotate(Connection& connection, const RefreshAttempt& attempt,
                                     Connection::Duration deadline) {
  Statements look;
  begin_write(look, deadline);
  look.emplace_back(lock_family_of_token, with_bytes(attempt.token_hash));
  look.emplace_back(select_token, with_bytes(attempt.token_hash));
  look.emplace_back(select_salts, with_bytes(attempt.token_hash));
  const Outcome<std::vector<Rows>> found = co_await connection.run(std::move(look), deadline);
  if (!found) co_return found.error();
  const std::vector<Rows>& rows = *found;
  RefreshOutcome outcome;
  Statements effects;
  if (!rows[2].is_empty()) outcome = judge(attempt, rows[2][0], rows[3], rows[4], effects);
  effects.emplace_back("commit");
  const Outcome<std::vector<Rows>> done = co_await connection.run(std::move(effects), deadline);
  if (!done) co_return done.error();
  co_return outcome;
}

Task<Outcome<bool>> revoke_family(Connection& connection, const std::string& family, EpochMs now,
                                  Connection::Duration deadline) {
  Statements statements;
  begin_write(statements, deadline);
  statements.emplace_back(lock_revocations);
  statements.emplace_back(revoke_one, Params::of(family, now));
  statements.emplace_back("commit");
  const Outcome<std::vector<Rows>> done = co_await connection.run(std::move(statements), deadline);
  if (!done) co_return done.error();
  co_return !(*done)[3].is_empty();
}

Task<Outcome<std::vector<std::string>>> revoke_families_of(Connection& connection, const UserId& user_id,
                                                           const std::string& except, EpochMs now,
                                                           Connection::Duration deadline) {
  Statements statements;
  begin_write(statements, deadline);
  statements.emplace_back(lock_revocations);
  statements.emplace_back(revoke_all, Params::of(user_id, except, now));
  statements.emplace_back("commit");
  const Outcome<std::vector<Rows>> done = co_await connection.run(std::move(statements), deadline);
  if (!done) co_return done.error();
  co_return names_in((*done)[3]);
}

Task<Outcome<std::optional<std::vector<std::string>>>> delete_account(Connection& connection, const UserId& user_id,
                                                                      EpochMs now, Connection::Duration deadline) {
  Statements remove;
  begin_write(remove, deadline);
  remove.emplace_back(lock_revocations);
  remove.emplace_back("delete from todo_accounts where id = $1", Params::of(user_id));
  const Outcome<std::vector<Rows>> removed = co_await connection.run(std::move(remove), deadline);
  if (!removed) co_return removed.error();
  std::optional<std::vector<std::string>> families;
  Statements rest;
  const bool was_there = removed->back().affected() > 0;
  if (was_there) {
    rest.emplace_back(revoke_all, Params::of(user_id, "", now));
    rest.emplace_back("delete from todo_people where user_id = $1", Params::of(user_id));
    rest.emplace_back("delete from todo_invitations where invited_by = $1", Params::of(user_id));
  }
  rest.emplace_back("commit");
  const Outcome<std::vector<Rows>> done = co_await connection.run(std::move(rest), deadline);
  if (!done) co_return done.error();
  if (was_there) families = names_in(done->front());
  co_return families;
}

}  // namespace collab::store::pg
