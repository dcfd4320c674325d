// database/supabase.sql: who reads the tables directly sees his own lists, and nobody writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/await.hpp"
#include "support/list_draft.hpp"
#include "support/supabase_fixture.hpp"

namespace collab::store {
namespace {

using support::await;
using support::ListDraft;
using support::PostgresDatabaseUnderTest;
using support::SupabaseProjectUnderTest;
using ::testing::HasSubstr;

/// A project whose server is connected to the database itself.
class SupabaseProject {
 public:
  SupabaseProject() {
    database_ = storage_.open();
    store_.emplace(*database_);
    storage_.query("set role collab; " + SupabaseProjectUnderTest::supabase_sql());
  }

  PostgresStore& store() { return *store_; }
  /// What somebody gets who asks with such a token.
  std::string ask(const std::string& role, const std::string& claims, const std::string& sql) const {
    return storage_.query("set role " + role + "; set request.jwt.claims = '" + claims + "'; " + sql);
  }
  std::string refusal(const std::string& role, const std::string& sql) const {
    try {
      ask(role, R"({"sub": "ann"})", sql);
      return "it was allowed";
    } catch (const std::runtime_error& refused) {
      return refused.what();
    }
  }

 private:
  SupabaseProjectUnderTest project_;
  const PostgresDatabaseUnderTest& storage_ = project_.storage();
  std::unique_ptr<PostgresDatabase> database_;
  std::optional<PostgresStore> store_;
};

const UserId ann{"ann"}, bob{"bob"};
const std::string as_ann = R"({"sub": "ann"})", as_bob = R"({"sub": "bob"})";

TEST(PostgresSupabase, ShowsEachUserTheListsThatAreHis) {
  SupabaseProject project;
  ListDraft hers(ann, project.store().era()), shared(ann, project.store().era()), left(bob, project.store().era()),
      gone(bob, project.store().era());
  std::vector<SharedChange> changes{hers.create("hers"), hers.add("secret"), shared.create("shared"),
                                    shared.add("Tent")};
  changes.push_back(shared.share(bob, Role::viewer));
  changes.push_back(left.create("left"));
  changes.push_back(left.share(ann, Role::editor));
  changes.push_back(left.act_as(ann, RemoveMember{ann}));
  changes.push_back(gone.create("gone"));
  changes.push_back(gone.act(DeleteList{}));
  ASSERT_EQ(await(project.store().apply(changes)), std::vector<bool>(changes.size(), true));
  const char* lists = "select string_agg(name, ' ' order by name) from todo_lists";
  const char* items = "select string_agg(name, ' ' order by name) from todo_items";
  const char* members = "select string_agg(user_id, ' ' order by list_id, user_id) from todo_list_members";

  EXPECT_EQ(project.ask("authenticated", as_ann, lists), "hers shared");
  EXPECT_EQ(project.ask("authenticated", as_ann, items), "secret Tent");
  EXPECT_EQ(project.ask("authenticated", as_bob, lists), "left shared");
  EXPECT_EQ(project.ask("authenticated", as_bob, items), "Tent");
  EXPECT_THAT(project.ask("authenticated", as_bob, members), HasSubstr("ann bob"));
  EXPECT_EQ(project.ask("authenticated", R"({"sub": "eve"})", lists), "(null)");
  EXPECT_EQ(project.ask("authenticated", "", lists), "(null)");
}

TEST(PostgresSupabase, LetsNobodyWriteOrReadWhatIsNotForHim) {
  const SupabaseProject project;

  for (const char* table : {"todo_lists", "todo_items", "todo_list_members"})
    EXPECT_THAT(project.refusal("anon", std::string("select * from ") + table), HasSubstr("permission denied"));
  for (const char* table :
       {"todo_accounts", "todo_refresh_tokens", "todo_login_families", "todo_share_links", "todo_ops",
        "todo_invitations", "todo_people", "todo_meta", "todo_revocations", "todo_server_lease"})
    EXPECT_THAT(project.refusal("authenticated", std::string("select * from ") + table),
                HasSubstr("permission denied"));
  EXPECT_THAT(project.refusal("authenticated", "update todo_lists set name = 'mine'"), HasSubstr("permission denied"));
  EXPECT_THAT(project.refusal("authenticated", "truncate todo_items"), HasSubstr("permission denied"));
  EXPECT_THAT(project.refusal("anon", "select todo_may_read(gen_random_uuid())"), HasSubstr("permission denied"));
}

// Ours that this role may call, but for what policies ask.
std::string functions_of(const PostgresDatabaseUnderTest& storage, const std::string& role) {
  return storage.query(
      "select string_agg(proname, ' ' order by proname) from pg_proc where proname like 'todo\\_%'"
      " and pronamespace = 'public'::regnamespace and proname <> 'todo_may_read'"
      " and has_function_privilege('" +
      role + "', oid, 'execute')");
}

TEST(PostgresSupabase, LetsTheServiceAloneCallTheFunctionsOfTheServer) {
  const SupabaseProjectUnderTest project;

  EXPECT_EQ(functions_of(project.storage(), "anon"), "(null)");
  EXPECT_EQ(functions_of(project.storage(), "authenticated"), "(null)");
  EXPECT_EQ(functions_of(project.storage(), "service_role"),
            project.storage().query("select string_agg(proname, ' ' order by proname) from pg_proc"
                                    " where proname like 'todo\\_rest\\_%'"));
  EXPECT_EQ(project.storage().query("select count(*) from pg_proc where proname like 'todo\\_rest\\_%' and not"
                                    " (prosecdef and 'search_path=public, pg_temp' = any (proconfig))"),
            "0")
      << "who acts as the owner finds our tables and nobody else's";
}

// Whoever comes between the migration and database/supabase.sql finds no door that Supabase's default grants have
// opened.
TEST(PostgresSupabase, OpensNothingToTheWorldByMigrating) {
  const PostgresDatabaseUnderTest storage;
  SupabaseProjectUnderTest::become_project(storage);

  storage.open()->close();

  EXPECT_EQ(functions_of(storage, "anon"), "(null)");
  EXPECT_EQ(functions_of(storage, "authenticated"), "(null)");
  EXPECT_THAT(functions_of(storage, "service_role"), HasSubstr("todo_rest_write"));
}

}  // namespace
}  // namespace collab::store
