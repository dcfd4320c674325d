// Types that carry their rule: a struct of them is the description, the validation and the document of a payload.
// A field's type says what may stand there; its wrapper says whether it may be left out or be null.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/json.hpp"

namespace collab::schema {

namespace json = boost::json;

/// Why a value was refused, in Pydantic's terms: its error type and its message for JSON input.
struct Violation {
  std::string_view type;
  std::string msg;
};
using Verdict = std::optional<Violation>;  ///< nullopt: the value is fine

/// A second name for a field. Giving both with different values is a fault.
struct Alias {
  std::string_view field;
  std::string_view alias;
};

/// A sentence about a field, for the generated documents.
struct FieldDoc {
  std::string_view field;
  std::string_view text;
};

// --- Whether a field must be there. A bare T must, and must not be null; std::optional<T> may be absent or null, which
// mean the same. The others:

/// May be left out; null is a fault.
template <class T>
struct IfGiven {
  std::optional<T> value;
  bool is_given() const { return value.has_value(); }
  bool operator==(const IfGiven&) const = default;
};

/// May be left out; null is a value of its own and means "clear it".
template <class T>
struct Clearable {
  std::optional<std::optional<T>> value;  ///< outer: given at all; inner: not null
  bool is_given() const { return value.has_value(); }
  bool operator==(const Clearable&) const = default;
};

/// Must be there, but may be null.
template <class T>
struct Nullable {
  std::optional<T> value;
  bool operator==(const Nullable&) const = default;
};

// --- Containers with a bound.

/// No bound: only for what we send ourselves.
inline constexpr std::size_t unbounded = static_cast<std::size_t>(-1);

template <class T, std::size_t Max>
struct List {
  std::vector<T> values;
  bool operator==(const List&) const = default;
};

/// An object whose keys are data, in the order of the payload.
template <class Key, class T, std::size_t Max>
struct Map {
  std::vector<std::pair<Key, T>> entries;
  bool operator==(const Map&) const = default;
};

/// Any JSON at all; judged later by somebody who knows more.
struct AnyJson {
  json::value value;
};

// --- Strings. U+0000 is refused in all of them; lengths count Unicode code points.

namespace detail {
enum class WhiteSpace { kept, trimmed };
enum class NumberForm { number, number_or_text };

/// Number of code points of well-formed UTF-8.
std::size_t count_code_points(std::string_view text);
/// Without Unicode white space at both ends.
std::string_view trim(std::string_view text);
Verdict read_text(const json::value& from, std::size_t min, std::size_t max, WhiteSpace ends, std::string& out);
json::object text_schema(std::size_t min, std::size_t max);
inline constexpr std::string_view printable_ascii_pattern = "^[!-~]+$";
Verdict check_printable_ascii(std::string_view text);
Verdict read_integer(const json::value& from, std::int64_t low, std::int64_t high, NumberForm form, std::int64_t& out);
json::object integer_schema(std::int64_t low, std::int64_t high, NumberForm form);
}  // namespace detail

template <std::size_t Min, std::size_t Max>
struct Text {
  std::string value;
  auto operator<=>(const Text&) const = default;

  static Verdict read(const json::value& from, Text& out) {
    return detail::read_text(from, Min, Max, detail::WhiteSpace::kept, out.value);
  }
  static json::object json_schema() { return detail::text_schema(Min, Max); }
  void append_to(std::string& out) const { append_json_string(out, value); }
};

/// White space at both ends is removed before the length is looked at, and is not kept.
template <std::size_t Min, std::size_t Max>
struct TrimmedText {
  std::string value;
  auto operator<=>(const TrimmedText&) const = default;

  static Verdict read(const json::value& from, TrimmedText& out) {
    return detail::read_text(from, Min, Max, detail::WhiteSpace::trimmed, out.value);
  }
  static json::object json_schema() {
    json::object schema = detail::text_schema(Min, Max);
    schema["description"] = "White space at both ends is removed first.";
    return schema;
  }
  void append_to(std::string& out) const { append_json_string(out, value); }
};

/// An ISO 8601 calendar date, or date and time with or without an offset; kept as it was given.
struct DateOrDateTime {
  std::string value;
  auto operator<=>(const DateOrDateTime&) const = default;

  static Verdict read(const json::value& from, DateOrDateTime& out);
  static json::object json_schema();
  void append_to(std::string& out) const { append_json_string(out, value); }
};

/// A moment: an RFC 3339 date-time with its offset.
struct Timestamp {
  EpochMs value = 0;
  auto operator<=>(const Timestamp&) const = default;

  static Verdict read(const json::value& from, Timestamp& out);
  static json::object json_schema();
  void append_to(std::string& out) const { append_json_string(out, to_rfc3339(value)); }
};

/// An absolute http or https URL with a host, at most 2,048 characters; kept as it was given.
struct HttpUrl {
  static constexpr std::size_t max_length = 2'048;
  std::string value;
  auto operator<=>(const HttpUrl&) const = default;

  static Verdict read(const json::value& from, HttpUrl& out);
  static json::object json_schema();
  void append_to(std::string& out) const { append_json_string(out, value); }
};

/// An e-mail address as people have them: local@domain.tld, at most 254 characters. White space around it is removed.
struct Email {
  static constexpr std::size_t max_length = 254;
  std::string value;
  auto operator<=>(const Email&) const = default;

  static Verdict read(const json::value& from, Email& out);
  static json::object json_schema();
  void append_to(std::string& out) const { append_json_string(out, value); }
};

/// A string of printable ASCII without spaces, which compares bytewise: a fractional index.
template <std::size_t Min, std::size_t Max>
struct PrintableAscii {
  std::string value;
  auto operator<=>(const PrintableAscii&) const = default;

  static Verdict read(const json::value& from, PrintableAscii& out) {
    if (Verdict bad = detail::read_text(from, Min, Max, detail::WhiteSpace::kept, out.value)) return bad;
    return detail::check_printable_ascii(out.value);
  }
  static json::object json_schema() {
    json::object schema = detail::text_schema(Min, Max);
    schema["pattern"] = detail::printable_ascii_pattern;
    return schema;
  }
  void append_to(std::string& out) const { append_json_string(out, value); }
};

// --- Numbers.

template <std::int64_t Low, std::int64_t High>
struct Int {
  std::int64_t value = Low;
  auto operator<=>(const Int&) const = default;

  static Verdict read(const json::value& from, Int& out) {
    return detail::read_integer(from, Low, High, detail::NumberForm::number, out.value);
  }
  static json::object json_schema() { return detail::integer_schema(Low, High, detail::NumberForm::number); }
  void append_to(std::string& out) const { append_json_int(out, value); }
};

/// The same, also accepted as a decimal string without a sign.
template <std::int64_t Low, std::int64_t High>
struct IntOrText {
  std::int64_t value = Low;
  auto operator<=>(const IntOrText&) const = default;

  static Verdict read(const json::value& from, IntOrText& out) {
    return detail::read_integer(from, Low, High, detail::NumberForm::number_or_text, out.value);
  }
  static json::object json_schema() { return detail::integer_schema(Low, High, detail::NumberForm::number_or_text); }
  void append_to(std::string& out) const { append_json_int(out, value); }
};

}  // namespace collab::schema
