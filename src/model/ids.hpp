// Names of things. Never a bare string or integer.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/uuid.hpp"

namespace collab {

/// A UUID that only compares with its own kind.
template <class Tag>
struct UuidId {
  Uuid value{};

  static UuidId make() { return {Uuid::make()}; }
  static std::optional<UuidId> parse(std::string_view text) {
    if (const auto id = Uuid::parse(text)) return UuidId{*id};
    return std::nullopt;
  }
  std::string to_string() const { return value.to_string(); }
  std::size_t hash() const { return value.hash(); }
  auto operator<=>(const UuidId&) const = default;
};

using ListId = UuidId<struct ListTag>;
using ItemId = UuidId<struct ItemTag>;
using LinkId = UuidId<struct LinkTag>;
using OpId = UuidId<struct OpTag>;

/// The `sub` of a token: an opaque string of 1-255 characters.
struct UserId {
  std::string value;
  auto operator<=>(const UserId&) const = default;
};

/// A revision: epoch milliseconds made strictly increasing per list; 0 = before anything happened. At most 13 digits.
using Rev = std::int64_t;

}  // namespace collab

template <class Tag>
struct std::hash<collab::UuidId<Tag>> {
  std::size_t operator()(const collab::UuidId<Tag>& id) const noexcept { return id.hash(); }
};
template <>
struct std::hash<collab::UserId> {
  std::size_t operator()(const collab::UserId& id) const noexcept { return std::hash<std::string>{}(id.value); }
};
