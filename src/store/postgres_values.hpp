// Values on their way to PostgreSQL and back, in its binary format: nothing to quote, no time zone, exact to the
// millisecond.
#pragma once

#include <libpq-fe.h>

#include <boost/system/result.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "model/ids.hpp"

namespace collab::store::pg {

/// The types of parameters, by the numbers that every server has for them.
enum class Type : Oid { boolean = 16, bytes = 17, integer = 20, text = 25, time = 1184, uuid = 2950 };

/// Text cannot hold U+0000 there: it goes as U+E000 twice, and U+E000, which is nobody's, as U+E000 U+E001.
std::string text_for_database(std::string_view text);
std::string text_from_database(std::string_view text);
/// Epoch milliseconds from microseconds since the year 2000.
EpochMs time_from_database(std::int64_t time);

/// The elements of an array parameter, which `unnest` makes a column of rows.
class Column {
 public:
  explicit Column(Type type) : type_(type) {}

  Column& add(const Uuid& id);
  template <class Tag>
  Column& add(const UuidId<Tag>& id) {
    return add(id.value);
  }
  /// For `time`, epoch milliseconds.
  Column& add(std::int64_t value);
  Column& add_boolean(bool value);
  /// For text and bytes.
  Column& add(std::string_view value);
  Column& add(const UserId& id) { return add(std::string_view(id.value)); }
  Column& add_null();
  template <class T>
  Column& add(const std::optional<T>& value) {
    return value ? add(*value) : add_null();
  }

  /// The whole array, in binary.
  std::string array() const;
  Oid array_oid() const;

 private:
  const Type type_;
  std::int32_t count_ = 0;
  bool has_null_ = false;
  std::string elements_;
};

/// What stands for $1, $2, … in a statement.
class Params {
 public:
  Params() = default;
  template <class... Values>
  static Params of(const Values&... values) {
    Params params;
    (params.add(values), ...);
    return params;
  }

  Params& add(const Uuid& id);
  template <class Tag>
  Params& add(const UuidId<Tag>& id) {
    return add(id.value);
  }
  Params& add(std::int64_t value);
  Params& add(std::string_view text);
  Params& add(const std::string& text) { return add(std::string_view(text)); }
  Params& add(const char* text) { return add(std::string_view(text)); }
  Params& add(const UserId& id) { return add(std::string_view(id.value)); }
  Params& add(const std::optional<std::string>& text);
  Params& add(const Column& column);
  Params& add_boolean(bool value);
  Params& add_bytes(std::string_view bytes);

  std::size_t size() const { return values_.size(); }
  const std::vector<Oid>& types() const { return types_; }
  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  Params& put(Oid type, std::optional<std::string> value);

  std::vector<Oid> types_;
  std::vector<std::optional<std::string>> values_;
};

/// One statement of a pipeline. `sql` is a literal, or outlives the call.
struct Statement {
  explicit Statement(std::string_view s, Params p = {}) : sql(s), params(std::move(p)) {}
  std::string_view sql;
  Params params;
};
using Statements = std::vector<Statement>;

/// Why the database did not do it.
struct Fault {
  enum class Kind {
    outage,  ///< it cannot be reached, or will not: what is asked is not at fault
    retry,   ///< it collided with another transaction (40001, 40P01): the same again may succeed
    data,    ///< it will never take this (classes 22 and 23)
    chain,   ///< a list is not at the rev that was expected (TD001)
    fenced,  ///< another server has the lease (TD002)
  };
  Kind kind = Kind::outage;
  std::string cause;            ///< in words, with the SQLSTATE if there is one: for the log
  std::string constraint = {};  ///< which one was violated
};
template <class T = void>
using Outcome = boost::system::result<T, Fault>;
[[noreturn]] void throw_exception_from_error(const Fault& fault, const boost::source_location& where);

/// What a SQLSTATE means to us.
Fault::Kind kind_of(std::string_view state);
/// The fault that a result tells of.
Fault fault_of(const PGresult* result);

/// One row of a result, by column from 0. As long as its Rows live.
class Row {
 public:
  Row(const PGresult* result, int row) : result_(result), row_(row) {}

  bool is_null(int column) const { return PQgetisnull(result_, row_, column) != 0; }
  std::int64_t integer(int column) const;
  std::optional<std::int64_t> optional_integer(int column) const;
  bool boolean(int column) const;
  EpochMs time(int column) const;
  std::optional<EpochMs> optional_time(int column) const;
  std::string_view bytes(int column) const;
  /// Of an enum.
  std::string_view word(int column) const { return bytes(column); }
  std::string text(int column) const { return text_from_database(bytes(column)); }
  std::optional<std::string> optional_text(int column) const;
  template <class Id>
  Id id(int column) const {
    return Id{uuid(column)};
  }

 private:
  Uuid uuid(int column) const;

  const PGresult* result_;
  int row_;
};

/// What a statement gave.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result) {}

  int size() const { return PQntuples(result_.get()); }
  bool is_empty() const { return size() == 0; }
  Row operator[](int row) const { return Row(result_.get(), row); }
  /// How many rows an insert, update or delete touched.
  std::size_t affected() const;

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

}  // namespace collab::store::pg
