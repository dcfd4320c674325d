// One PostgreSQL database, the thread that speaks to it, and its connections.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <type_traits>

#include "core/task.hpp"
#include "store/postgres_connection.hpp"
#include "store/postgres_jobs.hpp"
#include "store/store.hpp"

namespace collab::store {

namespace detail {

template <class OutcomeTask>
struct ValueOf;
template <class T>
struct ValueOf<Task<pg::Outcome<T>>> {
  using type = T;
};

/// The call of PostgresDatabase::read and write.
template <class AnyLink, class F, class Handler>
class FunctionCall;

}  // namespace detail

/// The database of this server. Created and destroyed on the main thread, outlived by the executors of everyone who
/// waits for it. Errors of the database are Errc::unavailable; their cause is in the log and in health().
class PostgresDatabase {
 public:
  /// Connects by libpq, brings the database to the newest schema, takes the lease if this server is to be alone, and
  /// starts the thread. Blocks; several servers may do so at once. The error's message tells an operator what is wrong:
  /// not reachable, refused, a newer schema, another server.
  static Result<std::unique_ptr<PostgresDatabase>> open(PostgresOptions options);
  /// The same in whatever way the backend goes.
  static Result<std::unique_ptr<PostgresDatabase>> open(std::unique_ptr<pg::Backend> backend);

  PostgresDatabase(const PostgresDatabase&) = delete;
  PostgresDatabase& operator=(const PostgresDatabase&) = delete;
  /// Calls close().
  ~PostgresDatabase();

  template <class AnyLink, class F>
  using Value = typename detail::ValueOf<std::invoke_result_t<F&, AnyLink&>>::type;

  /// Runs the coroutine f(AnyLink&), with what the backend makes as links, on the database's thread; it returns a
  /// Task<pg::Outcome<T>>. What it says comes home to the calling coroutine's executor, a fault as an Error:
  /// already_exists for a violated key, internal for a value that the database does not take, else unavailable. f is
  /// called again if it collided with another transaction, and must end the transactions that it begins.
  template <class AnyLink = pg::Connection, class F>
  Task<Result<Value<AnyLink, F>>> read(F f) {
    return start<AnyLink, F>(std::move(f), pg::Call::Kind::read);
  }
  /// The same for what changes something, in one transaction.
  template <class AnyLink = pg::Connection, class F>
  Task<Result<Value<AnyLink, F>>> write(F f) {
    return start<AnyLink, F>(std::move(f), pg::Call::Kind::write);
  }
  /// The same for upkeep, which nobody asked for: it is not among the writes of health().
  template <class AnyLink = pg::Connection, class F>
  Task<Result<Value<AnyLink, F>>> keep_house(F f) {
    return start<AnyLink, F>(std::move(f), pg::Call::Kind::upkeep);
  }

  /// For those who bring their own call. Any thread. If there is no room the job is failed and sent home.
  void submit(std::unique_ptr<pg::Call> call);
  /// See Store.
  Task<std::vector<bool>> apply(std::vector<SharedChange> changes);

  const PostgresOptions& options() const;
  /// See Store::era.
  Rev era() const;
  /// Whether there were lists when it was opened.
  bool had_lists() const;
  /// Where it is, for people: without the password.
  const std::string& label() const;
  /// Any thread.
  Health health() const;

  /// Does what is waiting, gives the lease back, then ends the thread. Later jobs are refused. Main thread; may be
  /// called twice.
  void close();

 private:
  class Threads;

  explicit PostgresDatabase(std::unique_ptr<Threads> threads);

  template <class AnyLink, class F>
  Task<Result<Value<AnyLink, F>>> start(F f, pg::Call::Kind kind) {
    auto initiation = [this, kind, function = std::move(f)]<class Handler>(Handler&& handler) mutable {
      using ThisCall = detail::FunctionCall<AnyLink, F, std::decay_t<Handler>>;
      submit(std::make_unique<ThisCall>(kind, std::move(function), std::forward<Handler>(handler)));
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Result<Value<AnyLink, F>>)>(
        std::move(initiation), asio::use_awaitable);
  }

  std::unique_ptr<Threads> threads_;
};

namespace detail {

/// The Error for an exception that escaped a database function; logs it.
Error escaped_from_call(const char* what);

template <class AnyLink, class F, class Handler>
class FunctionCall final : public pg::Call {
 public:
  using Value = typename ValueOf<std::invoke_result_t<F&, AnyLink&>>::type;

  FunctionCall(Kind kind, F function, Handler handler)
      : pg::Call(asio::get_associated_executor(handler), kind),
        function_(std::move(function)),
        handler_(std::move(handler)) {}

  Task<std::optional<pg::Fault>> work(pg::Link& link) override {
    std::optional<pg::Fault> fault;
    try {
      pg::Outcome<Value> outcome = co_await function_(static_cast<AnyLink&>(link));
      if (!outcome)
        fault = outcome.error();
      else if constexpr (std::is_void_v<Value>)
        result_.emplace();
      else
        result_.emplace(std::move(*outcome));
    } catch (const std::exception& escaped) {
      result_.emplace(escaped_from_call(escaped.what()));
    }
    co_return fault;
  }
  void fail(const Error& error) override { result_.emplace(error); }
  void resume() override {
    auto result = std::move(*result_);
    auto handler = std::move(handler_);
    std::move(handler)(std::move(result));
  }

 private:
  F function_;
  Handler handler_;
  std::optional<Result<Value>> result_;
};

}  // namespace detail
}  // namespace collab::store
