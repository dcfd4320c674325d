#include "store/writer.hpp"

#include "core/log.hpp"
#include "store/sqlite_open.hpp"

namespace collab::store {
namespace {

// At this many times checkpoint_pages a checkpoint waits a moment for readers, so that the log can begin again at its
// start.
constexpr int insistence = 4;
constexpr int insistent_checkpoint_wait_ms = 50;

Error unavailable(std::string message) { return Error{Errc::unavailable, std::move(message)}; }

Error no_room() { return unavailable("The storage is busy at the moment. Please try again."); }

int note_log_size(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

Writer::Writer(const SqliteOptions& options)
    : options_(options), queue_(options.write_queue), next_checkpoint_(options.checkpoint_pages) {}

Writer::~Writer() { close(); }

Result<void> Writer::start() {
  if (auto opened = ensure_open(); !opened) return opened;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "store-writer");
    loop();
  });
  return ok();
}

void Writer::submit(std::unique_ptr<DatabaseJob> job) {
  auto refused = queue_.push(std::move(job));
  if (!refused) return;
  failed_ += refused->weight();
  refused->fail(no_room());
  DatabaseJobs home;
  home.push_back(std::move(refused));
  send_home(std::move(home));
}

void Writer::close() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
  connection_.reset();
}

Health Writer::health() const {
  return Health{.is_running = condition_.is_good(),
                .queue_size = queue_.size(),
                .writes_processed = processed_,
                .writes_failed = failed_,
                .batches = batches_,
                .problem = condition_.problem()};
}

void Writer::loop() {
  while (!queue_.is_drained()) {
    const auto longest = condition_.is_good() ? std::nullopt : std::optional(options_.retry_interval);
    auto jobs = queue_.take(options_.batch_size, longest);
    if (!jobs.empty())
      write_batch(std::move(jobs));
    else if (!condition_.is_good())
      probe();
  }
}

void Writer::write_batch(DatabaseJobs jobs) {
  std::vector<DatabaseJob*> timely;
  timely.reserve(jobs.size());
  std::size_t failed = refuse_expired(jobs, timely);
  std::size_t weight = 0;
  for (const DatabaseJob* job : timely) weight += job->weight();

  if (!timely.empty()) {
    if (auto written = transact(timely); written) {
      condition_.succeeded();
      std::size_t refused = 0;
      for (const DatabaseJob* job : timely) refused += job->refused();
      processed_ += weight - refused;
      failed += refused;
    } else {
      condition_.failed(written.error().message, weight);
      const Error error = unavailable("The storage is not available at the moment. Please try again.");
      for (DatabaseJob* job : timely) job->fail(error);
      failed += weight;
    }
    ++batches_;
  }
  failed_ += failed;
  send_home(std::move(jobs));
  if (log_pages_ >= next_checkpoint_) checkpoint();
}

std::size_t Writer::refuse_expired(const DatabaseJobs& jobs, std::vector<DatabaseJob*>& rest) {
  const auto earliest = std::chrono::steady_clock::now() - options_.patience;
  std::size_t refused = 0;
  for (const auto& job : jobs) {
    if (job->queued_at() >= earliest) {
      rest.push_back(job.get());
      continue;
    }
    job->fail(no_room());
    refused += job->weight();
  }
  return refused;
}

// The error's message is the cause for the operator.
Result<void> Writer::transact(const std::vector<DatabaseJob*>& jobs) {
  if (auto opened = ensure_open(); !opened) return opened;
  auto done = connection_->statement("begin immediate").run();
  if (done) done = work_on(jobs);
  if (done && listener_) done = listener_->before_commit(*connection_);
  if (done) done = connection_->statement("commit").run();
  if (done) return ok();
  const Error error = storage_error();
  abandon();
  return error;
}

Result<void> Writer::work_on(const std::vector<DatabaseJob*>& jobs) {
  for (DatabaseJob* job : jobs) {
    job->work(*connection_);
    const SqliteFault& fault = connection_->fault();
    if (!fault) continue;
    if (is_storage_fault(fault) || !connection_->is_in_transaction()) return unavailable(fault.cause);
    log::error("store", "a statement failed", {{"cause", fault.cause}});
    (void)connection_->take_fault();
  }
  return ok();
}

Result<void> Writer::ensure_open() {
  if (connection_) return ok();
  auto opened = open_writer(options_);
  if (!opened) return opened.error();
  connection_.emplace(std::move(*opened));
  sqlite3_wal_hook(connection_->handle(), note_log_size, &log_pages_);
  return ok();
}

Error Writer::storage_error() {
  const SqliteFault& fault = connection_->fault();
  return unavailable(fault ? fault.cause : "a change could not be written");
}

// Nothing of the transaction stays. A connection is not trusted after a fault of the disk: the next attempt opens
// another.
void Writer::abandon() {
  const SqliteFault fault = connection_->take_fault();
  if (connection_->is_in_transaction()) (void)connection_->statement("rollback").run();
  (void)connection_->take_fault();
  const bool is_usable = fault.primary() == SQLITE_FULL || fault.primary() == SQLITE_BUSY;
  if (!is_usable || connection_->is_in_transaction()) connection_.reset();
  if (listener_) listener_->rolled_back();
}

void Writer::probe() {
  auto written = ensure_open();
  if (written) {
    written = connection_->statement("begin immediate").run();
    const auto now = clock_of(options_).now();
    if (written)
      written =
          connection_->statement("insert or replace into meta (key, value) values ('probed_at', ?)").bind(now).run();
    if (written) written = connection_->statement("commit").run();
    if (!written) {
      written = storage_error();
      abandon();
    }
  }
  if (written)
    condition_.succeeded();
  else
    condition_.failed(written.error().message, 0);
}

// A failure here loses nothing: the log has it all. It is told if it lasts, because the next writes will fail.
void Writer::checkpoint() {
  if (!connection_) return;
  const bool insists = log_pages_ >= insistence * options_.checkpoint_pages;
  sqlite3_busy_timeout(connection_->handle(), insists ? insistent_checkpoint_wait_ms : 0);
  int remaining = 0, copied = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr,
                                insists ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, &remaining, &copied);
  sqlite3_busy_timeout(connection_->handle(), static_cast<int>(options_.busy_timeout.count()));
  if (code != SQLITE_OK && code != SQLITE_BUSY && code != SQLITE_LOCKED)
    log::error("store", "the write-ahead log cannot be brought into the database",
               {{"cause", describe_fault(code, sqlite3_errmsg(connection_->handle()))}, {"pages", log_pages_}});
  // If all was copied, the next write begins the log anew, and small; else there is no use in trying before it has
  // grown.
  next_checkpoint_ =
      remaining == copied && code == SQLITE_OK ? options_.checkpoint_pages : log_pages_ + options_.checkpoint_pages;
  if (insists && code == SQLITE_OK) log_pages_ = 0;
}

}  // namespace collab::store
