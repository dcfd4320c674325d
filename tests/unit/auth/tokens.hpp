// Keys and tokens for the tests: made with libjose, or by hand where libjose would refuse.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "auth/json_handle.hpp"

namespace collab::auth::test {

/// A new private key: make_key("RS256"), make_key("ES256").
inline JsonHandle make_key(const char* algorithm, const char* kid) {
  JsonHandle key(json_pack("{s:s,s:s}", "alg", algorithm, "kid", kid));
  if (!jose_jwk_gen(nullptr, key.get())) throw std::runtime_error("cannot make a key");
  return key;
}

inline std::string text_of(const json_t* value) {
  char* text = json_dumps(value, JSON_COMPACT);
  std::string copy(text);
  free(text);
  return copy;
}

inline JsonHandle public_part(const json_t* key) {
  JsonHandle copy(json_deep_copy(key));
  if (!jose_jwk_pub(nullptr, copy.get())) throw std::runtime_error("cannot make a key public");
  return copy;
}

/// {"keys":[…]} of the public parts.
inline std::string key_set(std::initializer_list<const json_t*> keys) {
  std::string text = R"({"keys":[)";
  for (const json_t* key : keys) text.append(text.back() == '[' ? "" : ",").append(text_of(public_part(key).get()));
  return text + "]}";
}

/// A token whose protected header and claims are exactly these texts, signed with `key`.
inline std::string sign(std::string_view header, std::string_view claims, const json_t* key) {
  const JsonHandle jws(json_pack("{s:o}", "payload", json_string(encode_base64url(claims).c_str())));
  const JsonHandle parts(json_pack("{s:o}", "protected", json_string(encode_base64url(header).c_str())));
  if (!jose_jws_sig(nullptr, jws.get(), parts.get(), key)) throw std::runtime_error("cannot sign");
  return encode_base64url(header) + "." + encode_base64url(claims) + "." +
         std::string(string_member(jws.get(), "signature").value());
}

inline JsonHandle secret_key(std::string_view secret) {
  return JsonHandle(json_pack("{s:s,s:o}", "kty", "oct", "k", json_string(encode_base64url(secret).c_str())));
}

}  // namespace collab::auth::test
