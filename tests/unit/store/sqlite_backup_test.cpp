#include "store/sqlite_backup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <thread>

#include "store/sqlite_store.hpp"
#include "support/await.hpp"
#include "support/list_draft.hpp"
#include "support/temp_dir.hpp"

namespace collab::store {
namespace {

using support::await;
using support::difference;
using support::ListDraft;
using ::testing::HasSubstr;

const UserId ann{"ann"};

class Backup : public ::testing::Test {
 protected:
  ~Backup() override { stop(); }

  void start() {
    auto opened = SqliteDatabase::open({.data_dir = data_, .clock = &clock_});
    if (!opened) throw std::runtime_error(opened.error().message);
    database_ = std::move(*opened);
    store_ = std::make_unique<SqliteStore>(*database_);
  }
  void stop() {
    if (database_) database_->close();
    store_.reset();
    database_.reset();
  }
  void write(const SharedChange& change) {
    std::vector<SharedChange> changes{change};
    ASSERT_EQ(await(store_->apply(std::move(changes))), std::vector<bool>{true});
  }
  ListView load(ListId list_id) { return await(store_->load(list_id)).value().state; }

  support::TempDir folder_;
  const std::filesystem::path data_ = folder_ / "data", copy_ = folder_ / "backup.db";
  ManualClock clock_{1'780'000'000'000};
  ListDraft list_{ann, 1'780'000'000'000};
  std::unique_ptr<SqliteDatabase> database_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(Backup, BringsBackWhatWasThere) {
  start();
  write(list_.create());
  write(list_.add("kept"));
  const auto then = list_.state();
  ASSERT_TRUE(backup_database(data_, copy_, clock_));
  write(list_.add("came later"));
  stop();

  ASSERT_TRUE(restore_database(copy_, data_, clock_));

  start();
  EXPECT_EQ(difference(*load(list_.id()), then), "");
}

TEST_F(Backup, HasAnEraOfItsOwn) {
  start();
  const Rev era = database_->era();
  ASSERT_TRUE(database_->backup(copy_));
  stop();

  std::filesystem::create_directory(folder_ / "elsewhere");
  std::filesystem::copy(copy_, folder_ / "elsewhere" / database_file_name);

  const auto other = SqliteDatabase::open({.data_dir = folder_ / "elsewhere", .clock = &clock_});
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_GT((*other)->era(), era) << "even if the clock stands still";
}

TEST_F(Backup, IsRestoredWithANewEraEvenIfTheClockWentBack) {
  start();
  const Rev era = database_->era();
  ASSERT_TRUE(database_->backup(copy_));
  stop();
  clock_.set(1'500'000'000'000);

  const auto restored = restore_database(copy_, data_, clock_);

  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_GT(restored->era, era);
  start();
  EXPECT_EQ(database_->era(), restored->era);
}

TEST_F(Backup, KeepsTheFileThatWasThere) {
  start();
  write(list_.create());
  ASSERT_TRUE(database_->backup(copy_));
  write(list_.add("only in the previous file"));
  stop();

  const auto restored = restore_database(copy_, data_, clock_);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_THAT(restored->previous.filename().string(), HasSubstr("collab.db.before-restore."));
  ASSERT_TRUE(restore_database(restored->previous, data_, clock_));

  start();
  EXPECT_EQ(difference(*load(list_.id()), list_.state()), "");
}

TEST_F(Backup, IsRestoredIntoAnEmptyFolder) {
  start();
  write(list_.create());
  ASSERT_TRUE(database_->backup(copy_));
  stop();
  std::filesystem::remove_all(data_);

  const auto restored = restore_database(copy_, data_, clock_);

  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_TRUE(restored->previous.empty());
  start();
  EXPECT_EQ(difference(*load(list_.id()), list_.state()), "");
}

TEST_F(Backup, DoesNotStopWriters) {
  start();
  write(list_.create());
  std::atomic<bool> is_copied = false;
  int written = 0;

  std::thread copier([&] {
    for (int n = 0; n < 5; ++n) EXPECT_TRUE(database_->backup(folder_ / ("copy" + std::to_string(n))));
    is_copied = true;
  });
  while (!is_copied || written < 20) {
    write(list_.add("meanwhile"));
    ++written;
  }
  copier.join();

  EXPECT_EQ(difference(*load(list_.id()), list_.state()), "");
  EXPECT_EQ(database_->health().problem, "");
}

TEST_F(Backup, DoesNotOverwriteAFile) {
  start();
  std::ofstream(copy_) << "precious";

  const auto result = backup_database(data_, copy_, clock_);

  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("such a file already"));
  EXPECT_EQ(std::filesystem::file_size(copy_), 8u);
}

TEST_F(Backup, NeedsADatabase) {
  const auto result = backup_database(data_, copy_, clock_);

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::not_found);
}

TEST_F(Backup, IsNotRestoredUnderARunningServer) {
  start();
  ASSERT_TRUE(database_->backup(copy_));

  const auto result = restore_database(copy_, data_, clock_);

  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("in use by process"));
}

TEST_F(Backup, IsRefusedIfItIsNone) {
  start();
  write(list_.create());
  stop();
  std::ofstream(folder_ / "text") << std::string(5000, 'x');
  {
    auto other = Connection::open(folder_ / "other.db", {.mode = OpenOptions::Mode::create});
    ASSERT_TRUE(other->execute("create table theirs (x)"));
  }

  EXPECT_FALSE(restore_database(folder_ / "text", data_, clock_));
  EXPECT_FALSE(restore_database(folder_ / "other.db", data_, clock_));
  EXPECT_FALSE(restore_database(folder_ / "missing.db", data_, clock_));

  start();
  EXPECT_EQ(difference(*load(list_.id()), list_.state()), "") << "nothing has changed";
}

TEST_F(Backup, IsRefusedIfItIsNewerThanTheProgram) {
  start();
  ASSERT_TRUE(database_->backup(copy_));
  stop();
  ASSERT_TRUE(Connection::open(copy_, {})->execute("pragma user_version = 999"));

  const auto result = restore_database(copy_, data_, clock_);

  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("schema version 999"));
}

TEST_F(Backup, IsRefusedIfItIsDamaged) {
  start();
  write(list_.create());
  ASSERT_TRUE(database_->backup(copy_));
  stop();
  std::fstream file(copy_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file << std::string(8 * 4096, 'Z');
  file.close();

  const auto result = restore_database(copy_, data_, clock_);

  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("is damaged"));
}

}  // namespace
}  // namespace collab::store
