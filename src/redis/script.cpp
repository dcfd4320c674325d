#include "redis/script.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace collab::redis {
namespace {

std::string sha1_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
    throw std::runtime_error("OpenSSL has no SHA-1");
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

Arguments call(std::string_view name, const std::string& which, const Arguments& keys, const Arguments& arguments) {
  Arguments command(name, which, keys.size());
  command.append(keys).append(arguments);
  return command;
}

}  // namespace

Script::Script(std::string_view text)
    : content_(std::make_shared<const Content>(Content{std::string(text), sha1_hex(text)})) {}

Arguments Script::by_sha(const Arguments& keys, const Arguments& arguments) const {
  return call("EVALSHA", sha(), keys, arguments);
}

Arguments Script::by_text(const Arguments& keys, const Arguments& arguments) const {
  return call("EVAL", text(), keys, arguments);
}

Arguments Script::load() const { return Arguments("SCRIPT", "LOAD", text()); }

}  // namespace collab::redis
