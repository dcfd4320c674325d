// A token as it is; and a header line and claims, signed with the right secret, so that the fuzzer reaches the rules
// behind the signature.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "auth/jwt.hpp"
#include "check.hpp"
#include "core/base64.hpp"

namespace {

using namespace collab;

constexpr std::string_view secret = "a secret of at least thirty-two bytes";

std::string base64url(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::string sign(std::string_view header, std::string_view claims) {
  const std::string text = base64url(header) + '.' + base64url(claims);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return text + '.' + base64url({reinterpret_cast<const char*>(mac), size});
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ManualClock clock(1'730'000'000'000);
  static const auth::TokenVerifier verifier(auth::TokenRules{.secret = std::string(secret)}, clock);
  const std::string_view input = fuzz::text_of(data, size);

  fuzz::check(verifier.verify_with_secret(input).has_error(), "nobody guesses a signature");

  const std::size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  const auto identity = verifier.verify_with_secret(sign(input.substr(0, line), input.substr(line + 1)));
  if (identity.has_error()) {
    fuzz::check(identity.error().code == Errc::token_invalid || identity.error().code == Errc::token_expired,
                "a refusal says why");
    return 0;
  }
  fuzz::check(!identity->user_id.empty(), "a good token names its bearer");
  fuzz::check(identity->user_id.find('\0') == std::string::npos, "U+0000 is refused");
  fuzz::check(identity->expires_at + 60'000 >= clock.now(), "a good token has not expired");
  return 0;
}
