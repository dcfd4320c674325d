// What an account's fields must be.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace collab::services {

struct NewAccount;

// In characters.
inline constexpr std::size_t min_password = 8;
inline constexpr std::size_t max_password = 128;
inline constexpr std::size_t max_name = 100;

/// The address in lower case and without spaces around it; nullopt if it is none.
std::optional<std::string> normalise_email(std::string_view text);

/// invalid_payload with a sentence about `field` if it has not 8-128 characters or holds U+0000.
Result<void> check_password(std::string_view password, std::string field = "password");

/// The name without spaces around it; invalid_payload with a sentence if it has not 1-100 characters then.
Result<std::string> check_name(std::string_view name);

/// An invalid_payload with a sentence about one field.
Error bad_field(std::string field, std::string sentence);

/// The account with its e-mail and name brought into their form; invalid_payload with a sentence for each bad field.
Result<NewAccount> check_new_account(NewAccount account);

}  // namespace collab::services
