// Values on their way to PostgREST and back: what postgres_values is in binary, in JSON.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "store/postgres_values.hpp"

namespace collab::store::supabase {

namespace json = boost::json;

/// The parameters of a statement as arguments of its function: times as epoch milliseconds, bytes as "\x…", columns as
/// arrays.
json::array json_of(const pg::Params& params);

/// Arguments of a function one by one.
json::string text_argument(std::string_view text);
json::value text_argument(const std::optional<std::string>& text);
json::string bytes_argument(std::string_view bytes);

/// One row: an array of columns, from 0. As long as the value lives. Throws if the value is no such array, or the
/// column has another type.
class Row {
 public:
  explicit Row(const json::value& row) : columns_(row.as_array()) {}

  bool is_null(int column) const { return at(column).is_null(); }
  std::int64_t integer(int column) const { return at(column).to_number<std::int64_t>(); }
  bool boolean(int column) const { return at(column).as_bool(); }
  EpochMs time(int column) const { return integer(column); }
  std::optional<EpochMs> optional_time(int column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
  }
  std::string_view word(int column) const { return at(column).as_string(); }
  /// From hexadecimal digits.
  std::string bytes(int column) const;
  std::string text(int column) const { return pg::text_from_database(word(column)); }
  std::optional<std::string> optional_text(int column) const {
    return is_null(column) ? std::nullopt : std::optional(text(column));
  }
  template <class Id>
  Id id(int column) const {
    return Id{Uuid::parse(word(column)).value()};
  }

 private:
  const json::value& at(int column) const { return columns_.at(static_cast<std::size_t>(column)); }

  const json::array& columns_;
};

/// An array of rows.
class Rows {
 public:
  explicit Rows(const json::value& rows) : rows_(rows.as_array()) {}

  int size() const { return static_cast<int>(rows_.size()); }
  Row operator[](int row) const { return Row(rows_.at(static_cast<std::size_t>(row))); }

 private:
  const json::array& rows_;
};

/// Bytes from hexadecimal digits. Throws if they are none.
std::string bytes_from_hex(std::string_view digits);

}  // namespace collab::store::supabase
