#include "redis/arguments.hpp"

#include <gtest/gtest.h>

#include "redis/script.hpp"

namespace collab::redis {
namespace {

std::string written(const Arguments& arguments) {
  std::string out;
  arguments.write_to(out);
  return out;
}

TEST(Arguments, AreWrittenAsBulkStrings) {
  EXPECT_EQ(written(Arguments("SET", "key", 42)), "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$2\r\n42\r\n");
  EXPECT_EQ(written(Arguments("ECHO", std::string("\0\r\n*", 4))),
            std::string("*2\r\n$4\r\nECHO\r\n$4\r\n\0\r\n*\r\n", 24));
  EXPECT_EQ(written(Arguments("ECHO", "")), "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n");
  EXPECT_EQ(written(Arguments("X", -7)), "*2\r\n$1\r\nX\r\n$2\r\n-7\r\n");
}

TEST(Arguments, GrowAndJoin) {
  Arguments first("A");
  Arguments second("B");
  second.add("C").add(std::uint64_t{18446744073709551615U});

  first.append(second);

  EXPECT_EQ(first.size(), 4U);
  EXPECT_EQ(written(first), "*4\r\n$1\r\nA\r\n$1\r\nB\r\n$1\r\nC\r\n$20\r\n18446744073709551615\r\n");
}

TEST(Arguments, TellTheirFirstWord) {
  EXPECT_EQ(Arguments().front(), "");
  EXPECT_EQ(Arguments("").front(), "");
  EXPECT_EQ(Arguments("{07}:list", "x").front(), "{07}:list");
  EXPECT_EQ(Arguments("with\r\nline").front(), "with\r\nline");
}

TEST(Script, IsKnownByItsSha1) {
  const Script script("return 1");

  EXPECT_EQ(script.sha(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
  EXPECT_EQ(
      written(script.by_sha(Arguments("k1", "k2"), Arguments("a"))),
      "*6\r\n$7\r\nEVALSHA\r\n$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n$1\r\n2\r\n$2\r\nk1\r\n$2\r\nk2\r\n"
      "$1\r\na\r\n");
  EXPECT_EQ(written(script.by_text(Arguments(), Arguments())), "*3\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n0\r\n");
}

}  // namespace
}  // namespace collab::redis
