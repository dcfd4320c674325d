#include "auth/password.hpp"

#include <gtest/gtest.h>

#include "support/await.hpp"

namespace collab::auth {
namespace {

using support::await;

// Small enough for many tests, and a real argon2id.
constexpr PasswordCost cheap{8 * 1024 * 1024, 1};

// Published test vectors of crypt_blowfish.
constexpr const char* bcrypt_2a = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";  // "U*U"
constexpr const char* bcrypt_2y = "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e";

class Passwords : public testing::Test {
 protected:
  PasswordVerdict verify(std::string password, std::string hash) {
    return await(hasher.verify(std::move(password), std::move(hash))).value();
  }

  BlockingPool pool{"test", 2, 100};
  PasswordHasher hasher{pool, cheap};
};

TEST_F(Passwords, MatchTheirOwnHashOnly) {
  const std::string hash = await(hasher.hash("correct horse")).value();

  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8192,t=1,p=1$")) << hash;
  EXPECT_TRUE(verify("correct horse", hash).matches);
  EXPECT_FALSE(verify("correct horse", hash).needs_rehash);
  EXPECT_FALSE(verify("correct Horse", hash).matches);
  EXPECT_FALSE(verify("", hash).matches);
}

TEST_F(Passwords, HaveASaltEach) { EXPECT_NE(await(hasher.hash("same")).value(), await(hasher.hash("same")).value()); }

TEST_F(Passwords, OfOlderServicesMatchAndAskForARehash) {
  EXPECT_TRUE(verify("U*U", bcrypt_2a).matches);
  EXPECT_TRUE(verify("U*U", bcrypt_2a).needs_rehash);
  EXPECT_FALSE(verify("U*V", bcrypt_2a).matches);
  EXPECT_TRUE(verify("\xff\xff\xa3", bcrypt_2y).matches);
  EXPECT_FALSE(verify(std::string("U*U\0x", 5), bcrypt_2a).matches);
}

TEST_F(Passwords, OfAnotherCostAskForARehash) {
  PasswordHasher dearer(pool, PasswordCost{9 * 1024 * 1024, 2});
  const std::string hash = await(hasher.hash("correct horse")).value();

  const auto verdict = await(dearer.verify("correct horse", hash)).value();

  EXPECT_TRUE(verdict.matches);
  EXPECT_TRUE(verdict.needs_rehash);
}

TEST_F(Passwords, MatchNothingThatIsNoHash) {
  for (const char* hash :
       {"", "x", "plain", "$2b$", "$2b$05$short", "$argon2id$", "$1$abc$def", "$5$rounds=1000$a$b", "*0", "*1"})
    EXPECT_FALSE(verify("plain", hash).matches) << hash;
}

TEST_F(Passwords, MatchNoDecoy) {
  EXPECT_FALSE(verify("", hasher.decoy()).matches);
  EXPECT_FALSE(verify(hasher.decoy(), hasher.decoy()).matches);
}

TEST_F(Passwords, AreCounted) {
  const auto before = hasher.hashes_run();
  const std::string hash = await(hasher.hash("one")).value();
  verify("two", hash);
  verify("three", bcrypt_2a);

  EXPECT_EQ(hasher.hashes_run(), before + 3);
}

TEST_F(Passwords, CostByDefaultWhatIsRecommended) {
  PasswordHasher hasher_by_default(pool);

  EXPECT_TRUE(hasher_by_default.decoy().starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << hasher_by_default.decoy();
}

}  // namespace
}  // namespace collab::auth
