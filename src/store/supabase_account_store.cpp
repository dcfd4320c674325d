#include "store/supabase_account_store.hpp"

#include "store/postgres_readers.hpp"
#include "store/supabase_session.hpp"
#include "store/supabase_values.hpp"

namespace collab::store {
namespace {

using supabase::asking;
using supabase::bytes_argument;
using supabase::Row;
using supabase::Rows;
using supabase::Session;
using supabase::text_argument;
namespace json = boost::json;

json::string text(std::string_view value) { return text_argument(value); }
json::string text(const UserId& user_id) { return text_argument(std::string_view(user_id.value)); }

bool read_flag(const json::value& answer) { return answer.as_bool(); }
bool read_nothing(const json::value&) { return true; }

std::optional<Account> read_account(const json::value& answer) {
  return answer.is_null() ? std::nullopt : std::optional(pg::account_of(Row(answer)));
}

std::optional<RefreshFamily> read_family(const json::value& answer) {
  return answer.is_null() ? std::nullopt : std::optional(pg::family_of(Row(answer)));
}

std::vector<std::string> read_names(const json::value& answer) {
  std::vector<std::string> names;
  for (const json::value& name : answer.as_array()) names.push_back(pg::text_from_database(name.as_string()));
  return names;
}

RefreshOutcome read_outcome(const json::value& answer) {
  using Verdict = RefreshOutcome::Verdict;
  RefreshOutcome outcome;
  const std::string_view verdict = answer.at("verdict").as_string();
  if (verdict == "unknown") return outcome;
  outcome.verdict = verdict == "good" ? Verdict::good : Verdict::reused;
  outcome.family = pg::family_of(Row(answer.at("family")));
  if (outcome.verdict == Verdict::good)
    for (const json::value& salt : answer.at("salts").as_array())
      outcome.salts.push_back(supabase::bytes_from_hex(salt.as_string()));
  return outcome;
}

/// The call of a function for its effect, or for what it reads.
template <class Read>
auto change(const PostgresDatabase& database, std::string_view function, json::object arguments, Read read) {
  return asking(function, std::move(arguments), database.options().write_deadline, std::move(read));
}
template <class Read>
auto look(const PostgresDatabase& database, std::string_view function, json::object arguments, Read read) {
  return asking(function, std::move(arguments), database.options().read_deadline, std::move(read));
}

Result<void> without_value(const Result<bool>& result) {
  if (!result) return result.error();
  return ok();
}

}  // namespace

Task<Result<void>> SupabaseAccountStore::create_account(Account account) {
  json::object arguments{{"with_id", text(account.id)},
                         {"with_email", text(account.email)},
                         {"with_name", text(account.name)},
                         {"with_hash", text(account.password_hash)},
                         {"at_ms", account.created_at}};
  auto call = change(database_, "create_account", std::move(arguments), read_nothing);
  co_return without_value(co_await database_.write<Session>(std::move(call)));
}

Task<Result<std::optional<Account>>> SupabaseAccountStore::find_account_by_email(std::string email) {
  json::object arguments{{"by_id", nullptr}, {"by_email", text(email)}};
  return database_.read<Session>(look(database_, "account", std::move(arguments), read_account));
}

Task<Result<std::optional<Account>>> SupabaseAccountStore::find_account(UserId user_id) {
  json::object arguments{{"by_id", text(user_id)}, {"by_email", nullptr}};
  return database_.read<Session>(look(database_, "account", std::move(arguments), read_account));
}

Task<Result<bool>> SupabaseAccountStore::replace_password_hash(UserId user_id, std::string expected, std::string hash) {
  json::object arguments{{"of_user", text(user_id)}, {"expected", text(expected)}, {"replacement", text(hash)}};
  return database_.write<Session>(change(database_, "replace_hash", std::move(arguments), read_flag));
}

Task<Result<bool>> SupabaseAccountStore::rename(UserId user_id, std::string name) {
  json::object arguments{{"of_user", text(user_id)}, {"with_name", text(name)}};
  return database_.write<Session>(change(database_, "rename", std::move(arguments), read_flag));
}

Task<Result<std::optional<std::vector<std::string>>>> SupabaseAccountStore::delete_account(UserId user_id,
                                                                                           EpochMs now) {
  const auto read = [](const json::value& answer) {
    return answer.is_null() ? std::nullopt : std::optional(read_names(answer));
  };
  json::object arguments{{"of_user", text(user_id)}, {"now_ms", now}};
  return database_.write<Session>(change(database_, "delete_account", std::move(arguments), read));
}

Task<Result<void>> SupabaseAccountStore::create_family(RefreshFamily family, std::string csrf_hash,
                                                       std::string token_hash) {
  json::object arguments{{"with_id", text(family.id)},        {"of_user", text(family.user_id)},
                         {"csrf", bytes_argument(csrf_hash)}, {"at_ms", family.created_at},
                         {"until_ms", family.expires_at},     {"token", bytes_argument(token_hash)}};
  auto call = change(database_, "create_family", std::move(arguments), read_flag);
  const Result<bool> created = co_await database_.write<Session>(std::move(call));
  if (!created) co_return created.error();
  if (!*created) co_return Error{Errc::not_found, "There is no such account."};
  co_return ok();
}

Task<Result<std::optional<RefreshFamily>>> SupabaseAccountStore::find_family(std::string family) {
  json::object arguments{{"by_id", text(family)}};
  return database_.read<Session>(look(database_, "family", std::move(arguments), read_family));
}

Task<Result<RefreshOutcome>> SupabaseAccountStore::rotate(RefreshAttempt attempt) {
  json::object arguments{{"token", bytes_argument(attempt.token_hash)},
                         {"csrf", bytes_argument(attempt.csrf_hash)},
                         {"new_salt", bytes_argument(attempt.salt)},
                         {"successor", bytes_argument(attempt.successor_hash)},
                         {"now_ms", attempt.now},
                         {"until_ms", attempt.expires_at},
                         {"grace_ms", attempt.grace.count()}};
  return database_.write<Session>(change(database_, "rotate", std::move(arguments), read_outcome));
}

Task<Result<bool>> SupabaseAccountStore::revoke_family(std::string family, EpochMs now) {
  json::object arguments{{"one_family", text(family)}, {"now_ms", now}};
  return database_.write<Session>(change(database_, "revoke", std::move(arguments), read_flag));
}

Task<Result<std::vector<std::string>>> SupabaseAccountStore::revoke_families_of(UserId user_id, std::string except,
                                                                                EpochMs now) {
  json::object arguments{{"of_user", text(user_id)}, {"except_family", text(except)}, {"now_ms", now}};
  return database_.write<Session>(change(database_, "revoke_of", std::move(arguments), read_names));
}

Task<Result<std::vector<Revocation>>> SupabaseAccountStore::revoked_after(std::int64_t sequence) {
  const auto read = [](const json::value& answer) { return pg::read_revocations(Rows(answer)); };
  return database_.read<Session>(look(database_, "revoked_after", {{"number", sequence}}, read));
}

Task<Result<std::int64_t>> SupabaseAccountStore::last_revocation() {
  const auto read = [](const json::value& answer) { return answer.to_number<std::int64_t>(); };
  return database_.read<Session>(look(database_, "last_revocation", {}, read));
}

Task<Result<std::size_t>> SupabaseAccountStore::purge_families(EpochMs before) {
  const auto read = [](const json::value& answer) { return answer.to_number<std::size_t>(); };
  return database_.keep_house<Session>(change(database_, "purge_families", {{"before", before}}, read));
}

Task<Result<void>> SupabaseAccountStore::invite(Invitation invitation, std::uint64_t limit) {
  json::object arguments{{"to_email", text(invitation.email)},
                         {"to_list", invitation.list_id.to_string()},
                         {"as_role", to_string(invitation.role)},
                         {"by_user", text(invitation.invited_by)},
                         {"at_ms", invitation.created_at},
                         {"settled", invitation.is_settled},
                         {"most", limit}};
  auto call = change(database_, "invite", std::move(arguments), read_flag);
  const Result<bool> invited = co_await database_.write<Session>(std::move(call));
  if (!invited) co_return invited.error();
  if (!*invited) co_return Error{Errc::limit_exceeded, "This user has too many invitations by e-mail open."};
  co_return ok();
}

Task<Result<std::vector<Invitation>>> SupabaseAccountStore::invitations_for(std::string email) {
  const auto read = [email](const json::value& answer) { return pg::read_invitations(email, Rows(answer)); };
  return database_.read<Session>(look(database_, "invitations", {{"for_email", text(email)}}, read));
}

Task<Result<bool>> SupabaseAccountStore::remove_invitation(std::string email, ListId list_id) {
  json::object arguments{{"for_email", text(email)}, {"to_list", list_id.to_string()}};
  return database_.write<Session>(change(database_, "remove_invitation", std::move(arguments), read_flag));
}

Task<Result<void>> SupabaseAccountStore::remember_person(UserId user_id, std::optional<std::string> name) {
  json::object arguments{{"of_user", text(user_id)}, {"with_name", text_argument(name)}};
  auto call = change(database_, "remember", std::move(arguments), read_nothing);
  co_return without_value(co_await database_.write<Session>(std::move(call)));
}

Task<Result<std::optional<std::optional<std::string>>>> SupabaseAccountStore::find_person(UserId user_id) {
  using Person = std::optional<std::optional<std::string>>;
  const auto read = [](const json::value& answer) -> Person {
    Person person;
    if (!answer.is_null()) person.emplace(Row(answer).optional_text(0));
    return person;
  };
  return database_.read<Session>(look(database_, "person", {{"of_user", text(user_id)}}, read));
}

}  // namespace collab::store
