// The promises of store/account_store.hpp about logins and their refresh tokens, for every implementation.
#include <set>

#include "contract/account_store/account_store_contract.hpp"
#include "support/on_shard.hpp"

namespace collab::store {
namespace {

using Verdict = RefreshOutcome::Verdict;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class LoginContract : public AccountStoreContract {
 protected:
  bool is_revoked(const std::string& family) { return value(store().find_family(family))->is_revoked; }
};

TEST_P(LoginContract, IsFoundAsItWasMade) {
  const UserId ann = person("ann");
  login(ann, "family");

  under_test_->reopen();

  const auto found = value(store().find_family("family"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "family");
  EXPECT_EQ(found->user_id, ann);
  EXPECT_EQ(found->created_at, start);
  EXPECT_EQ(found->expires_at, end);
  EXPECT_FALSE(found->is_revoked);
  EXPECT_FALSE(value(store().find_family("another")));
}

TEST_P(LoginContract, NeedsAnAccount) {
  const UserId ann = person("ann");
  value(store().delete_account(ann, start));
  RefreshFamily family{"family", ann, start, end, false};

  EXPECT_EQ(code(store().create_family(std::move(family), csrf_of("family"), "token")), "not_found");

  EXPECT_FALSE(value(store().find_family("family")));
  EXPECT_EQ(use("family", "token").verdict, Verdict::unknown);
}

TEST_P(LoginContract, GoesOnWithEachNewToken) {
  const UserId ann = person("ann");
  login(ann, "family");
  std::string token = first_token_of("family");

  for (EpochMs now = start + 20'000; now < start + 100'000; now += 20'000) {
    const RefreshOutcome outcome = use("family", token, now);
    EXPECT_EQ(outcome.verdict, Verdict::good);
    EXPECT_EQ(outcome.family.user_id, ann);
    EXPECT_THAT(outcome.salts, ElementsAre("salt of " + token));
    EXPECT_EQ(outcome.family.expires_at, now + 60'000);
    EXPECT_EQ(value(store().find_family("family"))->expires_at, now + 60'000);
    token.insert(0, "after ");
    under_test_->reopen();
  }
}

TEST_P(LoginContract, GivesAUsedTokenTheSameSuccessorWithinTheGrace) {
  login(person("ann"), "family");
  const std::string first = first_token_of("family"), second = "after " + first, third = "after " + second;
  use("family", first, start);

  auto again = attempt("family", first, start + grace);
  again.salt = "another salt";
  again.successor_hash = "another token";
  const RefreshOutcome outcome = value(store().rotate(std::move(again)));

  EXPECT_EQ(outcome.verdict, Verdict::good);
  EXPECT_THAT(outcome.salts, ElementsAre("salt of " + first));
  EXPECT_EQ(use("family", "another token", start + grace).verdict, Verdict::unknown);
  use("family", second, start + 1);
  EXPECT_THAT(use("family", first, start + 2).salts, ElementsAre("salt of " + first, "salt of " + second));
  EXPECT_EQ(use("family", third, start + 3).verdict, Verdict::good);
}

TEST_P(LoginContract, EndsWhenATokenIsUsedAgainAfterTheGrace) {
  login(person("ann"), "family");
  const std::string first = first_token_of("family"), second = "after " + first;
  use("family", first, start);

  const RefreshOutcome outcome = use("family", first, start + grace + 1);

  EXPECT_EQ(outcome.verdict, Verdict::reused);
  EXPECT_EQ(outcome.family.id, "family");
  EXPECT_TRUE(is_revoked("family"));
  EXPECT_THAT(revoked_after(0), ElementsAre("family"));
  EXPECT_EQ(use("family", second, start + grace + 2).verdict, Verdict::unknown);
  EXPECT_EQ(use("family", first, start + grace + 2).verdict, Verdict::unknown);
  EXPECT_THAT(revoked_after(0), ElementsAre("family")) << "once";
}

TEST_P(LoginContract, IsNotTouchedByATokenThatIsNoneOrTheWrongSecret) {
  login(person("ann"), "family");
  const std::string first = first_token_of("family");
  auto forged = attempt("family", first);
  forged.csrf_hash = "another";

  EXPECT_EQ(use("family", "no token").verdict, Verdict::unknown);
  EXPECT_EQ(value(store().rotate(std::move(forged))).verdict, Verdict::unknown);

  EXPECT_EQ(value(store().find_family("family"))->expires_at, end);
  EXPECT_THAT(use("family", first).salts, ElementsAre("salt of " + first)) << "this is its first use";
}

TEST_P(LoginContract, IsOverAtItsEnd) {
  const UserId ann = person("ann");
  login(ann, "family");
  login(ann, "other");

  EXPECT_EQ(use("family", first_token_of("family"), end).verdict, Verdict::unknown);
  EXPECT_EQ(use("other", first_token_of("other"), end - 1).verdict, Verdict::good);
}

TEST_P(LoginContract, GivesTabsThatRefreshAtOnceTheSameToken) {
  login(person("ann"), "family");
  const std::string first = first_token_of("family");
  std::vector<Task<Result<RefreshOutcome>>> tabs;
  for (int tab = 0; tab < 8; ++tab) {
    auto made = attempt("family", first);
    made.salt = "salt of tab " + std::to_string(tab);
    made.successor_hash = "token of tab " + std::to_string(tab);
    tabs.push_back((tab % 2 == 0 ? store() : under_test_->elsewhere()).rotate(std::move(made)));
  }

  const auto outcomes = result(test::all(io_, std::move(tabs)));

  std::set<std::vector<std::string>> salts;
  for (const auto& outcome : outcomes) {
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->verdict, Verdict::good);
    salts.insert(outcome->salts);
  }
  EXPECT_EQ(salts.size(), 1u);
}

TEST_P(LoginContract, IsRevokedOnce) {
  const UserId ann = person("ann");
  login(ann, "family");
  login(ann, "other");

  EXPECT_TRUE(value(store().revoke_family("family", start)));
  EXPECT_FALSE(value(store().revoke_family("family", start)));
  EXPECT_FALSE(value(store().revoke_family("no family", start)));

  EXPECT_TRUE(is_revoked("family"));
  EXPECT_FALSE(is_revoked("other"));
  EXPECT_EQ(use("family", first_token_of("family")).verdict, Verdict::unknown);
  EXPECT_THAT(revoked_after(0), ElementsAre("family"));
}

TEST_P(LoginContract, IsRevokedWithTheOthersOfItsUserExceptForOne) {
  const UserId ann = person("ann"), bob = person("bob");
  for (const char* id : {"one", "two", "three", "ended before"}) login(ann, id);
  login(bob, "his");
  value(store().revoke_family("ended before", start));

  EXPECT_THAT(value(store().revoke_families_of(ann, "two", start)), UnorderedElementsAre("one", "three"));

  EXPECT_FALSE(is_revoked("two"));
  EXPECT_FALSE(is_revoked("his"));
  EXPECT_THAT(value(store().revoke_families_of(ann, "", start)), ElementsAre("two"));
  EXPECT_THAT(value(store().revoke_families_of({"nobody"}, "", start)), IsEmpty());
}

TEST_P(LoginContract, TellsEveryProcessOfItsEndInOrder) {
  const UserId ann = person("ann");
  for (const char* id : {"one", "two", "three"}) login(ann, id);
  EXPECT_EQ(value(store().last_revocation()), 0);
  EXPECT_THAT(revoked_after(0), IsEmpty());

  value(store().revoke_family("two", start));
  const std::int64_t seen = value(store().last_revocation());
  value(under_test_->elsewhere().revoke_family("one", start));
  value(store().revoke_family("three", start));

  EXPECT_THAT(revoked_after(0), ElementsAre("two", "one", "three"));
  EXPECT_THAT(revoked_after(seen), ElementsAre("one", "three"));
  EXPECT_THAT(revoked_after(value(store().last_revocation())), IsEmpty());
  std::int64_t before = 0;
  for (const Revocation& one : value(under_test_->elsewhere().revoked_after(0))) {
    EXPECT_GT(one.sequence, before);
    before = one.sequence;
  }
  EXPECT_EQ(before, value(store().last_revocation()));
}

TEST_P(LoginContract, TellsOfAThousandEndsAtATime) {
  const UserId ann = person("ann");
  std::vector<Task<Result<void>>> logins;
  for (int i = 0; i < 1'005; ++i) {
    const std::string id = "family " + std::to_string(i);
    RefreshFamily family{id, ann, start, end, false};
    logins.push_back(store().create_family(std::move(family), csrf_of(id), first_token_of(id)));
  }
  result(test::all(io_, std::move(logins)));
  ASSERT_EQ(value(store().revoke_families_of(ann, "", start)).size(), 1'005u);

  const auto told = value(store().revoked_after(0));

  ASSERT_EQ(told.size(), 1'000u);
  EXPECT_EQ(revoked_after(told.back().sequence).size(), 5u);
}

TEST_P(LoginContract, IsForgottenSomeTimeAfterItsEnd) {
  const UserId ann = person("ann");
  login(ann, "ended", start + 1'000);
  login(ann, "revoked", start + 9'000);
  login(ann, "revoked late", start + 9'000);
  login(ann, "alive", start + 9'000);
  value(store().revoke_family("revoked", start + 1'000));
  value(store().revoke_family("revoked late", start + 5'000));

  EXPECT_EQ(value(store().purge_families(start + 1'000)), 0u);
  EXPECT_EQ(value(store().purge_families(start + 1'001)), 2u);
  EXPECT_EQ(value(store().purge_families(start + 1'001)), 0u);

  EXPECT_FALSE(value(store().find_family("ended")));
  EXPECT_FALSE(value(store().find_family("revoked")));
  EXPECT_TRUE(value(store().find_family("alive")));
  EXPECT_EQ(use("ended", first_token_of("ended"), start).verdict, Verdict::unknown);
  EXPECT_EQ(use("alive", first_token_of("alive"), start).verdict, Verdict::good);
  EXPECT_THAT(revoked_after(0), ElementsAre("revoked late"));
}

TEST_P(LoginContract, IsNumberedAboveAllThatWereForgotten) {
  const UserId ann = person("ann");
  login(ann, "first");
  login(ann, "second");
  value(store().revoke_family("first", start));
  const std::int64_t seen = value(store().last_revocation());
  ASSERT_EQ(value(store().purge_families(start + 1)), 1u);
  under_test_->reopen();

  value(store().revoke_family("second", start));

  EXPECT_THAT(revoked_after(seen), ElementsAre("second")) << "who has seen the first hears of the second";
}

INSTANTIATE_TEST_SUITE_P(Sqlite, LoginContract,
                         ::testing::Values(AccountStoreFactory{"sqlite", make_sqlite_accounts_under_test}));
INSTANTIATE_TEST_SUITE_P(Postgres, LoginContract,
                         ::testing::Values(AccountStoreFactory{"postgres", make_postgres_accounts_under_test}));
INSTANTIATE_TEST_SUITE_P(Pgbouncer, LoginContract,
                         ::testing::Values(AccountStoreFactory{"pgbouncer", make_pgbouncer_accounts_under_test}));
INSTANTIATE_TEST_SUITE_P(SupabaseRest, LoginContract,
                         ::testing::Values(AccountStoreFactory{"supabase", make_supabase_accounts_under_test}));

}  // namespace
}  // namespace collab::store
