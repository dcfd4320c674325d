#include "store/sqlite_database.hpp"

#include <boost/asio/post.hpp>

#include "core/log.hpp"
#include "store/database_copy.hpp"
#include "store/files.hpp"
#include "store/reader.hpp"
#include "store/sqlite_open.hpp"
#include "store/writer.hpp"

namespace collab::store {

void send_home(DatabaseJobs jobs) {
  struct Parcel {
    asio::any_io_executor home;
    DatabaseJobs jobs;
  };
  std::vector<Parcel> parcels;
  for (auto& job : jobs) {
    auto home = job->home();
    auto parcel = std::find_if(parcels.begin(), parcels.end(), [&](const Parcel& p) { return p.home == home; });
    if (parcel == parcels.end()) parcel = parcels.insert(parcel, Parcel{std::move(home), {}});
    parcel->jobs.push_back(std::move(job));
  }
  for (auto& parcel : parcels)
    asio::post(parcel.home, [arrived = std::move(parcel.jobs)]() mutable {
      for (auto& job : arrived) {
        job->resume();
        job.reset();
      }
    });
}

namespace detail {

Result<void> in_savepoint(Connection& connection, const std::function<bool()>& work) {
  if (auto begun = connection.statement("savepoint job").run(); !begun) return begun;
  if (!work())
    if (auto undone = connection.statement("rollback to job").run(); !undone) return undone;
  return connection.statement("release job").run();
}

Error escaped_from_job(const char* what) {
  log::error("store", "a database function ended with a fault", {{"what", what}});
  return Error{Errc::internal, "An internal fault. It has been logged."};
}

}  // namespace detail

/// What an open database consists of. The members go in reverse: readers, writer (whose connection is the last and
/// brings the write-ahead log into the file), the lock.
class SqliteDatabase::Threads {
 public:
  Threads(SqliteOptions opened, std::optional<LockFile> taken, Rev read)
      : options(std::move(opened)), lock(std::move(taken)), era(read), writer(options), readers(options) {}

  const SqliteOptions options;
  std::optional<LockFile> lock;
  const Rev era;
  Writer writer;
  Readers readers;
};

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(SqliteOptions options) {
  std::optional<LockFile> lock;
  if (options.tenant == Tenant::server) {
    if (auto made = make_folder(options.data_dir); !made) return made.error();
    auto taken = LockFile::acquire(options.data_dir);
    if (!taken) return taken.error();
    lock.emplace(std::move(*taken));
  }
  const auto era = options.tenant == Tenant::server ? prepare_database(options) : examine_database(options);
  if (!era) return era.error();

  auto threads = std::make_unique<Threads>(std::move(options), std::move(lock), *era);
  if (auto started = threads->writer.start(); !started) return started.error();
  if (auto started = threads->readers.start(); !started) return started.error();
  return std::unique_ptr<SqliteDatabase>(new SqliteDatabase(std::move(threads)));
}

SqliteDatabase::SqliteDatabase(std::unique_ptr<Threads> threads) : threads_(std::move(threads)) {}

SqliteDatabase::~SqliteDatabase() { close(); }

void SqliteDatabase::submit_read(std::unique_ptr<DatabaseJob> job) { threads_->readers.submit(std::move(job)); }

void SqliteDatabase::submit_write(std::unique_ptr<DatabaseJob> job) { threads_->writer.submit(std::move(job)); }

void SqliteDatabase::set_listener(TransactionListener* listener) { threads_->writer.set_listener(listener); }

Result<void> SqliteDatabase::backup(const std::filesystem::path& target) const {
  auto source = open_reader(threads_->options);
  if (!source) return source.error();
  return copy_database(*source, target, clock_of(threads_->options));
}

Rev SqliteDatabase::era() const { return threads_->era; }

std::filesystem::path SqliteDatabase::file() const { return database_file(threads_->options); }

Health SqliteDatabase::health() const {
  Health health = threads_->writer.health();
  std::string unreadable = threads_->readers.problem();
  health.can_read = unreadable.empty();
  if (health.problem.empty()) health.problem = std::move(unreadable);
  return health;
}

void SqliteDatabase::close() {
  threads_->readers.close();
  threads_->writer.close();
}

}  // namespace collab::store
