#include "store/migrations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/log.hpp"
#include "store/sqlite_database.hpp"
#include "support/temp_dir.hpp"

namespace collab::store {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr Migration first{1, "0001_one.sql",
                          "create table meta (key text primary key, value any); create table one (x);"};
constexpr Migration second{2, "0002_two.sql", "create table two (x); insert into two values (1);"};
constexpr Migration broken{3, "0003_three.sql", "create table three (x); create table two (x);"};

class Migrations : public ::testing::Test {
 protected:
  Connection open() {
    auto opened = Connection::open(file_, {.mode = OpenOptions::Mode::create});
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }
  Result<void> migrate_to(std::vector<Migration> migrations) {
    auto connection = open();
    return migrate(connection, file_, clock_, migrations);
  }
  std::int64_t ask(std::string_view sql) { return open().query_integer(sql).value(); }
  std::vector<std::string> copies() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      if (entry.path() != file_) names.push_back(entry.path().filename().string());
    return names;
  }

  support::TempDir folder_;
  const std::filesystem::path file_ = folder_ / "collab.db";
  ManualClock clock_{1'769'860'800'000};
};

TEST_F(Migrations, BringAnEmptyFileToTheNewestVersionWithoutACopy) {
  ASSERT_TRUE(migrate_to({first, second}));

  EXPECT_EQ(ask("pragma user_version"), 2);
  EXPECT_EQ(ask("select count(*) from two"), 1);
  EXPECT_THAT(copies(), SizeIs(0));
}

TEST_F(Migrations, CopyAnOlderFileBeforeTheyChangeIt) {
  ASSERT_TRUE(migrate_to({first}));
  ASSERT_TRUE(open().execute("insert into one values (42)"));

  ASSERT_TRUE(migrate_to({first, second}));

  EXPECT_EQ(ask("select x from one"), 42);
  EXPECT_EQ(ask("pragma user_version"), 2);
  ASSERT_EQ(copies(), std::vector<std::string>{"collab.db.before-v2.20260131T120000.000Z"});
  auto copy = Connection::open(folder_ / copies().front(), {.mode = OpenOptions::Mode::read_only});
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->query_integer("pragma user_version").value(), 1);
  EXPECT_EQ(copy->query_integer("select x from one").value(), 42);
}

TEST_F(Migrations, DoNothingToANewestFile) {
  ASSERT_TRUE(migrate_to({first, second}));

  ASSERT_TRUE(migrate_to({first, second}));

  EXPECT_EQ(ask("select count(*) from two"), 1);
  EXPECT_THAT(copies(), SizeIs(0));
}

TEST_F(Migrations, LeaveAFileOfANewerProgramAlone) {
  ASSERT_TRUE(migrate_to({first, second}));

  const auto result = migrate_to({first});

  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message,
              AllOf(HasSubstr("schema version 2"), HasSubstr("up to 1"), HasSubstr("newer program")));
  EXPECT_EQ(ask("pragma user_version"), 2);
}

TEST_F(Migrations, UndoAStepThatFails) {
  ASSERT_TRUE(migrate_to({first, second}));

  const auto result = migrate_to({first, second, broken});

  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("0003_three.sql"));
  EXPECT_EQ(ask("pragma user_version"), 2);
  EXPECT_EQ(ask("select count(*) from sqlite_schema where name = 'three'"), 0);
}

TEST_F(Migrations, RefuseAFileOfAnotherProgram) {
  ASSERT_TRUE(open().execute("create table theirs (x)"));

  const auto result = migrate_to({first});

  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("no database of collab-todo"));
}

TEST_F(Migrations, AreBuiltInFromOneWithoutAGap) {
  int version = 0;

  for (const Migration& migration : sqlite_migrations()) EXPECT_EQ(migration.version, ++version) << migration.name;

  EXPECT_GE(version, 1);
}

TEST_F(Migrations, OfTheFirstVersionsFileLeadToAServerThatStarts) {
  ASSERT_TRUE(migrate_to({sqlite_migrations().front()}));
  ASSERT_TRUE(open().execute("insert into meta (key, value) values ('era', 1700000000001)"));
  log::configure({.level = log::Level::error, .console = false});

  const auto database = SqliteDatabase::open({.data_dir = folder_.path(), .clock = &clock_});

  ASSERT_TRUE(database) << database.error().message;
  EXPECT_EQ((*database)->era(), 1'700'000'000'001) << "a migration is no new era";
}

}  // namespace
}  // namespace collab::store
