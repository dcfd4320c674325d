// A thin, typed cover of SQLite's C API: who opens closes, who prepares finalizes, and every failure is a Result.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"
#include "core/uuid.hpp"

namespace collab::store {

class Connection;

/// What SQLite had against it: the extended result code, and a sentence that names the cause for the log and the
/// operator.
struct SqliteFault {
  int code = SQLITE_OK;
  std::string cause = {};

  explicit operator bool() const { return code != SQLITE_OK; }
  /// Without the extension: SQLITE_IOERR for SQLITE_IOERR_FSYNC.
  int primary() const { return code & 0xFF; }
};

/// The cause in words that a person without knowledge of SQLite can act on: "the disk is full".
std::string describe_fault(int code, std::string_view detail);

/// A prepared statement in use by one block of code. Given out by Connection::statement(), used on its thread, gone
/// before it. Faults are kept: after a failed preparation or binding, step() reports it.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  /// Resets, so that the next user finds it clean.
  ~Statement();

  /// Binds to the next free places, from the left. Text and ids that are not temporaries are not copied: they must live
  /// until the last step. Understands integers, bool, text, Uuid, ids and std::optional of these.
  template <class... Values>
  Statement& bind(Values&&... values) {
    (bind_next(std::forward<Values>(values)), ...);
    return *this;
  }
  /// The next place takes raw bytes, not text. Not copied.
  Statement& bind_blob(std::string_view bytes);

  /// Goes to the next row: true if there is one, false at the end.
  Result<bool> step();
  /// Runs a statement that gives no rows, and makes it ready for the next bind() and run().
  Result<void> run();
  /// Back to the start, without values.
  void reset();

  /// Columns of the present row, from 0. Views live until the next step, run, reset or the end of the statement.
  bool is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_, column); }
  bool boolean(int column) const { return integer(column) != 0; }
  std::string_view bytes(int column) const;
  std::string text(int column) const { return std::string(bytes(column)); }
  std::optional<std::string> optional_text(int column) const;
  std::optional<std::int64_t> optional_integer(int column) const;
  /// A sixteen byte blob; the nil id if it is none.
  Uuid uuid(int column) const;
  template <class Id>
  Id id(int column) const {
    return Id{uuid(column)};
  }

 private:
  friend class Connection;
  Statement(Connection& connection, sqlite3_stmt* handle, bool* in_use);

  void check(int code);
  void bind_text(std::string_view text, bool copy);
  void bind_integer(std::int64_t value);
  void bind_null();
  void bind_uuid(const Uuid& value, bool copy);

  template <class Value>
  void bind_next(Value&& value) {
    using Plain = std::remove_cvref_t<Value>;
    if constexpr (std::is_same_v<Plain, std::nullopt_t>)
      bind_null();
    else if constexpr (std::is_integral_v<Plain>)
      bind_integer(static_cast<std::int64_t>(value));
    else if constexpr (std::is_enum_v<Plain>)
      bind_integer(static_cast<std::int64_t>(value));
    else if constexpr (std::is_same_v<Plain, Uuid>)
      bind_uuid(value, !std::is_lvalue_reference_v<Value>);
    else if constexpr (std::is_convertible_v<const Plain&, std::string_view>)
      bind_text(value, !std::is_lvalue_reference_v<Value> && std::is_same_v<Plain, std::string>);
    else if constexpr (requires { value.has_value(); })
      value.has_value() ? bind_next(*std::forward<Value>(value)) : bind_null();
    else
      bind_next(std::forward<Value>(value).value);  // an id of model/ids.hpp
  }

  Connection* connection_;
  sqlite3_stmt* handle_;
  bool* in_use_;  // of the cache's entry; null = ours to finalize
  int next_ = 0;
  int code_ = SQLITE_OK;
};

/// How a file is opened.
struct OpenOptions {
  enum class Mode { read_only, read_write, create };

  Mode mode = Mode::read_write;
  std::string vfs = {};                          ///< a registered VFS; "" = the system's
  std::chrono::milliseconds busy_timeout{2000};  ///< how long a lock of another process is waited for
};

/// One connection. Used by one thread at a time; owns its prepared statements.
class Connection {
 public:
  static Result<Connection> open(const std::filesystem::path& file, const OpenOptions& options);

  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  ~Connection();

  /// A statement for this SQL, prepared at its first use and kept. `sql` is the key: a constant text, never one with
  /// values in it.
  Statement statement(std::string_view sql);
  /// Runs any number of statements that need no values and whose rows nobody wants. A constant text, too.
  Result<void> execute(const char* sql);
  /// The first column of the only row.
  Result<std::int64_t> query_integer(std::string_view sql);

  /// Rows written by the last insert, update or delete.
  std::int64_t changes() const { return sqlite3_changes64(handle_); }
  bool is_in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

  /// The first fault since it was last taken. Violated keys (already_exists) are none.
  const SqliteFault& fault() const { return fault_; }
  SqliteFault take_fault() { return std::exchange(fault_, {}); }
  /// Remembers the fault and makes the Error of it: already_exists for a violated key, else unavailable.
  Error report(int code);

  sqlite3* handle() const { return handle_; }

 private:
  struct Cached {
    std::string sql;
    sqlite3_stmt* handle = nullptr;
    bool in_use = false;
  };

  explicit Connection(sqlite3* handle) : handle_(handle) {}
  void close();

  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string_view, std::unique_ptr<Cached>> statements_;
  SqliteFault fault_;
};

}  // namespace collab::store
