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

const Clock& clock_of(const PostgresOptions& options) {
  static const SystemClock system;
  return options.clock ? *options.clock : system;
}

/// A look whether the database is still the one that it was, as a call of the pool. Nobody waits for it.
class Settlement final : public pg::Call {
 public:
  Settlement(const asio::any_io_executor& home, pg::Backend& backend,
             std::function<void(const pg::Settled&)> on_settled)
      : pg::Call(home, Kind::read), backend_(backend), on_settled_(std::move(on_settled)) {}

  Task<std::optional<pg::Fault>> work(pg::Link& link) override {
    const pg::Outcome<pg::Settled> settled = co_await backend_.settle(link, clock_of(backend_.options).now());
    if (!settled) co_return settled.error();
    on_settled_(*settled);
    co_return std::nullopt;
  }
  void fail(const Error&) override {}
  void resume() override {}

 private:
  pg::Backend& backend_;
  const std::function<void(const pg::Settled&)> on_settled_;
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
      : engine(std::move(backend)), writer(engine), pool(engine), heartbeat_(engine.io), history_timer_(engine.io) {}

  /// On the calling thread, before there is another.
  Result<void> prepare();
  void start();
  void close();

  pg::Engine engine;
  pg::Writer writer;
  pg::Pool pool;
  std::atomic<Rev> era = 0;
  bool had_lists = false;

 private:
  bool is_alone() const { return engine.options.use == PostgresOptions::Use::alone; }
  Task<Result<Rev>> set_up(pg::Link& link);
  Task<> repeat(asio::steady_timer& timer, std::chrono::milliseconds interval, std::function<void()> act);
  void renew_lease();
  void look_at_history();
  Task<> give_lease_back();
  void end_server(std::string_view why);

  asio::steady_timer heartbeat_, history_timer_;
  bool is_closing_ = false;  // on the thread
  bool has_ended_server_ = false;
  std::thread thread_;
};

Task<Result<Rev>> PostgresDatabase::Threads::set_up(pg::Link& link) {
  pg::Backend& backend = *engine.backend;
  const pg::Outcome<> opened = co_await link.open(engine.options.connect_deadline);
  if (!opened) co_return pg::start_error(backend, "cannot be reached", opened.error().cause);
  Result<void> done = co_await backend.prepare(link);
  if (done && is_alone()) done = co_await win_lease(backend, link);
  if (!done) co_return done.error();
  const pg::Outcome<pg::Settled> settled = co_await backend.settle(link, clock_of(engine.options).now());
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
  const auto every = [this](asio::steady_timer& timer, std::chrono::milliseconds interval, auto act) {
    spawn(engine.io, "postgres: upkeep", [=, this, &timer] { return repeat(timer, interval, act); });
  };
  if (is_alone()) every(heartbeat_, engine.options.lease_time / 3, [this] { renew_lease(); });
  if (engine.options.use != PostgresOptions::Use::tool)
    every(history_timer_, engine.options.history_interval, [this] { look_at_history(); });
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "store-postgres");
    engine.io.run();
  });
}

Task<> PostgresDatabase::Threads::repeat(asio::steady_timer& timer, std::chrono::milliseconds interval,
                                         std::function<void()> act) {
  while (!is_closing_) {
    timer.expires_after(interval);
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (!is_closing_) act();
  }
}

void PostgresDatabase::Threads::renew_lease() {
  const auto on_lost = [this] {
    end_server("another server has taken this database, because this one was not heard of for too long");
  };
  pool.submit(std::make_unique<Renewal>(engine.io.get_executor(), *engine.backend, on_lost), true);
}

/// A standby that is promoted behind our address, or behind a pooler, may lack what was committed last.
void PostgresDatabase::Threads::look_at_history() {
  const auto on_settled = [this](const pg::Settled& settled) {
    if (settled.era <= era) return;
    era = settled.era;
    if (is_alone()) return end_server("the database was restored, copied or promoted under this server");
    log::warning("store", "the database was restored, copied or promoted: a new epoch begins", {});
  };
  pool.submit(std::make_unique<Settlement>(engine.io.get_executor(), *engine.backend, on_settled));
}

/// What is in memory is not what is in the database any more.
void PostgresDatabase::Threads::end_server(std::string_view why) {
  if (std::exchange(has_ended_server_, true)) return;
  log::error("store", "this server ends", {{"why", why}});
  if (engine.options.on_displaced) engine.options.on_displaced();
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
    history_timer_.cancel();
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
