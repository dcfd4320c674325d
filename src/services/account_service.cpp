#include "services/account_service.hpp"

#include "auth/digest.hpp"
#include "core/log.hpp"
#include "core/uuid.hpp"

namespace collab::services {
namespace {

constexpr std::size_t refresh_token_bytes = 32;
constexpr std::size_t csrf_token_bytes = 24;
constexpr std::size_t salt_bytes = 16;
// Ended logins are kept for a while, so that every process on the database hears of their revocation.
constexpr std::chrono::milliseconds keep_ended_logins = std::chrono::hours(24);
constexpr std::chrono::milliseconds purge_every = std::chrono::hours(1);

Error wrong_password() { return Error{Errc::forbidden, "The e-mail address or the password is wrong."}; }
Error login_ended() { return Error{Errc::token_invalid, "This login has ended. Sign in again."}; }

// The token after this one. Only who holds the one can make the other; the salt alone, which is stored, does not help.
std::string successor_of(const std::string& refresh_token, const std::string& salt) {
  return auth::encode_base64url(auth::hmac_sha256(refresh_token, salt));
}

}  // namespace

AccountService::AccountService(Parts parts, AccountSettings settings)
    : store_(parts.store),
      passwords_(parts.passwords),
      verifier_(parts.verifier),
      issuer_(parts.issuer),
      clock_(parts.clock),
      settings_(settings),
      logins_by_address_(settings.logins_per_address, parts.clock),
      logins_by_account_(settings.logins_per_account, parts.clock),
      registrations_by_address_(settings.registrations_per_address, parts.clock),
      refreshes_by_address_(settings.refreshes_per_address, parts.clock) {}

Error AccountService::too_many(const RateStanding& standing) const {
  const auto wait = std::max<std::int64_t>(standing.resets_at - clock_.now(), 1);
  const auto seconds = (wait + 999) / 1'000;
  return Error{Errc::rate_limited, "Too many attempts. Try again in " + std::to_string(seconds) + " s.", {}, wait};
}

// --- registering

Task<Limited<UserId>> AccountService::register_account(NewAccount account, std::string address) {
  const auto standing = registrations_by_address_.attempt(address);
  if (!standing.is_allowed) co_return Limited<UserId>(too_many(standing), standing);
  auto checked = check_new_account(std::move(account));
  if (!checked) co_return Limited<UserId>(checked.error(), standing);
  const auto admission = co_await check_admission(checked->email);
  if (!admission) co_return Limited<UserId>(admission.error(), standing);
  const std::string email = checked->email;
  auto created = co_await create_checked(std::move(*checked));
  if (created) co_await redeem_invitations(*created, email);
  co_return Limited<UserId>(std::move(created), standing);
}

Task<Result<void>> AccountService::check_admission(std::string email) {
  if (settings_.registration == Registration::open) co_return ok();
  if (settings_.registration == Registration::closed)
    co_return Error{Errc::forbidden, "Registration is closed on this server."};
  const auto invitations = co_await store_.invitations_for(email);
  if (!invitations) co_return invitations.error();
  for (const store::Invitation& invitation : *invitations)
    if (!invitation.is_settled) co_return ok();
  co_return Error{Errc::forbidden, "Registration on this server is by invitation only."};
}

Task<Result<UserId>> AccountService::create_account(NewAccount account) {
  auto checked = check_new_account(std::move(account));
  if (!checked) co_return checked.error();
  co_return co_await create_checked(std::move(*checked));
}

Task<Result<UserId>> AccountService::create_checked(NewAccount account) {
  // Hashed before anybody looks whether the address is taken, so that both take the same work.
  auto hash = co_await passwords_.hash(std::move(account.password));
  if (!hash) co_return hash.error();
  const UserId user_id{Uuid::make().to_string()};
  store::Account row{user_id, std::move(account.email), std::move(account.name), std::move(*hash), clock_.now()};
  const auto created = co_await store_.create_account(std::move(row));
  if (created) co_return user_id;
  if (created.error().code != Errc::already_exists) co_return created.error();
  co_return bad_field("email", "This e-mail address is already registered.");
}

Task<void> AccountService::redeem_invitations(UserId user_id, std::string email) {
  if (!redeem_) co_return;
  auto invitations = co_await store_.invitations_for(email);
  if (invitations && !invitations->empty()) co_await redeem_(user_id, std::move(*invitations));
}

// --- logging in and staying so

Task<Limited<SignedIn>> AccountService::log_in(std::string email, std::string password, std::string address) {
  const auto by_address = logins_by_address_.attempt(address);
  if (!by_address.is_allowed) co_return Limited<SignedIn>(too_many(by_address), by_address);
  const std::string normal = normalise_email(email).value_or("");
  const auto by_account = logins_by_account_.attempt("email:" + auth::sha256(normal));
  if (!by_account.is_allowed) co_return Limited<SignedIn>(too_many(by_account), by_account);
  const bool address_is_nearer =
      by_account.limit == 0 || (by_address.limit != 0 && by_address.remaining < by_account.remaining);
  const RateStanding standing = address_is_nearer ? by_address : by_account;

  auto account = co_await find_by_password(normal, std::move(password));
  if (!account) co_return Limited<SignedIn>(account.error(), standing);
  const UserId user_id = account->id;
  auto signed_in = co_await start_login(std::move(*account));
  if (signed_in) co_await redeem_invitations(user_id, normal);
  co_return Limited<SignedIn>(std::move(signed_in), standing);
}

Task<Result<store::Account>> AccountService::find_by_password(std::string email, std::string password) {
  auto found = co_await store_.find_account_by_email(std::move(email));
  if (!found) co_return found.error();
  const bool exists = found->has_value();
  const std::string hash = exists ? (*found)->password_hash : passwords_.decoy();
  const auto verdict = co_await passwords_.verify(password, hash);
  if (!verdict) co_return verdict.error();
  if (!exists || !verdict->matches) co_return wrong_password();
  if (verdict->needs_rehash) co_await upgrade_hash(**found, std::move(password));
  co_return std::move(**found);
}

Task<void> AccountService::upgrade_hash(store::Account account, std::string password) {
  auto hash = co_await passwords_.hash(std::move(password));
  if (!hash) co_return;  // the old one still serves
  const auto replaced = co_await store_.replace_password_hash(account.id, account.password_hash, std::move(*hash));
  if (replaced && *replaced) log::info("accounts", "upgraded a password hash", {{"user_id", account.id.value}});
}

std::string AccountService::access_token(const UserId& user_id, const std::string& name,
                                         const std::string& family) const {
  auth::TokenClaims claims{user_id.value, name, family};
  claims.lifetime = auth::TokenIssuer::access_lifetime;
  return issuer_.issue(claims);
}

Task<Result<SignedIn>> AccountService::start_login(store::Account account) {
  const auto now = clock_.now();
  store::RefreshFamily family{Uuid::make().to_string(), account.id, now, now + settings_.login_lifetime.count()};
  SignedIn login{account.id, access_token(account.id, account.name, family.id), random_token(refresh_token_bytes),
                 random_token(csrf_token_bytes)};
  const auto csrf_hash = auth::sha256(login.csrf_token);
  const auto token_hash = auth::sha256(login.refresh_token);
  const auto created = co_await store_.create_family(std::move(family), csrf_hash, token_hash);
  if (created) co_return login;
  // The account was deleted since its password was checked.
  co_return created.error().code == Errc::not_found ? wrong_password() : created.error();
}

Task<Limited<SignedIn>> AccountService::refresh(std::string refresh_token, std::string csrf_token,
                                                std::string address) {
  const auto standing = refreshes_by_address_.attempt(address);
  if (!standing.is_allowed) co_return Limited<SignedIn>(too_many(standing), standing);
  auto continued = co_await continue_login(std::move(refresh_token), std::move(csrf_token));
  co_return Limited<SignedIn>(std::move(continued), standing);
}

Task<Result<SignedIn>> AccountService::continue_login(std::string refresh_token, std::string csrf_token) {
  if (refresh_token.empty())
    co_return Error{Errc::token_invalid, "There is no login to continue: the refresh cookie is missing."};
  if (csrf_token.empty()) co_return Error{Errc::token_invalid, "The CSRF token is missing: send it as X-CSRF-TOKEN."};
  store::RefreshAttempt attempt;
  attempt.token_hash = auth::sha256(refresh_token);
  attempt.csrf_hash = auth::sha256(csrf_token);
  attempt.salt = random_token(salt_bytes);
  attempt.successor_hash = auth::sha256(successor_of(refresh_token, attempt.salt));
  attempt.now = clock_.now();
  attempt.expires_at = attempt.now + settings_.login_lifetime.count();
  attempt.grace = settings_.refresh_grace;
  const auto outcome = co_await store_.rotate(std::move(attempt));
  if (!outcome) co_return outcome.error();
  if (outcome->verdict == store::RefreshOutcome::Verdict::reused) {
    log::warning("accounts", "a refresh token was used twice; its login is revoked",
                 {{"user_id", outcome->family.user_id.value}});
    tell_revoked({outcome->family.id});
  }
  if (outcome->verdict != store::RefreshOutcome::Verdict::good) co_return login_ended();

  const auto account = co_await store_.find_account(outcome->family.user_id);
  if (!account) co_return account.error();
  if (!*account) co_return login_ended();
  for (const auto& salt : outcome->salts) refresh_token = successor_of(refresh_token, salt);
  SignedIn login{(*account)->id, access_token((*account)->id, (*account)->name, outcome->family.id),
                 std::move(refresh_token), std::move(csrf_token)};
  co_return login;
}

Task<Result<void>> AccountService::log_out(auth::Identity bearer) {
  if (!bearer.family) co_return ok();
  const std::string family = *bearer.family;
  const auto revoked = co_await store_.revoke_family(family, clock_.now());
  if (!revoked) co_return revoked.error();
  tell_revoked({family});
  co_return ok();
}

Task<Result<void>> AccountService::log_out_everywhere(auth::Identity bearer) {
  const UserId user_id{bearer.user_id};
  const auto revoked = co_await store_.revoke_families_of(user_id, std::string(), clock_.now());
  if (!revoked) co_return revoked.error();
  tell_revoked(*revoked);
  co_return ok();
}

void AccountService::tell_revoked(const std::vector<std::string>& families) const {
  if (!family_revoked_) return;
  for (const auto& family : families) family_revoked_(family);
}

// --- whoever is signed in

Task<Result<Profile>> AccountService::profile(auth::Identity bearer) {
  const UserId user_id{bearer.user_id};
  auto account = co_await store_.find_account(user_id);
  if (!account) co_return account.error();
  Profile profile{user_id, std::nullopt, bearer.name};
  if (*account) {
    profile.email = std::move((*account)->email);
    profile.name = std::move((*account)->name);
  }
  co_return profile;
}

Task<Result<Profile>> AccountService::rename(auth::Identity bearer, std::string name) {
  auto checked = check_name(name);
  if (!checked) co_return checked.error();
  const UserId user_id{bearer.user_id};
  const auto renamed = co_await store_.rename(user_id, *checked);
  if (!renamed) co_return renamed.error();
  if (!*renamed)
    co_return Error{Errc::invalid_payload, "Your account is not kept here, so its name cannot be changed here."};
  if (renamed_) co_await renamed_(user_id, *checked);
  co_return co_await profile(std::move(bearer));
}

// --- passwords

Task<Limited<void>> AccountService::change_password(auth::Identity bearer, std::string current, std::string wanted) {
  const auto standing = logins_by_account_.attempt("id:" + bearer.user_id);
  if (!standing.is_allowed) co_return Limited<void>(too_many(standing), standing);
  if (const auto checked = check_password(wanted, "new_password"); !checked)
    co_return Limited<void>(checked.error(), standing);
  const UserId user_id{bearer.user_id};
  auto account = co_await store_.find_account(user_id);
  if (!account) co_return Limited<void>(account.error(), standing);
  if (!*account)
    co_return Limited<void>(
        Error{Errc::invalid_payload, "Your account is not kept here, so its password cannot be changed here."},
        standing);
  const std::string hash = (*account)->password_hash;
  const auto verdict = co_await passwords_.verify(std::move(current), hash);
  if (!verdict) co_return Limited<void>(verdict.error(), standing);
  if (!verdict->matches)
    co_return Limited<void>(bad_field("current_password", "The current password is wrong."), standing);
  const std::string family_to_keep = bearer.family.value_or("");
  auto replaced = co_await replace_password(std::move(**account), std::move(wanted), family_to_keep);
  co_return Limited<void>(std::move(replaced), standing);
}

Task<Result<void>> AccountService::replace_password(store::Account account, std::string password,
                                                    std::string family_to_keep) {
  auto hash = co_await passwords_.hash(std::move(password));
  if (!hash) co_return hash.error();
  const auto replaced = co_await store_.replace_password_hash(account.id, account.password_hash, std::move(*hash));
  if (!replaced) co_return replaced.error();
  if (!*replaced) co_return Error{Errc::invalid_payload, "The password was changed by somebody else just now."};
  const auto revoked = co_await store_.revoke_families_of(account.id, std::move(family_to_keep), clock_.now());
  if (!revoked) co_return revoked.error();
  tell_revoked(*revoked);
  co_return ok();
}

Task<Result<void>> AccountService::reset_password(std::string email, std::string password) {
  if (const auto checked = check_password(password); !checked) co_return checked.error();
  auto account = co_await store_.find_account_by_email(normalise_email(email).value_or(""));
  if (!account) co_return account.error();
  if (!*account) co_return Error{Errc::not_found, "There is no account with this e-mail address."};
  co_return co_await replace_password(std::move(**account), std::move(password), std::string());
}

Task<Result<void>> AccountService::delete_account(std::string email) {
  const auto account = co_await store_.find_account_by_email(normalise_email(email).value_or(""));
  if (!account) co_return account.error();
  if (!*account) co_return Error{Errc::not_found, "There is no account with this e-mail address."};
  const UserId user_id = (*account)->id;
  const auto families = co_await store_.delete_account(user_id, clock_.now());
  if (!families) co_return families.error();
  known_.remove(user_id.value);
  if (*families) tell_revoked(**families);
  co_return ok();
}

// --- whom a token speaks for

Task<Result<Bearer>> AccountService::authenticate(std::string token) {
  auto identity = co_await verifier_.verify(std::move(token));
  if (!identity) co_return identity.error();
  Bearer bearer{std::move(*identity), 0};
  bearer.ends_at = bearer.identity.expires_at;
  if (!bearer.identity.is_builtin) co_return bearer;
  const auto family = co_await store_.find_family(*bearer.identity.family);
  if (!family) co_return family.error();
  if (!*family || !(*family)->is_live(clock_.now()) || (*family)->user_id.value != bearer.identity.user_id)
    co_return login_ended();
  bearer.ends_at = (*family)->expires_at;
  co_return bearer;
}

Task<Result<std::optional<EpochMs>>> AccountService::family_end(std::string family) {
  const auto found = co_await store_.find_family(std::move(family));
  if (!found) co_return found.error();
  std::optional<EpochMs> end;
  if (*found && (*found)->is_live(clock_.now())) end = (*found)->expires_at;
  co_return end;
}

Task<Result<bool>> AccountService::is_family_live(std::string family) {
  const auto end = co_await family_end(std::move(family));
  if (!end) co_return end.error();
  co_return end->has_value();
}

// --- people

Task<Result<std::optional<UserId>>> AccountService::find_user_by_email(std::string email) {
  const auto account = co_await store_.find_account_by_email(normalise_email(email).value_or(""));
  if (!account) co_return account.error();
  std::optional<UserId> user_id;
  if (*account) user_id = (*account)->id;
  co_return user_id;
}

Task<Result<void>> AccountService::invite(std::string email, ListId list_id, Role role, UserId invited_by,
                                          Addressee addressee) {
  auto normal = normalise_email(email);
  if (!normal) co_return Error{Errc::invalid_payload, "The e-mail address is not valid."};
  const bool is_settled = addressee == Addressee::has_account;
  store::Invitation invitation{std::move(*normal), list_id, role, std::move(invited_by), clock_.now(), is_settled};
  const auto invited = co_await store_.invite(std::move(invitation), settings_.invitations_per_user);
  if (invited || invited.error().code != Errc::limit_exceeded) co_return invited;
  co_return Error{Errc::limit_exceeded,
                  "You have shared by e-mail with too many who have not logged in since. Share with a link, or by id"};
}

Task<Result<bool>> AccountService::remove_invitation(std::string email, ListId list_id) {
  co_return co_await store_.remove_invitation(normalise_email(email).value_or(""), list_id);
}

Task<Result<void>> AccountService::remember(auth::Identity identity) {
  if (known_.knows(identity.user_id, identity.name)) co_return ok();
  const UserId user_id{identity.user_id};
  const auto remembered = co_await store_.remember_person(user_id, identity.name);
  if (!remembered) co_return remembered.error();
  known_.add(identity.user_id, identity.name);
  co_return ok();
}

Task<Result<std::optional<std::optional<std::string>>>> AccountService::find_person(UserId user_id) {
  co_return co_await store_.find_person(std::move(user_id));
}

// --- housekeeping

Task<Result<void>> AccountService::keep_house() {
  if (!seen_revocation_) {
    const auto last = co_await store_.last_revocation();
    if (!last) co_return last.error();
    seen_revocation_ = *last;
  }
  const auto revocations = co_await store_.revoked_after(*seen_revocation_);
  if (!revocations) co_return revocations.error();
  for (const auto& revocation : *revocations) {
    seen_revocation_ = revocation.sequence;
    tell_revoked({revocation.family});
  }
  const auto now = clock_.now();
  if (now < purged_at_ + purge_every.count()) co_return ok();
  purged_at_ = now;
  const auto purged = co_await store_.purge_families(now - keep_ended_logins.count());
  if (!purged) co_return purged.error();
  if (*purged > 0) log::info("accounts", "forgot logins that have ended", {{"logins", *purged}});
  co_return ok();
}

}  // namespace collab::services
