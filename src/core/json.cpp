#include "core/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace collab {
namespace {

namespace json = boost::json;

/// What basic_parser needs to build a value. It differs from Boost's own in reading doubles exactly: Boost 1.81 may be
/// off in the last digit, and what we echo must not be.
class ValueBuilder {
 public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  ValueBuilder(json::storage_ptr storage, unsigned char* scratch, std::size_t scratch_size)
      : stack_(json::storage_ptr(), scratch, scratch_size) {
    stack_.reset(std::move(storage));
  }

  json::value release() { return stack_.release(); }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_object_end(std::size_t n, json::error_code&) { return stack_.push_object(n), true; }
  bool on_array_end(std::size_t n, json::error_code&) { return stack_.push_array(n), true; }
  bool on_key_part(json::string_view s, std::size_t, json::error_code&) { return stack_.push_chars(s), true; }
  bool on_key(json::string_view s, std::size_t, json::error_code&) { return stack_.push_key(s), true; }
  bool on_string_part(json::string_view s, std::size_t, json::error_code&) { return stack_.push_chars(s), true; }
  bool on_string(json::string_view s, std::size_t, json::error_code&) { return stack_.push_string(s), true; }
  bool on_number_part(json::string_view s, json::error_code&) { return digits_.append(s.data(), s.size()), true; }
  bool on_int64(std::int64_t i, json::string_view, json::error_code&) {
    digits_.clear();
    return stack_.push_int64(i), true;
  }
  bool on_uint64(std::uint64_t u, json::string_view, json::error_code&) {
    digits_.clear();
    return stack_.push_uint64(u), true;
  }
  bool on_double(double approximate, json::string_view s, json::error_code&) {
    digits_.append(s.data(), s.size());
    double exact = approximate;
    const char* const end = digits_.data() + digits_.size();
    const auto read = std::from_chars(digits_.data(), end, exact);
    // Out of range leaves the approximation, which is then 0 or infinite, as in JavaScript.
    stack_.push_double(read.ec == std::errc() && read.ptr == end ? exact : approximate);
    digits_.clear();
    return true;
  }
  bool on_bool(bool b, json::error_code&) { return stack_.push_bool(b), true; }
  bool on_null(json::error_code&) { return stack_.push_null(), true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  json::value_stack stack_;
  std::string digits_;  ///< the number being read
};

constexpr std::uint64_t every_byte(std::uint8_t value) { return 0x0101010101010101u * value; }

/// True if one of eight bytes must be escaped in a JSON string. May also say so for bytes that need not (none are
/// missed): the caller looks again at each.
bool may_need_escape(std::uint64_t word) {
  const std::uint64_t below_space = word - every_byte(0x20);
  const std::uint64_t quote = (word ^ every_byte('"')) - every_byte(1);
  const std::uint64_t backslash = (word ^ every_byte('\\')) - every_byte(1);
  return ((below_space | quote | backslash) & ~word & every_byte(0x80)) != 0;
}

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

/// The length of the front part of `text` that can be copied as it is.
std::size_t plain_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= 8) {
      std::uint64_t word;
      std::memcpy(&word, text.data() + at, 8);
      if (!may_need_escape(word)) {
        at += 8;
        continue;
      }
    }
    if (needs_escape(text[at])) break;
    ++at;
  }
  return at;
}

void append_escape(std::string& out, char c) {
  static constexpr char hex[] = "0123456789abcdef";
  out += '\\';
  switch (c) {
    case '"':
    case '\\':
      out += c;
      return;
    case '\b':
      out += 'b';
      return;
    case '\f':
      out += 'f';
      return;
    case '\n':
      out += 'n';
      return;
    case '\r':
      out += 'r';
      return;
    case '\t':
      out += 't';
      return;
    default:
      break;
  }
  out += "u00";
  out += hex[static_cast<unsigned char>(c) >> 4];
  out += hex[static_cast<unsigned char>(c) & 15];
}

void append_array(std::string& out, const json::array& array) {
  out += '[';
  bool first = true;
  for (const json::value& element : array) {
    if (!first) out += ',';
    first = false;
    append_json(out, element);
  }
  out += ']';
}

void append_object(std::string& out, const json::object& object) {
  out += '{';
  bool first = true;
  for (const auto& member : object) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, {member.key().data(), member.key().size()});
    out += ':';
    append_json(out, member.value());
  }
  out += '}';
}

template <class Integer>
void append_digits(std::string& out, Integer value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

}  // namespace

std::optional<json::value> parse_json(std::string_view text, json::storage_ptr storage, std::size_t max_depth) {
  unsigned char scratch[2048];
  json::parse_options options;
  options.max_depth = max_depth;
  json::basic_parser<ValueBuilder> parser(options, std::move(storage), scratch, sizeof scratch);
  json::error_code ec;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), ec);
  if (ec || read != text.size()) return std::nullopt;
  return parser.handler().release();
}

void append_json(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      out += "null";
      return;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      return;
    case json::kind::int64:
      append_json_int(out, value.get_int64());
      return;
    case json::kind::uint64:
      append_json_uint(out, value.get_uint64());
      return;
    case json::kind::double_:
      append_json_double(out, value.get_double());
      return;
    case json::kind::string:
      append_json_string(out, {value.get_string().data(), value.get_string().size()});
      return;
    case json::kind::array:
      append_array(out, value.get_array());
      return;
    case json::kind::object:
      append_object(out, value.get_object());
      return;
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (true) {
    const std::size_t plain = plain_prefix(text);
    out.append(text.data(), plain);
    if (plain == text.size()) break;
    append_escape(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

void append_json_int(std::string& out, std::int64_t value) { append_digits(out, value); }
void append_json_uint(std::string& out, std::uint64_t value) { append_digits(out, value); }

void append_json_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  if (value == 0) {  // also -0
    out += '0';
    return;
  }
  // The shortest digits, as d.ddde±xx; then placed as ECMA-262 says: n is where the decimal point stands.
  char text[32];
  const char* const end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  const char* at = text;
  if (*at == '-') {
    out += '-';
    ++at;
  }
  const char* const e = std::find(at, end, 'e');
  int exponent = 0;
  std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, exponent);
  std::string digits(1, at[0]);
  if (e - at > 2) digits.append(at + 2, e);
  const int k = static_cast<int>(digits.size());
  const int n = exponent + 1;
  const auto repeat_zero = [&out](int times) { out.append(static_cast<std::size_t>(times), '0'); };
  if (k <= n && n <= 21) {
    out += digits;
    repeat_zero(n - k);
  } else if (0 < n && n <= 21) {
    out.append(digits, 0, static_cast<std::size_t>(n)).append(1, '.').append(digits, static_cast<std::size_t>(n));
  } else if (-6 < n && n <= 0) {
    out += "0.";
    repeat_zero(-n);
    out += digits;
  } else {
    out += digits[0];
    if (k > 1) out.append(1, '.').append(digits, 1);
    out += exponent < 0 ? "e-" : "e+";
    append_digits(out, std::abs(exponent));
  }
}

}  // namespace collab
