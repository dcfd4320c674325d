// Owning handles for what libjose and jansson give out, and their base64url.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

extern "C" {
#include <jansson.h>
#include <jose/jose.h>
}

namespace collab::auth {

struct JsonRelease {
  void operator()(json_t* value) const { json_decref(value); }
};
using JsonHandle = std::unique_ptr<json_t, JsonRelease>;

struct JoseConfigRelease {
  void operator()(jose_cfg_t* config) const { jose_cfg_decref(config); }
};
using JoseConfigHandle = std::unique_ptr<jose_cfg_t, JoseConfigRelease>;

/// A libjose configuration that does not print its errors. Not shared between threads: its count is not atomic.
JoseConfigHandle quiet_jose();

/// The one JSON value in `text`, null if it is none, has a key twice, or holds U+0000.
JsonHandle load_json(std::string_view text);

/// What unpadded base64url says; nullopt for anything that encoding would not have written.
std::optional<std::string> decode_base64url(std::string_view text);
std::string encode_base64url(std::string_view bytes);

/// The member as a string, nullopt if it is none. The view lives as long as `object`.
std::optional<std::string_view> string_member(const json_t* object, const char* key);

}  // namespace collab::auth
