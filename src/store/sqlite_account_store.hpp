// Accounts in the SQLite file of this server.
#pragma once

#include "store/account_store.hpp"
#include "store/sqlite_database.hpp"

namespace collab::store {

/// AccountStore on SqliteDatabase, whose file and threads it shares with the lists. Keeps nothing itself; any thread.
/// The database outlives it.
class SqliteAccountStore final : public AccountStore {
 public:
  explicit SqliteAccountStore(SqliteDatabase& database) : database_(database) {}

  Task<Result<void>> create_account(Account account) override;
  Task<Result<std::optional<Account>>> find_account_by_email(std::string email) override;
  Task<Result<std::optional<Account>>> find_account(UserId user_id) override;
  Task<Result<bool>> replace_password_hash(UserId user_id, std::string expected, std::string hash) override;
  Task<Result<bool>> rename(UserId user_id, std::string name) override;
  Task<Result<std::optional<std::vector<std::string>>>> delete_account(UserId user_id, EpochMs now) override;

  Task<Result<void>> create_family(RefreshFamily family, std::string csrf_hash, std::string token_hash) override;
  Task<Result<std::optional<RefreshFamily>>> find_family(std::string family) override;
  Task<Result<RefreshOutcome>> rotate(RefreshAttempt attempt) override;
  Task<Result<bool>> revoke_family(std::string family, EpochMs now) override;
  Task<Result<std::vector<std::string>>> revoke_families_of(UserId user_id, std::string except, EpochMs now) override;
  Task<Result<std::vector<Revocation>>> revoked_after(std::int64_t sequence) override;
  Task<Result<std::int64_t>> last_revocation() override;
  Task<Result<std::size_t>> purge_families(EpochMs before) override;

  Task<Result<void>> invite(Invitation invitation, std::uint64_t limit) override;
  Task<Result<std::vector<Invitation>>> invitations_for(std::string email) override;
  Task<Result<bool>> remove_invitation(std::string email, ListId list_id) override;

  Task<Result<void>> remember_person(UserId user_id, std::optional<std::string> name) override;
  Task<Result<std::optional<std::optional<std::string>>>> find_person(UserId user_id) override;

 private:
  SqliteDatabase& database_;
};

}  // namespace collab::store
