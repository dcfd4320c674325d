// Disks and files on bad days: callers are told, operators can read why, nothing acknowledged is lost, and it goes on
// by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <fstream>
#include <thread>

#include "core/log.hpp"
#include "store/sqlite_backup.hpp"
#include "store/sqlite_store.hpp"
#include "support/await.hpp"
#include "support/fault_vfs.hpp"
#include "support/list_draft.hpp"
#include "support/temp_dir.hpp"

namespace collab::store {
namespace {

using support::await;
using support::difference;
using support::FaultVfs;
using support::ListDraft;
using support::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const UserId ann{"ann"};

class StorageFault : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { log::configure({.level = log::Level::error, .console = false}); }
  void TearDown() override { stop(); }

  SqliteOptions options() const {
    SqliteOptions options{.data_dir = folder_.path()};
    options.vfs = vfs_.name();
    options.busy_timeout = std::chrono::milliseconds(10);
    options.retry_interval = std::chrono::milliseconds(5);
    return options;
  }
  void start() {
    auto opened = SqliteDatabase::open(options());
    if (!opened) throw std::runtime_error(opened.error().message);
    database_ = std::move(*opened);
    store_ = std::make_unique<SqliteStore>(*database_);
  }
  void stop() {
    if (database_) database_->close();
    store_.reset();
    database_.reset();
  }
  std::string start_fault() const {
    const auto opened = SqliteDatabase::open(options());
    return opened ? "" : opened.error().message;
  }
  std::vector<bool> apply(std::vector<SharedChange> changes) { return await(store_->apply(std::move(changes))); }
  ListView load(ListId list_id) {
    const auto loaded = await(store_->load(list_id));
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return loaded->state;
  }
  // Until writer and readers have found out by themselves; a bound, not a wait.
  bool recovers() const {
    const auto is_well = [this] { return database_->health().is_running && database_->health().can_read; };
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!is_well() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return is_well();
  }

  // A server that meets the fault, is told so, and goes on when it is over.
  void survives(FaultVfs::Fault fault, std::string_view cause) {
    start();
    ASSERT_THAT(apply({list_.create(), list_.add("before", OpId::make())}), ElementsAre(true, true));
    const auto before = list_.state();

    vfs_.set_fault(fault);
    EXPECT_THAT(apply({list_.add("refused", OpId::make()), list_.add("and what follows")}), ElementsAre(false, false));
    const auto answer = await(database_->write([](Connection& c) { return c.execute("delete from lists"); }));
    EXPECT_FALSE(database_->health().is_running);
    EXPECT_THAT(database_->health().problem, HasSubstr(cause));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::unavailable);
    vfs_.set_fault(FaultVfs::Fault::none);

    EXPECT_TRUE(recovers());
    EXPECT_EQ(database_->health().problem, "");
    EXPECT_EQ(difference(*load(list_.id()), before), "");
    list_.return_to(before);
    EXPECT_THAT(apply({list_.add("after")}), ElementsAre(true));
    stop();
    start();
    EXPECT_EQ(difference(*load(list_.id()), list_.state()), "");
  }

  void scramble(std::streamoff from, std::size_t size) {
    std::fstream file(folder_ / database_file_name, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(from);
    file << std::string(size, '\x5A');
  }

  TempDir folder_;
  FaultVfs vfs_;
  ListDraft list_{ann};
  std::unique_ptr<SqliteDatabase> database_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(StorageFault, OfAFullDiskIsSurvived) { survives(FaultVfs::Fault::disk_full, "the disk is full"); }

TEST_F(StorageFault, OfWritingIsSurvived) { survives(FaultVfs::Fault::io_error, "the disk failed to read or write"); }

TEST_F(StorageFault, OfSyncingIsSurvived) {
  survives(FaultVfs::Fault::sync_error, "the disk failed to make a write durable");
}

TEST_F(StorageFault, OfAFileThatBecomesReadOnlyIsSurvived) {
  survives(FaultVfs::Fault::read_only, "cannot be written");
}

TEST_F(StorageFault, LeavesReadingAloneWhenTheDiskIsFull) {
  start();
  apply({list_.create(), list_.add("here")});

  vfs_.set_fault(FaultVfs::Fault::disk_full);

  EXPECT_EQ(difference(*load(list_.id()), list_.state()), "");
  EXPECT_TRUE(database_->health().can_read);
}

TEST_F(StorageFault, OfReadingIsSurvived) {
  start();
  ASSERT_THAT(apply({list_.create(), list_.add("here")}), ElementsAre(true, true));
  EXPECT_TRUE(database_->health().can_read);

  vfs_.set_fault(FaultVfs::Fault::unreadable);
  const auto loaded = await(store_->load(list_.id()));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Errc::unavailable);
  EXPECT_FALSE(database_->health().can_read);
  EXPECT_THAT(database_->health().problem, HasSubstr("the disk failed to read or write"));
  vfs_.set_fault(FaultVfs::Fault::none);

  EXPECT_TRUE(recovers()) << "without being asked";
  EXPECT_EQ(database_->health().problem, "");
  EXPECT_EQ(difference(*load(list_.id()), list_.state()), "");
}

TEST_F(StorageFault, OfAFullDiskAtStartSaysSo) {
  start();
  stop();
  vfs_.set_fault(FaultVfs::Fault::disk_full);

  EXPECT_THAT(start_fault(), HasSubstr("the disk is full"));

  vfs_.set_fault(FaultVfs::Fault::none);
  EXPECT_EQ(start_fault(), "");
}

TEST_F(StorageFault, OfAReadOnlyFileAtStartSaysSo) {
  start();
  stop();
  vfs_.set_fault(FaultVfs::Fault::read_only);

  EXPECT_THAT(start_fault(), HasSubstr("cannot be written: check owner and permissions"));
}

TEST_F(StorageFault, OfASecondServerOnTheFolderSaysSo) {
  start();

  EXPECT_THAT(start_fault(),
              AllOf(HasSubstr("is in use by process " + std::to_string(::getpid())), HasSubstr("DATA_DIR")));

  stop();
  EXPECT_EQ(start_fault(), "");
}

TEST_F(StorageFault, OfAFileThatAnotherProgramHasLockedSaysSo) {
  start();
  stop();
  auto intruder = Connection::open(folder_ / database_file_name, {});
  ASSERT_TRUE(intruder && intruder->execute("begin immediate"));

  EXPECT_THAT(start_fault(), HasSubstr("another program has locked the file"));
}

TEST_F(StorageFault, OfADamagedBeginningSaysSo) {
  start();
  stop();
  scramble(0, 100);

  EXPECT_THAT(start_fault(), AllOf(HasSubstr("collab.db"), HasSubstr("restore a backup")));
}

TEST_F(StorageFault, OfDamagedPagesSaysSo) {
  start();
  apply({list_.create(), list_.add("here")});
  stop();
  scramble(4096, 8 * 4096);

  EXPECT_THAT(start_fault(), AllOf(HasSubstr("the file is damaged"), HasSubstr("restore a backup")));
}

TEST_F(StorageFault, OfAnotherProgramsDatabaseLeavesItAlone) {
  {
    auto other = Connection::open(folder_ / database_file_name, {.mode = OpenOptions::Mode::create});
    ASSERT_TRUE(other && other->execute("create table theirs (x)"));
  }

  EXPECT_THAT(start_fault(), HasSubstr("is no database of collab-todo"));
}

TEST_F(StorageFault, OfADamagedFileIsRepairedByARestore) {
  TempDir elsewhere;
  start();
  apply({list_.create(), list_.add("here")});
  ASSERT_TRUE(database_->backup(elsewhere / "backup.db"));
  stop();
  scramble(0, 5 * 4096);
  ASSERT_NE(start_fault(), "");

  const auto restored = restore_database(elsewhere / "backup.db", folder_.path());

  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_TRUE(std::filesystem::exists(restored->previous));
  start();
  EXPECT_EQ(difference(*load(list_.id()), list_.state()), "");
}

}  // namespace
}  // namespace collab::store
