// store/transfer.hpp: what a SQLite file holds is in PostgreSQL afterwards, however often it is carried over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/sqlite_account_store.hpp"
#include "store/sqlite_store.hpp"
#include "store/transfer.hpp"
#include "support/await.hpp"
#include "support/list_draft.hpp"
#include "support/postgres_fixture.hpp"
#include "support/temp_dir.hpp"

namespace collab::store {
namespace {

using support::await;
using support::ListDraft;

const UserId ann{"ann"}, bob{"bob"};

/// A file with lists and people in it, and an empty database.
struct Move {
  std::unique_ptr<SqliteDatabase> open_file() const {
    SqliteOptions options{.data_dir = folder.path()};
    auto opened = SqliteDatabase::open(options);
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }
  Transferred transfer() {
    auto done = await(store::transfer(*file, *database, [this](const Transferred&) { ++reports; }));
    if (!done) throw std::runtime_error(done.error().message);
    return *done;
  }

  support::TempDir folder;
  std::unique_ptr<SqliteDatabase> file = open_file();
  SqliteStore old_store{*file};
  SqliteAccountStore old_accounts{*file};
  support::PostgresDatabaseUnderTest storage;
  std::unique_ptr<PostgresDatabase> database = storage.open();
  PostgresStore store{*database};
  PostgresAccountStore accounts{*database};
  int reports = 0;
};

TEST(PostgresTransfer, CarriesListsWithEverythingInThem) {
  Move move;
  ListDraft list(ann, move.old_store.era()), other(bob, move.old_store.era());
  const OpId op = OpId::make();
  std::vector<SharedChange> changes{list.create("Holiday ✈"), list.add("Passport", op), list.add("gone")};
  changes.push_back(list.remove(list.last_item()));
  changes.push_back(list.add("Tent"));
  changes.push_back(list.share(bob, Role::editor));
  changes.push_back(list.act(CreateShareLink{LinkId::make(), std::string(32, '\xFE'), Role::viewer, {}}));
  changes.push_back(list.act(RemoveMember{bob}));
  changes.push_back(other.create());
  ASSERT_EQ(await(move.old_store.apply(changes)), std::vector<bool>(changes.size(), true));
  ASSERT_TRUE(await(move.old_store.purge(list.now() + 1'000, {.ops = 1LL << 40, .trash = 1})));
  const auto before = await(move.old_store.load(list.id()));

  const Transferred done = move.transfer();

  EXPECT_EQ(done.lists, 2u);
  EXPECT_EQ(done.of_lists, 2u);
  EXPECT_EQ(done.items, 2u);
  EXPECT_EQ(move.reports, 2);
  const auto after = await(move.store.load(list.id()));
  ASSERT_TRUE(before && after);
  EXPECT_EQ(support::difference(*after->state, *before->state), "");
  EXPECT_GT(after->state->purge_floor, 0);
  EXPECT_EQ(after->state->purge_floor, before->state->purge_floor);
  EXPECT_EQ(after->op_fingerprints, before->op_fingerprints);
  EXPECT_EQ(await(move.store.lists_of(bob)).value().size(), 2u);
}

TEST(PostgresTransfer, MayBeRepeatedWhileBothGoOn) {
  Move move;
  ListDraft list(ann, move.old_store.era());
  ASSERT_EQ(await(move.old_store.apply({list.create(), list.add("one")})), std::vector<bool>(2, true));
  move.transfer();
  const std::string rows =
      move.storage.query("select t::text from todo_lists t union all select t::text from todo_items t");
  move.transfer();
  EXPECT_EQ(move.storage.query("select t::text from todo_lists t union all select t::text from todo_items t"), rows);
  ASSERT_EQ(await(move.old_store.apply({list.add("two")})), std::vector<bool>(1, true));

  move.transfer();

  EXPECT_EQ(support::difference(*await(move.store.load(list.id()))->state, list.state()), "");
  ASSERT_EQ(await(move.store.apply({list.add("three")})), std::vector<bool>(1, true)) << "it goes on there";
  move.transfer();
  EXPECT_EQ(support::difference(*await(move.store.load(list.id()))->state, list.state()), "");
}

TEST(PostgresTransfer, CarriesPeopleAndTheirLogins) {
  Move move;
  const Account account{ann, "ann@example.org", "Ann ✈", "$argon2id$…", 1'780'000'000'000};
  ASSERT_TRUE(await(move.old_accounts.create_account(account)));
  for (int n = 0; n < 1'100; ++n)
    ASSERT_TRUE(await(move.old_accounts.remember_person(UserId{"person " + std::to_string(n)}, std::nullopt)));
  RefreshFamily family{"family", ann, 1'780'000'000'000, 1'790'000'000'000, false};
  ASSERT_TRUE(await(move.old_accounts.create_family(family, std::string("csrf\0", 5), "first")));
  RefreshAttempt attempt{"first",           std::string("csrf\0", 5), std::string("salt\0", 5),         "second",
                         1'780'000'000'001, 1'790'000'000'000,        std::chrono::milliseconds(10'000)};
  ASSERT_EQ(await(move.old_accounts.rotate(attempt))->salts.size(), 1u);
  Invitation invitation{"eve@example.org", ListId::make(), Role::editor, ann, 1, true};
  ASSERT_TRUE(await(move.old_accounts.invite(invitation, 0)));

  move.transfer();
  const Transferred again = move.transfer();

  EXPECT_EQ(again.account_rows, 1u + 1u + 2u + 1u + 1'101u);
  EXPECT_EQ(await(move.accounts.find_account_by_email("ann@example.org")).value()->password_hash,
            account.password_hash);
  EXPECT_EQ(await(move.accounts.find_person(ann)).value().value(), "Ann ✈");
  EXPECT_TRUE(await(move.accounts.find_person(UserId{"person 1099"})).value());
  const auto waiting = await(move.accounts.invitations_for("eve@example.org")).value();
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_TRUE(waiting.front().is_settled);
  EXPECT_EQ(waiting.front().role, Role::editor);
  attempt.token_hash = "second";
  attempt.successor_hash = "third";
  EXPECT_EQ(await(move.accounts.rotate(attempt))->verdict, RefreshOutcome::Verdict::good) << "nobody must log in again";
}

}  // namespace
}  // namespace collab::store
