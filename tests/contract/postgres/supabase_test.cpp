// database/supabase.sql: who reads the tables directly sees his own lists, and nobody writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "support/await.hpp"
#include "support/list_draft.hpp"
#include "support/postgres_fixture.hpp"

namespace collab::store {
namespace {

using support::await;
using support::ListDraft;
using support::PostgresDatabaseUnderTest;
using ::testing::HasSubstr;

/// A database as a project of Supabase has it: roles that are granted everything, and tokens as a setting of the
/// session.
class SupabaseProject {
 public:
  SupabaseProject() {
    storage_.query(
        "do $$ begin if to_regrole('anon') is null then create role anon; create role authenticated; end if; end $$;"
        "alter default privileges for role collab in schema public grant all on tables to anon, authenticated;"
        "alter default privileges for role collab in schema public grant all on functions to anon, authenticated");
    database_ = storage_.open();
    store_.emplace(*database_);
    std::ifstream file(COLLAB_SUPABASE_SQL);
    const std::string sql{std::istreambuf_iterator<char>(file), {}};
    for (int time = 0; time < 2; ++time) storage_.query("set role collab; " + sql);
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
  PostgresDatabaseUnderTest storage_;
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

}  // namespace
}  // namespace collab::store
