// One connection to PostgreSQL, as coroutines over libpq.
#pragma once

#include <libpq-fe.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "store/postgres_backend.hpp"

namespace collab::store::pg {

/// Where the database is, as DATABASE_URL says, with what is not said there filled in: TLS verified unless the host is
/// this machine, TCP that notices a dead peer.
class Target {
 public:
  /// Accepts what libpq does: postgresql://user:password@host:port/database?sslmode=verify-full, or key=value words.
  /// The error's message does not repeat the text, which may hold a password.
  static Result<Target> parse(const std::string& url);

  /// user@host:port/database, for people: never the password.
  const std::string& label() const { return label_; }
  const std::vector<std::string>& keywords() const { return keywords_; }
  const std::vector<std::string>& values() const { return values_; }

 private:
  bool set_default(const std::string& keyword, const std::string& value);
  std::string value_of(std::string_view keyword) const;

  std::vector<std::string> keywords_, values_;
  std::string label_;
};

/// Begins a transaction that writes: durable when it is committed, whatever the database's settings say, and over after
/// `deadline` in any case. With a holder, only while he has the lease.
void begin_write(Statements& statements, std::chrono::milliseconds deadline, const std::string& holder = "");

/// Speaks to the database in pipelines, each of which is one transaction or less, so that a transaction pooler may
/// stand between: no session state, no named statements. Everything on the thread of `io`, one call at a time; a call
/// that waits must not outlive the connection.
class Connection final : public Link {
 public:
  Connection(asio::io_context& io, const Target& target) : target_(target), socket_(io), timer_(io) {}
  ~Connection() override { close(); }

  Task<Outcome<>> open(Duration deadline) override;
  /// Open, and not closed by the other side while nobody looked.
  bool is_usable() override;
  bool is_in_transaction() const override { return handle_ && PQtransactionStatus(handle_) != PQTRANS_IDLE; }
  void close() override;

  /// Sends all statements at once and gives what each gave. If one fails, the ones behind it were not done, its fault
  /// is the result, and the transaction that is open is rolled back. After the deadline, or a fault of the connection,
  /// it is closed: whether the database did it is then unknown.
  Task<Outcome<std::vector<Rows>>> run(Statements statements, Duration deadline);

  /// Runs a script of several statements in the simple protocol: as one transaction unless it has its own.
  Task<Outcome<>> run_script(std::string script, Duration deadline);

 private:
  struct Alarm;
  using Wait = asio::posix::stream_descriptor::wait_type;

  Task<Outcome<>> connect();
  Task<Outcome<std::vector<Rows>>> run_pipeline(const Statements& statements);
  Task<Outcome<>> read_script();
  bool watch_socket();
  Task<bool> wait_for(Wait what);
  Task<bool> flush();
  /// The next result, which may be null; false if the connection is lost.
  Task<bool> next_result(PGresult*& result);
  std::shared_ptr<Alarm> set_alarm(Duration deadline);
  Fault lost();

  const Target& target_;
  PGconn* handle_ = nullptr;
  asio::posix::stream_descriptor socket_;
  asio::steady_timer timer_;
  std::shared_ptr<Alarm> alarm_;
};

}  // namespace collab::store::pg
