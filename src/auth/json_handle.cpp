#include "auth/json_handle.hpp"

#include <cstdarg>

namespace collab::auth {

JoseConfigHandle quiet_jose() {
  JoseConfigHandle config(jose_cfg());
  if (config)
    jose_cfg_set_err_func(
        config.get(), [](void*, const char*, int, std::uint64_t, const char*, va_list) {}, nullptr);
  return config;
}

JsonHandle load_json(std::string_view text) {
  json_error_t ignored;
  return JsonHandle(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, &ignored));
}

std::optional<std::string> decode_base64url(std::string_view text) {
  const std::size_t size = jose_b64_dec_buf(nullptr, text.size(), nullptr, 0);
  if (size == SIZE_MAX) return std::nullopt;
  std::string bytes(size, '\0');
  if (jose_b64_dec_buf(text.data(), text.size(), bytes.data(), bytes.size()) != size) return std::nullopt;
  // Unused bits at the end that are not zero would give one token many spellings.
  if (encode_base64url(bytes) != text) return std::nullopt;
  return bytes;
}

std::string encode_base64url(std::string_view bytes) {
  std::string text(jose_b64_enc_buf(nullptr, bytes.size(), nullptr, 0), '\0');
  jose_b64_enc_buf(bytes.data(), bytes.size(), text.data(), text.size());
  return text;
}

std::optional<std::string_view> string_member(const json_t* object, const char* key) {
  const json_t* value = json_object_get(object, key);
  if (!json_is_string(value)) return std::nullopt;
  return std::string_view(json_string_value(value), json_string_length(value));
}

}  // namespace collab::auth
