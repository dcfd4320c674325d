#include "schema/constrained.hpp"

#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <chrono>
#include <cmath>

namespace collab::schema {
namespace detail {
namespace {

constexpr std::string_view nul_message = "Value error, the character U+0000 is not allowed";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string characters(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " character" : " characters");
}

// The code points with the property White_Space beyond ASCII, as UTF-8.
constexpr std::array<std::string_view, 19> wide_spaces{
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83",
    "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A",
    "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Bytes of white space at the front, 0 if there is none.
std::size_t leading_space(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_space(text.front())) return 1;
  if (static_cast<unsigned char>(text.front()) < 0x80) return 0;
  for (const std::string_view space : wide_spaces)
    if (text.starts_with(space)) return space.size();
  return 0;
}

std::size_t trailing_space(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_space(text.back())) return 1;
  if (static_cast<unsigned char>(text.back()) < 0x80) return 0;
  for (const std::string_view space : wide_spaces)
    if (text.ends_with(space)) return space.size();
  return 0;
}

Verdict check_length(std::string_view text, std::size_t min, std::size_t max) {
  // Bytes are at least as many as code points: most texts need no counting.
  if (text.size() > max && count_code_points(text) > max)
    return Violation{"string_too_long", "String should have at most " + characters(max)};
  if (text.size() < 4 * min && count_code_points(text) < min)
    return Violation{"string_too_short", "String should have at least " + characters(min)};
  if (text.find('\0') != std::string_view::npos) return Violation{"value_error", std::string(nul_message)};
  return std::nullopt;
}

Verdict out_of_range(std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value < low)
    return Violation{"greater_than_equal", "Input should be greater than or equal to " + std::to_string(low)};
  if (value > high)
    return Violation{"less_than_equal", "Input should be less than or equal to " + std::to_string(high)};
  return std::nullopt;
}

Verdict parse_integer(std::string_view text, std::int64_t low, std::int64_t high, std::int64_t& out) {
  const bool is_negative = text.starts_with('-');
  const std::string_view digits = text.substr(is_negative ? 1 : 0);
  bool has_digits_only = !digits.empty();
  for (const char c : digits) has_digits_only = has_digits_only && is_digit(c);
  if (!has_digits_only)
    return Violation{"int_parsing", "Input should be a valid integer, unable to parse string as an integer"};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault != std::errc{}) return out_of_range(is_negative ? low - 1 : high + 1, low, high);
  // Thirteen digits of zeros and a long number are different things; what fits the range may still be too long a text.
  if (digits.size() > std::to_string(high).size()) return out_of_range(high + 1, low, high);
  return out_of_range(out, low, high);
}

}  // namespace

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::string_view trim(std::string_view text) {
  while (const std::size_t size = leading_space(text)) text.remove_prefix(size);
  while (const std::size_t size = trailing_space(text)) text.remove_suffix(size);
  return text;
}

Verdict read_text(const json::value& from, std::size_t min, std::size_t max, WhiteSpace ends, std::string& out) {
  const json::string* text = from.if_string();
  if (!text) return Violation{"string_type", "Input should be a valid string"};
  std::string_view view{text->data(), text->size()};
  if (ends == WhiteSpace::trimmed) view = trim(view);
  if (Verdict bad = check_length(view, min, max)) return bad;
  out.assign(view);
  return std::nullopt;
}

json::object text_schema(std::size_t min, std::size_t max) {
  json::object schema{{"type", "string"}};
  if (min > 0) schema["minLength"] = min;
  schema["maxLength"] = max;
  return schema;
}

Verdict check_printable_ascii(std::string_view text) {
  for (const char c : text)
    if (c < '!' || c > '~')
      return Violation{"string_pattern_mismatch",
                       "String should match pattern '" + std::string(printable_ascii_pattern) + "'"};
  return std::nullopt;
}

Verdict read_integer(const json::value& from, std::int64_t low, std::int64_t high, NumberForm form, std::int64_t& out) {
  if (const auto* number = from.if_int64()) {
    out = *number;
    return out_of_range(out, low, high);
  }
  if (from.is_uint64()) return out_of_range(high + 1, low, high);  // above every int64
  if (const auto* number = from.if_double()) {
    if (*number != std::trunc(*number))
      return Violation{"int_from_float", "Input should be a valid integer, got a number with a fractional part"};
    if (*number > 9.0e18) return out_of_range(high + 1, low, high);
    if (*number < -9.0e18) return out_of_range(low - 1, low, high);
    out = static_cast<std::int64_t>(*number);
    return out_of_range(out, low, high);
  }
  if (const auto* text = from.if_string(); text && form == NumberForm::number_or_text)
    return parse_integer({text->data(), text->size()}, low, high, out);
  return Violation{"int_type", "Input should be a valid integer"};
}

json::object integer_schema(std::int64_t low, std::int64_t high, NumberForm form) {
  json::object number{{"type", "integer"}, {"minimum", low}, {"maximum", high}};
  if (form == NumberForm::number) return number;
  const std::string digits = "^[0-9]{1," + std::to_string(std::to_string(high).size()) + "}$";
  json::object text{{"type", "string"}, {"pattern", digits}};
  return {{"anyOf", json::array{std::move(number), std::move(text)}}};
}

namespace {

// --- ISO 8601. Each step takes its part from the front of the text, or names what is wrong with it.

using Reason = std::string_view;  // empty: fine

Reason take_digits(std::string_view& text, std::size_t count, int low, int high, Reason not_digits, Reason not_in_range,
                   int& out) {
  if (text.size() < count) return "input is too short";
  out = 0;
  for (const char c : text.substr(0, count)) {
    if (!is_digit(c)) return not_digits;
    out = out * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return out < low || out > high ? not_in_range : Reason{};
}

Reason take_separator(std::string_view& text, std::string_view allowed, Reason otherwise) {
  if (text.empty()) return "input is too short";
  if (allowed.find(text.front()) == std::string_view::npos) return otherwise;
  text.remove_prefix(1);
  return {};
}

Reason take_date(std::string_view& text) {
  constexpr Reason separator = "invalid date separator, expected `-`";
  int year = 0, month = 0, day = 0;
  Reason bad = take_digits(text, 4, 1, 9999, "invalid character in year", "year 0 is out of range", year);
  if (bad.empty()) bad = take_separator(text, "-", separator);
  if (bad.empty())
    bad = take_digits(text, 2, 1, 12, "invalid character in month", "month value is outside expected range of 1-12",
                      month);
  if (bad.empty()) bad = take_separator(text, "-", separator);
  if (bad.empty())
    bad = take_digits(text, 2, 1, 31, "invalid character in day", "day value is outside expected range", day);
  if (!bad.empty()) return bad;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  return date.ok() ? Reason{} : "day value is outside expected range";
}

Reason take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return {};
  text.remove_prefix(1);
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits == 0) return "second fraction is missing";
  if (digits > 9) return "second fraction value is more than 9 digits long";
  text.remove_prefix(digits);
  return {};
}

Reason take_offset(std::string_view& text) {
  if (text.empty()) return {};
  if (text.front() == 'Z' || text.front() == 'z') {
    text.remove_prefix(1);
    return {};
  }
  if (text.front() != '+' && text.front() != '-') return "unexpected extra characters at the end of the input";
  text.remove_prefix(1);
  int hours = 0, minutes = 0;
  constexpr Reason sign = "invalid timezone offset";
  if (const Reason bad = take_digits(text, 2, 0, 23, sign, sign, hours); !bad.empty()) return bad;
  if (text.starts_with(':')) text.remove_prefix(1);
  return take_digits(text, 2, 0, 59, sign, sign, minutes);
}

Reason take_time(std::string_view& text) {
  int hour = 0, minute = 0, second = 0;
  Reason bad =
      take_digits(text, 2, 0, 23, "invalid character in hour", "hour value is outside expected range of 0-23", hour);
  if (bad.empty()) bad = take_separator(text, ":", "invalid time separator, expected `:`");
  if (bad.empty())
    bad = take_digits(text, 2, 0, 59, "invalid character in minute", "minute value is outside expected range of 0-59",
                      minute);
  if (bad.empty() && text.starts_with(':')) {
    text.remove_prefix(1);
    bad = take_digits(text, 2, 0, 59, "invalid character in second", "second value is outside expected range of 0-59",
                      second);
    if (bad.empty()) bad = take_fraction(text);
  }
  return bad.empty() ? take_offset(text) : bad;
}

Reason check_date_or_date_time(std::string_view text) {
  Reason bad = take_date(text);
  if (!bad.empty() || text.empty()) return bad;
  bad = take_separator(text, "Tt ", "invalid datetime separator, expected `T`, `t` or space");
  if (bad.empty()) bad = take_time(text);
  if (bad.empty() && !text.empty()) bad = "unexpected extra characters at the end of the input";
  return bad;
}

// --- URLs.

Violation bad_url(std::string_view reason) {
  return {"url_parsing", "Input should be a valid URL, " + std::string(reason)};
}

// What a browser would make of letters beyond ASCII; only to judge the rest.
std::string percent_encode_wide(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      out += c;
    else
      (out += '%') += {hex[byte >> 4], hex[byte & 15]};
  }
  return out;
}

bool is_local_part_char(char c) {
  constexpr std::string_view allowed = "!#$%&'*+-/=?^_`{|}~.";
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || is_digit(c) ||
         allowed.find(c) != std::string_view::npos;
}

bool is_domain_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || is_digit(c) || c == '-' ||
         c == '.';
}

bool has_empty_label(std::string_view text) {
  return text.starts_with('.') || text.ends_with('.') || text.find("..") != std::string_view::npos;
}

std::string_view find_email_fault(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos) return "An email address must have an @-sign.";
  const std::string_view local = text.substr(0, at), domain = text.substr(at + 1);
  if (local.empty()) return "There must be something before the @-sign.";
  if (domain.empty()) return "There must be something after the @-sign.";
  if (local.size() > 64) return "The email address is too long before the @-sign.";
  for (const char c : local)
    if (!is_local_part_char(c)) return "The email address contains invalid characters before the @-sign.";
  for (const char c : domain)
    if (!is_domain_char(c)) return "The part after the @-sign contains invalid characters.";
  if (has_empty_label(local) || has_empty_label(domain))
    return "An email address cannot have two periods in a row, or one at an end.";
  if (domain.find('.') == std::string_view::npos)
    return "The part after the @-sign is not valid. It should have a period.";
  if (domain.starts_with('-') || domain.ends_with('-') || domain.find("-.") != std::string_view::npos ||
      domain.find(".-") != std::string_view::npos)
    return "The part after the @-sign has a hyphen where none may be.";
  return {};
}

}  // namespace
}  // namespace detail

Verdict DateOrDateTime::read(const json::value& from, DateOrDateTime& out) {
  const json::string* text = from.if_string();
  if (!text) return Violation{"date_type", "Input should be a valid date"};
  const std::string_view view{text->data(), text->size()};
  if (const std::string_view reason = detail::check_date_or_date_time(view); !reason.empty())
    return Violation{"date_from_datetime_parsing", "Input should be a valid date or datetime, " + std::string(reason)};
  out.value.assign(view);
  return std::nullopt;
}

json::object DateOrDateTime::json_schema() {
  return {{"anyOf", json::array{json::object{{"type", "string"}, {"format", "date"}},
                                json::object{{"type", "string"}, {"format", "date-time"}}}}};
}

Verdict Timestamp::read(const json::value& from, Timestamp& out) {
  const json::string* text = from.if_string();
  if (!text) return Violation{"datetime_type", "Input should be a valid datetime"};
  const auto time = from_rfc3339({text->data(), text->size()});
  if (!time) return Violation{"datetime_parsing", "Input should be a valid datetime, RFC 3339 with its offset"};
  out.value = *time;
  return std::nullopt;
}

json::object Timestamp::json_schema() { return {{"type", "string"}, {"format", "date-time"}}; }

Verdict HttpUrl::read(const json::value& from, HttpUrl& out) {
  if (!from.is_string()) return Violation{"url_type", "URL input should be a string or URL"};
  if (Verdict bad = detail::read_text(from, 0, max_length, detail::WhiteSpace::kept, out.value)) {
    if (bad->type == "string_too_long")
      return Violation{"url_too_long", "URL should have at most " + std::to_string(max_length) + " characters"};
    return bad;
  }
  if (out.value.empty()) return detail::bad_url("input is empty");
  const std::string ascii = detail::percent_encode_wide(out.value);
  const auto url = boost::urls::parse_uri(ascii);
  if (!url)
    return detail::bad_url(ascii.find(':') == std::string::npos ? "relative URL without a base"
                                                                : "invalid character or form");
  if (url->scheme_id() != boost::urls::scheme::http && url->scheme_id() != boost::urls::scheme::https)
    return Violation{"url_scheme", "URL scheme should be 'http' or 'https'"};
  if (url->encoded_host().empty()) return detail::bad_url("empty host");
  return std::nullopt;
}

json::object HttpUrl::json_schema() {
  return {{"type", "string"}, {"format", "uri"}, {"pattern", "^[Hh][Tt][Tt][Pp][Ss]?://"}, {"maxLength", max_length}};
}

Verdict Email::read(const json::value& from, Email& out) {
  if (Verdict bad = detail::read_text(from, 1, max_length, detail::WhiteSpace::trimmed, out.value)) return bad;
  if (const std::string_view fault = detail::find_email_fault(out.value); !fault.empty())
    return Violation{"value_error", "value is not a valid email address: " + std::string(fault)};
  return std::nullopt;
}

json::object Email::json_schema() {
  return {{"type", "string"}, {"format", "email"}, {"minLength", 3}, {"maxLength", max_length}};
}

}  // namespace collab::schema
