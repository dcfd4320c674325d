// JSON text, both ways: a bounded, exact parser on top of Boost.JSON, and the writer that the whole project uses, which
// produces the bytes that JavaScript's JSON.stringify would.
#pragma once

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace collab {

/// How deep arrays and objects from outside may nest. Everything that walks a parsed value recursively relies on it.
inline constexpr std::size_t max_json_depth = 64;

/// Parses exactly one JSON text (RFC 8259) into `storage`. nullopt if it is not one: bad syntax, invalid UTF-8, a lone
/// surrogate escape, something behind the value, or nesting deeper than `max_depth`. Of equal keys the last one counts.
/// Numbers are read exactly: integers that fit as int64 or uint64, all others as the nearest double. Any thread.
std::optional<boost::json::value> parse_json(std::string_view text, boost::json::storage_ptr storage = {},
                                             std::size_t max_depth = max_json_depth);

/// Appends `value` compactly, members in their order, as JSON.stringify writes it: integral doubles without a fraction,
/// the shortest digits that read back as the same double, null for infinities and NaN. Unlike JavaScript, integers
/// beyond 2^53 keep all their digits.
void append_json(std::string& out, const boost::json::value& value);

/// Appends `text`, which must be UTF-8, as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

/// Appends the decimal digits of an integer.
void append_json_int(std::string& out, std::int64_t value);
void append_json_uint(std::string& out, std::uint64_t value);

/// Appends a double as JavaScript's Number::toString does (ECMA-262, 6.1.6.1.20), or null if it is not finite.
void append_json_double(std::string& out, double value);

}  // namespace collab
