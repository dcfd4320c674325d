// How a PostgreSQL database is taken into use: schema, rows of the Python service, lease, era.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "model/position.hpp"
#include "store/postgres_setup.hpp"
#include "support/await.hpp"
#include "support/list_draft.hpp"
#include "support/postgres_fixture.hpp"

namespace collab::store {
namespace {

using support::await;
using support::ListDraft;
using support::PostgresDatabaseUnderTest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Use = PostgresOptions::Use;

const UserId ann{"ann"};

std::string why_not_open(PostgresOptions options) {
  auto opened = PostgresDatabase::open(std::move(options));
  return opened ? "it opened" : opened.error().message;
}

TEST(PostgresSetup, LetsSeveralServersStartAtOnce) {
  const PostgresDatabaseUnderTest storage;
  std::vector<std::future<std::unique_ptr<PostgresDatabase>>> starts;

  for (int n = 0; n < 4; ++n)
    starts.push_back(std::async(std::launch::async, [&] { return storage.open(Use::shared); }));

  std::set<Rev> eras;
  for (auto& start : starts) eras.insert(start.get()->era());
  EXPECT_EQ(eras.size(), 1u);
  EXPECT_EQ(storage.query("select count(*) from todo_migrations"), std::to_string(postgres_migrations().size()));
}

TEST(PostgresSetup, RefusesANewerSchema) {
  const PostgresDatabaseUnderTest storage;
  storage.open();
  storage.query("insert into todo_migrations (version, name) values (99, 'of tomorrow')");

  EXPECT_THAT(why_not_open(storage.options()), HasSubstr("start a newer program"));
}

TEST(PostgresSetup, RefusesToBeAToolOnAnEmptyDatabase) {
  const PostgresDatabaseUnderTest storage;

  EXPECT_THAT(why_not_open(storage.options(Use::tool)), HasSubstr("migrate it first"));
  EXPECT_EQ(storage.query("select to_regclass('todo_lists') is null"), "t");
}

TEST(PostgresSetup, NamesTheDatabaseAndNotThePassword) {
  const PostgresDatabaseUnderTest storage;
  auto options = storage.options();
  options.url.replace(options.url.find("pass"), 4, "fail");
  options.url.replace(options.url.find("/" + storage.name()), 1 + storage.name().size(), "/nowhere");
  const std::string why = why_not_open(options);

  EXPECT_THAT(why, HasSubstr("collab@"));
  EXPECT_THAT(why, HasSubstr("/nowhere"));
  EXPECT_THAT(why, Not(HasSubstr("word")));
  options.url = "postgresql://collab:pass word@[/x";
  EXPECT_THAT(why_not_open(options), Not(HasSubstr("pass word")));
}

TEST(PostgresSetup, RefusesARoleFromWhichRowsAreHidden) {
  const PostgresDatabaseUnderTest storage;
  storage.open();
  storage.query("alter table todo_lists owner to postgres");

  EXPECT_THAT(why_not_open(storage.options(Use::shared)), HasSubstr("owns the tables"));
}

TEST(PostgresSetup, ShowsNothingToOtherRoles) {
  const PostgresDatabaseUnderTest storage;
  storage.open();

  EXPECT_EQ(storage.query("select string_agg(relname, ' ') from pg_class where relkind = 'r' and not relrowsecurity"
                          " and relnamespace = 'public'::regnamespace"),
            "(null)");
}

// ---------------------------------------------------------------------------------------------------------------------
// the rows of the Python service

/// Its tables, with rows as it wrote them and some that it should not have.
void make_original(const PostgresDatabaseUnderTest& storage) {
  storage.query(
      "set role collab;"
      "create type todo_status as enum ('not_started', 'in_progress', 'completed');"
      "create type list_role as enum ('owner', 'editor', 'viewer');"
      "create table todo_lists (id uuid primary key default gen_random_uuid(), name text not null, owner_id uuid,"
      " is_deleted boolean default false, created_at timestamptz default now(), updated_at timestamptz default now());"
      "create table todo_items (id uuid primary key default gen_random_uuid(),"
      " list_id uuid references todo_lists(id) on delete cascade, name text, description text, due_date timestamptz,"
      " status todo_status default 'not_started', done boolean default false, media_url text,"
      " is_deleted boolean default false, created_at timestamptz default now(), updated_at timestamptz default now());"
      "create table todo_list_members (id uuid primary key default gen_random_uuid(),"
      " list_id uuid references todo_lists(id) on delete cascade, user_id uuid not null, role list_role default "
      "'viewer',"
      " created_at timestamptz default now(), unique (list_id, user_id));"
      "create function update_updated_at_column() returns trigger language plpgsql as $$ begin"
      " if new.updated_at = old.updated_at or new.updated_at is null then new.updated_at := now(); end if;"
      " return new; end $$;"
      "create trigger update_todo_lists_updated_at before update on todo_lists for each row"
      " execute function update_updated_at_column();"
      "create trigger update_todo_items_updated_at before update on todo_items for each row"
      " execute function update_updated_at_column();"
      "create table users (id uuid primary key, name text, email text unique not null, encrypted_password text,"
      " created_at timestamptz default now());"
      "insert into users values"
      " ('aaaaaaaa-0000-4000-8000-000000000001', 'Ann', 'Ann@Example.org', '$2b$12$hash', '2025-01-01T00:00:00Z'),"
      " ('aaaaaaaa-0000-4000-8000-000000000002', null, 'bob@example.org', null, now());"
      "insert into todo_lists values"
      " ('11111111-0000-4000-8000-000000000001', 'Holiday', 'aaaaaaaa-0000-4000-8000-000000000001', false,"
      "  '2025-01-01T00:00:00Z', '2025-01-02T00:00:00.123456Z'),"
      " ('11111111-0000-4000-8000-000000000002', 'Gone', 'aaaaaaaa-0000-4000-8000-000000000001', true,"
      "  '2025-01-01T00:00:00Z', '2025-01-03T00:00:00Z'),"
      " ('11111111-0000-4000-8000-000000000003', 'Nobody''s', null, null, null, null);"
      "insert into todo_list_members (list_id, user_id, role) values"
      " ('11111111-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000002', 'editor'),"
      " ('11111111-0000-4000-8000-000000000003', 'aaaaaaaa-0000-4000-8000-000000000002', 'owner');"
      "insert into todo_items (id, list_id, name, description, due_date, status, done, is_deleted, created_at, "
      "updated_at)"
      " values"
      " ('22222222-0000-4000-8000-000000000001', '11111111-0000-4000-8000-000000000001', 'Tent', 'big',"
      "  '2025-06-01T10:00:00+02', 'completed', true, false, '2025-01-01T01:00:00Z', '2025-01-04T00:00:00Z'),"
      " ('22222222-0000-4000-8000-000000000002', '11111111-0000-4000-8000-000000000001', null, null, null, null, null,"
      "  null, '2025-01-01T02:00:00Z', '2125-01-01T00:00:00Z'),"
      " ('22222222-0000-4000-8000-000000000003', '11111111-0000-4000-8000-000000000001', 'Old', null, null,"
      "  'not_started', false, true, '2024-12-31T00:00:00Z', '2025-01-01T03:00:00Z'),"
      " ('22222222-0000-4000-8000-000000000004', null, 'Lost', null, null, 'not_started', false, false, now(), "
      "now());");
}

TEST(PostgresSetup, TakesOverTheListsOfThePythonService) {
  const PostgresDatabaseUnderTest storage;
  make_original(storage);
  const auto database = storage.open();
  PostgresStore store(*database);
  const ListId holiday = *ListId::parse("11111111-0000-4000-8000-000000000001");
  const UserId owner{"aaaaaaaa-0000-4000-8000-000000000001"}, editor{"aaaaaaaa-0000-4000-8000-000000000002"};

  const auto loaded = await(store.load(holiday));

  ASSERT_TRUE(loaded);
  const ListState& list = *loaded->state;
  EXPECT_EQ(list.name, "Holiday");
  EXPECT_EQ(list.owner_id, owner);
  EXPECT_EQ(list.role_of(owner), Role::owner);
  EXPECT_EQ(list.role_of(editor), Role::editor);
  EXPECT_EQ(list.updated_at, from_rfc3339("2025-01-02T00:00:00.123Z"));
  EXPECT_EQ(list.name_rev, list.updated_at);
  EXPECT_EQ(list.live_items, 2u);
  EXPECT_EQ(list.rev, list.items_rev);
  EXPECT_EQ(list.rev, list.era) << "a time of the future became the time of the migration";
  const Item& tent = **list.find_item(*ItemId::parse("22222222-0000-4000-8000-000000000001"));
  EXPECT_EQ(tent.due_date, "2025-06-01T08:00:00.000Z");
  EXPECT_EQ(tent.status, Status::completed);
  EXPECT_TRUE(tent.done);
  EXPECT_EQ(tent.rev, from_rfc3339("2025-01-04T00:00:00Z"));
  EXPECT_EQ(tent.updated_at, tent.rev) << "the trigger of before did not take the migration for a change";
  EXPECT_EQ(tent.field_rev(ItemField::name), tent.rev);
  EXPECT_EQ(tent.created_by, owner);
  const Item& nameless = **list.find_item(*ItemId::parse("22222222-0000-4000-8000-000000000002"));
  const Item& old = **list.find_item(*ItemId::parse("22222222-0000-4000-8000-000000000003"));
  EXPECT_EQ(nameless.name, "Untitled");
  EXPECT_TRUE(old.is_deleted);
  EXPECT_LT(old.position, tent.position);
  EXPECT_LT(tent.position, nameless.position);
  EXPECT_EQ(list.last_position, nameless.position);
}

TEST(PostgresSetup, TakesOverMembershipsAccountsAndWhatIsInNoOrder) {
  const PostgresDatabaseUnderTest storage;
  make_original(storage);
  const auto database = storage.open();
  PostgresStore store(*database);
  PostgresAccountStore accounts(*database);

  const auto lists = await(store.lists_of(UserId{"aaaaaaaa-0000-4000-8000-000000000001"}));
  ASSERT_TRUE(lists);
  EXPECT_EQ(lists->size(), 2u);
  const auto orphan = await(store.load(*ListId::parse("11111111-0000-4000-8000-000000000003")));
  ASSERT_TRUE(orphan);
  EXPECT_EQ(orphan->state->owner_id.value, "aaaaaaaa-0000-4000-8000-000000000002");
  EXPECT_FALSE(orphan->state->is_deleted);
  EXPECT_EQ(storage.query("select name from todo_items_without_list"), "Lost");
  const auto account = await(accounts.find_account_by_email("ann@example.org"));
  ASSERT_TRUE(account && *account);
  EXPECT_EQ((*account)->password_hash, "$2b$12$hash");
  EXPECT_EQ((*account)->id.value, "aaaaaaaa-0000-4000-8000-000000000001");
  EXPECT_EQ(storage.query("select count(*) from users"), "2") << "its table stays";
}

TEST(PostgresSetup, GoesOnWithTheListsOfThePythonService) {
  const PostgresDatabaseUnderTest storage;
  make_original(storage);
  const auto database = storage.open();
  PostgresStore store(*database);
  ListDraft list(UserId{"aaaaaaaa-0000-4000-8000-000000000001"}, store.era());
  list.return_to(*await(store.load(*ListId::parse("11111111-0000-4000-8000-000000000001")))->state);
  list.set_now(store.era() + 1'000);
  const ItemId tent = *ItemId::parse("22222222-0000-4000-8000-000000000001");

  std::vector<SharedChange> changes{list.rename(tent, "Big tent"), list.add("Last"), list.remove(tent)};
  ASSERT_EQ(await(store.apply(changes)), std::vector<bool>(3, true));

  EXPECT_EQ(support::difference(*await(store.load(list.id()))->state, list.state()), "");
}

// A key of the migration's SQL against model/position's, at every boundary of its length.
TEST(PostgresSetup, NumbersManyItemsInOrder) {
  const PostgresDatabaseUnderTest storage;
  make_original(storage);
  storage.query(
      "insert into todo_items (list_id, name, created_at) select '11111111-0000-4000-8000-000000000002', n::text,"
      " '2020-01-01T00:00:00Z'::timestamptz + n * interval '1 second' from generate_series(0, 4200) n");
  storage.open();

  EXPECT_EQ(storage.query("select count(*) from (select position <= lag(position) over (order by name::int) as wrong"
                          " from todo_items where list_id = '11111111-0000-4000-8000-000000000002') t where wrong"),
            "0");
  EXPECT_EQ(storage.query("select string_agg(position, ' ' order by name::int) from todo_items where list_id ="
                          " '11111111-0000-4000-8000-000000000002' and name in ('0', '61', '62', '3905', '3906')"),
            "a0 az b00 bzz d0000");
  EXPECT_EQ(key_after("bzz"), "c000");
}

TEST(PostgresSetup, NotesTheTimeOfAnEditByHand) {
  const PostgresDatabaseUnderTest storage;
  make_original(storage);
  storage.open();

  storage.query("update todo_items set name = 'by hand' where name = 'Tent'");

  EXPECT_EQ(storage.query("select updated_at > now() - interval '1 hour' from todo_items where name = 'by hand'"), "t");
}

// ---------------------------------------------------------------------------------------------------------------------
// the lease

TEST(PostgresLease, KeepsASecondServerOut) {
  const PostgresDatabaseUnderTest storage;
  auto options = storage.options();
  options.lease_time = std::chrono::milliseconds(600);
  const auto first = storage.open_with(options);
  options.holder = "second";

  EXPECT_THAT(why_not_open(options), HasSubstr("in use by another server: a test"));

  EXPECT_TRUE(storage.open(Use::shared) && storage.open(Use::tool)) << "who does not want it is let in";
}

TEST(PostgresLease, IsGivenBackAndRunsOut) {
  const PostgresDatabaseUnderTest storage;
  auto options = storage.options();
  options.lease_time = std::chrono::milliseconds(300);
  storage.open_with(options);
  EXPECT_EQ(storage.query("select count(*) from todo_server_lease"), "0") << "given back";
  storage.query("insert into todo_server_lease values ('lists', 'dead', 'a dead one', now() + interval '500 ms')");

  EXPECT_EQ(why_not_open(options), "it opened");
}

TEST(PostgresLease, IsTakenAtOnceByTheSameServer) {
  const PostgresDatabaseUnderTest storage;
  storage.open();
  storage.query("insert into todo_server_lease values ('lists', 'test', 'killed', now() + interval '1 hour')");

  EXPECT_EQ(why_not_open(storage.options()), "it opened");
}

TEST(PostgresLease, StopsTheServerThatLostIt) {
  const PostgresDatabaseUnderTest storage;
  std::promise<void> lost;
  auto options = storage.options();
  options.lease_time = std::chrono::milliseconds(300);
  options.on_displaced = [&lost] { lost.set_value(); };
  const auto database = storage.open_with(options);
  PostgresStore store(*database);
  ListDraft list(ann, store.era());
  ASSERT_THAT(await(store.apply({list.create()})), ElementsAre(true));

  storage.query("update todo_server_lease set holder = 'another', expires_at = now() + interval '1 hour'");

  EXPECT_THAT(await(store.apply({list.add("not ours any more")})), ElementsAre(false));
  EXPECT_THAT(store.health().problem, HasSubstr("another server"));
  EXPECT_EQ(lost.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

// ---------------------------------------------------------------------------------------------------------------------
// the era

TEST(PostgresEra, StaysOverARestartAndIsNewInACopy) {
  const PostgresDatabaseUnderTest storage;
  const Rev era = storage.open()->era();
  EXPECT_EQ(storage.open()->era(), era);

  auto options = storage.options();
  storage.query("create database copy_of_" + storage.name() + " template " + storage.name() + " owner collab");
  options.url.replace(options.url.find("/" + storage.name()), 1, "/copy_of_");
  const Rev copied = storage.open_with(options)->era();

  EXPECT_GT(copied, era);
  EXPECT_EQ(storage.open_with(options)->era(), copied);
}

}  // namespace
}  // namespace collab::store
