#include "store/row_codec.hpp"

#include <gtest/gtest.h>

#include "store/store.hpp"

namespace collab::store {
namespace {

Item item_with(Rev rev, std::array<Rev, item_field_count> revs) {
  Item item{};
  item.rev = rev;
  item.field_revs = revs;
  return item;
}

TEST(FieldRevs, OfANewItemTakeAByteEach) {
  const Rev rev = 1'730'000'000'123;

  EXPECT_EQ(pack_field_revs(item_with(rev, {rev, rev, rev, rev, rev, rev, rev})).size(), item_field_count);
}

TEST(FieldRevs, ComeBackAsTheyWere) {
  const Rev rev = 9'999'999'999'999;
  const std::array<Rev, item_field_count> revs{rev, rev - 1, rev - 127, rev - 128, rev - 16'384, 1, 0};
  std::array<Rev, item_field_count> unpacked{};

  ASSERT_TRUE(unpack_field_revs(pack_field_revs(item_with(rev, revs)), rev, unpacked));

  EXPECT_EQ(unpacked, revs);
}

TEST(FieldRevs, RefuseWhatIsNone) {
  std::array<Rev, item_field_count> revs{};

  EXPECT_FALSE(unpack_field_revs("", 5, revs));
  EXPECT_FALSE(unpack_field_revs(std::string(6, '\0'), 5, revs));
  EXPECT_FALSE(unpack_field_revs(std::string(8, '\0'), 5, revs));
  EXPECT_FALSE(unpack_field_revs(std::string(40, '\xFF'), 5, revs));
}

TEST(OpFingerprint, TellsUsersAndOpsApart) {
  const OpId op = OpId::make(), other = OpId::make();

  EXPECT_EQ(op_fingerprint(UserId{"ann"}, op), op_fingerprint(UserId{"ann"}, op));
  EXPECT_NE(op_fingerprint(UserId{"ann"}, op), op_fingerprint(UserId{"bob"}, op));
  EXPECT_NE(op_fingerprint(UserId{"ann"}, op), op_fingerprint(UserId{"ann"}, other));
}

}  // namespace
}  // namespace collab::store
