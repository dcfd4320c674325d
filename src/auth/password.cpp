#include "auth/password.hpp"

#include <crypt.h>
#include <sodium.h>

#include <memory>
#include <stdexcept>

#include "core/log.hpp"
#include "core/uuid.hpp"

namespace collab::auth {
namespace {

bool is_bcrypt(std::string_view hash) {
  return hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$");
}

}  // namespace

PasswordHasher::PasswordHasher(BlockingPool& pool, PasswordCost cost) : pool_(pool), cost_(cost) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium could not be started");
  auto decoy = hash_now(random_token(32));
  if (!decoy) throw std::runtime_error("not enough memory to hash a password");
  decoy_ = std::move(*decoy);
}

Task<Result<std::string>> PasswordHasher::hash(std::string password) {
  auto job = [this, password = std::move(password)] { return hash_now(password); };
  co_return co_await pool_.run(std::move(job));
}

Task<Result<PasswordVerdict>> PasswordHasher::verify(std::string password, std::string hash) {
  auto job = [this, password = std::move(password), hash = std::move(hash)] { return verify_now(password, hash); };
  co_return co_await pool_.run(std::move(job));
}

Result<std::string> PasswordHasher::hash_now(std::string_view password) {
  ++hashes_run_;
  char text[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(text, password.data(), password.size(), cost_.passes, cost_.memory_bytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    log::error("auth", "not enough memory to hash a password");
    return Error{Errc::unavailable, "The server is busy. Try again in a moment.", {}, 1'000};
  }
  return std::string(text);
}

PasswordVerdict PasswordHasher::verify_now(const std::string& password, const std::string& hash) {
  ++hashes_run_;
  if (is_bcrypt(hash)) return PasswordVerdict{matches_bcrypt(password, hash), true};
  PasswordVerdict verdict;
  verdict.matches = crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
  verdict.needs_rehash = crypto_pwhash_str_needs_rehash(hash.c_str(), cost_.passes, cost_.memory_bytes) != 0;
  return verdict;
}

bool PasswordHasher::matches_bcrypt(const std::string& password, const std::string& hash) {
  if (password.find('\0') != std::string::npos) return false;
  const auto state = std::make_unique<crypt_data>();
  const char* const computed = crypt_r(password.c_str(), hash.c_str(), state.get());
  const bool matches = computed && std::string_view(computed).size() == hash.size() &&
                       sodium_memcmp(computed, hash.data(), hash.size()) == 0;
  sodium_memzero(state.get(), sizeof(crypt_data));
  return matches;
}

}  // namespace collab::auth
