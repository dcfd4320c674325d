// SHA-256, keyed and not: how tokens are recognised without being kept, and how one follows from another.
#pragma once

#include <string>
#include <string_view>

namespace collab::auth {

/// 32 raw bytes (FIPS 180-4). Any thread.
std::string sha256(std::string_view bytes);

/// 32 raw bytes (RFC 2104). Any thread.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace collab::auth
