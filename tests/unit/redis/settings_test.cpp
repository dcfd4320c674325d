#include "redis/settings.hpp"

#include <gtest/gtest.h>

namespace collab::redis {
namespace {

Settings parsed(std::string_view url) {
  auto settings = parse_url(url);
  EXPECT_TRUE(settings) << url << ": " << (settings ? "" : settings.error().message);
  return settings ? *settings : Settings{};
}

std::string address_of(std::string_view url) {
  const Settings settings = parsed(url);
  return settings.addresses.size() == 1 ? to_string(settings.addresses.front()) : "?";
}

TEST(RedisUrl, NamesASingleNode) {
  const Settings settings = parsed("redis://cache.example.com:6380/3");

  EXPECT_EQ(settings.topology, Topology::single);
  EXPECT_EQ(to_string(settings.addresses.at(0)), "cache.example.com:6380");
  EXPECT_EQ(settings.database, 3);
  EXPECT_FALSE(settings.tls.is_on);
  EXPECT_TRUE(settings.user.empty() && settings.password.empty());
}

TEST(RedisUrl, HasTheUsualPortIfItNamesNone) {
  EXPECT_EQ(address_of("redis://localhost"), "localhost:6379");
  EXPECT_EQ(address_of("redis://localhost/"), "localhost:6379");
  EXPECT_EQ(address_of("redis://127.0.0.1/1"), "127.0.0.1:6379");
  EXPECT_EQ(address_of("redis://[::1]"), "[::1]:6379");
  EXPECT_EQ(address_of("redis://[2001:db8::1]:7000"), "[2001:db8::1]:7000");
}

TEST(RedisUrl, HoldsUserAndPasswordPercentEncoded) {
  const Settings with_user = parsed("redis://ann%40work:p%3A%2F%25%40x@localhost");
  EXPECT_EQ(with_user.user, "ann@work");
  EXPECT_EQ(with_user.password, "p:/%@x");

  const Settings without = parsed("rediss://:secret:with:colons@localhost:6390");
  EXPECT_EQ(without.user, "");
  EXPECT_EQ(without.password, "secret:with:colons");
  EXPECT_TRUE(without.tls.is_on);
  EXPECT_TRUE(without.tls.verifies_server);
}

TEST(RedisUrl, NamesAUnixSocket) {
  const Settings settings = parsed("unix://:secret@/run/redis%20a/redis.sock?db=2");

  EXPECT_EQ(settings.addresses.at(0).path, "/run/redis a/redis.sock");
  EXPECT_EQ(settings.database, 2);
  EXPECT_EQ(settings.password, "secret");
  EXPECT_EQ(address_of("unix:///tmp/r.sock"), "unix:/tmp/r.sock");
}

TEST(RedisUrl, NamesSentinelsAndTheirMaster) {
  const Settings settings = parsed("redis+sentinel://bob:pw@s1,s2:26380,[::1]:5/my%20master/4");

  EXPECT_EQ(settings.topology, Topology::sentinel);
  ASSERT_EQ(settings.addresses.size(), 3U);
  EXPECT_EQ(to_string(settings.addresses[0]), "s1:26379");
  EXPECT_EQ(to_string(settings.addresses[1]), "s2:26380");
  EXPECT_EQ(to_string(settings.addresses[2]), "[::1]:5");
  EXPECT_EQ(settings.master_name, "my master");
  EXPECT_EQ(settings.database, 4);
  EXPECT_EQ(settings.user, "bob");
  EXPECT_TRUE(parsed("rediss+sentinel://s1/m").tls.is_on);
}

TEST(RedisUrl, NamesSomeNodesOfACluster) {
  const Settings settings = parsed("redis+cluster://a,b:7001");

  EXPECT_EQ(settings.topology, Topology::cluster);
  ASSERT_EQ(settings.addresses.size(), 2U);
  EXPECT_EQ(to_string(settings.addresses[1]), "b:7001");
  EXPECT_TRUE(parsed("rediss+cluster://a/0").tls.is_on);
}

struct Bad {
  const char* url;
  const char* says;  // part of the message
};

class BadRedisUrl : public testing::TestWithParam<Bad> {};

TEST_P(BadRedisUrl, IsRefusedWithTheReasonAndWithoutThePassword) {
  const auto settings = parse_url(GetParam().url);

  ASSERT_FALSE(settings) << GetParam().url;
  EXPECT_EQ(settings.error().code, Errc::invalid_payload);
  EXPECT_NE(settings.error().message.find(GetParam().says), std::string::npos)
      << GetParam().url << " says: " << settings.error().message;
  EXPECT_EQ(settings.error().message.find("hush"), std::string::npos) << settings.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadRedisUrl,
    testing::Values(Bad{"", "must begin with redis://"}, Bad{"localhost:6379", "must begin with redis://"},
                    Bad{"http://localhost", "must begin with redis://"}, Bad{"REDIS://localhost", "must begin with"},
                    Bad{"redis:/localhost", "must begin with"}, Bad{"redis://", "names no host"},
                    Bad{"redis://:6379", "names no host"}, Bad{"redis:///0", "names no host"},
                    Bad{"redis://:hush@", "names no host"}, Bad{"redis://local host", "a space"},
                    Bad{"redis://localhost\n", "a control character"}, Bad{"redis://localhost#1", "#"},
                    Bad{"redis://:hu#sh@localhost", "%23"}, Bad{"redis://localhost:0", "from 1 to 65535"},
                    Bad{"redis://localhost:65536", "from 1 to 65535"}, Bad{"redis://localhost:", "from 1 to 65535"},
                    Bad{"redis://localhost:hush", "from 1 to 65535"}, Bad{"redis://localhost:+1", "from 1 to 65535"},
                    Bad{"redis://:hush/hush@localhost", "%2F"}, Bad{"redis://:hush@hush@localhost", "two @"},
                    Bad{"redis://hush@localhost", "user:password"}, Bad{"redis://user:@localhost", "is empty"},
                    Bad{"redis://:hush%4@localhost", "two hexadecimal digits"},
                    Bad{"redis://:hush%@localhost", "two hexadecimal digits"},
                    Bad{"redis://:hush%zz@localhost", "two hexadecimal digits"},
                    Bad{"redis://:hush%00@localhost", "%00"}, Bad{"redis://localhost/hush", "number from 0 on"},
                    Bad{"redis://localhost/-1", "number from 0 on"}, Bad{"redis://localhost/1/2", "number from 0 on"},
                    Bad{"redis://localhost/99999999999", "number from 0 on"}, Bad{"redis://localhost?db=1", "?"},
                    Bad{"redis://a,b", "several hosts"}, Bad{"redis://a,", "names no host"},
                    Bad{"redis://h%C3%B6st", "other characters"}, Bad{"redis://[::1", "closing bracket"},
                    Bad{"redis://[::1]6379", "only :port"}, Bad{"redis://[local]", "no IPv6 address"},
                    Bad{"redis://::1", "needs brackets"}, Bad{"unix://run/redis.sock", "begins with a slash"},
                    Bad{"unix://", "path of the socket is missing"}, Bad{"unix:///", "path of the socket is missing"},
                    Bad{"unix:///a?password=hush", "only db=n"}, Bad{"unix:///a?db=x", "number from 0 on"},
                    Bad{"redis+sentinel://s1", "name of the master"}, Bad{"redis+sentinel://s1/", "name of the master"},
                    Bad{"redis+sentinel://s1/m/x", "number from 0 on"}, Bad{"redis+cluster://a/1", "database 0 only"},
                    Bad{"redis+cluster:///0", "names no host"}, Bad{"redis+unix:///a", "must begin with"}));

TEST(RedisUrl, RefusesAPathThatNoSocketCanHave) {
  std::string url = "unix:///";
  url.append(107, 'a');

  EXPECT_FALSE(parse_url(url));
  url.pop_back();
  EXPECT_TRUE(parse_url(url));
}

TEST(RedisParts, HaveTheSeedsDefaults) {
  const auto settings = from_parts("", "", "", "");

  ASSERT_TRUE(settings);
  EXPECT_EQ(describe(*settings), "redis://localhost:6379/0");
}

TEST(RedisParts, TakeEachValue) {
  const auto settings = from_parts("cache", "7000", "2", "p@ss");

  ASSERT_TRUE(settings);
  EXPECT_EQ(describe(*settings), "redis://cache:7000/2");
  EXPECT_EQ(settings->password, "p@ss");
}

TEST(RedisParts, SayWhichOneIsWrong) {
  EXPECT_NE(from_parts("redis://x", "", "", "").error().message.find("REDIS_HOST"), std::string::npos);
  EXPECT_NE(from_parts("", "70000", "", "").error().message.find("REDIS_PORT"), std::string::npos);
  EXPECT_NE(from_parts("", "", "one", "").error().message.find("REDIS_DB"), std::string::npos);
}

TEST(RedisSettings, AreDescribedWithoutUserAndPassword) {
  EXPECT_EQ(describe(parsed("rediss://ann:hush@h:1/2")), "rediss://h:1/2");
  EXPECT_EQ(describe(parsed("redis+sentinel://ann:hush@a,b/m")), "redis+sentinel://a:26379,b:26379/m/0");
  EXPECT_EQ(describe(parsed("redis+cluster://:hush@a,b")), "redis+cluster://a:6379,b:6379");
  EXPECT_EQ(describe(parsed("unix://:hush@/r.sock?db=1")), "unix:///r.sock?db=1");
}

}  // namespace
}  // namespace collab::redis
