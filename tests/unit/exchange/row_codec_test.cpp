#include "exchange/row_codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "model/decide.hpp"
#include "support/list_draft.hpp"
#include "support/one_list.hpp"

namespace collab::exchange {
namespace {

using support::difference;
using support::ListDraft;

const std::string odd_text = std::string("a\0b \"\\\n\r\t|{}", 12) + "\x7f Zoë ✓ 𝄞";
const UserId odd_user{"auth0|5 {x}\n%"};

/// A list with every kind of row, and in each row everything that it can hold.
ListDraft full_draft() {
  ListDraft draft(odd_user, 1'700'000'000'000);
  draft.create(odd_text);
  draft.share(test::bob, Role::editor);
  draft.share(test::eve, Role::viewer);
  draft.act(RemoveMember{test::eve});
  AddItem full = test::adding(ItemId::make(), odd_text);
  full.description = odd_text;
  full.status = Status::in_progress;
  full.done = true;
  full.due_date = "2026-01-31T12:00:00.000Z";
  full.media_url = "https://example.org/?a=b&c=|";
  draft.act(full);
  draft.act(test::renaming(full.item_id, "renamed"));  // the other fields' revs are older than the row's
  draft.add("gone");
  draft.remove(draft.last_item());
  CreateShareLink link;
  link.link_id = LinkId::make();
  for (int byte = 0; byte < 32; ++byte) link.secret_hash += static_cast<char>(byte * 8);
  link.role = Role::editor;
  link.expires_at = 1'900'000'000'000;
  draft.act(link);
  link.link_id = LinkId::make();
  link.secret_hash[0] = 'x';
  link.expires_at.reset();
  draft.act(link);
  draft.act(RevokeShareLink{link.link_id});
  return draft;
}

ListState read_back(const ListState& state) {
  StateReader reader(state.id);
  for (const auto& [field, value] : fields_of(state)) EXPECT_TRUE(reader.read(field, value)) << field << ' ' << value;
  return std::move(reader).finish();
}

TEST(RowCodec, AStateComesBackFromItsFields) {
  ListDraft draft = full_draft();
  EXPECT_EQ(difference(read_back(draft.state()), draft.state()), "");
  EXPECT_EQ(read_back(draft.state()).sharing_rev, draft.state().sharing_rev);
  EXPECT_EQ(read_back(draft.state()).era, draft.state().era);

  draft.act(DeleteList{});
  ListState deleted = draft.state();
  deleted.purge_floor = deleted.rev;
  EXPECT_EQ(difference(read_back(deleted), deleted), "");
  EXPECT_EQ(read_back(deleted).purge_floor, deleted.purge_floor);
}

TEST(RowCodec, AListThatNeverWasIsItsMetaOnly) {
  ListState nothing;
  nothing.era = 1'700'000'000'000;
  EXPECT_EQ(fields_of(nothing),
            (std::vector<std::pair<std::string, std::string>>{{"m", "1700000000000 a 0000000000000 0"}}));
  EXPECT_FALSE(read_back(nothing).exists());
}

TEST(RowCodec, FieldsMayComeInAnyOrder) {
  const ListDraft draft = full_draft();
  auto fields = fields_of(draft.state());
  std::minstd_rand random(5);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(fields.begin(), fields.end(), random);
    StateReader reader(draft.id());
    for (const auto& [field, value] : fields) ASSERT_TRUE(reader.read(field, value));
    EXPECT_EQ(difference(std::move(reader).finish(), draft.state()), "");
  }
}

/// What a list of changes leaves in Redis when each writes its rows as commit.lua does: the rev put in front.
TEST(RowCodec, RowsThatGetTheirRevLaterMakeTheSameState) {
  ListDraft draft(odd_user, 1'700'000'000'000);
  std::map<std::string, std::string> hash;
  const auto write = [&](const ListState& before, const Change& change) {
    for (const Row& row : rows_of(change, before)) hash[row.field] = rev_text(change.rev) + row.tail;
  };
  ListState before = draft.state();
  const auto follow = [&](const SharedChange& change) {
    write(before, *change);
    before = draft.state();
  };
  follow(draft.create());
  follow(draft.add("milk"));
  const ItemId item_id = draft.last_item();
  follow(draft.rename(item_id, "oat milk"));
  UpdateItem update{};
  update.item_id = item_id;
  update.status = Status::completed;
  update.description = std::optional<std::string>("two");
  follow(draft.act(update));
  follow(draft.share(test::bob, Role::editor));
  follow(draft.act(UpdateList{"supermarket", {}}));
  follow(draft.act(TransferList{test::bob}));
  follow(draft.remove(item_id));

  hash["m"] = encode_meta(meta_of(draft.state()));
  StateReader reader(draft.id());
  for (const auto& [field, value] : hash) ASSERT_TRUE(reader.read(field, value)) << field << ' ' << value;
  EXPECT_EQ(difference(std::move(reader).finish(), draft.state()), "");
}

TEST(RowCodec, FieldRevsAreBlankWhereTheyAreTheRows) {
  ListDraft draft(test::ann, 1'700'000'000'000);
  draft.create();
  const SharedChange added = draft.add("milk");
  EXPECT_TRUE(rows_of(*added, draft.state())[0].tail.starts_with("||||||||{"))
      << rows_of(*added, draft.state())[0].tail;

  const SharedChange renamed = draft.rename(draft.last_item(), "oat milk");

  const std::string old = std::to_string(added->rev);
  const std::string tail = rows_of(*renamed, draft.state())[0].tail;
  EXPECT_TRUE(tail.starts_with("||" + old + "|" + old + "|" + old + "|" + old + "|" + old + "|" + old + "|{")) << tail;
}

TEST(RowCodec, RowsSayWhichRevTheyWereDecidedOn) {
  ListDraft draft(test::ann, 1'700'000'000'000);
  const ListState nothing = draft.state();
  const SharedChange created = draft.create();
  EXPECT_EQ(rows_of(*created, nothing)[0].field, "v");
  EXPECT_EQ(rows_of(*created, nothing)[0].seen, 0);
  EXPECT_EQ(rows_of(*created, nothing)[1].seen, std::nullopt);
  const ListState before = draft.state();
  const SharedChange added = draft.add("milk");
  EXPECT_EQ(rows_of(*added, before)[0].seen, 0);
  EXPECT_EQ(rows_of(*added, draft.state())[0].seen, added->rev);
  const SharedChange shared = draft.share(test::bob, Role::viewer);
  EXPECT_EQ(rows_of(*shared, before)[0].seen, created->rev);
}

// ----------------------------------------------------------------------------------------------------------- messages

void expect_same(const Change& a, const Change& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.list_id, b.list_id);
  EXPECT_EQ(a.rev, b.rev);
  EXPECT_EQ(a.prev_rev, b.prev_rev);
  EXPECT_EQ(a.user_id, b.user_id);
  EXPECT_EQ(a.op_id, b.op_id);
  EXPECT_EQ(a.list.has_value(), b.list.has_value());
  EXPECT_EQ(a.item == nullptr, b.item == nullptr);
  EXPECT_EQ(a.members.size(), b.members.size());
  EXPECT_EQ(a.link.has_value(), b.link.has_value());
}

TEST(RowCodec, AMessageOfEveryKindComesBack) {
  ListDraft draft(odd_user, 1'700'000'000'000);
  ListState read = draft.state();
  std::set<ChangeKind> kinds;
  const auto check = [&](const SharedChange& change) {
    kinds.insert(change->kind);
    const auto message = parse_message(draft.id(), encode_message(1'700'000'000'001, *change));
    ASSERT_TRUE(message) << encode_message(1, *change);
    EXPECT_EQ(message->era, 1'700'000'000'001);
    expect_same(*message->change, *change);
    read = apply(read, *message->change);
    EXPECT_EQ(difference(read, draft.state()), "");
  };
  check(draft.create(odd_text));
  check(draft.add(odd_text, OpId::make()));
  const ItemId item_id = draft.last_item();
  check(draft.rename(item_id, "oat milk"));
  check(draft.remove(item_id));
  check(draft.act(RestoreItem{item_id}));
  check(draft.share(test::bob, Role::editor));
  check(draft.share(test::eve, Role::editor));
  check(draft.act(RemoveMember{test::bob}));
  check(draft.act_as(test::eve, RemoveMember{test::eve}));
  check(draft.act(UpdateList{"x", {}}));
  CreateShareLink link;
  link.link_id = LinkId::make();
  link.secret_hash = std::string(32, '\xff');
  check(draft.act(link));
  check(draft.act_as(test::bob, AcceptShareLink{link.secret_hash, {}}));
  check(draft.act(RevokeShareLink{link.link_id}));
  check(draft.act(DeleteList{}));
  check(draft.act(RestoreList{}));
  check(draft.act(TransferList{test::bob}));
  EXPECT_EQ(kinds.size(), 14u);

  Change nothing;
  nothing.list_id = draft.id();
  nothing.rev = nothing.prev_rev = 5;
  nothing.user_id = odd_user;
  nothing.op_id = OpId::make();
  expect_same(*parse_message(draft.id(), encode_message(1, nothing))->change, nothing);
}

TEST(RowCodec, AnOpThatAServerMadeUpIsNotTheUsers) {
  Change change;
  change.rev = change.prev_rev = 5;
  change.user_id = odd_user;
  const OpId made_up = OpId::make();
  const std::string head = rev_text(1) + ' ' + rev_text(5) + ' ' + rev_text(5) + ' ';
  const auto message = parse_message(ListId(), head + message_head(change, made_up));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->made_up_op, made_up);
  EXPECT_FALSE(message->change->op_id);
}

TEST(RowCodec, RefusesBadMessages) {
  const std::string op = OpId::make().to_string(), item = "i:" + ItemId::make().to_string();
  const std::string good = "1700000000000 1700000000002 1700000000001 item_updated ann " + op;
  ASSERT_TRUE(parse_message(ListId(), good));
  for (const std::string& text : {std::string(),
                                  std::string("\n"),
                                  std::string(" "),
                                  std::string(5, ' '),
                                  std::string("garbage"),
                                  std::string("1700000000000"),
                                  std::string("1700000000000 1700000000002 1700000000001 item_updated"),
                                  std::string("1700000000000 1700000000002 1700000000001 item_updated ann"),
                                  "1700000000000 1700000000002 1700000000001 item_upset ann " + op,
                                  "1700000000000 1700000000002 1700000000001 item_updated %a " + op,
                                  std::string("1700000000000 1700000000002 1700000000001 item_updated ann x"),
                                  std::string("1700000000000 1700000000002 1700000000001 item_updated ann ~x"),
                                  std::string("1700000000000 1700000000002 1700000000001 item_updated ann ~"),
                                  "x 1700000000002 1700000000001 item_updated ann " + op,
                                  " 1700000000002 1700000000001 item_updated ann " + op,
                                  "1700000000000  1700000000001 item_updated ann " + op,
                                  "1700000000000 -1 1700000000001 item_updated ann " + op,
                                  "1700000000000 17000000000021 1700000000001 item_updated ann " + op,
                                  "1700000000000 99999999999999999999 1700000000001 item_updated ann " + op,
                                  good + "\n" + item + " garbage",
                                  good + "\n" + item + " ||||||||",
                                  good + "\n" + item + " ||||||||{}",
                                  good + "\nu:ann |z|{}",
                                  good + "\nu:%zz |v|{}",
                                  good + "\nk:x |{}",
                                  good + "\nh |{}"})
    EXPECT_FALSE(parse_message(ListId(), text)) << text;
}

TEST(RowCodec, RefusesBadRows) {
  const ListDraft draft = full_draft();
  for (const auto& [field, value] : fields_of(draft.state())) {
    if (field == "v") continue;
    for (std::size_t size = 0; size < value.size(); ++size) {  // cut short
      if (field == "m" && size >= 31) continue;                // a smaller number
      StateReader reader(draft.id());
      EXPECT_FALSE(reader.read(field, value.substr(0, size))) << field << ' ' << value.substr(0, size);
    }
  }
  const std::string rev = "1700000000000", item = "i:" + ItemId::make().to_string();
  for (const auto& [field, value] : std::vector<std::pair<std::string, std::string>>{
           {"m", ""},
           {"m", "x"},
           {"m", rev + " z " + rev + " 0"},
           {"m", rev + " l " + rev + " -1"},
           {"m", "-000000000001 l " + rev + " 1"},
           {"v", ""},
           {"v", "170000000000"},
           {"v", "-170000000000"},
           {"v", "170000000000x"},
           {"h", rev},
           {"h", rev + "|"},
           {"h", rev + "||{}"},
           {"h", rev + "|-5|{\"n\":\"\"}"},
           {"i:x", rev + "||||||||{}"},
           {item, rev + "|||||||{}"},
           {item, rev + "||||||||{"},
           {item, rev + "||||||||{\"n\":1,\"s\":0,\"p\":\"a\",\"c\":1,\"u\":1,\"b\":\"\",\"w\":\"\"}"},
           {item, rev + "||||||||{\"n\":\"\",\"s\":3,\"p\":\"a\",\"c\":1,\"u\":1,\"b\":\"\",\"w\":\"\"}"},
           {item, rev + "||||||||[]"},
           {"u:ann", rev + "|x|{}"},
           {"u:ann", rev + "|"},
           {"u:%", rev + "|v|{}"},
           {"k:x", rev + "|{}"},
           {"k:" + LinkId::make().to_string(), rev + "|{\"h\":\"0\",\"r\":1,\"c\":1}"},
           {"k:" + LinkId::make().to_string(), rev + "|{\"h\":\"zz\",\"r\":1,\"c\":1}"},
           {"k:" + LinkId::make().to_string(), rev + "|{\"h\":\"00\",\"r\":4,\"c\":1}"}}) {
    StateReader reader(draft.id());
    EXPECT_FALSE(reader.read(field, value)) << field << ' ' << value;
  }
}

TEST(RowCodec, LeavesOutRowsOfANewerVersion) {
  StateReader reader((ListId()));
  EXPECT_TRUE(reader.read("z:new", "1700000000000|whatever"));
  EXPECT_TRUE(reader.read("n", "5"));
}

}  // namespace
}  // namespace collab::exchange
