// Payloads that fit, among them those of the clients that exist already, and what the model is asked to do by them.
#include "events/messages.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "events/commands.hpp"
#include "schema/decode.hpp"
#include "schema/encode.hpp"

namespace collab::events {
namespace {

const std::string list = "0190a000-0000-7000-8000-000000000001";
const std::string item = "0190a000-0000-7000-8000-000000000002";
const std::string op = "0190a000-0000-7000-8000-000000000003";

// A payload written with single quotes for double ones; L, I, O in braces are ids.
boost::json::value payload(std::string text) {
  const auto replace = [&text](std::string_view what, std::string_view with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
      text.replace(at, what.size(), with);
  };
  replace("'", "\"");
  replace("<L>", "\"" + list + "\"");
  replace("<I>", "\"" + item + "\"");
  replace("<O>", "\"" + op + "\"");
  return boost::json::parse(text);
}

template <class Event>
Event good(const std::string& text) {
  auto result = schema::decode<Event>(payload(text));
  EXPECT_TRUE(result) << text << (result ? "" : result.error().message);
  return result ? std::move(*result) : Event{};
}

template <class Wanted>
Wanted action_of(Action action) {
  EXPECT_TRUE(std::holds_alternative<Wanted>(action));
  return std::get<Wanted>(std::move(action));
}

// --- The clients that exist already: what docs/protocol.md promises them.

TEST(OldClient, JoinsWithAnEmptyObject) { EXPECT_FALSE(good<JoinEvent>("{}").known.has_value()); }

TEST(OldClient, CreatesAListByItsOtherName) {
  auto event = good<CreateListEvent>("{'list_name':' Groceries ','user_id':{'x':[1]}}");

  const auto action = action_of<CreateList>(to_action(std::move(event), "Ann"));

  EXPECT_EQ(action.name, "Groceries");
  EXPECT_EQ(action.owner_name, "Ann");
}

TEST(OldClient, SharesAndJoinsWithFieldsThatAreIgnored) {
  const auto share =
      good<ShareListEvent>("{'list_id':<L>,'owner_user_id':5,'shared_user_id':'user-2','role':'editor'}");
  const auto join = good<JoinListEvent>("{'list_id':<L>,'user_id':null}");

  EXPECT_EQ(share.shared_user_id->value, "user-2");
  EXPECT_EQ(to_role(share.role), Role::editor);
  EXPECT_EQ(join.list_id.to_string(), list);
}

TEST(OldClient, AddsAnItem) {
  const auto event = good<AddItemEvent>("{'list_id':<L>,'user_id':'','name':'Milk','description':''}");

  EXPECT_EQ(event.name.value, "Milk");
  EXPECT_EQ(event.description->value, "");
}

TEST(OldClient, SendsEveryFieldOfItsFormAtTopLevel) {
  auto event = good<UpdateItemEvent>(
      "{'list_id':<L>,'item_id':<I>,'rev':1730000000000,'name':'Milk','description':null,'status':'in_progress',"
      "'due_date':'2026-01-31','done':false,'media_url':null,'user_id':'other'}");

  const auto action = action_of<UpdateItem>(to_action(std::move(event)));

  EXPECT_EQ(action.item_id.to_string(), item);
  EXPECT_EQ(action.name, "Milk");
  ASSERT_TRUE(action.description.has_value());
  EXPECT_FALSE(action.description->has_value());
  EXPECT_EQ(action.status, Status::in_progress);
  EXPECT_EQ(action.done, false);
  EXPECT_EQ(action.due_date, std::optional<std::string>("2026-01-31"));
  ASSERT_TRUE(action.media_url.has_value());
  EXPECT_FALSE(action.media_url->has_value());
  EXPECT_FALSE(action.position.has_value());
  EXPECT_EQ(action.seen.rev, 1'730'000'000'000);
  EXPECT_FALSE(action.seen.epoch.has_value());
}

TEST(OldClient, DeletesAnItem) {
  const auto action = action_of<DeleteItem>(to_action(good<DeleteItemEvent>("{'list_id':<L>,'item_id':<I>}")));

  EXPECT_EQ(action.item_id.to_string(), item);
  EXPECT_FALSE(action.seen.rev.has_value());
}

// --- The rest.

TEST(UpdateItemEvent, TakesItsFieldsFromUpdates) {
  auto event = good<UpdateItemEvent>(
      "{'list_id':<L>,'item_id':<I>,'updates':{'name':' Bread ','description':'x','done':true,'position':'a1'},"
      "'client_rev':'1730000000001','client_epoch':'7','op_id':<O>,'anything':1}");
  EXPECT_EQ(event.op_id->to_string(), op);

  const auto action = action_of<UpdateItem>(to_action(std::move(event)));

  EXPECT_EQ(action.name, "Bread");
  EXPECT_EQ(action.description, std::optional<std::string>("x"));
  EXPECT_EQ(action.done, true);
  EXPECT_FALSE(action.status.has_value());
  EXPECT_FALSE(action.due_date.has_value());
  EXPECT_EQ(action.position, "a1");
  EXPECT_EQ(action.seen.rev, 1'730'000'000'001);
  EXPECT_EQ(action.seen.epoch, "7");
}

TEST(UpdateItemEvent, TakesNullUpdatesForNone) {
  auto event = good<UpdateItemEvent>("{'list_id':<L>,'item_id':<I>,'updates':null,'name':'a','client_rev':null}");

  const auto action = action_of<UpdateItem>(to_action(std::move(event)));

  EXPECT_EQ(action.name, "a");
  EXPECT_FALSE(action.seen.rev.has_value());
}

TEST(UpdateItemEvent, MayWriteNothing) {
  const auto action = action_of<UpdateItem>(to_action(good<UpdateItemEvent>("{'list_id':<L>,'item_id':<I>}")));

  EXPECT_FALSE(action.name || action.description || action.status || action.done || action.due_date ||
               action.media_url || action.position);
}

TEST(UpdateItemEvent, AcceptsBothNamesOfTheRevWithOneValue) {
  EXPECT_EQ(good<UpdateItemEvent>("{'list_id':<L>,'item_id':<I>,'rev':5,'client_rev':'5'}").client_rev->value, 5);
  EXPECT_EQ(good<DeleteItemEvent>("{'list_id':<L>,'item_id':<I>,'rev':'6'}").client_rev->value, 6);
  EXPECT_EQ(good<UpdateListEvent>("{'list_id':<L>,'list_name':'a','rev':7}").client_rev->value, 7);
}

TEST(AddItemEvent, KeepsAChosenIdAndMakesOneOtherwise) {
  const auto chosen =
      action_of<AddItem>(to_action(good<AddItemEvent>("{'list_id':<L>,'name':'a','item_id':<I>,'status':'completed','"
                                                      "done':false,'due_date':'2026-01-31T10:00','media_url':"
                                                      "'https://example.com/a.png','position':'b'}")));
  const auto first = action_of<AddItem>(to_action(good<AddItemEvent>("{'list_id':<L>,'name':'a','item_id':null}")));
  const auto second = action_of<AddItem>(to_action(good<AddItemEvent>("{'list_id':<L>,'name':'a'}")));

  EXPECT_EQ(chosen.item_id.to_string(), item);
  EXPECT_EQ(chosen.status, Status::completed);
  EXPECT_EQ(chosen.done, false);
  EXPECT_EQ(chosen.due_date, "2026-01-31T10:00");
  EXPECT_EQ(chosen.media_url, "https://example.com/a.png");
  EXPECT_EQ(chosen.position, "b");
  EXPECT_NE(first.item_id, second.item_id);
}

TEST(JoinEvent, KnowsListsByTheirPosition) {
  const auto event = good<JoinEvent>("{'known':{<L>:{'epoch':'7','rev':'12'},<I>:{'epoch':'7','rev':13}}}");

  ASSERT_EQ(event.known->entries.size(), 2u);
  EXPECT_EQ(event.known->entries[0].first.to_string(), list);
  EXPECT_EQ(event.known->entries[0].second.rev.value, 12);
  EXPECT_EQ(event.known->entries[1].second.epoch.value, "7");
}

TEST(JoinEvent, NeedsNoPayload) {
  EXPECT_TRUE(schema::decode<JoinEvent>(nullptr));
  EXPECT_TRUE(schema::decode<JoinEvent>(boost::json::value()));
  EXPECT_TRUE(schema::decode<GetTrashEvent>(nullptr));
  EXPECT_FALSE(schema::decode<JoinListEvent>(nullptr));
}

TEST(BatchEvent, KeepsThePayloadsForLater) {
  const auto event = good<BatchEvent>(
      "{'ops':[{'event':'add_item','data':{'name':5}},{'event':'no_such'},{'event':'join','data':null}]}");

  ASSERT_EQ(event.ops.values.size(), 3u);
  EXPECT_EQ(event.ops.values[0].event.value, "add_item");
  EXPECT_EQ(event.ops.values[0].data->value.at("name").as_int64(), 5);
  EXPECT_FALSE(event.ops.values[1].data.has_value());
  EXPECT_FALSE(event.ops.values[2].data.has_value());
}

TEST(BatchEvent, HoldsEventsThatChangeSomething) {
  for (const char* name : {"add_item", "update_item", "delete_item", "restore_item", "create_list", "update_list",
                           "delete_list", "restore_list", "share_list", "unshare_list", "leave_list", "transfer_list",
                           "create_share_link", "revoke_share_link", "accept_share_link"})
    EXPECT_TRUE(may_stand_in_batch(name)) << name;
  for (const char* name :
       {"batch", "join", "join_list", "get_trash", "list_share_links", "authenticate", "presence", "item_added", ""})
    EXPECT_FALSE(may_stand_in_batch(name)) << name;
}

TEST(ShareListEvent, AcceptsAnEmailInstead) {
  const auto event =
      good<ShareListEvent>("{'list_id':<L>,'shared_user_id':null,'email':' ann@example.com ','role':'viewer'}");

  EXPECT_EQ(event.email->value, "ann@example.com");
  EXPECT_EQ(to_role(event.role), Role::viewer);
}

TEST(Commands, CarryWhatTheEventsSay) {
  EXPECT_EQ(action_of<RemoveMember>(to_action(good<UnshareListEvent>("{'list_id':<L>,'user_id':'u'}"))).user_id.value,
            "u");
  EXPECT_EQ(action_of<TransferList>(to_action(good<TransferListEvent>("{'list_id':<L>,'user_id':'u'}"))).user_id.value,
            "u");
  EXPECT_EQ(
      action_of<RestoreItem>(to_action(good<RestoreItemEvent>("{'list_id':<L>,'item_id':<I>}"))).item_id.to_string(),
      item);
  const auto rename =
      action_of<UpdateList>(to_action(good<UpdateListEvent>("{'list_id':<L>,'name':'n','client_epoch':'1'}")));
  EXPECT_EQ(rename.name, "n");
  EXPECT_EQ(rename.seen.epoch, "1");
  action_of<DeleteList>(to_action(good<DeleteListEvent>("{'list_id':<L>}")));
  action_of<RestoreList>(to_action(good<RestoreListEvent>("{'list_id':<L>}")));
}

// Every event of clients, written out in full: reading and writing it gives it back.
template <class Event>
void expect_round_trip(const std::string& text) {
  const auto value = payload(text);
  const auto event = schema::decode<Event>(value);
  ASSERT_TRUE(event) << Event::event << ": " << event.error().message;
  EXPECT_EQ(boost::json::parse(schema::to_json(*event)), value) << Event::event;
}

TEST(ClientEvents, ComeBackAsTheyWere) {
  expect_round_trip<JoinEvent>("{'known':{<L>:{'epoch':'7','rev':12}}}");
  expect_round_trip<JoinListEvent>("{'list_id':<L>,'since':{'epoch':'7','rev':12}}");
  expect_round_trip<CreateListEvent>("{'name':'a','list_id':<L>,'op_id':<O>}");
  expect_round_trip<UpdateListEvent>("{'list_id':<L>,'name':'a','client_rev':5,'client_epoch':'7','op_id':<O>}");
  expect_round_trip<DeleteListEvent>("{'list_id':<L>,'op_id':<O>}");
  expect_round_trip<RestoreListEvent>("{'list_id':<L>,'op_id':<O>}");
  expect_round_trip<AddItemEvent>(
      "{'list_id':<L>,'name':'ä😀','description':'d','status':'not_started','done':true,'due_date':'2026-01-31','media_"
      "url':"
      "'http://a/','item_id':<I>,'position':'a','op_id':<O>}");
  expect_round_trip<UpdateItemEvent>(
      "{'list_id':<L>,'item_id':<I>,'updates':{'name':'a','description':null,'status':'completed','done':true,'due_"
      "date':null,"
      "'media_url':null,'position':'a'},'client_rev':5,'client_epoch':'7','op_id':<O>}");
  expect_round_trip<UpdateItemEvent>("{'list_id':<L>,'item_id':<I>,'description':null,'due_date':'2026-01-31'}");
  expect_round_trip<DeleteItemEvent>("{'list_id':<L>,'item_id':<I>,'client_rev':5,'client_epoch':'7','op_id':<O>}");
  expect_round_trip<RestoreItemEvent>("{'list_id':<L>,'item_id':<I>,'op_id':<O>}");
  expect_round_trip<GetTrashEvent>("{'list_id':<L>}");
  expect_round_trip<ShareListEvent>("{'list_id':<L>,'email':'a@b.de','role':'viewer','op_id':<O>}");
  expect_round_trip<UnshareListEvent>("{'list_id':<L>,'user_id':'u','op_id':<O>}");
  expect_round_trip<LeaveListEvent>("{'list_id':<L>,'op_id':<O>}");
  expect_round_trip<TransferListEvent>("{'list_id':<L>,'user_id':'u','op_id':<O>}");
  expect_round_trip<CreateShareLinkEvent>(
      "{'list_id':<L>,'role':'editor','expires_at':'2026-01-31T00:00:00.000Z','op_id':<O>}");
  expect_round_trip<ListShareLinksEvent>("{'list_id':<L>}");
  expect_round_trip<RevokeShareLinkEvent>("{'link_id':<I>,'op_id':<O>}");
  expect_round_trip<AcceptShareLinkEvent>("{'code':'c','op_id':<O>}");
  expect_round_trip<BatchEvent>("{'ops':[{'event':'add_item','data':{'a':[1,2.5,null]}},{'event':'x'}]}");
  expect_round_trip<AuthenticateEvent>("{'token':'t'}");
  expect_round_trip<PresenceEvent>("{'list_id':<L>,'item_id':<I>,'state':'editing'}");
}

}  // namespace
}  // namespace collab::events
