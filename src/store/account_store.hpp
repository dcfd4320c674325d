// L3 for people: accounts, logins, invitations and names. The seam behind which SQLite stands today and PostgreSQL
// next.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/task.hpp"
#include "model/ids.hpp"
#include "model/list.hpp"

namespace collab::store {

/// Someone who registered with the built-in account service.
struct Account {
  UserId id;
  std::string email;  ///< lower case; unique
  std::string name;
  std::string password_hash;  ///< a crypt(3) string: argon2id, or bcrypt from an older service
  EpochMs created_at = 0;
};

/// A login: the chain of refresh tokens that began with one password. It ends by revocation, or at `expires_at`.
struct RefreshFamily {
  std::string id;
  UserId user_id;
  EpochMs created_at = 0;
  EpochMs expires_at = 0;
  bool is_revoked = false;

  bool is_live(EpochMs now) const { return !is_revoked && now < expires_at; }
};

/// One use of a refresh token. Hashes are raw SHA-256: no token is ever stored.
struct RefreshAttempt {
  std::string token_hash;      ///< of the token that was presented
  std::string csrf_hash;       ///< of the CSRF value that was presented with it
  std::string salt;            ///< random; what the successor was derived from
  std::string successor_hash;  ///< of the token that follows if this is the first use
  EpochMs now = 0;
  EpochMs expires_at = 0;              ///< of the family, if the token is good
  std::chrono::milliseconds grace{0};  ///< how long a used token may still be presented again
};

struct RefreshOutcome {
  enum class Verdict {
    unknown,  ///< no such token, another CSRF value, or the family has ended; nothing was changed
    good,     ///< first use, or again within the grace
    reused,   ///< used before the grace: somebody has a copy. The family has been revoked
  };
  Verdict verdict = Verdict::unknown;
  RefreshFamily family = {};
  /// good: the salts by which the newest token of the family derives from the one presented, one after the other.
  std::vector<std::string> salts = {};
};

/// A list that was shared by e-mail, and waits for somebody to register with this address or to log in.
struct Invitation {
  std::string email;  ///< lower case
  ListId list_id;
  Role role = Role::viewer;
  UserId invited_by;
  EpochMs created_at = 0;
  bool is_settled = false;  ///< the address had an account, which got the list at once: it only counts
};

/// A family that was revoked, in the order of revocation over all processes that use this database.
struct Revocation {
  std::int64_t sequence = 0;
  std::string family;
};

/// All methods: from any coroutine; the result comes home to the caller's executor. Each is one transaction, durable
/// when it completes. Faults of the storage are Errc::unavailable, with the cause in the log.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  /// Errc::already_exists if the e-mail is taken.
  virtual Task<Result<void>> create_account(Account account) = 0;
  virtual Task<Result<std::optional<Account>>> find_account_by_email(std::string email) = 0;
  virtual Task<Result<std::optional<Account>>> find_account(UserId user_id) = 0;
  /// Replaces the hash if it is still `expected`; false if it is not, or there is no such account.
  virtual Task<Result<bool>> replace_password_hash(UserId user_id, std::string expected, std::string hash) = 0;
  /// Replaces the name, also the one by which others know the user; false if there is no such account.
  virtual Task<Result<bool>> rename(UserId user_id, std::string name) = 0;
  /// Removes the account, its name and its invitations, and revokes its families, whose ids are returned; nullopt if
  /// there is none. Lists are not touched.
  virtual Task<Result<std::optional<std::vector<std::string>>>> delete_account(UserId user_id, EpochMs now) = 0;

  /// Begins a login with its first refresh token. Errc::not_found if there is no such account (any more).
  virtual Task<Result<void>> create_family(RefreshFamily family, std::string csrf_hash, std::string token_hash) = 0;
  virtual Task<Result<std::optional<RefreshFamily>>> find_family(std::string family) = 0;
  /// Judges a refresh token and, at its first use, records its successor: atomic, so that two tabs get the same one.
  virtual Task<Result<RefreshOutcome>> rotate(RefreshAttempt attempt) = 0;
  /// False if it was revoked already or never existed.
  virtual Task<Result<bool>> revoke_family(std::string family, EpochMs now) = 0;
  /// Revokes every live family of the user but `except` ("" = none); their ids.
  virtual Task<Result<std::vector<std::string>>> revoke_families_of(UserId user_id, std::string except,
                                                                    EpochMs now) = 0;
  /// Revocations after `sequence`, by any process, oldest first; at most 1,000.
  virtual Task<Result<std::vector<Revocation>>> revoked_after(std::int64_t sequence) = 0;
  /// The sequence of the newest revocation; 0 = none.
  virtual Task<Result<std::int64_t>> last_revocation() = 0;
  /// Forgets families that ended before `before`, with their tokens; how many.
  virtual Task<Result<std::size_t>> purge_families(EpochMs before) = 0;

  /// Adds an invitation; one for the same e-mail and list is replaced. Errc::limit_exceeded if the inviter has `limit`
  /// others (0 = no limit), settled or not, to lists that are not deleted.
  virtual Task<Result<void>> invite(Invitation invitation, std::uint64_t limit) = 0;
  virtual Task<Result<std::vector<Invitation>>> invitations_for(std::string email) = 0;
  /// Removes it, once it was redeemed or withdrawn; false if there was none.
  virtual Task<Result<bool>> remove_invitation(std::string email, ListId list_id) = 0;

  /// Notes that this user exists. A name replaces the one before, no name leaves it, and an account's own name stands.
  virtual Task<Result<void>> remember_person(UserId user_id, std::optional<std::string> name) = 0;
  /// nullopt: never seen. The inner optional is the name.
  virtual Task<Result<std::optional<std::optional<std::string>>>> find_person(UserId user_id) = 0;
};

}  // namespace collab::store
