// The account service on a database of its own in a temporary folder, with a clock that the test moves.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "core/blocking_pool.hpp"
#include "services/account_service.hpp"
#include "store/sqlite_account_store.hpp"
#include "support/await.hpp"

namespace collab::test {

inline constexpr const char* test_secret = "a secret of the tests, long enough for HS256";

/// A real argon2id, but small enough for many tests.
inline constexpr auth::PasswordCost cheap_passwords{8 * 1024, 1};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "collab-accounts-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Everything that an AccountService needs, and one.
class AccountWorld {
 public:
  explicit AccountWorld(services::AccountSettings settings = {})
      : database(open(folder.path())),
        store(*database),
        pool("test", 2, 1'000),
        passwords(pool, cheap_passwords),
        verifier(auth::TokenRules{test_secret}, clock),
        issuer(test_secret, "", "", clock),
        accounts({store, passwords, verifier, issuer, clock}, settings) {
    accounts.on_family_revoked([this](const std::string& family) { revoked.push_back(family); });
  }

  /// Another process on the same database, as far as the service can tell.
  std::unique_ptr<services::AccountService> another_service() {
    return std::make_unique<services::AccountService>(
        services::AccountService::Parts{store, passwords, verifier, issuer, clock}, services::AccountSettings{});
  }

  UserId register_account(const std::string& email, const std::string& password = "password 1",
                          const std::string& name = "Ann") {
    return support::await(accounts.register_account({email, password, name}, "10.0.0.1")).outcome.value();
  }
  Result<services::SignedIn> log_in(const std::string& email, const std::string& password = "password 1") {
    return support::await(accounts.log_in(email, password, "10.0.0.1")).outcome;
  }
  Result<services::SignedIn> refresh(const std::string& token, const std::string& csrf) {
    return support::await(accounts.refresh(token, csrf, "10.0.0.1")).outcome;
  }
  Result<services::Bearer> authenticate(const std::string& token) {
    return support::await(accounts.authenticate(token));
  }
  /// Whenever the access token was made.
  std::string family_of(const services::SignedIn& login) {
    auth::TokenRules rules{test_secret};
    rules.leeway = std::chrono::hours(24 * 365 * 10);
    return auth::TokenVerifier(rules, clock).verify_with_secret(login.access_token).value().family.value();
  }

  TemporaryFolder folder;
  ManualClock clock;
  std::vector<std::string> revoked;
  std::unique_ptr<store::SqliteDatabase> database;
  store::SqliteAccountStore store;
  BlockingPool pool;
  auth::PasswordHasher passwords;
  auth::TokenVerifier verifier;
  auth::TokenIssuer issuer;
  services::AccountService accounts;

 private:
  static std::unique_ptr<store::SqliteDatabase> open(const std::filesystem::path& path) {
    store::SqliteOptions options;
    options.data_dir = path;
    return store::SqliteDatabase::open(std::move(options)).value();
  }
};

}  // namespace collab::test
