#include "auth/jwt.hpp"

#include <cmath>
#include <stdexcept>

#include "auth/digest.hpp"
#include "core/uuid.hpp"

namespace collab::auth {
namespace {

constexpr std::size_t max_user_id_characters = 255;
constexpr std::size_t max_name_characters = 255;
constexpr std::size_t max_email_bytes = 254;
constexpr double latest_time = 253'402'300'799;  // 9999-12-31T23:59:59Z: later times say the same

constexpr std::size_t hmac_block = 64;       // of SHA-256
constexpr std::size_t min_jose_secret = 32;  // libjose refuses shorter keys (RFC 7518, 3.2)

Error invalid(std::string message) { return Error{Errc::token_invalid, std::move(message)}; }

// HMAC pads a short key with zeros and hashes one longer than a block; doing either beforehand gives the same
// signatures.
std::string as_hmac_key(std::string_view secret) {
  std::string key(secret);
  if (key.size() > hmac_block) key = sha256(key);
  if (key.size() < min_jose_secret) key.resize(min_jose_secret, '\0');
  return key;
}

JsonHandle secret_jwk(std::string_view secret) {
  if (secret.empty()) return nullptr;
  const std::string text = encode_base64url(as_hmac_key(secret));
  JsonHandle key(json_pack("{s:s,s:s,s:s}", "kty", "oct", "alg", "HS256", "k", text.c_str()));
  if (!key) throw std::runtime_error("cannot build the key of JWT_SECRET_KEY");
  return key;
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// NumericDate of RFC 7519: seconds, maybe with a fraction. nullopt: present, but none.
std::optional<EpochMs> to_epoch_ms(const json_t* value) {
  if (!json_is_number(value)) return std::nullopt;
  const double seconds = json_number_value(value);
  if (!std::isfinite(seconds)) return std::nullopt;
  return static_cast<EpochMs>(std::clamp(seconds, -latest_time, latest_time) * 1'000);
}

std::optional<std::string> usable_text(const json_t* claims, const char* key, std::size_t max_characters) {
  const auto text = string_member(claims, key);
  if (!text || text->empty() || characters(*text) > max_characters) return std::nullopt;
  return std::string(*text);
}

// Supabase Auth has what a user or his identity provider says of him in a claim of its own.
std::optional<std::string> name_in(const json_t* claims) {
  const json_t* said = json_object_get(claims, "user_metadata");
  std::optional<std::string> name = usable_text(claims, "name", max_name_characters);
  if (!name) name = usable_text(said, "name", max_name_characters);
  if (!name) name = usable_text(said, "full_name", max_name_characters);
  return name;
}

void set(json_t* object, const char* key, json_t* value) {
  if (json_object_set_new(object, key, value) != 0) throw std::runtime_error("cannot build a token");
}

json_t* text(std::string_view value) { return json_stringn(value.data(), value.size()); }

}  // namespace

// The three parts as they were sent, and the header as it was understood.
struct TokenVerifier::Parts {
  std::string_view header;
  std::string_view claims;
  std::string_view signature;
  Algorithm algorithm = Algorithm::hs256;
  std::optional<std::string> kid = {};
};

TokenVerifier::TokenVerifier(TokenRules rules, const Clock& clock, KeySource* source)
    : rules_(std::move(rules)), clock_(clock), source_(source), secret_key_(secret_jwk(rules_.secret)) {}

bool TokenVerifier::accepts(Algorithm algorithm) const {
  if (algorithm == Algorithm::hs256) return secret_key_ != nullptr;
  const auto& allowed = rules_.key_set_algorithms;
  return source_ && std::find(allowed.begin(), allowed.end(), algorithm) != allowed.end();
}

Result<TokenVerifier::Parts> TokenVerifier::take_apart(std::string_view token) const {
  if (token.empty())
    return Error{Errc::token_missing, "A token is needed: send it as auth.token, or as a Bearer token."};
  if (token.size() > max_token_size) return invalid("The token is longer than 8 KiB.");
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return invalid("The token is not a JWT: it must have three parts.");
  Parts parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1)};
  const auto header_text = decode_base64url(parts.header);
  const JsonHandle header = header_text ? load_json(*header_text) : nullptr;
  if (!json_is_object(header.get())) return invalid("The token's header cannot be read.");
  const auto algorithm = parse_algorithm(string_member(header.get(), "alg").value_or(""));
  if (!algorithm || !accepts(*algorithm))
    return invalid("The token is signed with an algorithm that is not accepted here.");
  if (json_object_get(header.get(), "crit")) return invalid("The token demands an extension that is not known here.");
  parts.algorithm = *algorithm;
  if (const auto kid = string_member(header.get(), "kid")) parts.kid = std::string(*kid);
  return parts;
}

Task<Result<Identity>> TokenVerifier::verify(std::string token) const {
  auto parts = take_apart(token);
  if (!parts) co_return parts.error();
  if (parts->algorithm == Algorithm::hs256) {
    const std::vector<const json_t*> keys(1, secret_key_.get());
    co_return judge(*parts, keys);
  }
  auto set = co_await source_->keys(parts->kid);
  if (!set) co_return set.error();
  const std::vector<const json_t*> keys = (*set)->candidates(parts->algorithm, parts->kid);
  co_return judge(*parts, keys);
}

Result<Identity> TokenVerifier::verify_with_secret(std::string_view token) const {
  const auto parts = take_apart(token);
  if (!parts) return parts.error();
  if (parts->algorithm != Algorithm::hs256)
    return invalid("The token is signed with an algorithm that is not accepted here.");
  return judge(*parts, {secret_key_.get()});
}

Result<Identity> TokenVerifier::judge(const Parts& parts, const std::vector<const json_t*>& keys) const {
  // Also makes sure that nothing but base64url goes on to libjose.
  const auto claims_text = decode_base64url(parts.claims);
  if (!claims_text) return invalid("The token's claims cannot be read.");
  if (!decode_base64url(parts.signature)) return invalid("The token's signature is not right.");
  const JsonHandle signed_part(json_object());
  set(signed_part.get(), "protected", text(parts.header));
  set(signed_part.get(), "payload", text(parts.claims));
  set(signed_part.get(), "signature", text(parts.signature));
  const auto config = quiet_jose();
  const bool is_genuine = std::any_of(keys.begin(), keys.end(), [&](const json_t* key) {
    return jose_jws_ver(config.get(), signed_part.get(), nullptr, key, false);
  });
  if (!is_genuine) return invalid("The token's signature is not right.");
  const JsonHandle claims = load_json(*claims_text);
  if (!json_is_object(claims.get())) return invalid("The token's claims cannot be read.");
  return judge_claims(claims.get(), parts.algorithm);
}

Result<Identity> TokenVerifier::judge_claims(const json_t* claims, Algorithm algorithm) const {
  const auto expires_at = judge_times(claims);
  if (!expires_at) return expires_at.error();
  if (json_object_get(claims, "type") && string_member(claims, "type") != "access")
    return invalid("The token is not an access token.");
  const auto subject = string_member(claims, "sub");
  if (!subject || subject->empty() || characters(*subject) > max_user_id_characters)
    return invalid("The token names no user: `sub` must be a string of 1 to 255 characters.");
  if (!is_for_us(claims)) return invalid("The token was made by or for somebody else.");
  Identity identity;
  identity.user_id = std::string(*subject);
  identity.name = name_in(claims);
  identity.email = usable_text(claims, "email", max_email_bytes);
  identity.family = usable_text(claims, "fam", max_user_id_characters);
  // An issuer of the key set may use any claim; a login of ours it cannot make.
  if (algorithm != Algorithm::hs256) identity.family.reset();
  identity.is_builtin = identity.family.has_value();
  identity.expires_at = *expires_at;
  return identity;
}

Result<EpochMs> TokenVerifier::judge_times(const json_t* claims) const {
  const auto now = clock_.now();
  const auto leeway = std::chrono::milliseconds(rules_.leeway).count();
  const auto expires_at = to_epoch_ms(json_object_get(claims, "exp"));
  if (!expires_at) return invalid("The token does not say when it expires: `exp` must be a number.");
  if (now >= *expires_at + leeway) return Error{Errc::token_expired, "The token has expired. Sign in again."};
  if (const json_t* not_before = json_object_get(claims, "nbf")) {
    const auto valid_from = to_epoch_ms(not_before);
    if (!valid_from) return invalid("The token's `nbf` must be a number.");
    if (now + leeway < *valid_from) return invalid("The token is not valid yet. Is the clock right?");
  }
  return *expires_at;
}

bool TokenVerifier::is_for_us(const json_t* claims) const {
  if (!rules_.issuer.empty() && string_member(claims, "iss") != rules_.issuer) return false;
  if (rules_.audience.empty()) return true;
  if (string_member(claims, "aud") == rules_.audience) return true;
  const json_t* audiences = json_object_get(claims, "aud");
  std::size_t index;
  const json_t* audience;
  json_array_foreach(audiences, index, audience) {
    if (json_is_string(audience) &&
        std::string_view(json_string_value(audience), json_string_length(audience)) == rules_.audience)
      return true;
  }
  return false;
}

TokenIssuer::TokenIssuer(std::string_view secret, std::string issuer, std::string audience, const Clock& clock)
    : issuer_(std::move(issuer)), audience_(std::move(audience)), clock_(clock), secret_key_(secret_jwk(secret)) {}

std::string TokenIssuer::issue(const TokenClaims& claims) const {
  const EpochMs now = clock_.now() / 1'000;
  const JsonHandle body(json_object());
  set(body.get(), "sub", text(claims.user_id));
  set(body.get(), "type", text("access"));
  set(body.get(), "iat", json_integer(now));
  set(body.get(), "nbf", json_integer(now));
  set(body.get(), "exp", json_integer(now + claims.lifetime.count()));
  set(body.get(), "jti", text(Uuid::make().to_string()));
  if (claims.family) set(body.get(), "fam", text(*claims.family));
  if (claims.name) set(body.get(), "name", text(*claims.name));
  if (!issuer_.empty()) set(body.get(), "iss", text(issuer_));
  if (!audience_.empty()) set(body.get(), "aud", text(audience_));
  const std::unique_ptr<char, decltype(&std::free)> claims_text(json_dumps(body.get(), JSON_COMPACT), std::free);
  if (!claims_text) throw std::runtime_error("cannot write a token's claims");

  const JsonHandle jws(json_object());
  set(jws.get(), "payload", text(encode_base64url(claims_text.get())));
  const JsonHandle header(json_pack("{s:{s:s,s:s}}", "protected", "alg", "HS256", "typ", "JWT"));
  const auto config = quiet_jose();
  if (!jose_jws_sig(config.get(), jws.get(), header.get(), secret_key_.get()))
    throw std::runtime_error("cannot sign a token");
  std::string token(string_member(jws.get(), "protected").value_or(""));
  token.append(".").append(string_member(jws.get(), "payload").value_or(""));
  token.append(".").append(string_member(jws.get(), "signature").value_or(""));
  return token;
}

}  // namespace collab::auth
