#include "store/postgres_connection.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <filesystem>

namespace collab::store::pg {
namespace {

constexpr const char* system_certificates = "/etc/ssl/certs/ca-certificates.crt";

constexpr int most_looks = 16;

bool is_this_machine(std::string_view host) {
  return host.empty() || host.starts_with("/") || host.starts_with("@") || host == "localhost" ||
         host.starts_with("127.") || host == "::1";
}

void ignore_notice(void*, const PGresult*) {}

// In one line, without the advice that follows.
std::string in_short(std::string text) {
  text.erase(std::min(text.find("\n\t"), text.size()));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace

// What rings when a call has taken too long. It may ring late, when the call or the connection is gone.
struct Connection::Alarm {
  asio::posix::stream_descriptor* socket = nullptr;  // null: nobody waits
  bool has_rung = false;
};

Result<Target> Target::parse(const std::string& url) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconninfoParse(url.c_str(), &message),
                                                                               PQconninfoFree);
  PQfreemem(message);  // it may repeat the text
  if (!options)
    return Error{Errc::invalid_payload,
                 "is no connection string of PostgreSQL, such as postgresql://user:password@host:5432/database"};
  Target target;
  for (const PQconninfoOption* option = options.get(); option->keyword; ++option)
    if (option->val) {
      target.keywords_.emplace_back(option->keyword);
      target.values_.emplace_back(option->val);
    }
  // What libpq would take from the environment is said already, too.
  std::string host = target.value_of("host");
  if (host.empty()) host = target.value_of("hostaddr");
  if (host.empty() && std::getenv("PGHOST")) host = std::getenv("PGHOST");
  const bool is_local = is_this_machine(host);
  if (!std::getenv("PGSSLMODE") && target.set_default("sslmode", is_local ? "prefer" : "verify-full") && !is_local &&
      std::filesystem::exists(system_certificates))
    target.set_default("sslrootcert", system_certificates);
  target.set_default("application_name", "collab-todo");
  target.set_default("client_encoding", "UTF8");
  target.set_default("keepalives_idle", "30");
  target.set_default("tcp_user_timeout", "30000");
  const auto part = [&target](std::string_view keyword, std::string_view before) {
    const std::string value = target.value_of(keyword);
    return value.empty() ? value : std::string(before) + value;
  };
  target.label_ =
      part("user", "") + "@" + (host.empty() ? "localhost" : host) + part("port", ":") + part("dbname", "/");
  return target;
}

std::string Target::value_of(std::string_view keyword) const {
  const auto found = std::ranges::find(keywords_, keyword);
  return found == keywords_.end() ? "" : values_[static_cast<std::size_t>(found - keywords_.begin())];
}

bool Target::set_default(const std::string& keyword, const std::string& value) {
  if (!value_of(keyword).empty()) return false;
  keywords_.push_back(keyword);
  values_.push_back(value);
  return true;
}

void begin_write(Statements& statements, std::chrono::milliseconds deadline, const std::string& holder) {
  statements.emplace_back("begin");
  statements.emplace_back("select todo_begin_write($1, $2)", Params::of(holder, deadline.count()));
}

std::shared_ptr<Connection::Alarm> Connection::set_alarm(Duration deadline) {
  auto alarm = std::make_shared<Alarm>();
  alarm->socket = &socket_;
  timer_.expires_after(deadline);
  timer_.async_wait([alarm](const boost::system::error_code& cancelled) {
    if (cancelled || !alarm->socket) return;
    alarm->has_rung = true;
    boost::system::error_code ignored;
    if (alarm->socket->is_open()) alarm->socket->cancel(ignored);
  });
  alarm_ = alarm;
  return alarm;
}

void Connection::close() {
  if (alarm_) alarm_->socket = nullptr;
  boost::system::error_code ignored;
  if (socket_.is_open()) socket_.close(ignored);
  if (handle_) PQfinish(handle_);
  handle_ = nullptr;
}

// libpq closes its socket when it likes, and the number may be another connection's the next moment. So what Asio
// watches is a descriptor of our own for the same socket.
bool Connection::watch_socket() {
  boost::system::error_code fault;
  if (socket_.is_open()) socket_.close(fault);
  const int own = ::fcntl(PQsocket(handle_), F_DUPFD_CLOEXEC, 0);
  if (own < 0) return false;
  socket_.assign(own, fault);
  if (fault) ::close(own);
  return !fault;
}

bool Connection::is_usable() {
  if (!handle_ || PQstatus(handle_) != CONNECTION_OK) return false;
  // The last words of a server come first, then the end of the stream.
  for (int looks = 0; looks < most_looks; ++looks) {
    pollfd look{PQsocket(handle_), POLLIN, 0};
    if (::poll(&look, 1, 0) <= 0) return true;
    if (PQconsumeInput(handle_) == 0 || PQstatus(handle_) != CONNECTION_OK) return false;
  }
  return false;
}

Fault Connection::lost() {
  Fault fault;
  if (alarm_ && alarm_->has_rung)
    fault.cause = "the database did not answer in time";
  else if (handle_)
    fault.cause = in_short(PQerrorMessage(handle_));
  if (fault.cause.empty()) fault.cause = "the connection to the database was lost";
  close();
  return fault;
}

Task<bool> Connection::wait_for(Wait what) {
  if (alarm_->has_rung) co_return false;
  boost::system::error_code fault;
  co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, fault));
  co_return !fault && !alarm_->has_rung;
}

Task<Outcome<>> Connection::open(Duration deadline) {
  close();
  auto alarm = set_alarm(deadline);
  Outcome<> outcome = co_await connect();
  alarm->socket = nullptr;
  timer_.cancel();
  co_return outcome;
}

Task<Outcome<>> Connection::connect() {
  std::vector<const char*> keywords, values;
  for (const std::string& keyword : target_.keywords()) keywords.push_back(keyword.c_str());
  for (const std::string& value : target_.values()) values.push_back(value.c_str());
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  handle_ = PQconnectStartParams(keywords.data(), values.data(), 0);
  if (!handle_) co_return Fault{Fault::Kind::outage, "out of memory"};
  PQsetNoticeReceiver(handle_, ignore_notice, nullptr);
  // libpq may close one socket and open another on its way.
  PostgresPollingStatusType status = PQstatus(handle_) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
    if (!watch_socket()) break;
    const bool is_there = co_await wait_for(status == PGRES_POLLING_READING ? Wait::wait_read : Wait::wait_write);
    if (!is_there) break;
    status = PQconnectPoll(handle_);
  }
  if (status != PGRES_POLLING_OK) co_return lost();
  if (!watch_socket() || PQsetnonblocking(handle_, 1) != 0 || PQenterPipelineMode(handle_) != 1) co_return lost();
  co_return Outcome<>();
}

Task<bool> Connection::flush() {
  int left = PQflush(handle_);
  while (left == 1) {
    const bool is_ready = co_await wait_for(Wait::wait_write);
    // What has come meanwhile is taken, or both sides could wait for the other to read.
    if (!is_ready || PQconsumeInput(handle_) == 0) co_return false;
    left = PQflush(handle_);
  }
  co_return left == 0;
}

Task<bool> Connection::next_result(PGresult*& result) {
  while (PQisBusy(handle_)) {
    const bool is_there = co_await wait_for(Wait::wait_read);
    if (!is_there || PQconsumeInput(handle_) == 0) co_return false;
  }
  result = PQgetResult(handle_);
  co_return result || PQstatus(handle_) == CONNECTION_OK;
}

Task<Outcome<std::vector<Rows>>> Connection::run(Statements statements, Duration deadline) {
  if (!handle_) co_return Fault{Fault::Kind::outage, "there is no connection to the database"};
  auto alarm = set_alarm(deadline);
  Outcome<std::vector<Rows>> outcome = co_await run_pipeline(statements);
  if (!outcome && is_in_transaction()) {
    Statements undo;
    undo.emplace_back("rollback");
    const Outcome<std::vector<Rows>> undone = co_await run_pipeline(undo);
    if (!undone || is_in_transaction()) close();
  }
  alarm->socket = nullptr;
  timer_.cancel();
  co_return outcome;
}

Task<Outcome<std::vector<Rows>>> Connection::run_pipeline(const Statements& statements) {
  for (const Statement& statement : statements) {
    const std::string sql(statement.sql);
    std::vector<const char*> values;
    std::vector<int> lengths;
    for (const auto& value : statement.params.values()) {
      values.push_back(value ? value->data() : nullptr);
      lengths.push_back(value ? static_cast<int>(value->size()) : 0);
    }
    const std::vector<int> formats(values.size(), 1);
    if (PQsendQueryParams(handle_, sql.c_str(), static_cast<int>(values.size()), statement.params.types().data(),
                          values.data(), lengths.data(), formats.data(), 1) != 1)
      co_return lost();
  }
  if (PQpipelineSync(handle_) != 1) co_return lost();
  const bool is_sent = co_await flush();
  if (!is_sent) co_return lost();

  std::vector<Rows> all;
  std::optional<Fault> fault;
  for (bool is_over = false; !is_over;) {
    PGresult* result = nullptr;
    const bool is_there = co_await next_result(result);
    if (!is_there) co_return lost();
    if (!result) continue;  // between two statements
    Rows rows(result);
    switch (PQresultStatus(result)) {
      case PGRES_PIPELINE_SYNC:
        is_over = true;
        break;
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK:
        all.push_back(std::move(rows));
        break;
      case PGRES_PIPELINE_ABORTED:
        break;
      default:
        if (!fault) fault = fault_of(result);
        if (PQstatus(handle_) != CONNECTION_OK) {
          close();
          co_return std::move(*fault);
        }
    }
  }
  if (fault) co_return std::move(*fault);
  co_return all;
}

Task<Outcome<>> Connection::run_script(std::string script, Duration deadline) {
  if (!handle_) co_return Fault{Fault::Kind::outage, "there is no connection to the database"};
  auto alarm = set_alarm(deadline);
  Outcome<> outcome;
  if (PQexitPipelineMode(handle_) != 1 || PQsendQuery(handle_, script.c_str()) != 1)
    outcome = lost();
  else
    outcome = co_await read_script();
  alarm->socket = nullptr;
  timer_.cancel();
  if (is_in_transaction() || (handle_ && PQenterPipelineMode(handle_) != 1)) close();
  co_return outcome;
}

Task<Outcome<>> Connection::read_script() {
  const bool is_sent = co_await flush();
  if (!is_sent) co_return lost();
  std::optional<Fault> fault;
  for (;;) {
    PGresult* result = nullptr;
    const bool is_there = co_await next_result(result);
    if (!is_there) co_return lost();
    if (!result) break;
    const Rows rows(result);
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY && !fault)
      fault = fault_of(result);
  }
  if (fault) co_return std::move(*fault);
  co_return Outcome<>();
}

}  // namespace collab::store::pg
