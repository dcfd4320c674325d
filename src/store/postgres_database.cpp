#include "store/postgres_database.hpp"

#include <boost/asio/redirect_error.hpp>
#include <thread>

#include "core/log.hpp"
#include "store/postgres_direct.hpp"
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

constexpr std::chrono::milliseconds lease_poll{250};

/// The changes of one call of apply(), and who waits for them.
template <class Handler>
class ApplyJob final : public pg::Changes {
 public:
  ApplyJob(std::vector<SharedChange> given, Handler handler)
      : pg::Changes(asio::get_associated_executor(handler), std::move(given)), handler_(std::move(handler)) {}

  void resume() override {
    auto result = std::move(durable);
    auto handler = std::move(handler_);
    std::move(handler)(std::move(result));
  }

 private:
  Handler handler_;
};

/// A renewal of the lease, as a call of the pool. Nobody waits for it.
class Renewal final : public pg::Call {
 public:
  Renewal(const asio::any_io_executor& home, pg::Backend& backend, std::function<void()> on_lost)
      : pg::Call(home, Kind::upkeep), backend_(backend), on_lost_(std::move(on_lost)) {}

  Task<std::optional<pg::Fault>> work(pg::Link& link) override {
    const pg::Outcome<pg::Lease> lease = co_await backend_.take_lease(link);
    if (!lease) co_return lease.error();
    if (!lease->is_ours) on_lost_();
    co_return std::nullopt;
  }
  void fail(const Error&) override {}
  void resume() override {}

 private:
  pg::Backend& backend_;
  const std::function<void()> on_lost_;
};

/// Takes the lease. Waits for one that runs out; an error if its holder is alive.
Task<Result<void>> win_lease(pg::Backend& backend, pg::Link& link) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  EpochMs first_end = 0;
  for (;;) {
    const pg::Outcome<pg::Lease> lease = co_await backend.take_lease(link);
    if (!lease) co_return pg::start_error(backend, "cannot be written", lease.error().cause);
    if (lease->is_ours) co_return ok();
    if (lease->expires_at == 0) continue;  // it was given back in between
    if (first_end != 0 && lease->expires_at > first_end)
      co_return pg::start_error(backend, "is in use by another server",
                                lease->label + ". Stop that one first; several servers on one database need REDIS_URL");
    if (first_end == 0)
      log::warning("store", "another server had this database and has not given it back; waiting whether it is alive",
                   {{"server", lease->label}, {"ms", lease->left.count()}});
    first_end = lease->expires_at;
    timer.expires_after(std::min(lease_poll, lease->left + std::chrono::milliseconds(1)));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace

/// What an open database consists of.
class PostgresDatabase::Threads {
 public:
  explicit Threads(std::unique_ptr<pg::Backend> backend)
      : engine(std::move(backend)), writer(engine), pool(engine), heartbeat_(engine.io) {}

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
  Task<Result<Rev>> set_up(pg::Link& link);
  Task<> keep_lease();
  Task<> give_lease_back();
  void lose_lease();

  asio::steady_timer heartbeat_;
  bool is_closing_ = false;  // on the thread
  bool has_lost_lease_ = false;
  std::thread thread_;
};

Task<Result<Rev>> PostgresDatabase::Threads::set_up(pg::Link& link) {
  static const SystemClock system;
  pg::Backend& backend = *engine.backend;
  const pg::Outcome<> opened = co_await link.open(engine.options.connect_deadline);
  if (!opened) co_return pg::start_error(backend, "cannot be reached", opened.error().cause);
  Result<void> done = co_await backend.prepare(link);
  if (done && is_alone()) done = co_await win_lease(backend, link);
  if (!done) co_return done.error();
  const Clock& clock = engine.options.clock ? *engine.options.clock : system;
  const pg::Outcome<pg::Settled> settled = co_await backend.settle(link, clock.now());
  if (!settled) co_return pg::start_error(backend, "cannot be used", settled.error().cause);
  if (settled->era == 0) co_return pg::start_error(backend, "cannot be used", "todo_meta has no era");
  if (settled->is_new)
    log::warning("store", "the database was restored, copied or promoted: it begins a new epoch", {});
  had_lists = settled->has_lists;
  co_return settled->era;
}

Result<void> PostgresDatabase::Threads::prepare() {
  const std::unique_ptr<pg::Link> link = engine.backend->make_link(engine.io);
  Result<Rev> settled = Error{Errc::internal, "the database was not opened"};
  asio::co_spawn(
      engine.io, [this, &link] { return set_up(*link); },
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
    auto renewal = std::make_unique<Renewal>(engine.io.get_executor(), *engine.backend, [this] { lose_lease(); });
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
  const std::unique_ptr<pg::Link> link = engine.backend->make_link(engine.io);
  const pg::Outcome<> opened = co_await link->open(engine.options.connect_deadline);
  if (!opened) co_return;
  (void)co_await engine.backend->release_lease(*link);
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
  return open(std::make_unique<pg::DirectBackend>(std::move(options), std::move(*target)));
}

Result<std::unique_ptr<PostgresDatabase>> PostgresDatabase::open(std::unique_ptr<pg::Backend> backend) {
  auto threads = std::make_unique<Threads>(std::move(backend));
  if (const Result<void> prepared = threads->prepare(); !prepared) return prepared.error();
  threads->start();
  return std::unique_ptr<PostgresDatabase>(new PostgresDatabase(std::move(threads)));
}

PostgresDatabase::PostgresDatabase(std::unique_ptr<Threads> threads) : threads_(std::move(threads)) {}

PostgresDatabase::~PostgresDatabase() { close(); }

void PostgresDatabase::submit(std::unique_ptr<pg::Call> call) { threads_->pool.submit(std::move(call)); }

Task<std::vector<bool>> PostgresDatabase::apply(std::vector<SharedChange> changes) {
  if (changes.empty()) co_return std::vector<bool>{};
  auto initiation = [this, moved = std::move(changes)]<class Handler>(Handler&& handler) mutable {
    threads_->writer.submit(
        std::make_unique<ApplyJob<std::decay_t<Handler>>>(std::move(moved), std::forward<Handler>(handler)));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::vector<bool>)>(
      std::move(initiation), asio::use_awaitable);
}

const PostgresOptions& PostgresDatabase::options() const { return threads_->engine.options; }

Rev PostgresDatabase::era() const { return threads_->era; }

bool PostgresDatabase::had_lists() const { return threads_->had_lists; }

const std::string& PostgresDatabase::label() const { return threads_->engine.backend->label(); }

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
