#include "store/postgres_database.hpp"

#include <boost/asio/redirect_error.hpp>
#include <thread>

#include "core/log.hpp"
#include "store/postgres_pool.hpp"
#include "store/postgres_setup.hpp"
#include "store/postgres_writer.hpp"

namespace collab::store {

namespace detail {

Error escaped_from_call(const char* what) {
  log::error("store", "a database function ended with a fault", {{"what", what}});
  return Error{Errc::internal, "An internal fault. It has been logged."};
}

}  // namespace detail

namespace {

/// A renewal of the lease, as a call of the pool. Nobody waits for it.
class Renewal final : public pg::Call {
 public:
  Renewal(asio::any_io_executor home, const PostgresOptions& options, std::function<void()> on_lost)
      : pg::Call(std::move(home), Kind::upkeep), options_(options), on_lost_(std::move(on_lost)) {}

  Task<std::optional<pg::Fault>> work(pg::Connection& connection) override {
    const pg::Outcome<bool> is_ours = co_await pg::renew_lease(options_, connection);
    if (!is_ours) co_return is_ours.error();
    if (!*is_ours) on_lost_();
    co_return std::nullopt;
  }
  void fail(const Error&) override {}
  void resume() override {}

 private:
  const PostgresOptions& options_;
  const std::function<void()> on_lost_;
};

}  // namespace

/// What an open database consists of.
class PostgresDatabase::Threads {
 public:
  Threads(PostgresOptions options, pg::Target target)
      : engine(std::move(options), std::move(target)), writer(engine), pool(engine), heartbeat_(engine.io) {}

  /// On the calling thread, before there is another.
  Result<void> prepare();
  void start();
  void close();

  pg::Engine engine;
  pg::Writer writer;
  pg::Pool pool;
  Rev era = 0;
  bool had_lists = false;

 private:
  bool is_alone() const { return engine.options.use == PostgresOptions::Use::alone; }
  Task<Result<Rev>> set_up(pg::Connection& connection);
  Task<> keep_lease();
  Task<> give_lease_back();
  void lose_lease();

  asio::steady_timer heartbeat_;
  bool is_closing_ = false;  // on the thread
  bool has_lost_lease_ = false;
  std::thread thread_;
};

Task<Result<Rev>> PostgresDatabase::Threads::set_up(pg::Connection& connection) {
  const pg::Outcome<> opened = co_await connection.open(engine.options.connect_deadline);
  if (!opened)
    co_return Error{Errc::unavailable,
                    "the database " + engine.target.label() + " cannot be reached: " + opened.error().cause};
  const bool is_tool = engine.options.use == PostgresOptions::Use::tool;
  Result<void> done = co_await pg::migrate(engine, connection, postgres_migrations(), !is_tool);
  if (done) done = co_await pg::check_role(engine, connection);
  if (done && is_alone()) done = co_await pg::take_lease(engine, connection);
  if (!done) co_return done.error();
  pg::Statements look;
  look.emplace_back("select exists (select 1 from todo_lists)");
  const pg::Outcome<std::vector<pg::Rows>> found =
      co_await connection.run(std::move(look), engine.options.read_deadline);
  had_lists = found && found->front()[0].boolean(0);
  co_return co_await pg::settle_era(engine, connection);
}

Result<void> PostgresDatabase::Threads::prepare() {
  pg::Connection connection(engine.io, engine.target);
  Result<Rev> settled = Error{Errc::internal, "the database was not opened"};
  asio::co_spawn(
      engine.io, [this, &connection] { return set_up(connection); },
      [&settled](std::exception_ptr escaped, Result<Rev> result) {
        if (escaped) return report_escaped("postgres: open", escaped);
        settled = std::move(result);
      });
  engine.io.run();
  engine.io.restart();
  if (!settled) return settled.error();
  era = *settled;
  return ok();
}

void PostgresDatabase::Threads::start() {
  writer.start();
  pool.start();
  if (is_alone()) spawn(engine.io, "postgres: keep the lease", [this] { return keep_lease(); });
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "store-postgres");
    engine.io.run();
  });
}

Task<> PostgresDatabase::Threads::keep_lease() {
  const auto interval = engine.options.lease_time / 3;
  while (!is_closing_) {
    heartbeat_.expires_after(interval);
    boost::system::error_code woken;
    co_await heartbeat_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (is_closing_) break;
    auto renewal = std::make_unique<Renewal>(engine.io.get_executor(), engine.options, [this] { lose_lease(); });
    pool.submit(std::move(renewal), true);
  }
}

void PostgresDatabase::Threads::lose_lease() {
  if (std::exchange(has_lost_lease_, true)) return;
  log::error("store", "another server has taken this database, because this one was not heard of for too long", {});
  if (engine.options.on_lease_lost) engine.options.on_lease_lost();
}

// The last thing that is done, after every write.
Task<> PostgresDatabase::Threads::give_lease_back() {
  pg::Connection connection(engine.io, engine.target);
  const pg::Outcome<> opened = co_await connection.open(engine.options.connect_deadline);
  if (!opened) co_return;
  (void)co_await pg::release_lease(engine.options, connection);
}

void PostgresDatabase::Threads::close() {
  if (!thread_.joinable()) return;
  asio::post(engine.io, [this] {
    is_closing_ = true;
    heartbeat_.cancel();
  });
  pool.close();
  writer.close();
  thread_.join();
  if (!is_alone()) return;
  engine.io.restart();
  spawn(engine.io, "postgres: give the lease back", [this] { return give_lease_back(); });
  engine.io.run();
}

Result<std::unique_ptr<PostgresDatabase>> PostgresDatabase::open(PostgresOptions options) {
  Result<pg::Target> target = pg::Target::parse(options.url);
  if (!target) return Error{Errc::unavailable, "DATABASE_URL " + target.error().message};
  auto threads = std::make_unique<Threads>(std::move(options), std::move(*target));
  if (const Result<void> prepared = threads->prepare(); !prepared) return prepared.error();
  threads->start();
  return std::unique_ptr<PostgresDatabase>(new PostgresDatabase(std::move(threads)));
}

PostgresDatabase::PostgresDatabase(std::unique_ptr<Threads> threads) : threads_(std::move(threads)) {}

PostgresDatabase::~PostgresDatabase() { close(); }

void PostgresDatabase::submit(std::unique_ptr<pg::Call> call) { threads_->pool.submit(std::move(call)); }

void PostgresDatabase::submit_changes(std::unique_ptr<pg::Changes> changes) {
  threads_->writer.submit(std::move(changes));
}

const PostgresOptions& PostgresDatabase::options() const { return threads_->engine.options; }

Rev PostgresDatabase::era() const { return threads_->era; }

bool PostgresDatabase::had_lists() const { return threads_->had_lists; }

const std::string& PostgresDatabase::label() const { return threads_->engine.target.label(); }

Health PostgresDatabase::health() const {
  const pg::Engine& engine = threads_->engine;
  Health health{.is_running = engine.writing.is_good(),
                .can_read = engine.reading.is_good(),
                .queue_size = threads_->writer.size(),
                .writes_processed = engine.processed,
                .writes_failed = engine.failed,
                .batches = engine.batches,
                .problem = engine.writing.problem()};
  if (health.problem.empty()) health.problem = engine.reading.problem();
  return health;
}

void PostgresDatabase::close() { threads_->close(); }

}  // namespace collab::store
