// UUIDs (RFC 9562) as sixteen bytes, and unguessable tokens.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace collab {

/// A 128-bit UUID. Compares by its bytes, which is also the order of its text.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  /// Accepts the canonical 8-4-4-4-12 form in either case; anything else is nullopt.
  static std::optional<Uuid> parse(std::string_view text);
  /// Version 7: the first 48 bits are the time, so that ids made in order sort in order. Any thread.
  static Uuid make();
  /// Version 8: the same parts always give the same id (SHA-256 over the parts with their lengths).
  static Uuid derived_from(std::string_view purpose, std::string_view a, std::string_view b);

  /// Lower case, 36 characters.
  std::string to_string() const;
  void append_to(std::string& out) const;
  /// The same, to a place of `text_size` bytes.
  void write_to(char* out) const;
  static constexpr std::size_t text_size = 36;

  std::size_t hash() const {
    std::uint64_t low;
    std::memcpy(&low, bytes.data() + 8, 8);  // the random half of a version 7
    return static_cast<std::size_t>(low * 0x9E3779B97F4A7C15ull >> 7);
  }

  auto operator<=>(const Uuid&) const = default;
};

/// `bytes` random bytes of the operating system's generator as unpadded base64url. Any thread.
std::string random_token(std::size_t bytes);

}  // namespace collab

template <>
struct std::hash<collab::Uuid> {
  std::size_t operator()(const collab::Uuid& id) const noexcept { return id.hash(); }
};
