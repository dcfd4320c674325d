// The promises of store/account_store.hpp about accounts, invitations and names, for every implementation.
#include "contract/account_store/account_store_contract.hpp"
#include "support/list_draft.hpp"

namespace collab::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

auto fields(const Account& account) {
  return std::tuple(account.id, account.email, account.name, account.password_hash, account.created_at);
}
auto fields(const Invitation& one) {
  return std::tuple(one.email, one.list_id, one.role, one.invited_by, one.created_at, one.is_settled);
}

class AccountContract : public AccountStoreContract {};

TEST_P(AccountContract, GivesAnAccountBackAsItWasMade) {
  const Account made{{"id \"of\" Ann ✈"}, "ann@example.org", "Ann O'Neill ✈", "$argon2id$v=19$…", start};
  EXPECT_EQ(code(store().create_account(made)), "ok");
  person("bob");

  under_test_->reopen();

  const auto by_email = value(store().find_account_by_email(made.email));
  const auto by_id = value(store().find_account(made.id));
  ASSERT_TRUE(by_email && by_id);
  EXPECT_EQ(fields(*by_email), fields(made));
  EXPECT_EQ(fields(*by_id), fields(made));
}

TEST_P(AccountContract, FindsNobodyWhoIsNotThere) {
  person("ann");

  EXPECT_FALSE(value(store().find_account_by_email("nobody@example.org")));
  EXPECT_FALSE(value(store().find_account({"nobody"})));
}

TEST_P(AccountContract, HasOneAccountForAnAddress) {
  person("ann");
  Account second = account_of("ann");
  second.id = {"another"};

  EXPECT_EQ(code(store().create_account(second)), "already_exists");

  EXPECT_FALSE(value(store().find_account({"another"})));
  EXPECT_FALSE(value(store().find_person({"another"})));
  EXPECT_EQ(value(store().find_account_by_email("ann@example.org"))->id, account_of("ann").id);
}

TEST_P(AccountContract, ReplacesAPasswordOnlyIfItIsTheOneExpected) {
  const UserId ann = person("ann"), bob = person("bob");

  EXPECT_FALSE(value(store().replace_password_hash(ann, "another", "new")));
  EXPECT_FALSE(value(store().replace_password_hash({"nobody"}, "hash of ann", "new")));
  EXPECT_EQ(value(store().find_account(ann))->password_hash, "hash of ann");
  EXPECT_TRUE(value(store().replace_password_hash(ann, "hash of ann", "new")));
  EXPECT_FALSE(value(store().replace_password_hash(ann, "hash of ann", "newer")));

  EXPECT_EQ(value(store().find_account(ann))->password_hash, "new");
  EXPECT_EQ(value(store().find_account(bob))->password_hash, "hash of bob");
}

TEST_P(AccountContract, KnowsARenamedAccountByItsNewName) {
  const UserId ann = person("ann"), bob = person("bob");
  const std::string name = "Anna \"O'Neill\" ✈";

  EXPECT_TRUE(value(store().rename(ann, name)));
  EXPECT_FALSE(value(store().rename({"nobody"}, name)));
  EXPECT_EQ(code(store().remember_person(ann, "ann")), "ok");  // by a token of before

  under_test_->reopen();

  EXPECT_EQ(value(store().find_account(ann))->name, name);
  EXPECT_EQ(value(store().find_account(ann))->password_hash, "hash of ann");
  EXPECT_EQ(value(store().find_person(ann)), std::optional(std::optional(name)));
  EXPECT_EQ(value(store().find_account(bob))->name, "bob");
  EXPECT_FALSE(value(store().find_person({"nobody"})));
}

TEST_P(AccountContract, LeavesNothingOfADeletedAccount) {
  const UserId ann = person("ann"), bob = person("bob");
  const std::string first = login(ann, "first"), second = login(ann, "second"), other = login(bob, "other");
  Invitation hers{"eve@example.org", ListId::make(), Role::viewer, ann, start, false};
  Invitation his{"eve@example.org", ListId::make(), Role::viewer, bob, start, false};
  ASSERT_EQ(code(store().invite(hers, 0)), "ok");
  ASSERT_EQ(code(store().invite(his, 0)), "ok");

  const auto ended = value(store().delete_account(ann, start + 1));

  ASSERT_TRUE(ended);
  EXPECT_THAT(*ended, UnorderedElementsAre(first, second));
  EXPECT_FALSE(value(store().find_account(ann)));
  EXPECT_FALSE(value(store().find_account_by_email("ann@example.org")));
  EXPECT_FALSE(value(store().find_person(ann)));
  EXPECT_EQ(value(store().invitations_for("eve@example.org")).size(), 1u);
  EXPECT_THAT(revoked_after(0), UnorderedElementsAre(first, second));
  EXPECT_TRUE(value(store().find_family(other))->is_live(start));
  EXPECT_FALSE(value(store().delete_account(ann, start + 2)));
  EXPECT_EQ(code(store().create_account(account_of("ann"))), "ok") << "the address is free";
}

TEST_P(AccountContract, ChangesNothingWhileTheStorageFailsAndGoesOnAfterTheRepair) {
  const UserId ann = person("ann");
  login(ann, "family");

  under_test_->break_storage();
  EXPECT_EQ(code(store().create_account(account_of("bob"))), "unavailable");
  EXPECT_EQ(result(store().replace_password_hash(ann, "hash of ann", "new")).error().code, Errc::unavailable);
  auto made = attempt("family", first_token_of("family"));
  EXPECT_EQ(result(store().rotate(std::move(made))).error().code, Errc::unavailable);
  EXPECT_EQ(result(store().revoke_family("family", start)).error().code, Errc::unavailable);
  under_test_->repair();

  EXPECT_EQ(value(store().find_account(ann))->password_hash, "hash of ann");
  EXPECT_EQ(use("family", first_token_of("family")).salts.size(), 1u);
  person("bob");
}

class InvitationContract : public AccountStoreContract {
 protected:
  static Invitation to(const std::string& who, ListId list_id, const UserId& by, EpochMs at = start) {
    return {who + "@example.org", list_id, Role::editor, by, at, false};
  }
  std::string_view invite(Invitation invitation, std::uint64_t limit = 0) {
    return code(store().invite(std::move(invitation), limit));
  }
  const UserId ann_{"ann"}, bob_{"bob"};
};

TEST_P(InvitationContract, WaitsForItsAddressOldestFirst) {
  const Invitation second = to("eve", ListId::make(), bob_, start + 5);
  Invitation first = to("eve", ListId::make(), ann_);
  first.is_settled = true;
  first.role = Role::viewer;
  invite(second);
  invite(first);
  invite(to("joe", ListId::make(), ann_));

  under_test_->reopen();

  const auto waiting = value(store().invitations_for("eve@example.org"));
  ASSERT_EQ(waiting.size(), 2u);
  EXPECT_EQ(fields(waiting[0]), fields(first));
  EXPECT_EQ(fields(waiting[1]), fields(second));
  EXPECT_THAT(value(store().invitations_for("nobody@example.org")), IsEmpty());
}

TEST_P(InvitationContract, IsReplacedByANewerOneToTheSameList) {
  const ListId list_id = ListId::make();
  invite(to("eve", list_id, ann_));
  Invitation newer = to("eve", list_id, bob_, start + 1);
  newer.role = Role::viewer;

  invite(newer);

  const auto waiting = value(store().invitations_for("eve@example.org"));
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(fields(waiting[0]), fields(newer));
}

TEST_P(InvitationContract, IsRemovedOnce) {
  const ListId list_id = ListId::make(), other = ListId::make();
  invite(to("eve", list_id, ann_));
  invite(to("eve", other, ann_));

  EXPECT_TRUE(value(store().remove_invitation("eve@example.org", list_id)));
  EXPECT_FALSE(value(store().remove_invitation("eve@example.org", list_id)));
  EXPECT_FALSE(value(store().remove_invitation("joe@example.org", other)));

  EXPECT_EQ(value(store().invitations_for("eve@example.org")).size(), 1u);
}

TEST_P(InvitationContract, HasALimitForEachInviter) {
  const ListId list_id = ListId::make();
  Invitation settled = to("joe", list_id, ann_);
  settled.is_settled = true;
  EXPECT_EQ(invite(to("eve", list_id, ann_), 2), "ok");
  EXPECT_EQ(invite(settled, 2), "ok");

  EXPECT_EQ(invite(to("kim", list_id, ann_), 2), "limit_exceeded");
  EXPECT_THAT(value(store().invitations_for("kim@example.org")), IsEmpty());
  EXPECT_EQ(invite(to("eve", list_id, ann_), 2), "ok") << "it replaces one";
  EXPECT_EQ(invite(to("kim", list_id, bob_), 2), "ok") << "another's";
  EXPECT_EQ(invite(to("kim", ListId::make(), ann_), 0), "ok") << "no limit";

  value(store().remove_invitation("eve@example.org", list_id));
  EXPECT_EQ(invite(to("liz", list_id, ann_), 3), "ok");
}

TEST_P(InvitationContract, DoesNotCountForADeletedList) {
  support::ListDraft list(ann_, under_test_->lists().era());
  const auto store_change = [&](SharedChange change) {
    std::vector<SharedChange> changes{std::move(change)};
    return result(under_test_->lists().apply(std::move(changes)));
  };
  ASSERT_THAT(store_change(list.create()), ElementsAre(true));
  EXPECT_EQ(invite(to("eve", list.id(), ann_), 1), "ok");
  EXPECT_EQ(invite(to("joe", list.id(), ann_), 1), "limit_exceeded");

  ASSERT_THAT(store_change(list.act(DeleteList{})), ElementsAre(true));

  EXPECT_EQ(invite(to("joe", ListId::make(), ann_), 1), "ok");
}

class PersonContract : public AccountStoreContract {
 protected:
  /// The name; "(nameless)", "(unknown)".
  std::string name_of(const UserId& user_id) {
    const auto found = value(store().find_person(user_id));
    return !found ? "(unknown)" : found->value_or("(nameless)");
  }
  void remember(const UserId& user_id, std::optional<std::string> name) {
    EXPECT_EQ(code(store().remember_person(user_id, std::move(name))), "ok");
  }
  const UserId eve_{"eve"};
};

TEST_P(PersonContract, IsKnownOnceRemembered) {
  EXPECT_EQ(name_of(eve_), "(unknown)");
  remember(eve_, std::nullopt);
  EXPECT_EQ(name_of(eve_), "(nameless)");
  remember(eve_, "Eve");

  under_test_->reopen();

  EXPECT_EQ(name_of(eve_), "Eve");
}

TEST_P(PersonContract, KeepsANameUntilThereIsANewerOne) {
  remember(eve_, "Eve");
  remember(eve_, std::nullopt);
  EXPECT_EQ(name_of(eve_), "Eve");
  remember(eve_, "Eve ✈");
  EXPECT_EQ(name_of(eve_), "Eve ✈");
}

TEST_P(PersonContract, HasTheNameOfItsAccountWhateverATokenSays) {
  const UserId ann = person("ann");
  EXPECT_EQ(name_of(ann), "ann");

  remember(ann, "Somebody");
  EXPECT_EQ(name_of(ann), "ann");
  remember(ann, std::nullopt);
  EXPECT_EQ(name_of(ann), "ann");
}

const auto sqlite = ::testing::Values(AccountStoreFactory{"sqlite", make_sqlite_accounts_under_test});
INSTANTIATE_TEST_SUITE_P(Sqlite, AccountContract, sqlite);
INSTANTIATE_TEST_SUITE_P(Sqlite, InvitationContract, sqlite);
INSTANTIATE_TEST_SUITE_P(Sqlite, PersonContract, sqlite);
const auto postgres = ::testing::Values(AccountStoreFactory{"postgres", make_postgres_accounts_under_test});
INSTANTIATE_TEST_SUITE_P(Postgres, AccountContract, postgres);
INSTANTIATE_TEST_SUITE_P(Postgres, InvitationContract, postgres);
INSTANTIATE_TEST_SUITE_P(Postgres, PersonContract, postgres);
const auto pgbouncer = ::testing::Values(AccountStoreFactory{"pgbouncer", make_pgbouncer_accounts_under_test});
INSTANTIATE_TEST_SUITE_P(Pgbouncer, AccountContract, pgbouncer);
INSTANTIATE_TEST_SUITE_P(Pgbouncer, InvitationContract, pgbouncer);
INSTANTIATE_TEST_SUITE_P(Pgbouncer, PersonContract, pgbouncer);
const auto supabase_rest = ::testing::Values(AccountStoreFactory{"supabase", make_supabase_accounts_under_test});
INSTANTIATE_TEST_SUITE_P(SupabaseRest, AccountContract, supabase_rest);
INSTANTIATE_TEST_SUITE_P(SupabaseRest, InvitationContract, supabase_rest);
INSTANTIATE_TEST_SUITE_P(SupabaseRest, PersonContract, supabase_rest);

}  // namespace
}  // namespace collab::store
