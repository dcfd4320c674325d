#include "model/position.hpp"

#include <algorithm>
#include <cstddef>

namespace collab {
namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr char first_digit = digits.front();
constexpr char last_digit = digits.back();
constexpr char least_char = ' ';
constexpr char greatest_char = '~';
constexpr std::string_view first_key = "a0";

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return digits.find(c) != std::string_view::npos; }

/// How many digits the integer behind this head has; 0 if it is no head.
std::size_t integer_size(char head) {
  if (is_lower(head)) return static_cast<std::size_t>(head - 'a') + 1;
  if (is_upper(head)) return static_cast<std::size_t>('Z' - head) + 1;
  return 0;
}

/// Head and integer of a key in our format; nullopt for a text in another one.
std::optional<std::string_view> integer_part(std::string_view key) {
  if (key.empty()) return std::nullopt;
  const std::size_t size = integer_size(key.front());
  if (size == 0 || key.size() < 1 + size) return std::nullopt;
  const std::string_view integer = key.substr(0, 1 + size);
  if (!std::all_of(integer.begin() + 1, integer.end(), is_digit)) return std::nullopt;
  return integer;
}

std::string with_head(char head, char digit) { return std::string(1, head) + std::string(integer_size(head), digit); }

/// The next integer; nullopt behind the last one.
std::optional<std::string> incremented(std::string integer) {
  for (std::size_t i = integer.size(); i-- > 1;) {
    if (integer[i] != last_digit) {
      integer[i] = digits[digits.find(integer[i]) + 1];
      return integer;
    }
    integer[i] = first_digit;
  }
  const char head = integer.front();
  if (head == 'z') return std::nullopt;
  return head == 'Z' ? std::string(first_key) : with_head(static_cast<char>(head + 1), first_digit);
}

/// The integer before; nullopt before the first one.
std::optional<std::string> decremented(std::string integer) {
  for (std::size_t i = integer.size(); i-- > 1;) {
    if (integer[i] != first_digit) {
      integer[i] = digits[digits.find(integer[i]) - 1];
      return integer;
    }
    integer[i] = last_digit;
  }
  const char head = integer.front();
  if (head == 'A') return std::nullopt;
  return head == 'a' ? std::string("Zz") : with_head(static_cast<char>(head - 1), last_digit);
}

/// A key behind any text, of any length.
std::string unbounded_after(std::string_view last) {
  std::string key;
  while (!last.empty()) {
    if (const auto integer = integer_part(last)) {
      if (auto next = incremented(std::string(*integer))) return key + *next;
    } else if (last.front() < 'a') {
      return key + std::string(first_key);
    } else if (last.front() < 'z') {
      return key + with_head(static_cast<char>(last.front() + 1), first_digit);
    }
    key += last.front();  // no head lies above this one: continue behind it
    last.remove_prefix(1);
  }
  return key + std::string(first_key);
}

/// The shortest way upwards within the same length, else one character longer; the text itself if it is the greatest.
std::string bumped(std::string text) {
  for (std::size_t i = text.size(); i-- > 0;) {
    if (text[i] >= greatest_char) continue;
    text[i] = static_cast<char>(text[i] + 1);
    text.resize(i + 1);
    return text;
  }
  if (text.size() < max_position_size) text += digits.front();
  return text;
}

/// A character strictly between two codes (-1 = below all), a digit of ours near the middle if there is one. Never the
/// least character, before which nothing could be put.
std::optional<char> char_between(int low, int high) {
  const auto from = std::find_if(digits.begin(), digits.end(), [low](char c) { return c > low; });
  const auto to = std::find_if(from, digits.end(), [high](char c) { return c >= high; });
  if (from != to) return *(from + (to - from) / 2);
  const int least = std::max(low + 1, least_char + 1);
  const int greatest = std::min(high - 1, static_cast<int>(greatest_char));
  if (least > greatest) return std::nullopt;
  return static_cast<char>(least + (greatest - least) / 2);
}

/// A text strictly between, comparing as fractions do; `high` unset = no bound.
std::optional<std::string> fraction_between(std::string_view low, std::optional<std::string_view> high) {
  std::string key;
  while (key.size() < max_position_size) {
    const int low_char = low.empty() ? -1 : low.front();
    const int high_char = high ? (high->empty() ? -1 : high->front()) : greatest_char + 1;
    if (high && high->empty()) return std::nullopt;
    if (low_char != high_char) {
      if (const auto middle = char_between(low_char, high_char)) return key + *middle;
    }
    // No room here: take over the lower character, or the least of all where there is no lower one.
    const char taken = low.empty() ? least_char : low.front();
    key += taken;
    if (!low.empty()) low.remove_prefix(1);
    if (high && taken == high->front())
      high->remove_prefix(1);
    else
      high.reset();
  }
  return std::nullopt;
}

std::optional<std::string> key_before(std::string_view behind) {
  if (const auto integer = integer_part(behind)) {
    if (integer->size() < behind.size()) return std::string(*integer);
    if (auto previous = decremented(std::string(*integer))) return previous;
  }
  return fraction_between({}, behind);
}

}  // namespace

bool is_position(std::string_view text) {
  return !text.empty() && text.size() <= max_position_size &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= least_char && c <= greatest_char; });
}

std::string key_after(std::string_view last) {
  std::string key = unbounded_after(last);
  return key.size() <= max_position_size ? key : bumped(std::string(last));
}

std::optional<std::string> key_between(std::string_view before, std::string_view behind) {
  std::optional<std::string> key;
  if (behind.empty())
    key = key_after(before);
  else if (before.empty())
    key = key_before(behind);
  else if (before < behind)
    key = fraction_between(before, behind);
  if (!key || *key <= before || (!behind.empty() && *key >= behind) || !is_position(*key)) return std::nullopt;
  return key;
}

}  // namespace collab
