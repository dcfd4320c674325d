#include "exchange/keys.hpp"

#include <gtest/gtest.h>

#include <set>

#include "redis/slots.hpp"

namespace collab::exchange {
namespace {

TEST(Keys, EscapeComesBackFromUnescape) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (const std::string& user : {std::string(), std::string("ann"), std::string("auth0|5f7c"), std::string("a}:lists"),
                                  std::string("{x}"), std::string("%41"), std::string("%"), std::string("%%"),
                                  std::string("a b\nc\r\n\0d", 9), std::string("Zoë ✓"), std::string(255, '|'), all}) {
    const std::string text = escape(user);
    EXPECT_EQ(text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.@%"), text.npos);
    EXPECT_EQ(unescape(text), user);
  }
}

TEST(Keys, EscapeTellsUsersApart) {
  std::set<std::string> keys;
  for (const char* user : {"a", "A", "a%", "a%25", "a ", "a\n", "a}", "{a}", "", " "})
    keys.insert(Keys::memberships(UserId{user}));
  EXPECT_EQ(keys.size(), 10u);
}

TEST(Keys, UnescapeRefusesWhatEscapeNeverWrites) {
  for (const char* text : {"%", "%4", "%4g", "%G1", "a%", "%%", "%-1", "%+1", "% 1"})
    EXPECT_FALSE(unescape(text)) << text;
  EXPECT_FALSE(unescape("%2f")) << "lower case: two texts for one user";
}

TEST(Keys, APartitionNeverChanges) {
  const Keys keys;
  // As lists that exist in somebody's Redis have it.
  EXPECT_EQ(keys.partition_of(*ListId::parse("00000000-0000-4000-8000-000000000001")),
            redis::slot_of("00000000-0000-4000-8000-000000000001") % 16);
  EXPECT_EQ(keys.list(*ListId::parse("6f1c24a6-4f4c-4a57-9d0c-3f1c3f0b7a10")),
            "collab:{11}:list:6f1c24a6-4f4c-4a57-9d0c-3f1c3f0b7a10");
  for (int i = 0; i < 1'000; ++i) EXPECT_LT(Keys(7).partition_of(ListId::make()), 7u);
}

TEST(Keys, AllKeysOfAPartitionHaveOneSlot) {
  for (const unsigned partitions : {1u, 16u, 100u}) {
    const Keys keys(partitions);
    for (int i = 0; i < 50; ++i) {
      const ListId id = ListId::make();
      const unsigned partition = keys.partition_of(id);
      const redis::Slot slot = redis::slot_of(keys.list(id));
      for (const std::string& key :
           {keys.ops(id), keys.seed(id), keys.loading(id, "t"), keys.loading_ops(id, "t"), keys.writes(partition),
            keys.dead_letters(partition), keys.era(partition), keys.era_of_master(partition)})
        EXPECT_EQ(redis::slot_of(key), slot) << key;
    }
  }
  const UserId odd{"}x{y}"};
  EXPECT_EQ(redis::slot_of(Keys::memberships(odd)), redis::slot_of(Keys::notices(odd)));
}

TEST(Keys, OnlyTheKeyOfAListNamesAList) {
  const Keys keys;
  const ListId id = ListId::make();
  EXPECT_EQ(Keys::list_of(keys.list(id)), id);
  for (const std::string& key : {keys.ops(id), keys.seed(id), keys.list(id) + "x", std::string("x}:list:"),
                                 std::string(), Keys::notices(UserId{"}:list:" + id.to_string()}),
                                 Keys::memberships(UserId{"ann"}), Keys::link(LinkId::make())})
    EXPECT_FALSE(Keys::list_of(key)) << key;
}

}  // namespace
}  // namespace collab::exchange
