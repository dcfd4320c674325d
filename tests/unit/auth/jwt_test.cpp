#include "auth/jwt.hpp"

#include <gtest/gtest.h>

#include "auth/digest.hpp"
#include "support/await.hpp"
#include "unit/auth/tokens.hpp"

namespace collab::auth {
namespace {

using namespace std::chrono_literals;
using collab::support::await;
using test::make_key;
using test::sign;

constexpr std::string_view secret = "a secret of the tests, long enough for HS256";
constexpr EpochMs now = 1'730'000'000'000;
constexpr std::string_view hs256 = R"({"alg":"HS256","typ":"JWT"})";

// Keys that do not change, like those of an issuer that is always there.
class FixedKeys final : public KeySource {
 public:
  explicit FixedKeys(std::string_view text) : keys_(KeySet::parse(text).value()) {}
  Task<Result<SharedKeySet>> keys(std::optional<std::string>) override {
    ++asked;
    co_return keys_;
  }
  int asked = 0;

 private:
  SharedKeySet keys_;
};

std::string good_claims(std::string_view more = "") {
  return R"({"sub":"ann","exp":)" + std::to_string(now / 1'000 + 900) + std::string(more) + "}";
}

class SecretTokens : public testing::Test {
 protected:
  std::string token(std::string_view claims, std::string_view header = hs256) {
    return sign(header, claims, test::secret_key(secret).get());
  }
  Result<Identity> verify(const std::string& text) { return verifier.verify_with_secret(text); }
  void expect_refused(const std::string& text, Errc code = Errc::token_invalid) {
    const auto result = verify(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, code) << result.error().message;
    const auto same = await(verifier.verify(text));
    ASSERT_FALSE(same.has_value());
    EXPECT_EQ(same.error().code, code);
  }

  ManualClock clock{now};
  TokenVerifier verifier{TokenRules{std::string(secret)}, clock};
};

TEST_F(SecretTokens, AreAcceptedWithTheirClaims) {
  const auto identity =
      verify(token(good_claims(R"(,"type":"access","name":"Ann","email":"ann@example.org","fam":"f1")")));

  ASSERT_TRUE(identity.has_value()) << identity.error().message;
  EXPECT_EQ(identity->user_id, "ann");
  EXPECT_EQ(identity->name, "Ann");
  EXPECT_EQ(identity->email, "ann@example.org");
  EXPECT_EQ(identity->family, "f1");
  EXPECT_TRUE(identity->is_builtin);
  EXPECT_EQ(identity->expires_at, now + 900'000);
}

TEST_F(SecretTokens, NeedNoMoreThanSubAndExp) {
  const auto identity = verify(token(good_claims()));

  ASSERT_TRUE(identity.has_value());
  EXPECT_FALSE(identity->is_builtin);
  EXPECT_FALSE(identity->name.has_value());
}

TEST_F(SecretTokens, WithoutATokenAreMissing) { expect_refused("", Errc::token_missing); }

TEST_F(SecretTokens, MustHaveThreePartsOfBase64urlJson) {
  const std::string good = token(good_claims());
  for (const std::string& bad : {std::string("garbage"),
                                 std::string("a.b"),
                                 std::string("."),
                                 std::string(".."),
                                 std::string("..."),
                                 good + ".x",
                                 "." + good,
                                 good + "=",
                                 good + " ",
                                 " " + good,
                                 good.substr(0, good.size() - 4),
                                 good.substr(0, good.rfind('.')),
                                 good.substr(0, good.rfind('.') + 1),
                                 std::string("\0\0.\0.\0", 6),
                                 std::string("{}.{}.{}"),
                                 std::string("e30.e30.e30"),
                                 std::string("\xff\xfe.\xff.\xff"),
                                 good.substr(0, good.find('.') + 1) + "\xff\xfe" + good.substr(good.rfind('.')),
                                 encode_base64url("[1]") + "." + encode_base64url("{}") + ".AA",
                                 encode_base64url("\xff") + ".e30.AA"})
    expect_refused(bad);
}

TEST_F(SecretTokens, HaveOneSpelling) {
  std::string text = token(good_claims());
  // 32 bytes leave two unused bits in the last of 43 characters.
  const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  text.back() = alphabet[alphabet.find(text.back()) + 1];

  expect_refused(text);
}

TEST_F(SecretTokens, AreRefusedWhenAnyPartWasChanged) {
  const std::string good = token(good_claims());
  const std::string other = token(good_claims(R"(,"name":"Bob")"));
  const auto claims_of = [](const std::string& t) { return t.substr(t.find('.') + 1, t.rfind('.') - t.find('.') - 1); };
  const auto signature_of = [](const std::string& t) { return t.substr(t.rfind('.') + 1); };

  expect_refused(good.substr(0, good.find('.')) + "." + claims_of(other) + "." + signature_of(good));
  expect_refused(encode_base64url(R"({"alg":"HS256"})") + "." + claims_of(good) + "." + signature_of(good));
  expect_refused(sign(hs256, good_claims(), test::secret_key("another secret, also long enough for HS256").get()));
}

TEST_F(SecretTokens, WithoutSignatureAreNeverAccepted) {
  for (const char* algorithm :
       {"none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "HS384", "HS512", "ES256", "RS256", "dir"}) {
    const std::string header = encode_base64url(R"({"alg":")" + std::string(algorithm) + "\"}");
    const std::string signature = encode_base64url(hmac_sha256(secret, header + "." + encode_base64url(good_claims())));
    expect_refused(header + "." + encode_base64url(good_claims()) + ".");
    expect_refused(header + "." + encode_base64url(good_claims()) + "." + signature);
  }
  expect_refused(encode_base64url("{}") + "." + encode_base64url(good_claims()) + ".");
  expect_refused(encode_base64url(R"({"alg":null})") + "." + encode_base64url(good_claims()) + ".");
  expect_refused(encode_base64url(R"({"alg":["HS256"]})") + "." + encode_base64url(good_claims()) + ".");
}

TEST_F(SecretTokens, WithUnknownCriticalExtensionsAreRefused) {
  expect_refused(token(good_claims(), R"({"alg":"HS256","crit":["b64"],"b64":true})"));
}

TEST_F(SecretTokens, WithDuplicateClaimsAreRefused) {
  expect_refused(token(R"({"sub":"ann","sub":"bob","exp":1730000900})"));
  expect_refused(token(good_claims(), R"({"alg":"HS256","alg":"HS256"})"));
}

TEST_F(SecretTokens, ExpireAfterTheLeeway) {
  const std::string text = token(R"({"sub":"ann","exp":1730000000})");

  clock.set(now + 59'999);
  EXPECT_TRUE(verify(text).has_value());
  clock.set(now + 60'000);
  expect_refused(text, Errc::token_expired);
}

TEST_F(SecretTokens, BeginBeforeTheLeeway) {
  const std::string text = token(good_claims(R"(,"nbf":1730000100)"));

  clock.set(now + 39'999);
  expect_refused(text);
  clock.set(now + 40'000);
  EXPECT_TRUE(verify(text).has_value());
}

TEST_F(SecretTokens, MustSayWhenTheyExpireInNumbers) {
  for (const char* claims :
       {R"({"sub":"ann"})", R"({"sub":"ann","exp":"1730000900"})", R"({"sub":"ann","exp":null})",
        R"({"sub":"ann","exp":true})", R"({"sub":"ann","exp":[1730000900]})", R"({"sub":"ann","exp":1e999})",
        R"({"sub":"ann","exp":99999999999999999999})", R"({"sub":"ann","exp":1730000900,"nbf":"now"})",
        R"({"sub":"ann","exp":1730000900,"nbf":null})"})
    expect_refused(token(claims));
  EXPECT_TRUE(verify(token(R"({"sub":"ann","exp":1730000900.5})")).has_value());
  EXPECT_TRUE(verify(token(R"({"sub":"ann","exp":1e300})")).has_value());
  expect_refused(token(R"({"sub":"ann","exp":-1e300})"), Errc::token_expired);
  expect_refused(token(R"({"sub":"ann","exp":0})"), Errc::token_expired);
}

TEST_F(SecretTokens, OfAnotherTypeThanAccessAreRefused) {
  EXPECT_TRUE(verify(token(good_claims(R"(,"type":"access")"))).has_value());
  for (const char* type : {R"("refresh")", R"("Access")", R"("")", "null", "1", R"(["access"])"})
    expect_refused(token(good_claims(R"(,"type":)" + std::string(type))));
}

TEST_F(SecretTokens, NameAUserOfOneTo255Characters) {
  const auto with_sub = [&](const std::string& sub) { return token(R"({"exp":1730000900,"sub":)" + sub + "}"); };
  std::string umlauts;
  for (int i = 0; i < 255; ++i) umlauts += "\xc3\xa4";

  EXPECT_TRUE(verify(with_sub("\"" + std::string(255, 'x') + "\"")).has_value());
  EXPECT_TRUE(verify(with_sub("\"" + umlauts + "\"")).has_value());
  for (const std::string& bad :
       {std::string(R"("")"), "\"" + std::string(256, 'x') + "\"", "\"" + umlauts + "x\"", std::string(R"("a\u0000b")"),
        std::string("7"), std::string("null"), std::string(R"(["ann"])")})
    expect_refused(with_sub(bad));
  expect_refused(token(R"({"exp":1730000900})"));
}

TEST_F(SecretTokens, IgnoreNamesThatAreNone) {
  const auto identity = verify(token(good_claims(R"(,"name":7,"email":"","fam":null)")));

  ASSERT_TRUE(identity.has_value());
  EXPECT_FALSE(identity->name || identity->email || identity->family || identity->is_builtin);
}

TEST_F(SecretTokens, AreAtMost8KiB) {
  const auto of_size = [&](std::size_t filler) {
    return token(good_claims(R"(,"x":")" + std::string(filler, 'x') + "\""));
  };

  EXPECT_TRUE(verify(of_size(5'900)).has_value());
  EXPECT_GT(of_size(6'100).size(), TokenVerifier::max_token_size);
  expect_refused(of_size(6'100));
  expect_refused(std::string(10'000'000, 'a'));
}

TEST_F(SecretTokens, NestedTooDeeplyAreRefused) {
  expect_refused(
      token(R"({"sub":"ann","exp":1730000900,"x":)" + std::string(2'500, '[') + std::string(2'500, ']') + "}"));
}

TEST(TokenRules, HoldIssuerAndAudienceToTheirWord) {
  ManualClock clock(now);
  TokenRules rules{std::string(secret)};
  rules.issuer = "https://issuer";
  rules.audience = "todo";
  const TokenVerifier verifier(rules, clock);
  const auto accepts = [&](std::string_view more) {
    return verifier.verify_with_secret(sign(hs256, good_claims(more), test::secret_key(secret).get())).has_value();
  };

  EXPECT_TRUE(accepts(R"(,"iss":"https://issuer","aud":"todo")"));
  EXPECT_TRUE(accepts(R"(,"iss":"https://issuer","aud":["other","todo"])"));
  EXPECT_FALSE(accepts(R"(,"iss":"https://issuer")"));
  EXPECT_FALSE(accepts(R"(,"aud":"todo")"));
  EXPECT_FALSE(accepts(R"(,"iss":"https://issuer/","aud":"todo")"));
  EXPECT_FALSE(accepts(R"(,"iss":["https://issuer"],"aud":"todo")"));
  EXPECT_FALSE(accepts(R"(,"iss":"https://issuer","aud":["other",7])"));
  EXPECT_FALSE(accepts(R"(,"iss":"https://issuer","aud":[])"));
  EXPECT_FALSE(accepts(R"(,"iss":"https://issuer","aud":"todos")"));
}

TEST(TokenRules, AcceptSecretsOfAnyLength) {
  ManualClock clock(now);
  for (const std::size_t length : {1u, 6u, 31u, 32u, 63u, 64u, 65u, 200u, 5'000u}) {
    const std::string text(length, 's');
    const TokenVerifier verifier(TokenRules{text}, clock);
    const std::string front = encode_base64url(hs256) + "." + encode_base64url(good_claims());

    EXPECT_TRUE(verifier.verify_with_secret(front + "." + encode_base64url(hmac_sha256(text, front))).has_value())
        << length;
    EXPECT_TRUE(verifier.verify_with_secret(TokenIssuer(text, "", "", clock).issue({"ann"})).has_value()) << length;
  }
}

class KeySetTokens : public testing::Test {
 protected:
  Result<Identity> verify(const std::string& token) { return await(verifier.verify(token)); }
  void expect_refused(const std::string& token) {
    const auto result = verify(token);
    ASSERT_FALSE(result.has_value()) << token;
    EXPECT_EQ(result.error().code, Errc::token_invalid);
  }

  static inline const JsonHandle rsa = make_key("RS256", "rsa-1");
  static inline const JsonHandle ec = make_key("ES256", "ec-1");
  static inline const JsonHandle stranger_rsa = make_key("RS256", "rsa-1");
  static inline const JsonHandle stranger_ec = make_key("ES256", "ec-1");
  ManualClock clock{now};
  FixedKeys keys{test::key_set({rsa.get(), ec.get()})};
  TokenVerifier verifier{TokenRules{}, clock, &keys};
};

TEST_F(KeySetTokens, AreAcceptedByTheKeyTheyName) {
  EXPECT_TRUE(verify(sign(R"({"alg":"RS256","kid":"rsa-1"})", good_claims(), rsa.get())).has_value());
  EXPECT_TRUE(verify(sign(R"({"alg":"ES256","kid":"ec-1"})", good_claims(), ec.get())).has_value());
}

TEST_F(KeySetTokens, AreAcceptedByAFittingKeyIfTheyNameNone) {
  EXPECT_TRUE(verify(sign(R"({"alg":"RS256"})", good_claims(), rsa.get())).has_value());
  EXPECT_TRUE(verify(sign(R"({"alg":"ES256"})", good_claims(), ec.get())).has_value());
}

TEST_F(KeySetTokens, OfStrangersAreRefused) {
  expect_refused(sign(R"({"alg":"RS256","kid":"rsa-1"})", good_claims(), stranger_rsa.get()));
  expect_refused(sign(R"({"alg":"ES256","kid":"ec-1"})", good_claims(), stranger_ec.get()));
}

TEST_F(KeySetTokens, NamingAnUnknownKeyOrOneOfAnotherTypeAreRefused) {
  expect_refused(sign(R"({"alg":"RS256","kid":"rsa-2"})", good_claims(), rsa.get()));
  expect_refused(sign(R"({"alg":"RS256","kid":""})", good_claims(), rsa.get()));
  expect_refused(sign(R"({"alg":"RS256","kid":"ec-1"})", good_claims(), rsa.get()));
  expect_refused(sign(R"({"alg":"ES256","kid":"rsa-1"})", good_claims(), ec.get()));
}

TEST_F(KeySetTokens, CannotUseAPublicKeyAsASecret) {
  const std::string front =
      encode_base64url(R"({"alg":"HS256","kid":"rsa-1"})") + "." + encode_base64url(good_claims());
  const std::string modulus = decode_base64url(*string_member(rsa.get(), "n")).value();
  for (const std::string& key :
       {test::text_of(test::public_part(rsa.get()).get()), modulus, std::string(*string_member(rsa.get(), "n"))})
    expect_refused(front + "." + encode_base64url(hmac_sha256(key, front)));
  EXPECT_EQ(keys.asked, 0);
}

TEST_F(KeySetTokens, OfAnAlgorithmThatIsNotConfiguredAreRefused) {
  TokenRules rules;
  rules.key_set_algorithms = {Algorithm::es256};
  const TokenVerifier only_es256(rules, clock, &keys);

  EXPECT_FALSE(
      await(only_es256.verify(sign(R"({"alg":"RS256","kid":"rsa-1"})", good_claims(), rsa.get()))).has_value());
  EXPECT_TRUE(await(only_es256.verify(sign(R"({"alg":"ES256","kid":"ec-1"})", good_claims(), ec.get()))).has_value());
}

TEST_F(KeySetTokens, NeverPassAsOnesOfOurOwnLogins) {
  const auto identity = verify(sign(R"({"alg":"ES256"})", good_claims(R"(,"fam":"f1")"), ec.get()));

  ASSERT_TRUE(identity.has_value());
  EXPECT_FALSE(identity->is_builtin);
  EXPECT_FALSE(identity->family.has_value());
}

TEST_F(KeySetTokens, StandBesideThoseOfTheSecret) {
  const TokenVerifier both(TokenRules{std::string(secret)}, clock, &keys);

  EXPECT_TRUE(await(both.verify(TokenIssuer(secret, "", "", clock).issue({"ann"}))).has_value());
  EXPECT_TRUE(await(both.verify(sign(R"({"alg":"ES256"})", good_claims(), ec.get()))).has_value());
  EXPECT_FALSE(both.verify_with_secret(sign(R"({"alg":"ES256"})", good_claims(), ec.get())).has_value());
}

TEST_F(KeySetTokens, WithTruncatedSignaturesAreRefused) {
  for (const json_t* key : {rsa.get(), ec.get()}) {
    const std::string header = key == rsa.get() ? R"({"alg":"RS256"})" : R"({"alg":"ES256"})";
    const std::string good = sign(header, good_claims(), key);
    for (const std::size_t cut : {4u, 8u, 40u}) expect_refused(good.substr(0, good.size() - cut));
    expect_refused(good.substr(0, good.rfind('.') + 1));
    expect_refused(good + "AAAA");
    expect_refused(good.substr(0, good.rfind('.') + 1) + encode_base64url(std::string(64, '\0')));
  }
}

TEST(TokenIssuer, MakesTokensThatTheVerifierAccepts) {
  ManualClock clock(now);
  TokenRules rules{std::string(secret)};
  rules.issuer = "us";
  rules.audience = "clients";
  const TokenIssuer issuer(secret, "us", "clients", clock);

  const auto identity =
      TokenVerifier(rules, clock).verify_with_secret(issuer.issue({"ann", "Ann \xc3\x84", "family-1"}));

  ASSERT_TRUE(identity.has_value()) << identity.error().message;
  EXPECT_EQ(identity->user_id, "ann");
  EXPECT_EQ(identity->name, "Ann \xc3\x84");
  EXPECT_EQ(identity->family, "family-1");
  EXPECT_EQ(identity->expires_at, now + 15 * 60 * 1'000);
}

TEST(TokenIssuer, WritesTheClaimsThatClientsRead) {
  ManualClock clock(now);
  const std::string token = TokenIssuer(secret, "", "", clock).issue({"ann", std::nullopt, "f", 60s});
  const auto claims =
      load_json(*decode_base64url(token.substr(token.find('.') + 1, token.rfind('.') - token.find('.') - 1)));

  EXPECT_EQ(string_member(claims.get(), "sub"), "ann");
  EXPECT_EQ(string_member(claims.get(), "type"), "access");
  EXPECT_EQ(string_member(claims.get(), "fam"), "f");
  EXPECT_TRUE(string_member(claims.get(), "jti").has_value());
  EXPECT_EQ(json_integer_value(json_object_get(claims.get(), "iat")), now / 1'000);
  EXPECT_EQ(json_integer_value(json_object_get(claims.get(), "nbf")), now / 1'000);
  EXPECT_EQ(json_integer_value(json_object_get(claims.get(), "exp")), now / 1'000 + 60);
  EXPECT_EQ(json_object_size(claims.get()), 7u);
}

TEST(TokenIssuer, MakesNoTwoTokensAlike) {
  ManualClock clock(now);
  const TokenIssuer issuer(secret, "", "", clock);

  EXPECT_NE(issuer.issue({"ann"}), issuer.issue({"ann"}));
}

}  // namespace
}  // namespace collab::auth
