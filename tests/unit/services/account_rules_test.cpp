#include "services/account_rules.hpp"

#include <gtest/gtest.h>

#include "services/account_service.hpp"

namespace collab::services {
namespace {

// An address with names of these lengths on both sides.
std::string address_of(std::size_t local, std::size_t domain) {
  std::string text(local + 1 + domain, 'a');
  text[local] = '@';
  return text;
}

TEST(Email, IsNormalised) {
  EXPECT_EQ(normalise_email(" Ann.B+c@Example.ORG\n"), "ann.b+c@example.org");
  EXPECT_EQ(normalise_email("a@localhost"), "a@localhost");
  EXPECT_EQ(normalise_email(address_of(64, 189)).value().size(), 254u);
}

TEST(Email, IsRefusedWhenItCannotBeOne) {
  for (const std::string& bad :
       {std::string(), std::string(" "), std::string("ann"), std::string("@example.org"), std::string("ann@"),
        std::string("a@b@c"), std::string("a b@c"), std::string("a@b c"), std::string("a@.b"), std::string("a@b."),
        std::string("a@b..c"), std::string("a@-b"), std::string("a\0@b", 4), std::string("a@b\r\nBcc: c@d"),
        std::string("a\xff@b"), address_of(65, 1), address_of(64, 190)})
    EXPECT_FALSE(normalise_email(bad).has_value()) << bad;
}

TEST(Password, Has8To128Characters) {
  std::string umlauts;
  for (int i = 0; i < 128; ++i) umlauts += "\xc3\xa4";

  EXPECT_TRUE(check_password("12345678").has_value());
  EXPECT_TRUE(check_password(umlauts).has_value());
  EXPECT_FALSE(check_password("1234567").has_value());
  EXPECT_FALSE(check_password(umlauts + "x").has_value());
  EXPECT_FALSE(check_password(std::string("1234\0"
                                          "5678",
                                          9))
                   .has_value());
  EXPECT_FALSE(check_password("12345678\xff").has_value());
}

TEST(NewAccount, HasANameOf1To100Characters) {
  const auto check = [](std::string name) { return check_new_account({"a@b", "password 1", std::move(name)}); };

  EXPECT_EQ(check("  Ann \t").value().name, "Ann");
  EXPECT_TRUE(check(std::string(100, 'n')).has_value());
  for (const std::string& bad :
       {std::string(), std::string(" \t"), std::string(101, 'n'), std::string("a\0b", 3), std::string("\xff")})
    EXPECT_FALSE(check(bad).has_value()) << bad;
}

}  // namespace
}  // namespace collab::services
