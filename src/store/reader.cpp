#include "store/reader.hpp"

#include "core/log.hpp"
#include "store/sqlite_open.hpp"

namespace collab::store {
namespace {

Error unavailable(std::string message) { return Error{Errc::unavailable, std::move(message)}; }

void send_one_home(std::unique_ptr<DatabaseJob> job) {
  DatabaseJobs jobs;
  jobs.push_back(std::move(job));
  send_home(std::move(jobs));
}

}  // namespace

Readers::~Readers() { close(); }

Result<void> Readers::start() {
  for (unsigned index = 0; index < std::max(1u, options_.reader_threads); ++index) {
    auto connection = open_reader(options_);
    if (!connection) return connection.error();
    threads_.emplace_back([this, index, opened = std::optional(std::move(*connection))]() mutable {
      pthread_setname_np(pthread_self(), ("store-reader-" + std::to_string(index)).c_str());
      loop(std::move(opened));
    });
  }
  return ok();
}

void Readers::submit(std::unique_ptr<DatabaseJob> job) {
  auto refused = queue_.push(std::move(job));
  if (!refused) return;
  refused->fail(unavailable("The storage is busy at the moment. Please try again."));
  send_one_home(std::move(refused));
}

void Readers::close() {
  queue_.close();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Readers::loop(std::optional<Connection> connection) {
  while (!queue_.is_drained()) {
    const auto longest = condition_.is_good() ? std::nullopt : std::optional(options_.retry_interval);
    auto jobs = queue_.take(1, longest);
    if (jobs.empty() && !condition_.is_good()) probe(connection);
    for (auto& job : jobs) {
      read_one(connection, *job);
      send_one_home(std::move(job));
    }
  }
}

void Readers::read_one(std::optional<Connection>& connection, DatabaseJob& job) {
  if (std::chrono::steady_clock::now() - job.queued_at() > options_.patience)
    return job.fail(unavailable("The storage is busy at the moment. Please try again."));
  const auto read = read_in_snapshot(connection, job);
  if (read) return condition_.succeeded();
  condition_.failed(read.error().message, job.weight());
  job.fail(unavailable("The storage is not available at the moment. Please try again."));
}

Result<void> Readers::ensure_open(std::optional<Connection>& connection) {
  if (connection) return ok();
  auto opened = open_reader(options_);
  if (!opened) return opened.error();
  connection.emplace(std::move(*opened));
  return ok();
}

// With a new connection, which has no page in its memory.
void Readers::probe(std::optional<Connection>& connection) {
  connection.reset();
  auto read = ensure_open(connection);
  if (read && !connection->query_integer("select count(*) from meta")) {
    read = unavailable(connection->take_fault().cause);
    connection.reset();
  }
  if (read)
    condition_.succeeded();
  else
    condition_.failed(read.error().message, 0);
}

// The error's message is the cause for the operator.
Result<void> Readers::read_in_snapshot(std::optional<Connection>& connection, DatabaseJob& job) {
  if (auto opened = ensure_open(connection); !opened) return opened;
  const auto begun = connection->statement("begin").run();
  if (begun) job.work(*connection);
  SqliteFault fault = connection->take_fault();
  const auto ended = connection->statement("commit").run();
  if (!fault && !ended) fault = connection->take_fault();
  if (!fault) return ok();
  if (is_storage_fault(fault)) {
    connection.reset();
    return unavailable(std::move(fault.cause));
  }
  log::error("store", "a query failed", {{"cause", fault.cause}});
  return ok();
}

}  // namespace collab::store
