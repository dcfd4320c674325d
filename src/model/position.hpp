// Fractional indexes: texts between which there is always room, so that moving an item writes that item only.
//
// Format of the keys made here: a head letter, an integer of as many base-62 digits as the head says (`a` 1 … `z` 26;
// `Z` 1 … `A` 26 for the integers below zero), then an optional fraction. Bytewise order is numeric order; appending
// counts the integer up, so that the key of the n-th item has about log62(n) characters. Clients may use any other
// printable ASCII.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace collab {

inline constexpr std::size_t max_position_size = 200;

/// Whether a client may use this text: 1 to 200 characters from space to tilde.
bool is_position(std::string_view text);

/// A position behind `last`, the greatest one in use; "" = the first of all. Behind the greatest text that is allowed
/// (200 tildes, which only a client can have chosen) there is nothing: then `last` itself, and ids order the items.
std::string key_after(std::string_view last);

/// A position strictly between two; "" = from the beginning, or to the end. Nullopt if there is no room: the two are
/// equal or in the wrong order, or 200 characters do not suffice.
std::optional<std::string> key_between(std::string_view before, std::string_view behind);

}  // namespace collab
