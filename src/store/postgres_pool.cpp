#include "store/postgres_pool.hpp"

#include <boost/asio/redirect_error.hpp>

#include "core/log.hpp"

namespace collab::store::pg {
namespace {

constexpr int most_attempts = 6;

}  // namespace

Pool::Pool(Engine& engine) : engine_(engine), queue_(engine.options.read_queue) {
  for (unsigned index = 0; index < std::max(engine.options.connections, 1u); ++index)
    workers_.push_back(std::make_unique<Worker>(engine));
}

void Pool::start() {
  for (auto& worker : workers_) spawn(engine_.io, "postgres: serve calls", [this, &w = *worker] { return work(w); });
}

void Pool::submit(std::unique_ptr<Call> call, bool to_the_front) {
  auto refused = queue_.push(std::move(call), to_the_front);
  if (!refused) return asio::post(engine_.io, [this] { wake(); });
  if (refused->kind() == Call::Kind::write) ++engine_.failed;
  refused->fail(no_room());
  send_home(std::move(refused));
}

void Pool::close() {
  queue_.close();
  asio::post(engine_.io, [this] {
    for (auto& worker : workers_) worker->timer.cancel();
  });
}

void Pool::wake() {
  for (auto& worker : workers_) {
    if (!worker->is_idle) continue;
    worker->is_idle = false;
    worker->timer.cancel();
    return;
  }
}

Task<> Pool::work(Worker& worker) {
  for (;;) {
    auto call = queue_.take();
    if (call) {
      co_await serve(worker, *call);
      send_home(std::move(call));
      continue;
    }
    if (queue_.is_closed()) break;
    co_await rest(worker);
    // One of them looks whether the database is back, when nobody asks.
    if (&worker == workers_.front().get() && !engine_.reading.is_good()) co_await probe(worker);
  }
  worker.link->close();
}

Task<> Pool::rest(Worker& worker) {
  if (engine_.reading.is_good())
    worker.timer.expires_at(asio::steady_timer::time_point::max());
  else
    worker.timer.expires_after(engine_.options.retry_interval);
  worker.is_idle = true;
  boost::system::error_code woken;
  co_await worker.timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  worker.is_idle = false;
}

Task<> Pool::serve(Worker& worker, Call& call) {
  if (call.queued_at() + engine_.options.patience < std::chrono::steady_clock::now()) {
    call.fail(no_room());
    if (call.kind() == Call::Kind::write) ++engine_.failed;
    co_return;
  }
  std::optional<Fault> fault;
  for (int attempts = 0; attempts < most_attempts; ++attempts) {
    const bool was_open = worker.link->is_usable();
    fault = co_await attempt(worker, call);
    if (!fault) break;
    const bool may_pass = fault->kind == Fault::Kind::retry;
    // A connection that somebody between us had closed already: nothing was done by a read.
    const bool was_stale = was_open && attempts == 0 && call.kind() == Call::Kind::read && !worker.link->is_usable();
    if (!may_pass && !was_stale) break;
    if (may_pass) co_await engine_.pause_before(attempts);
  }
  conclude(call, fault);
}

Task<std::optional<Fault>> Pool::attempt(Worker& worker, Call& call) {
  std::optional<Fault> fault = co_await engine_.ensure_open(*worker.link);
  if (fault) co_return fault;
  fault = co_await call.work(*worker.link);
  if (worker.link->is_in_transaction()) worker.link->close();
  co_return fault;
}

void Pool::conclude(Call& call, const std::optional<Fault>& fault) {
  const bool is_write = call.kind() == Call::Kind::write;
  auto& condition = call.kind() == Call::Kind::read ? engine_.reading : engine_.writing;
  if (is_write) ++(fault ? engine_.failed : engine_.processed);
  if (!fault) return condition.succeeded();
  if (fault->kind == Fault::Kind::data) {
    if (!fault->constraint.empty()) return call.fail({Errc::already_exists, "It exists already."});
    log::error("store", "a statement failed", {{"cause", fault->cause}});
    return call.fail({Errc::internal, "An internal fault. It has been logged."});
  }
  condition.failed(fault->cause, 1);
  call.fail(not_available());
}

Task<> Pool::probe(Worker& worker) {
  std::optional<Fault> fault = co_await engine_.ensure_open(*worker.link);
  if (!fault) {
    const Outcome<> probed = co_await engine_.backend->probe_reading(*worker.link);
    if (!probed) fault = probed.error();
  }
  if (fault)
    engine_.reading.failed(fault->cause, 0);
  else
    engine_.reading.succeeded();
}

}  // namespace collab::store::pg
