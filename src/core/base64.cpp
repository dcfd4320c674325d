#include "core/base64.hpp"

#include <array>
#include <cstdint>

namespace collab {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t invalid = 0x80;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(static_cast<std::uint8_t>(invalid));
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> values = make_values();

std::uint32_t value_of(char c) { return values[static_cast<unsigned char>(c)]; }
std::uint32_t byte_at(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  std::size_t to = out.size();
  out.resize(to + base64_size(bytes.size()), '=');
  std::size_t from = 0;
  for (; from + 3 <= bytes.size(); from += 3) {
    const std::uint32_t group = byte_at(bytes, from) << 16 | byte_at(bytes, from + 1) << 8 | byte_at(bytes, from + 2);
    out[to++] = alphabet[group >> 18];
    out[to++] = alphabet[group >> 12 & 63];
    out[to++] = alphabet[group >> 6 & 63];
    out[to++] = alphabet[group & 63];
  }
  if (from + 1 == bytes.size()) {
    const std::uint32_t group = byte_at(bytes, from) << 16;
    out[to++] = alphabet[group >> 18];
    out[to] = alphabet[group >> 12 & 63];
  } else if (from + 2 == bytes.size()) {
    const std::uint32_t group = byte_at(bytes, from) << 16 | byte_at(bytes, from + 1) << 8;
    out[to++] = alphabet[group >> 18];
    out[to++] = alphabet[group >> 12 & 63];
    out[to] = alphabet[group >> 6 & 63];
  }
}

std::optional<std::span<char>> decode_base64_in_place(std::span<char> text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return text;
  const std::size_t padding = text.back() != '=' ? 0 : text[text.size() - 2] != '=' ? 1 : 2;
  const std::size_t whole = padding ? text.size() - 4 : text.size();
  std::size_t to = 0;
  for (std::size_t from = 0; from < whole; from += 4) {
    const std::uint32_t a = value_of(text[from]), b = value_of(text[from + 1]);
    const std::uint32_t c = value_of(text[from + 2]), d = value_of(text[from + 3]);
    if ((a | b | c | d) & invalid) return std::nullopt;
    const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
    text[to++] = static_cast<char>(group >> 16);
    text[to++] = static_cast<char>(group >> 8);
    text[to++] = static_cast<char>(group);
  }
  if (padding) {
    const std::uint32_t a = value_of(text[whole]), b = value_of(text[whole + 1]);
    const std::uint32_t c = padding == 1 ? value_of(text[whole + 2]) : 0;
    if ((a | b | c) & invalid) return std::nullopt;
    const std::uint32_t group = a << 18 | b << 12 | c << 6;
    if (group & (padding == 1 ? 0xFFu : 0xFFFFu)) return std::nullopt;
    text[to++] = static_cast<char>(group >> 16);
    if (padding == 1) text[to++] = static_cast<char>(group >> 8);
  }
  return text.first(to);
}

}  // namespace collab
