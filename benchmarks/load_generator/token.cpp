// Three base64url parts joined by dots; the last is the HMAC of the first two.
#include "token.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <chrono>
#include <stdexcept>

namespace collab::bench {
namespace {

std::string base64url(std::string_view bytes) {
  static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  unsigned pending = 0;
  int bits = 0;
  for (const char byte : bytes) {
    pending = (pending << 8) | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6; bits -= 6) text += alphabet[(pending >> (bits - 6)) & 63];
  }
  if (bits > 0) text += alphabet[(pending << (6 - bits)) & 63];
  return text;
}

}  // namespace

std::string mint_token(std::string_view secret, std::string_view user) {
  using namespace std::chrono;
  const auto now = duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
  const std::string claims = "{\"sub\":\"" + std::string(user) +
                             "\",\"type\":\"access\",\"iat\":" + std::to_string(now - 60) +
                             ",\"nbf\":" + std::to_string(now - 60) + ",\"exp\":" + std::to_string(now + 6 * 3600) +
                             ",\"jti\":\"bench-" + std::string(user) + "\"}";
  std::string token = base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64url(claims);

  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned length = 0;
  if (!HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
            reinterpret_cast<const unsigned char*>(token.data()), token.size(), mac.data(), &length)) {
    throw std::runtime_error("HMAC failed");
  }
  token += "." + base64url({reinterpret_cast<const char*>(mac.data()), length});
  return token;
}

}  // namespace collab::bench
