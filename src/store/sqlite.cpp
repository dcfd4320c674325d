#include "store/sqlite.hpp"

namespace collab::store {

std::string describe_fault(int code, std::string_view detail) {
  const auto words = [code]() -> std::string_view {
    switch (code) {
      case SQLITE_CANTOPEN_ISDIR:
        return "its path is a directory";
      case SQLITE_IOERR_FSYNC:
      case SQLITE_IOERR_DIR_FSYNC:
        return "the disk failed to make a write durable";
      case SQLITE_IOERR_NOMEM:
        return "out of memory";
      default:
        break;
    }
    switch (code & 0xFF) {
      case SQLITE_FULL:
        return "the disk is full";
      case SQLITE_READONLY:
        return "the file or its folder cannot be written: check owner and permissions";
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        return "another program has locked the file";
      case SQLITE_CORRUPT:
        return "the file is damaged: restore a backup";
      case SQLITE_NOTADB:
        return "the file is no SQLite database, or its beginning is damaged: restore a backup";
      case SQLITE_IOERR:
        return "the disk failed to read or write";
      case SQLITE_CANTOPEN:
        return "the file cannot be opened: check that the folder exists, its owner and permissions";
      case SQLITE_PERM:
      case SQLITE_AUTH:
        return "access to the file was denied";
      case SQLITE_NOMEM:
        return "out of memory";
      case SQLITE_TOOBIG:
        return "a value is too big";
      case SQLITE_CONSTRAINT:
        return "a constraint was violated";
      default:
        return "an SQL fault";
    }
  }();
  std::string text(words);
  text.append(" (").append(sqlite3_errstr(code));
  if (!detail.empty() && detail != sqlite3_errstr(code)) text.append(": ").append(detail);
  text.append(", code ").append(std::to_string(code)).append(")");
  return text;
}

// ---- Statement

Statement::Statement(Connection& connection, sqlite3_stmt* handle, bool* in_use)
    : connection_(&connection), handle_(handle), in_use_(in_use) {}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      handle_(std::exchange(other.handle_, nullptr)),
      in_use_(std::exchange(other.in_use_, nullptr)),
      next_(other.next_),
      code_(other.code_) {}

Statement::~Statement() {
  if (!handle_) return;
  if (!in_use_) {
    sqlite3_finalize(handle_);
    return;
  }
  reset();
  *in_use_ = false;
}

void Statement::check(int code) {
  if (code != SQLITE_OK && code_ == SQLITE_OK) code_ = code;
}

void Statement::bind_text(std::string_view text, bool copy) {
  // A null pointer would bind NULL instead of an empty text.
  const char* begin = text.data() ? text.data() : "";
  check(
      sqlite3_bind_text64(handle_, ++next_, begin, text.size(), copy ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_integer(std::int64_t value) { check(sqlite3_bind_int64(handle_, ++next_, value)); }

void Statement::bind_null() { check(sqlite3_bind_null(handle_, ++next_)); }

void Statement::bind_uuid(const Uuid& value, bool copy) {
  check(sqlite3_bind_blob(handle_, ++next_, value.bytes.data(), static_cast<int>(value.bytes.size()),
                          copy ? SQLITE_TRANSIENT : SQLITE_STATIC));
}

Statement& Statement::bind_blob(std::string_view bytes) {
  check(sqlite3_bind_blob64(handle_, ++next_, bytes.data() ? bytes.data() : "", bytes.size(), SQLITE_STATIC));
  return *this;
}

Result<bool> Statement::step() {
  if (code_ != SQLITE_OK) return connection_->report(code_);
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto error = connection_->report(sqlite3_extended_errcode(connection_->handle()));
  sqlite3_reset(handle_);
  return error;
}

Result<void> Statement::run() {
  auto row = step();
  if (!row) return row.error();
  sqlite3_reset(handle_);
  next_ = 0;
  return ok();
}

void Statement::reset() {
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
  next_ = 0;
}

std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  return data ? std::string_view(data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column)))
              : std::string_view{};
}

std::optional<std::string> Statement::optional_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

Uuid Statement::uuid(int column) const {
  Uuid id;
  const auto raw = bytes(column);
  if (raw.size() == id.bytes.size()) std::copy_n(raw.begin(), raw.size(), reinterpret_cast<char*>(id.bytes.data()));
  return id;
}

// ---- Connection

Result<Connection> Connection::open(const std::filesystem::path& file, const OpenOptions& options) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (options.mode) {
    case OpenOptions::Mode::read_only:
      flags |= SQLITE_OPEN_READONLY;
      break;
    case OpenOptions::Mode::read_write:
      flags |= SQLITE_OPEN_READWRITE;
      break;
    case OpenOptions::Mode::create:
      flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
      break;
  }
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, options.vfs.empty() ? nullptr : options.vfs.c_str());
  Connection connection(handle);
  if (code != SQLITE_OK) return Error{Errc::unavailable, describe_fault(code, handle ? sqlite3_errmsg(handle) : "")};
  sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
  return connection;
}

Connection::Connection(Connection&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      statements_(std::move(other.statements_)),
      fault_(std::move(other.fault_)) {}

Connection& Connection::operator=(Connection&& other) noexcept {
  if (this == &other) return *this;
  close();
  handle_ = std::exchange(other.handle_, nullptr);
  statements_ = std::move(other.statements_);
  fault_ = std::move(other.fault_);
  return *this;
}

Connection::~Connection() { close(); }

void Connection::close() {
  for (auto& [sql, cached] : statements_) sqlite3_finalize(cached->handle);
  statements_.clear();
  if (handle_) sqlite3_close_v2(std::exchange(handle_, nullptr));
}

Statement Connection::statement(std::string_view sql) {
  const auto prepare = [&](unsigned flags, sqlite3_stmt*& handle) {
    return sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), flags, &handle, nullptr);
  };
  const auto known = statements_.find(sql);
  if (known != statements_.end() && !known->second->in_use) {
    known->second->in_use = true;
    return Statement(*this, known->second->handle, &known->second->in_use);
  }
  sqlite3_stmt* handle = nullptr;
  const int code = prepare(known == statements_.end() ? SQLITE_PREPARE_PERSISTENT : 0u, handle);
  if (code != SQLITE_OK || known != statements_.end()) {
    Statement statement(*this, handle, nullptr);
    statement.check(code);
    return statement;
  }
  auto cached = std::make_unique<Cached>(Cached{std::string(sql), handle, true});
  bool* in_use = &cached->in_use;
  const std::string_view key = cached->sql;
  statements_.emplace(key, std::move(cached));
  return Statement(*this, handle, in_use);
}

Result<void> Connection::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return report(sqlite3_extended_errcode(handle_));
  return ok();
}

Result<std::int64_t> Connection::query_integer(std::string_view sql) {
  auto query = statement(sql);
  auto row = query.step();
  if (!row) return row.error();
  if (!*row) return Error{Errc::not_found, "there is no such row"};
  return query.integer(0);
}

Error Connection::report(int code) {
  if (code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_ROWID)
    return Error{Errc::already_exists, "It exists already."};
  if (!fault_) fault_ = SqliteFault{code, describe_fault(code, sqlite3_errmsg(handle_))};
  return Error{Errc::unavailable, "The storage is not available at the moment. Please try again."};
}

}  // namespace collab::store
