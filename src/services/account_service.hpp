// The built-in account service: registering, logging in, staying logged in, and whom a token speaks for.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/jwt.hpp"
#include "auth/password.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/task.hpp"
#include "model/ids.hpp"
#include "services/account_rules.hpp"
#include "services/known_people.hpp"
#include "services/rate_limiter.hpp"
#include "store/account_store.hpp"

namespace collab::services {

/// Who may register.
enum class Registration { open, invite, closed };

/// How the account service behaves. The defaults are those of the configuration.
struct AccountSettings {
  Registration registration = Registration::open;
  RateLimit logins_per_address{20, std::chrono::minutes(1)};
  RateLimit logins_per_account{20,
                               std::chrono::minutes(1)};  ///< by e-mail, whether or not it exists; password changes too
  RateLimit registrations_per_address{100, std::chrono::hours(1)};
  RateLimit refreshes_per_address{600, std::chrono::minutes(1)};
  std::uint64_t invitations_per_user = 1'000;  ///< open shares by e-mail of one user; 0 = no limit
  std::chrono::milliseconds login_lifetime = std::chrono::hours(24 * 30);  ///< since the last refresh
  std::chrono::milliseconds refresh_grace = std::chrono::seconds(10);
};

/// What came of a request that is limited, and where its sender stands.
template <class T>
struct Limited {
  Limited() = default;
  explicit Limited(Result<T> o, RateStanding s = {}) : outcome(std::move(o)), standing(s) {}
  Result<T> outcome;
  RateStanding standing;
};

/// A login, or its continuation.
struct SignedIn {
  UserId user_id;
  std::string access_token;
  std::string refresh_token;
  std::string csrf_token;
};

/// Somebody whose token was accepted, and until when: the end of the login for our own tokens (which a refresh moves
/// on), else `exp`.
struct Bearer {
  auth::Identity identity;
  EpochMs ends_at = 0;
};

/// What is known of somebody. No e-mail address where the account is not kept here; the name is the token's then.
struct Profile {
  UserId user_id;
  std::optional<std::string> email;
  std::optional<std::string> name;
};

struct NewAccount {
  std::string email;
  std::string password;
  std::string name;
};

/// One for the process; any shard's coroutine may call it. Everything it is given outlives it. `address` is the
/// client's, as text. Unless a method says otherwise, failures are unavailable, and for limited ones rate_limited with
/// `retry_after_ms`.
class AccountService {
 public:
  struct Parts {
    store::AccountStore& store;
    auth::PasswordHasher& passwords;
    const auth::TokenVerifier& verifier;
    const auth::TokenIssuer& issuer;
    const Clock& clock;
  };

  AccountService(Parts parts, AccountSettings settings);

  /// Called with the id of each login that was revoked, here or by another process on the same database; maybe twice.
  /// On the thread that found it, so it must only pass it on. Set before the first request.
  void on_family_revoked(std::function<void(const std::string& family)> listener) {
    family_revoked_ = std::move(listener);
  }

  /// Called after somebody with pending invitations registered or logged in, before the answer leaves. Whoever redeems
  /// one removes it with remove_invitation(). Set before the first request.
  using InvitationHandler = std::function<Task<void>(UserId user_id, std::vector<store::Invitation> invitations)>;
  void on_invitations(InvitationHandler handler) { redeem_ = std::move(handler); }

  /// Called after somebody has got another name, before the answer leaves. Set before the first request.
  using RenameHandler = std::function<Task<void>(UserId user_id, std::string name)>;
  void on_renamed(RenameHandler handler) { renamed_ = std::move(handler); }

  Registration registration() const { return settings_.registration; }

  // --- requests of clients

  /// Failure: invalid_payload (a bad field, or a taken e-mail; the message is for a person), forbidden (not open).
  Task<Limited<UserId>> register_account(NewAccount account, std::string address);
  /// Failure: forbidden, the same in content and work whether the e-mail or the password is wrong.
  Task<Limited<SignedIn>> log_in(std::string email, std::string password, std::string address);
  /// Failure: token_invalid. A token that was used before, but not just now, ends its login.
  Task<Limited<SignedIn>> refresh(std::string refresh_token, std::string csrf_token, std::string address);
  /// Ends the bearer's login; nothing happens for tokens that belong to none.
  Task<Result<void>> log_out(auth::Identity bearer);
  /// Ends every login of the bearer.
  Task<Result<void>> log_out_everywhere(auth::Identity bearer);
  Task<Result<Profile>> profile(auth::Identity bearer);
  /// Failure: invalid_payload (the name is not acceptable, or the account is not kept here).
  Task<Result<Profile>> rename(auth::Identity bearer, std::string name);
  /// Ends all other logins of the bearer. Failure: invalid_payload (the new one is not acceptable, the present one is
  /// wrong).
  Task<Limited<void>> change_password(auth::Identity bearer, std::string current, std::string wanted);

  /// For HTTP requests and sockets: verifies the token and, if it belongs to a login, that this has not ended.
  /// Failure: token_missing, token_invalid, token_expired.
  Task<Result<Bearer>> authenticate(std::string token);
  /// When this login ends; nullopt if it has.
  Task<Result<std::optional<EpochMs>>> family_end(std::string family);
  Task<Result<bool>> is_family_live(std::string family);

  // --- people, for sharing

  /// The same work whether or not there is such an account.
  Task<Result<std::optional<UserId>>> find_user_by_email(std::string email);
  /// Notes a share by e-mail: lets the list wait for whoever registers with this address, or only counts, until he logs
  /// in, where the address has an account. Both take a place among the inviter's, so that neither the answer nor the
  /// number of shares that are left tells whether there is an account. Failure: limit_exceeded; invalid_payload if it
  /// is no address.
  enum class Addressee { nobody_yet, has_account };
  Task<Result<void>> invite(std::string email, ListId list_id, Role role, UserId invited_by, Addressee addressee);
  Task<Result<bool>> remove_invitation(std::string email, ListId list_id);
  /// Notes that this user has connected. Writes only what is new since this process started.
  Task<Result<void>> remember(auth::Identity identity);
  /// nullopt: never had an account, never connected. The inner optional is the name.
  Task<Result<std::optional<std::optional<std::string>>>> find_person(UserId user_id);

  // --- operators (`collab-todo user`)

  Task<Result<UserId>> create_account(NewAccount account);
  /// Replaces the password and ends every login. Failure: not_found, invalid_payload.
  Task<Result<void>> reset_password(std::string email, std::string password);
  /// Failure: not_found. Lists stay as they are.
  Task<Result<void>> delete_account(std::string email);

  // --- housekeeping

  /// Looks for logins that another process has revoked, and forgets those that ended long ago. To be called every few
  /// seconds, by one task at a time.
  Task<Result<void>> keep_house();

 private:
  Task<Result<UserId>> create_checked(NewAccount account);
  Task<Result<void>> check_admission(std::string email);
  Task<Result<store::Account>> find_by_password(std::string email, std::string password);
  Task<void> upgrade_hash(store::Account account, std::string password);
  Task<Result<SignedIn>> start_login(store::Account account);
  Task<Result<SignedIn>> continue_login(std::string refresh_token, std::string csrf_token);
  Task<void> redeem_invitations(UserId user_id, std::string email);
  Task<Result<void>> replace_password(store::Account account, std::string password, std::string family_to_keep);
  std::string access_token(const UserId& user_id, const std::string& name, const std::string& family) const;
  void tell_revoked(const std::vector<std::string>& families) const;
  Error too_many(const RateStanding& standing) const;

  store::AccountStore& store_;
  auth::PasswordHasher& passwords_;
  const auth::TokenVerifier& verifier_;
  const auth::TokenIssuer& issuer_;
  const Clock& clock_;
  const AccountSettings settings_;
  RateLimiter logins_by_address_;
  RateLimiter logins_by_account_;
  RateLimiter registrations_by_address_;
  RateLimiter refreshes_by_address_;
  KnownPeople known_;
  std::function<void(const std::string&)> family_revoked_;
  InvitationHandler redeem_;
  RenameHandler renamed_;
  std::optional<std::int64_t> seen_revocation_;  // by keep_house() only
  EpochMs purged_at_ = 0;                        // likewise
};

}  // namespace collab::services
