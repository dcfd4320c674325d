// JSON Web Tokens (RFC 7519): who a token speaks for, and how ours are made.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/identity.hpp"
#include "auth/json_handle.hpp"
#include "auth/jwks.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/task.hpp"

namespace collab::auth {

/// What a token must fulfil. At least one of `secret` and a KeySource is given to the verifier.
struct TokenRules {
  std::string secret = {};                                                           ///< HS256; "" = HS256 is refused
  std::vector<Algorithm> key_set_algorithms = {Algorithm::rs256, Algorithm::es256};  ///< accepted by the key set's keys
  std::string issuer = {};    ///< `iss` must be it; "" = not checked
  std::string audience = {};  ///< `aud` must be it or hold it; "" = not checked
  std::chrono::seconds leeway{60};
};

/// Verifies tokens. The algorithm is decided by configuration and a key serves one algorithm only, so a token's `alg`
/// can choose nothing: it must name one that is expected, before any key is touched. Immutable; any thread. Clock and
/// source outlive it.
///
/// A token is good if: it has three parts and at most 8 KiB; header and claims are JSON objects without duplicate keys;
/// the header has no `crit`; the signature is right; `exp` is present and `nbf` is not ahead, with leeway; `type`,
/// where present, is "access"; `sub` has 1-255 characters; issuer and audience are the configured ones.
class TokenVerifier {
 public:
  static constexpr std::size_t max_token_size = 8 * 1024;

  /// `source` may be null: then only HS256 is accepted.
  TokenVerifier(TokenRules rules, const Clock& clock, KeySource* source = nullptr);

  /// token_missing, token_invalid, token_expired, or unavailable if the issuer's keys cannot be had. Waits for nothing
  /// when the token is signed with the secret.
  Task<Result<Identity>> verify(std::string token) const;

  /// The same for tokens signed with the secret; every other is token_invalid.
  Result<Identity> verify_with_secret(std::string_view token) const;

 private:
  struct Parts;
  Result<Parts> take_apart(std::string_view token) const;
  bool accepts(Algorithm algorithm) const;
  Result<Identity> judge(const Parts& parts, const std::vector<const json_t*>& keys) const;
  Result<Identity> judge_claims(const json_t* claims, Algorithm algorithm) const;
  Result<EpochMs> judge_times(const json_t* claims) const;
  bool is_for_us(const json_t* claims) const;

  const TokenRules rules_;
  const Clock& clock_;
  KeySource* const source_;
  JsonHandle secret_key_;
};

/// What a new token says.
struct TokenClaims {
  std::string user_id;
  std::optional<std::string> name = {};
  std::optional<std::string> family = {};  ///< of the account service; without it the token ends at `exp`
  std::chrono::seconds lifetime{15 * 60};
};

/// Signs HS256 access tokens: sub, type, iat, nbf, exp, jti, and fam, name, iss, aud where there is one. Immutable; any
/// thread.
class TokenIssuer {
 public:
  static constexpr std::chrono::minutes access_lifetime{15};

  /// `issuer` and `audience` are put into the token where they are not empty, so that it passes the verifier's rules.
  TokenIssuer(std::string_view secret, std::string issuer, std::string audience, const Clock& clock);

  /// Throws std::runtime_error if libjose fails, which is a fault of ours.
  std::string issue(const TokenClaims& claims) const;

 private:
  const std::string issuer_;
  const std::string audience_;
  const Clock& clock_;
  JsonHandle secret_key_;
};

}  // namespace collab::auth
