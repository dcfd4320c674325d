#include "store/sqlite_account_store.hpp"

namespace collab::store {
namespace {

constexpr std::string_view select_account = "SELECT id, email, name, password_hash, created_at FROM accounts WHERE ";

Result<std::optional<Account>> read_account(Statement statement) {
  const auto found = statement.step();
  if (!found) return found.error();
  if (!*found) return std::optional<Account>{};
  Account account{{statement.text(0)}, statement.text(1), statement.text(2), statement.text(3), statement.integer(4)};
  return std::optional<Account>(std::move(account));
}

Result<std::optional<RefreshFamily>> read_family(Connection& connection, const std::string& id) {
  auto statement = connection.statement(
      "SELECT user_id, created_at, expires_at, revoked_at IS NOT NULL FROM refresh_families WHERE id = ?");
  const auto found = statement.bind(id).step();
  if (!found) return found.error();
  if (!*found) return std::optional<RefreshFamily>{};
  RefreshFamily family{id, {statement.text(0)}, statement.integer(1), statement.integer(2), statement.boolean(3)};
  return std::optional<RefreshFamily>(std::move(family));
}

// The name of an account stands; a name from a token is what we know about everybody else.
Result<void> remember(Connection& connection, const UserId& user_id, const std::optional<std::string>& name) {
  return connection
      .statement(
          "INSERT INTO people (user_id, name) VALUES (?1, coalesce((SELECT name FROM accounts WHERE id = ?1), ?2))"
          " ON CONFLICT (user_id) DO UPDATE SET name = coalesce(excluded.name, name)"
          " WHERE name IS NOT coalesce(excluded.name, name)")
      .bind(user_id, name)
      .run();
}

Result<void> add_token(Connection& connection, const std::string& token_hash, const std::string& family) {
  return connection.statement("INSERT INTO refresh_tokens (token_hash, family_id) VALUES (?, ?)")
      .bind_blob(token_hash)
      .bind(family)
      .run();
}

// False if it was revoked before, or never was.
Result<bool> revoke(Connection& connection, const std::string& family, EpochMs now) {
  const auto revoked =
      connection.statement("UPDATE refresh_families SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
          .bind(now, family)
          .run();
  if (!revoked) return revoked.error();
  if (connection.changes() == 0) return false;
  const auto noted =
      connection.statement("INSERT INTO revocations (family_id, revoked_at) VALUES (?, ?)").bind(family, now).run();
  if (!noted) return noted.error();
  return true;
}

Result<std::vector<std::string>> revoke_all(Connection& connection, const UserId& user_id, const std::string& except,
                                            EpochMs now) {
  std::vector<std::string> families;
  {
    auto statement =
        connection.statement("SELECT id FROM refresh_families WHERE user_id = ? AND id <> ? AND revoked_at IS NULL");
    statement.bind(user_id, except);
    while (true) {
      const auto found = statement.step();
      if (!found) return found.error();
      if (!*found) break;
      families.push_back(statement.text(0));
    }
  }
  for (const auto& family : families) {
    const auto revoked = revoke(connection, family, now);
    if (!revoked) return revoked.error();
  }
  return families;
}

// A token's row, as far as rotation needs it.
struct TokenRow {
  std::string family;
  std::optional<EpochMs> used_at;
  std::string salt;
  std::string successor_hash;
};

Result<std::optional<TokenRow>> read_token(Connection& connection, const std::string& token_hash) {
  auto statement =
      connection.statement("SELECT family_id, used_at, salt, successor_hash FROM refresh_tokens WHERE token_hash = ?");
  const auto found = statement.bind_blob(token_hash).step();
  if (!found) return found.error();
  if (!*found) return std::optional<TokenRow>{};
  TokenRow row{statement.text(0), statement.optional_integer(1), statement.text(2), statement.text(3)};
  return std::optional<TokenRow>(std::move(row));
}

Result<bool> has_csrf(Connection& connection, const std::string& family, const std::string& csrf_hash) {
  auto statement = connection.statement("SELECT 1 FROM refresh_families WHERE id = ? AND csrf_hash = ?");
  return statement.bind(family).bind_blob(csrf_hash).step();
}

Result<void> use_token(Connection& connection, const RefreshAttempt& attempt, const std::string& family) {
  const auto used =
      connection.statement("UPDATE refresh_tokens SET used_at = ?, salt = ?, successor_hash = ? WHERE token_hash = ?")
          .bind(attempt.now)
          .bind_blob(attempt.salt)
          .bind_blob(attempt.successor_hash)
          .bind_blob(attempt.token_hash)
          .run();
  if (!used) return used.error();
  const auto added = add_token(connection, attempt.successor_hash, family);
  if (!added) return added.error();
  return connection.statement("UPDATE refresh_families SET expires_at = ? WHERE id = ?")
      .bind(attempt.expires_at, family)
      .run();
}

// The salts from a used token to the newest of its family.
Result<std::vector<std::string>> salts_from(Connection& connection, TokenRow row) {
  std::vector<std::string> salts;
  while (row.used_at) {
    salts.push_back(std::move(row.salt));
    auto next = read_token(connection, row.successor_hash);
    if (!next) return next.error();
    if (!*next) break;
    row = std::move(**next);
  }
  return salts;
}

Result<RefreshOutcome> judge(Connection& connection, const RefreshAttempt& attempt) {
  RefreshOutcome outcome;
  auto row = read_token(connection, attempt.token_hash);
  if (!row) return row.error();
  if (!*row) return outcome;
  const auto family = read_family(connection, (*row)->family);
  if (!family) return family.error();
  if (!*family || !(*family)->is_live(attempt.now)) return outcome;
  const auto csrf = has_csrf(connection, (*row)->family, attempt.csrf_hash);
  if (!csrf) return csrf.error();
  if (!*csrf) return outcome;
  outcome.family = **family;

  const auto used_at = (*row)->used_at;
  if (!used_at) {
    const auto used = use_token(connection, attempt, outcome.family.id);
    if (!used) return used.error();
    outcome.verdict = RefreshOutcome::Verdict::good;
    outcome.family.expires_at = attempt.expires_at;
    outcome.salts.push_back(attempt.salt);
    return outcome;
  }
  if (attempt.now > *used_at + attempt.grace.count()) {
    const auto revoked = revoke(connection, outcome.family.id, attempt.now);
    if (!revoked) return revoked.error();
    outcome.verdict = RefreshOutcome::Verdict::reused;
    outcome.family.is_revoked = true;
    return outcome;
  }
  auto salts = salts_from(connection, std::move(**row));
  if (!salts) return salts.error();
  outcome.verdict = RefreshOutcome::Verdict::good;
  outcome.salts = std::move(*salts);
  return outcome;
}

Result<std::size_t> purge(Connection& connection, EpochMs before) {
  const auto tokens = connection
                          .statement(
                              "DELETE FROM refresh_tokens WHERE family_id IN"
                              " (SELECT id FROM refresh_families WHERE expires_at < ?1 OR revoked_at < ?1)")
                          .bind(before)
                          .run();
  if (!tokens) return tokens.error();
  const auto families =
      connection.statement("DELETE FROM refresh_families WHERE expires_at < ?1 OR revoked_at < ?1").bind(before).run();
  if (!families) return families.error();
  const auto count = static_cast<std::size_t>(connection.changes());
  const auto notes = connection.statement("DELETE FROM revocations WHERE revoked_at < ?").bind(before).run();
  if (!notes) return notes.error();
  return count;
}

// How many others the inviter has. Those to deleted lists lead nowhere.
Result<std::uint64_t> invitations_beside(Connection& connection, const Invitation& invitation) {
  auto statement = connection.statement(
      "SELECT count(*) FROM invitations AS one WHERE invited_by = ?1 AND NOT (email = ?2 AND list_id = ?3)"
      " AND NOT EXISTS (SELECT 1 FROM lists WHERE lists.list_id = one.list_id AND is_deleted)");
  const auto found = statement.bind(invitation.invited_by, invitation.email, invitation.list_id).step();
  if (!found) return found.error();
  return static_cast<std::uint64_t>(statement.integer(0));
}

Role parse_role(std::string_view text) { return text == to_string(Role::editor) ? Role::editor : Role::viewer; }

}  // namespace

Task<Result<void>> SqliteAccountStore::create_account(Account account) {
  auto job = [account = std::move(account)](Connection& connection) -> Result<void> {
    const auto created =
        connection.statement("INSERT INTO accounts (id, email, name, password_hash, created_at) VALUES (?, ?, ?, ?, ?)")
            .bind(account.id, account.email, account.name, account.password_hash, account.created_at)
            .run();
    if (!created) return created.error();
    return remember(connection, account.id, account.name);
  };
  co_return co_await database_.write(std::move(job));
}

Task<Result<std::optional<Account>>> SqliteAccountStore::find_account_by_email(std::string email) {
  auto job = [email = std::move(email)](Connection& connection) {
    static const std::string sql = std::string(select_account) + "email = ?";
    auto statement = connection.statement(sql);
    statement.bind(email);
    return read_account(std::move(statement));
  };
  co_return co_await database_.read(std::move(job));
}

Task<Result<std::optional<Account>>> SqliteAccountStore::find_account(UserId user_id) {
  auto job = [user_id = std::move(user_id)](Connection& connection) {
    static const std::string sql = std::string(select_account) + "id = ?";
    auto statement = connection.statement(sql);
    statement.bind(user_id);
    return read_account(std::move(statement));
  };
  co_return co_await database_.read(std::move(job));
}

Task<Result<bool>> SqliteAccountStore::replace_password_hash(UserId user_id, std::string expected, std::string hash) {
  auto job = [user_id = std::move(user_id), expected = std::move(expected),
              hash = std::move(hash)](Connection& connection) -> Result<bool> {
    const auto replaced =
        connection.statement("UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?")
            .bind(hash, user_id, expected)
            .run();
    if (!replaced) return replaced.error();
    return connection.changes() > 0;
  };
  co_return co_await database_.write(std::move(job));
}

Task<Result<bool>> SqliteAccountStore::rename(UserId user_id, std::string name) {
  auto job = [user_id = std::move(user_id), name = std::move(name)](Connection& connection) -> Result<bool> {
    const auto renamed = connection.statement("UPDATE accounts SET name = ? WHERE id = ?").bind(name, user_id).run();
    if (!renamed) return renamed.error();
    if (connection.changes() == 0) return false;
    const auto known = remember(connection, user_id, name);
    if (!known) return known.error();
    return true;
  };
  co_return co_await database_.write(std::move(job));
}

Task<Result<std::optional<std::vector<std::string>>>> SqliteAccountStore::delete_account(UserId user_id, EpochMs now) {
  using Families = std::optional<std::vector<std::string>>;
  auto job = [user_id = std::move(user_id), now](Connection& connection) -> Result<Families> {
    const auto gone = connection.statement("DELETE FROM accounts WHERE id = ?").bind(user_id).run();
    if (!gone) return gone.error();
    if (connection.changes() == 0) return Families{};
    const auto nameless = connection.statement("DELETE FROM people WHERE user_id = ?").bind(user_id).run();
    if (!nameless) return nameless.error();
    const auto uninvited = connection.statement("DELETE FROM invitations WHERE invited_by = ?").bind(user_id).run();
    if (!uninvited) return uninvited.error();
    auto families = revoke_all(connection, user_id, "", now);
    if (!families) return families.error();
    return Families(std::move(*families));
  };
  co_return co_await database_.write(std::move(job));
}

Task<Result<void>> SqliteAccountStore::create_family(RefreshFamily family, std::string csrf_hash,
                                                     std::string token_hash) {
  auto job = [family = std::move(family), csrf_hash = std::move(csrf_hash),
              token_hash = std::move(token_hash)](Connection& connection) -> Result<void> {
    const auto created = connection
                             .statement(
                                 "INSERT INTO refresh_families (id, user_id, csrf_hash, created_at, expires_at)"
                                 " SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?2)")
                             .bind(family.id, family.user_id)
                             .bind_blob(csrf_hash)
                             .bind(family.created_at, family.expires_at)
                             .run();
    if (!created) return created.error();
    if (connection.changes() == 0) return Error{Errc::not_found, "There is no such account."};
    return add_token(connection, token_hash, family.id);
  };
  co_return co_await database_.write(std::move(job));
}

Task<Result<std::optional<RefreshFamily>>> SqliteAccountStore::find_family(std::string family) {
  auto job = [family = std::move(family)](Connection& connection) { return read_family(connection, family); };
  co_return co_await database_.read(std::move(job));
}

Task<Result<RefreshOutcome>> SqliteAccountStore::rotate(RefreshAttempt attempt) {
  auto job = [attempt = std::move(attempt)](Connection& connection) { return judge(connection, attempt); };
  co_return co_await database_.write(std::move(job));
}

Task<Result<bool>> SqliteAccountStore::revoke_family(std::string family, EpochMs now) {
  auto job = [family = std::move(family), now](Connection& connection) { return revoke(connection, family, now); };
  co_return co_await database_.write(std::move(job));
}

Task<Result<std::vector<std::string>>> SqliteAccountStore::revoke_families_of(UserId user_id, std::string except,
                                                                              EpochMs now) {
  auto job = [user_id = std::move(user_id), except = std::move(except), now](Connection& connection) {
    return revoke_all(connection, user_id, except, now);
  };
  co_return co_await database_.write(std::move(job));
}

Task<Result<std::vector<Revocation>>> SqliteAccountStore::revoked_after(std::int64_t sequence) {
  auto job = [sequence](Connection& connection) -> Result<std::vector<Revocation>> {
    std::vector<Revocation> revocations;
    auto statement = connection.statement(
        "SELECT sequence, family_id FROM revocations WHERE sequence > ? ORDER BY sequence LIMIT 1000");
    statement.bind(sequence);
    while (true) {
      const auto found = statement.step();
      if (!found) return found.error();
      if (!*found) return revocations;
      revocations.push_back({statement.integer(0), statement.text(1)});
    }
  };
  co_return co_await database_.read(std::move(job));
}

Task<Result<std::int64_t>> SqliteAccountStore::last_revocation() {
  auto job = [](Connection& connection) {
    return connection.query_integer("SELECT coalesce(max(sequence), 0) FROM revocations");
  };
  co_return co_await database_.read(std::move(job));
}

Task<Result<std::size_t>> SqliteAccountStore::purge_families(EpochMs before) {
  auto job = [before](Connection& connection) { return purge(connection, before); };
  co_return co_await database_.keep_house(std::move(job));
}

Task<Result<void>> SqliteAccountStore::invite(Invitation invitation, std::uint64_t limit) {
  auto job = [invitation = std::move(invitation), limit](Connection& connection) -> Result<void> {
    const auto others = invitations_beside(connection, invitation);
    if (!others) return others.error();
    if (limit > 0 && *others >= limit)
      return Error{Errc::limit_exceeded, "This user has too many invitations by e-mail open."};
    return connection
        .statement(
            "INSERT OR REPLACE INTO invitations (email, list_id, role, invited_by, created_at, is_settled)"
            " VALUES (?, ?, ?, ?, ?, ?)")
        .bind(invitation.email, invitation.list_id, to_string(invitation.role), invitation.invited_by,
              invitation.created_at, invitation.is_settled)
        .run();
  };
  co_return co_await database_.write(std::move(job));
}

Task<Result<std::vector<Invitation>>> SqliteAccountStore::invitations_for(std::string email) {
  auto job = [email = std::move(email)](Connection& connection) -> Result<std::vector<Invitation>> {
    std::vector<Invitation> invitations;
    auto statement = connection.statement(
        "SELECT list_id, role, invited_by, created_at, is_settled FROM invitations WHERE email = ?"
        " ORDER BY created_at, list_id");
    statement.bind(email);
    while (true) {
      const auto found = statement.step();
      if (!found) return found.error();
      if (!*found) return invitations;
      invitations.push_back({email,
                             statement.id<ListId>(0),
                             parse_role(statement.bytes(1)),
                             {statement.text(2)},
                             statement.integer(3),
                             statement.boolean(4)});
    }
  };
  co_return co_await database_.read(std::move(job));
}

Task<Result<bool>> SqliteAccountStore::remove_invitation(std::string email, ListId list_id) {
  auto job = [email = std::move(email), list_id](Connection& connection) -> Result<bool> {
    const auto removed =
        connection.statement("DELETE FROM invitations WHERE email = ? AND list_id = ?").bind(email, list_id).run();
    if (!removed) return removed.error();
    return connection.changes() > 0;
  };
  co_return co_await database_.write(std::move(job));
}

Task<Result<void>> SqliteAccountStore::remember_person(UserId user_id, std::optional<std::string> name) {
  auto job = [user_id = std::move(user_id), name = std::move(name)](Connection& connection) {
    return remember(connection, user_id, name);
  };
  co_return co_await database_.write(std::move(job));
}

Task<Result<std::optional<std::optional<std::string>>>> SqliteAccountStore::find_person(UserId user_id) {
  using Person = std::optional<std::optional<std::string>>;
  auto job = [user_id = std::move(user_id)](Connection& connection) -> Result<Person> {
    auto statement = connection.statement("SELECT name FROM people WHERE user_id = ?");
    const auto found = statement.bind(user_id).step();
    if (!found) return found.error();
    if (!*found) return Person{};
    Person person;
    person.emplace(statement.optional_text(0));
    return person;
  };
  co_return co_await database_.read(std::move(job));
}

}  // namespace collab::store
