// What is particular to the way over the REST interface: keys, set-up, and a service that is away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/postgres_setup.hpp"
#include "store/supabase_session.hpp"
#include "support/await.hpp"
#include "support/list_draft.hpp"
#include "support/supabase_fixture.hpp"

namespace collab::store {
namespace {

using support::await;
using support::ListDraft;
using support::PostgresDatabaseUnderTest;
using support::PostgrestStandIn;
using support::SupabaseProjectUnderTest;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const UserId ann{"ann"};

std::string refusal(SupabaseOptions options) {
  const auto opened = open_supabase(std::move(options));
  return opened ? "it was opened" : opened.error().message;
}

TEST(SupabaseRest, TakesNoOtherKeyThanTheServices) {
  const SupabaseProjectUnderTest project;
  SupabaseOptions anon = project.options(), wrong = project.options(), secret = project.options();
  anon.key = SupabaseProjectUnderTest::anon_key;
  wrong.key = std::string(SupabaseProjectUnderTest::service_key).substr(0, 120) + "x";
  secret.key = "sb_secret_stand-in";

  EXPECT_THAT(refusal(anon), AllOf(HasSubstr("cannot be reached: permission denied for function"), HasSubstr("42501")));
  EXPECT_THAT(refusal(wrong), AllOf(HasSubstr("PGRST301"), Not(HasSubstr(wrong.key))));
  EXPECT_EQ(refusal(secret), "it was opened") << "the new form of keys";
}

TEST(SupabaseRest, SaysWhatToRunInAProjectWithoutTheSchema) {
  const SupabaseProjectUnderTest project;
  project.storage().query("delete from todo_migrations where version >= 3");
  EXPECT_THAT(refusal(project.options()), HasSubstr("its schema is older: run what `collab-todo schema` prints"));

  const PostgresDatabaseUnderTest empty;
  SupabaseProjectUnderTest::become_project(empty);
  SupabaseOptions options = project.options();
  options.url = PostgrestStandIn::shared().url(empty.name());
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("PGRST202"), HasSubstr("Run what `collab-todo schema` prints")));
}

TEST(SupabaseRest, IsSetUpByTwoScriptsThatMayBeRunAgain) {
  const PostgresDatabaseUnderTest storage;
  SupabaseProjectUnderTest::become_project(storage);
  for (int time = 0; time < 2; ++time)
    for (const std::string& script : {postgres_schema_script(), SupabaseProjectUnderTest::supabase_sql()})
      storage.query("set role collab; " + script);
  SupabaseOptions options{PostgrestStandIn::shared().url(storage.name()), SupabaseProjectUnderTest::service_key,
                          storage.options()};

  EXPECT_EQ(refusal(options), "it was opened");
  EXPECT_EQ(storage.query("select string_agg(version::text, ' ' order by version) from todo_migrations"), "1 2 3 4");
}

TEST(SupabaseRest, RefusesASecondServerOfTheSameLists) {
  const SupabaseProjectUnderTest project;
  SupabaseOptions first = project.options(), second = project.options();
  first.database.lease_time = second.database.lease_time = std::chrono::milliseconds(600);
  second.database.holder = "another";
  const auto server = SupabaseProjectUnderTest::open_with(first);

  EXPECT_THAT(refusal(second), HasSubstr("is in use by another server: a test"));

  server->close();
  EXPECT_EQ(refusal(second), "it was opened") << "it was given back";
}

TEST(SupabaseRest, RefusesAtOnceWhileNobodyAnswersAndGoesOnAfterwards) {
  PostgrestStandIn& stand_in = PostgrestStandIn::shared();
  const SupabaseProjectUnderTest project;
  const auto database = project.open();
  SupabaseStore store(*database);
  ListDraft list(ann, store.era());
  ASSERT_THAT(await(store.apply({list.create()})), ElementsAre(true));

  stand_in.kill();
  const auto meanwhile = list.add("meanwhile");
  EXPECT_THAT(await(store.apply({meanwhile})), ElementsAre(false));
  EXPECT_EQ(await(store.load(list.id())).error().code, Errc::unavailable);
  EXPECT_FALSE(store.health().is_running);
  EXPECT_FALSE(store.health().can_read);
  stand_in.start();
  support::wait_until([&] { return store.health().is_running && store.health().can_read; }, "it is well by itself");

  EXPECT_THAT(await(store.apply({meanwhile})), ElementsAre(true));
  EXPECT_EQ(support::difference(*await(store.load(list.id()))->state, list.state()), "");
}

TEST(SupabaseRest, GivesUpAtTheDeadlineAndFindsOutWhatWasDone) {
  PostgrestStandIn& stand_in = PostgrestStandIn::shared();
  const SupabaseProjectUnderTest project;
  SupabaseOptions options = project.options();
  options.database.write_deadline = options.database.connect_deadline = std::chrono::milliseconds(300);
  const auto database = SupabaseProjectUnderTest::open_with(options);
  SupabaseStore store(*database);
  ListDraft list(ann, store.era());
  const auto created = list.create();

  stand_in.pause();
  EXPECT_THAT(await(store.apply({created})), ElementsAre(false));
  stand_in.resume();
  support::wait_until([&] { return store.health().is_running; }, "it is well by itself");

  EXPECT_THAT(await(store.apply({created})), ElementsAre(true)) << "whether or not it was done meanwhile";
  EXPECT_EQ(support::difference(*await(store.load(list.id()))->state, list.state()), "");
}

using supabase::fault_of;
using Kind = pg::Fault::Kind;

TEST(SupabaseRest, TellsErrorsOfTheDataFromEverythingElse) {
  const auto error = [](const std::string& code, const std::string& message) {
    return R"({"code":")" + code + R"(","details":null,"hint":null,"message":")" + message + "\"}";
  };

  EXPECT_EQ(fault_of(400, error("22021", "invalid byte sequence")).kind, Kind::data);
  const pg::Fault taken =
      fault_of(409, error("23505", R"(duplicate key value violates unique constraint \"todo_ops_pkey\")"));
  EXPECT_EQ(taken.kind, Kind::data);
  EXPECT_EQ(taken.constraint, "todo_ops_pkey");
  EXPECT_EQ(fault_of(400, error("PGRST102", "Empty or invalid json")).kind, Kind::data);
  EXPECT_EQ(fault_of(500, error("40001", "could not serialize access")).kind, Kind::retry);
  EXPECT_EQ(fault_of(400, error("TD001", "a list is at another revision")).kind, Kind::chain);
  EXPECT_EQ(fault_of(400, error("TD002", "another server")).kind, Kind::fenced);
  EXPECT_EQ(fault_of(503, error("PGRST000", "Could not connect with the database")).kind, Kind::outage);
  EXPECT_EQ(fault_of(504, error("PGRST003", "Timed out acquiring connection")).kind, Kind::outage);
  EXPECT_EQ(fault_of(403, error("42501", "permission denied")).kind, Kind::outage);
  EXPECT_EQ(fault_of(429, R"({"message":"API rate limit exceeded"})").cause, "API rate limit exceeded (HTTP 429)");
  EXPECT_EQ(fault_of(502, "<html>Bad gateway</html>").cause, "HTTP 502 <html>Bad gateway</html>");
  EXPECT_EQ(fault_of(520, "").kind, Kind::outage);
  EXPECT_EQ(fault_of(413, "<html>Too large</html>").kind, Kind::data) << "a smaller batch may pass";
}

}  // namespace
}  // namespace collab::store
