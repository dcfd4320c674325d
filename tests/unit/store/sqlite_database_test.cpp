#include "store/sqlite_database.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <future>
#include <thread>

#include "core/shard.hpp"
#include "support/await.hpp"
#include "support/temp_dir.hpp"

namespace collab::store {
namespace {

using support::await;
using support::await_on;

class Database : public ::testing::Test {
 protected:
  Database() { start({.data_dir = folder_.path()}); }

  void start(SqliteOptions options) {
    database_.reset();
    options.data_dir = folder_.path();
    auto opened = SqliteDatabase::open(options);
    if (!opened) throw std::runtime_error(opened.error().message);
    database_ = std::move(*opened);
    (void)await(database_->write([](Connection& c) { return c.execute("create table if not exists t (x)"); }));
  }
  static Result<void> insert(Connection& c, int x) { return c.statement("insert into t values (?)").bind(x).run(); }
  std::int64_t count() {
    return await(database_->read([](Connection& c) { return c.query_integer("select count(*) from t"); })).value();
  }

  support::TempDir folder_;
  // Loops outlive the database: its threads may still be at waking one when the result is here.
  asio::io_context loop_, other_loop_;
  std::unique_ptr<SqliteDatabase> database_;
};

/// Holds the writer inside a transaction until it is let go.
class Obstacle {
 public:
  Obstacle(SqliteDatabase& database, asio::io_context& loop) {
    auto block = [this](Connection&) -> Result<void> {
      began_.set_value();
      end_.get_future().wait();
      return ok();
    };
    done_ = asio::co_spawn(
        loop, [&database, block]() mutable -> Task<> { (void)co_await database.write(block); }, asio::use_future);
    thread_ = std::thread([&loop] {
      loop.restart();
      loop.run();
    });
    began_.get_future().wait();
  }
  ~Obstacle() { remove(); }
  void remove() {
    if (!thread_.joinable()) return;
    end_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> began_, end_;
  std::future<void> done_;
  std::thread thread_;
};

TEST_F(Database, ReadsWhatWasWritten) {
  ASSERT_TRUE(await(database_->write([](Connection& c) { return insert(c, 1); })));

  EXPECT_EQ(count(), 1);
}

TEST_F(Database, UndoesAFunctionThatFailsAndNothingElse) {
  asio::io_context& io = loop_;
  std::vector<Errc> refusals;
  const auto write = [&](int x, bool fails) {
    spawn(io, "write", [&, x, fails]() -> Task<> {
      auto work = [x, fails](Connection& c) -> Result<void> {
        if (auto done = insert(c, x); !done) return done;
        return fails ? Result<void>(Error{Errc::gone, "on purpose"}) : ok();
      };
      const auto result = co_await database_->write(std::move(work));
      if (!result) refusals.push_back(result.error().code);
    });
  };
  {
    Obstacle obstacle(*database_, other_loop_);  // so that all three share a transaction
    write(1, false);
    write(2, true);
    write(3, false);
    io.poll();
  }
  io.restart();
  io.run();

  EXPECT_EQ(refusals, std::vector{Errc::gone});
  EXPECT_EQ(count(), 2);
  EXPECT_TRUE(database_->health().is_running);
}

TEST_F(Database, TurnsAnExceptionIntoAnError) {
  const auto result = await(database_->write([](Connection& c) -> Result<int> {
    (void)insert(c, 1);
    throw std::runtime_error("on purpose");
  }));

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::internal);
  EXPECT_EQ(count(), 0);
}

TEST_F(Database, ReadsOneSnapshot) {
  asio::io_context& io = loop_;
  const auto counts =
      await_on(io, database_->read([this](Connection& c) -> Result<std::pair<std::int64_t, std::int64_t>> {
        const auto before = c.query_integer("select count(*) from t");
        (void)await_on(other_loop_, database_->write([](Connection& w) { return insert(w, 1); }));
        const auto after = c.query_integer("select count(*) from t");
        return std::pair(*before, *after);
      }));

  EXPECT_EQ(*counts, (std::pair<std::int64_t, std::int64_t>(0, 0)));
  EXPECT_EQ(count(), 1);
}

TEST_F(Database, DoesNotWriteOnAReaderThread) {
  const auto result = await(database_->read([](Connection& c) { return insert(c, 1); }));

  EXPECT_FALSE(result);
  EXPECT_EQ(count(), 0);
}

TEST_F(Database, BringsResultsHomeToTheShardThatAsked) {
  ShardSet shards(3);
  shards.start();
  std::vector<std::future<bool>> answers;
  for (unsigned index = 0; index < shards.size(); ++index) {
    auto ask = [this, &shard = shards[index]]() -> Task<bool> {
      auto work = [](Connection& c) { return insert(c, 1); };
      bool is_home = true;
      for (int round = 0; round < 50; ++round) {
        (void)co_await database_->write(work);
        is_home = is_home && shard.is_current();
        (void)co_await database_->read([](Connection& c) { return c.query_integer("select 1"); });
        is_home = is_home && shard.is_current();
      }
      co_return is_home;
    };
    answers.push_back(asio::co_spawn(shards[index].io(), ask, asio::use_future));
  }

  for (auto& answer : answers) EXPECT_TRUE(answer.get());
  shards.stop_and_join();
  EXPECT_EQ(count(), 150);
  database_.reset();  // before the shards
}

TEST_F(Database, PutsWhatWaitsIntoOneTransaction) {
  asio::io_context& io = loop_;
  const auto before = database_->health().batches;
  {
    Obstacle obstacle(*database_, other_loop_);
    for (int x = 0; x < 100; ++x)
      spawn(io, "write", [this]() -> Task<> {
        auto work = [](Connection& c) { return insert(c, 1); };
        (void)co_await database_->write(work);
      });
    io.poll();
    EXPECT_EQ(database_->health().queue_size, 100u);
  }
  io.restart();
  io.run();

  EXPECT_EQ(database_->health().batches, before + 2);
  EXPECT_EQ(count(), 100);
}

TEST_F(Database, CountsNoHousekeeping) {
  asio::io_context& io = loop_;
  const Health before = database_->health();
  {
    Obstacle obstacle(*database_, other_loop_);
    spawn(io, "keep house", [this]() -> Task<> {
      auto work = [](Connection& c) { return insert(c, 1); };
      (void)co_await database_->keep_house(work);
      auto fault = [](Connection&) -> Result<void> { return Error{Errc::not_found, "on purpose"}; };
      (void)co_await database_->keep_house(fault);
    });
    io.poll();
    EXPECT_EQ(database_->health().queue_size, 0u);
  }
  io.restart();
  io.run();

  EXPECT_EQ(count(), 1);
  EXPECT_EQ(database_->health().writes_processed, before.writes_processed + 1) << "the obstacle's";
  EXPECT_EQ(database_->health().writes_failed, before.writes_failed);
}

TEST_F(Database, RefusesWhatDoesNotFitItsQueue) {
  start({.data_dir = {}, .write_queue = 2});
  asio::io_context& io = loop_;
  std::vector<bool> results;
  {
    Obstacle obstacle(*database_, other_loop_);
    for (int x = 0; x < 3; ++x)
      spawn(io, "write", [&]() -> Task<> {
        auto work = [](Connection& c) { return insert(c, 1); };
        const auto result = co_await database_->write(work);
        results.push_back(result.has_value());
      });
    io.poll();
    EXPECT_EQ(results, std::vector<bool>{false});
  }
  io.restart();
  io.run();

  EXPECT_EQ(results, (std::vector<bool>{false, true, true}));
}

TEST_F(Database, RefusesWhoHasWaitedTooLong) {
  start({.data_dir = {}, .patience = std::chrono::milliseconds(50)});
  asio::io_context& io = loop_;
  std::optional<Result<void>> result;
  const auto before = database_->health().writes_failed;
  {
    Obstacle obstacle(*database_, other_loop_);
    spawn(io, "write", [&]() -> Task<> {
      auto work = [](Connection& c) { return insert(c, 1); };
      result = co_await database_->write(work);
    });
    io.poll();
    const auto too_late = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
    while (std::chrono::steady_clock::now() < too_late) std::this_thread::yield();
  }
  io.restart();
  io.run();

  ASSERT_TRUE(result);
  EXPECT_EQ(result->error().code, Errc::unavailable);
  EXPECT_EQ(database_->health().writes_failed, before + 1);
}

TEST_F(Database, FinishesWhatWaitsWhenItIsClosed) {
  asio::io_context& io = loop_;
  bool is_written = false;
  spawn(io, "write", [&]() -> Task<> {
    auto work = [](Connection& c) { return insert(c, 1); };
    const auto result = co_await database_->write(work);
    is_written = result.has_value();
  });
  io.poll();

  database_->close();
  io.restart();
  io.run();

  EXPECT_TRUE(is_written);
  const auto late = await(database_->write([](Connection& c) { return insert(c, 2); }));
  EXPECT_EQ(late.error().code, Errc::unavailable);
}

TEST_F(Database, LetsAToolWorkBesideIt) {
  auto tool = SqliteDatabase::open({.data_dir = folder_.path(), .tenant = Tenant::tool});
  ASSERT_TRUE(tool) << tool.error().message;

  EXPECT_TRUE(await((*tool)->write([](Connection& c) { return insert(c, 1); })));

  EXPECT_EQ(count(), 1);
}

TEST_F(Database, TellsAToolThatThereIsNoDatabase) {
  support::TempDir empty;

  const auto tool = SqliteDatabase::open({.data_dir = empty.path(), .tenant = Tenant::tool});

  ASSERT_FALSE(tool);
  EXPECT_NE(tool.error().message.find("DATA_DIR"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(empty / database_file_name));
}

}  // namespace
}  // namespace collab::store
