#include "store/sqlite.hpp"

#include <gtest/gtest.h>

#include "model/ids.hpp"
#include "support/temp_dir.hpp"

namespace collab::store {
namespace {

class Sqlite : public ::testing::Test {
 protected:
  static Connection open(const std::filesystem::path& file) {
    auto opened = Connection::open(file, {.mode = OpenOptions::Mode::create});
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }

  support::TempDir folder_;
  Connection connection_ = open(folder_ / "test.db");
};

TEST_F(Sqlite, BindsAndReadsEveryType) {
  const auto id = ItemId::make();
  const std::string text("with \0 inside", 13), blob("\xFF\0\1", 3);
  auto query = connection_.statement("select ?, ?, ?, ?, ?, ?, ?, ?");
  query.bind(id, text, std::int64_t{-5}, true, std::optional<std::string>{}, std::optional<int>{7}, std::string_view{})
      .bind_blob(blob);

  ASSERT_TRUE(*query.step());

  EXPECT_EQ(query.id<ItemId>(0), id);
  EXPECT_EQ(query.text(1), text);
  EXPECT_EQ(query.integer(2), -5);
  EXPECT_TRUE(query.boolean(3));
  EXPECT_EQ(query.optional_text(4), std::nullopt);
  EXPECT_EQ(query.optional_integer(5), 7);
  EXPECT_FALSE(query.is_null(6)) << "an empty text is not NULL";
  EXPECT_EQ(query.bytes(7), blob);
  EXPECT_FALSE(*query.step());
}

TEST_F(Sqlite, CopiesTemporaries) {
  auto query = connection_.statement("select ?, ?");
  query.bind(std::string(100, 'x'), UserId{std::string(100, 'y')});

  ASSERT_TRUE(*query.step());

  EXPECT_EQ(query.text(0), std::string(100, 'x'));
  EXPECT_EQ(query.text(1), std::string(100, 'y'));
}

TEST_F(Sqlite, GivesAStatementThatIsInUseASecondTime) {
  constexpr std::string_view sql = "select ?";
  auto outer = connection_.statement(sql);
  outer.bind(1);
  ASSERT_TRUE(*outer.step());

  auto inner = connection_.statement(sql);
  inner.bind(2);

  ASSERT_TRUE(*inner.step());
  EXPECT_EQ(outer.integer(0), 1);
  EXPECT_EQ(inner.integer(0), 2);
}

TEST_F(Sqlite, HandsACleanStatementToTheNextUser) {
  constexpr std::string_view sql = "select ?";
  { ASSERT_TRUE(*connection_.statement(sql).bind("left behind").step()); }

  auto query = connection_.statement(sql);

  ASSERT_TRUE(*query.step());
  EXPECT_TRUE(query.is_null(0));
}

TEST_F(Sqlite, TellsAViolatedKeyFromAFault) {
  ASSERT_TRUE(connection_.execute("create table t (a integer primary key, b unique, c check (c > 0))"));
  auto insert = connection_.statement("insert into t values (?, ?, ?)");
  ASSERT_TRUE(insert.bind(1, "b", 1).run());

  const auto same_key = insert.bind(1, "c", 1).run();
  insert.reset();
  const auto same_value = insert.bind(2, "b", 1).run();

  EXPECT_EQ(same_key.error().code, Errc::already_exists);
  EXPECT_EQ(same_value.error().code, Errc::already_exists);
  EXPECT_FALSE(connection_.fault());
}

TEST_F(Sqlite, ReportsABrokenStatementWhenItIsRun) {
  const auto result = connection_.statement("select nonsense from nowhere").bind(1).run();

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::unavailable);
  EXPECT_EQ(result.error().message.find("nowhere"), std::string::npos) << "no SQL for users";
  EXPECT_NE(connection_.take_fault().cause.find("nowhere"), std::string::npos) << "but for the log";
  EXPECT_FALSE(connection_.fault());
}

TEST_F(Sqlite, SaysWhyAFileCannotBeOpened) {
  const auto opened = Connection::open(folder_ / "missing" / "x.db", {});

  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("cannot be opened"), std::string::npos);
}

}  // namespace
}  // namespace collab::store
