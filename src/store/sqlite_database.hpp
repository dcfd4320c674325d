// One SQLite file, its writer thread with the group commit, and its reader threads.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/clock.hpp"
#include "core/task.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace collab::store {

inline constexpr std::string_view database_file_name = "collab.db";

/// What a commit promises. `process_crash` (synchronous=NORMAL) exists for the test that shows what it would lose.
enum class Durability { power_cut, process_crash };

/// Who opens the file. A `tool` works beside a server that may be running: it does not take the data folder, does not
/// migrate, and must not write lists.
enum class Tenant { server, tool };

struct SqliteOptions {
  std::filesystem::path data_dir;  ///< created if absent; the file in it is collab.db
  Tenant tenant = Tenant::server;
  Durability durability = Durability::power_cut;
  std::string vfs = {};  ///< a registered VFS; "" = the system's
  unsigned reader_threads = 2;
  std::size_t batch_size = 4096;      ///< most changes in one transaction
  int checkpoint_pages = 4000;        ///< the write-ahead log is brought into the file when it has so many (of 4 KB)
  std::size_t write_queue = 100'000;  ///< changes waiting; what comes on top is refused as unavailable
  std::size_t read_queue = 100'000;   ///< reads waiting; likewise
  std::chrono::milliseconds patience{10'000};      ///< who has waited longer for his turn is refused as unavailable
  std::chrono::milliseconds busy_timeout{2000};    ///< for locks of other processes
  std::chrono::milliseconds retry_interval{1000};  ///< after a fault, the file is tried this often without being asked
  const Clock* clock = nullptr;                    ///< for era and file names; null = the system's
};

/// A piece of work and the coroutine that waits for it. Made by the awaiting coroutine's shard, worked on by one
/// database thread, then sent home to the executor, where the coroutine is resumed.
class DatabaseJob {
 public:
  using Time = std::chrono::steady_clock::time_point;

  DatabaseJob(const asio::any_io_executor& home, std::size_t weight)
      : home_(home), queued_at_(std::chrono::steady_clock::now()), weight_(weight) {}
  virtual ~DatabaseJob() = default;

  /// Does the work and keeps the result. On a database thread. Must not throw.
  virtual void work(Connection& connection) = 0;
  /// Replaces the result by this one. On a database thread.
  virtual void fail(const Error& error) = 0;
  /// Gives the result to the coroutine. On the executor; at most once, and the last call.
  virtual void resume() = 0;
  /// How many changes of its weight were refused, once it was worked on.
  virtual std::size_t refused() const { return 0; }

  asio::any_io_executor home() const { return home_.get_executor(); }
  Time queued_at() const { return queued_at_; }
  /// How many changes it counts for, in the queue and in health(). 0: always let in.
  std::size_t weight() const { return weight_; }

 private:
  asio::executor_work_guard<asio::any_io_executor> home_;
  Time queued_at_;
  std::size_t weight_;
};
using DatabaseJobs = std::vector<std::unique_ptr<DatabaseJob>>;

/// Sends finished jobs home: one post per executor, jobs of one executor in their order.
void send_home(DatabaseJobs jobs);

/// Somebody who writes at the end of each transaction what its jobs have gathered. On the writer thread.
class TransactionListener {
 public:
  virtual ~TransactionListener() = default;
  /// Before the commit. An error fails the whole transaction.
  virtual Result<void> before_commit(Connection& connection) = 0;
  /// Nothing of the transaction has happened.
  virtual void rolled_back() = 0;
};

namespace detail {

/// The job of SqliteDatabase::read and write.
template <class F, class Handler>
class FunctionJob;

}  // namespace detail

/// The database file of this server. Created and destroyed on the main thread, outlived by the executors of everyone
/// who waits for it. Errors of the storage are Errc::unavailable; their cause is in the log and in health().
class SqliteDatabase {
 public:
  /// Takes the data folder for this process, opens or creates the file, brings it to the newest schema (an older file
  /// is first copied to collab.db.before-v<N>.<time>) and starts the threads. The error's message tells an operator
  /// what is wrong: another server, a newer schema, no database, a damaged one, not writable.
  static Result<std::unique_ptr<SqliteDatabase>> open(SqliteOptions options);

  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;
  /// Calls close().
  ~SqliteDatabase();

  /// Runs f(Connection&) on a reader thread in one read snapshot, which has everything that was acknowledged before. f
  /// returns a Result<R>, must not write, and should be short. The result comes home to the calling coroutine's
  /// executor.
  template <class F>
  Task<std::invoke_result_t<F&, Connection&>> read(F f) {
    return start<F>(std::move(f), Side::read);
  }

  /// Runs f(Connection&) on the writer thread, in the transaction of everybody who waits. Completes when that
  /// transaction is durable. An Error of f undoes what f did, and nothing else, and is the result; if the transaction
  /// fails, so does every write in it, as Errc::unavailable. Writes of one shard happen in call order. f may be
  /// destroyed on another thread than it was made on, and must not begin or end transactions.
  template <class F>
  Task<std::invoke_result_t<F&, Connection&>> write(F f) {
    return start<F>(std::move(f), Side::write);
  }

  /// The same for upkeep, which nobody asked for: it is not among the writes of health().
  template <class F>
  Task<std::invoke_result_t<F&, Connection&>> keep_house(F f) {
    return start<F>(std::move(f), Side::upkeep);
  }

  /// The same for those who bring their own job. Any thread. If there is no room the job is failed and sent home.
  void submit_read(std::unique_ptr<DatabaseJob> job);
  void submit_write(std::unique_ptr<DatabaseJob> job);

  /// At most one; before the first write.
  void set_listener(TransactionListener* listener);

  /// Copies the database, as it stands at this moment, to a new file that does not exist yet; see sqlite_backup.hpp.
  /// Writers do not wait. Any thread; blocks the calling one.
  Result<void> backup(const std::filesystem::path& target) const;

  /// See Store::era.
  Rev era() const;
  std::filesystem::path file() const;
  /// Any thread.
  Health health() const;

  /// Does what is waiting, then ends the threads. Later jobs are refused. Main thread; may be called twice.
  void close();

 private:
  enum class Side { read, write, upkeep };
  class Threads;

  explicit SqliteDatabase(std::unique_ptr<Threads> threads);

  template <class F>
  Task<std::invoke_result_t<F&, Connection&>> start(F f, Side side) {
    using Outcome = std::invoke_result_t<F&, Connection&>;
    auto initiation = [this, side, function = std::move(f)]<class Handler>(Handler&& handler) mutable {
      using Job = detail::FunctionJob<F, std::decay_t<Handler>>;
      const std::size_t weight = side == Side::upkeep ? 0 : 1;
      auto job = std::make_unique<Job>(std::move(function), std::forward<Handler>(handler), weight, side != Side::read);
      if (side == Side::read)
        submit_read(std::move(job));
      else
        submit_write(std::move(job));
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Outcome)>(std::move(initiation),
                                                                                           asio::use_awaitable);
  }

  std::unique_ptr<Threads> threads_;
};

namespace detail {

/// Runs `work` inside a savepoint of the running transaction and undoes it if it says false. An error: it did not run,
/// or what it did is undone.
Result<void> in_savepoint(Connection& connection, const std::function<bool()>& work);
/// The Error for an exception that escaped a database function; logs it.
Error escaped_from_job(const char* what);

template <class F, class Handler>
class FunctionJob final : public DatabaseJob {
 public:
  using Outcome = std::invoke_result_t<F&, Connection&>;

  FunctionJob(F function, Handler handler, std::size_t weight, bool is_write)
      : DatabaseJob(asio::get_associated_executor(handler), weight),
        function_(std::move(function)),
        handler_(std::move(handler)),
        is_write_(is_write) {}

  void work(Connection& connection) override {
    if (!is_write_) return run(connection);
    const auto kept = in_savepoint(connection, [&] {
      run(connection);
      return outcome_->has_value();
    });
    if (!kept) outcome_.emplace(kept.error());
  }
  void fail(const Error& error) override { outcome_.emplace(error); }
  void resume() override {
    auto outcome = std::move(*outcome_);
    auto handler = std::move(handler_);
    std::move(handler)(std::move(outcome));
  }
  std::size_t refused() const override { return outcome_ && outcome_->has_error() ? weight() : 0; }

 private:
  void run(Connection& connection) {
    try {
      outcome_.emplace(function_(connection));
    } catch (const std::exception& escaped) {
      outcome_.emplace(escaped_from_job(escaped.what()));
    }
  }

  F function_;
  Handler handler_;
  const bool is_write_;
  std::optional<Outcome> outcome_;
};

}  // namespace detail
}  // namespace collab::store
