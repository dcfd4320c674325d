// The fixture of the contract's suites: the store's methods without coroutines, and people who use them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/account_store/account_store_under_test.hpp"
#include "support/await.hpp"

namespace collab::store {

class AccountStoreContract : public ::testing::TestWithParam<AccountStoreFactory> {
 protected:
  static constexpr EpochMs start = 1'780'000'000'000, end = start + 30'000, grace = 10'000;

  template <class T>
  T result(Task<T> task) {
    return support::await_on(io_, std::move(task));
  }
  /// Of what must succeed.
  template <class T>
  T value(Task<Result<T>> task) {
    auto outcome = result(std::move(task));
    if (!outcome) throw std::runtime_error(outcome.error().message);
    return std::move(*outcome);
  }
  /// What came of a task that gives nothing: its code, "ok" if none.
  std::string_view code(Task<Result<void>> task) {
    const auto outcome = result(std::move(task));
    return outcome ? "ok" : to_string(outcome.error().code);
  }
  AccountStore& store() { return under_test_->accounts(); }

  static Account account_of(const std::string& who) {
    return {{"id of " + who}, who + "@example.org", who, "hash of " + who, start};
  }
  /// Somebody with an account.
  UserId person(const std::string& who) {
    EXPECT_EQ(code(store().create_account(account_of(who))), "ok");
    return account_of(who).id;
  }

  /// Bytes, as hashes are.
  static std::string csrf_of(const std::string& family) { return std::string("csrf\0\xFE", 6).append(family); }
  static std::string first_token_of(const std::string& family) { return family + "'s first"; }
  /// A login of this person; its first token is first_token_of(id).
  std::string login(const UserId& user_id, const std::string& id, EpochMs expires_at = end) {
    RefreshFamily family{id, user_id, start, expires_at, false};
    EXPECT_EQ(code(store().create_family(std::move(family), csrf_of(id), first_token_of(id))), "ok");
    return id;
  }
  /// The use of a token; its successor is named after it.
  static RefreshAttempt attempt(const std::string& family, const std::string& token, EpochMs now = start) {
    return {token,
            csrf_of(family),
            "salt of " + token,
            "after " + token,
            now,
            now + 60'000,
            std::chrono::milliseconds(grace)};
  }
  RefreshOutcome use(const std::string& family, const std::string& token, EpochMs now = start) {
    auto made = attempt(family, token, now);
    return value(store().rotate(std::move(made)));
  }
  std::vector<std::string> revoked_after(std::int64_t sequence) {
    std::vector<std::string> families;
    for (Revocation& one : value(store().revoked_after(sequence))) families.push_back(std::move(one.family));
    return families;
  }

  asio::io_context io_;
  std::unique_ptr<AccountStoreUnderTest> under_test_ = GetParam().make();
};

}  // namespace collab::store
