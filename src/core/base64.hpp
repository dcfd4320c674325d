// Base64 with the standard alphabet and padding (RFC 4648, section 4).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace collab {

/// The length of `bytes` bytes in base64.
constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

void append_base64(std::string& out, std::string_view bytes);

/// Decodes in place and returns the front part of `text` that now holds the bytes. Strict: padding must be there,
/// unused bits must be zero, nothing else may stand in it; otherwise nullopt, and `text` is spoilt.
std::optional<std::span<char>> decode_base64_in_place(std::span<char> text);

}  // namespace collab
