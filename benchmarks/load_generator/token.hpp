// Access tokens for the simulated users, as an account service would sign them.
#pragma once

#include <string>
#include <string_view>

namespace collab::bench {

/// A JWT (RFC 7519) signed with HS256: `sub` is the user, valid from a minute ago for six hours.
std::string mint_token(std::string_view secret, std::string_view user);

}  // namespace collab::bench
