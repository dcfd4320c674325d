// Passwords: argon2id for new ones (RFC 9106), bcrypt where an older service left it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/blocking_pool.hpp"
#include "core/error.hpp"
#include "core/task.hpp"

namespace collab::auth {

/// What one argon2id hash costs; the default is OWASP's recommendation, about 20 ms of one core.
struct PasswordCost {
  std::size_t memory_bytes = 19 * 1024 * 1024;
  unsigned passes = 2;
};

/// What comparing a password with a hash said.
struct PasswordVerdict {
  bool matches = false;
  bool needs_rehash = false;  ///< it matches, but the hash is bcrypt or of another cost: store a new one
};

/// Hashes and verifies on the threads of a pool. One for the process; any thread. The pool outlives it.
class PasswordHasher {
 public:
  /// Makes the decoy, which takes one hash. Throws std::runtime_error if libsodium cannot start or memory is short.
  explicit PasswordHasher(BlockingPool& pool, PasswordCost cost = {});

  /// A new hash with its own salt, as text. Errc::unavailable if the pool is full or memory is short.
  Task<Result<std::string>> hash(std::string password);
  /// Compares with an argon2 or bcrypt ($2a$, $2b$, $2y$) hash; anything else matches nothing.
  Task<Result<PasswordVerdict>> verify(std::string password, std::string hash);
  /// A hash that no password is known for: verifying against it is the work of a login with an unknown e-mail address.
  const std::string& decoy() const { return decoy_; }

  /// How often a hash function ran since construction, the decoy's own included.
  std::uint64_t hashes_run() const { return hashes_run_; }

 private:
  Result<std::string> hash_now(std::string_view password);
  PasswordVerdict verify_now(const std::string& password, const std::string& hash);
  bool matches_bcrypt(const std::string& password, const std::string& hash);

  BlockingPool& pool_;
  const PasswordCost cost_;
  std::atomic<std::uint64_t> hashes_run_{0};
  std::string decoy_;
};

}  // namespace collab::auth
