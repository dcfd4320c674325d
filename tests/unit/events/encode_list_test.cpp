// What is written fits what is documented, field by field, and says what the state says.
#include "events/encode_list.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "events/messages.hpp"
#include "schema/decode.hpp"

namespace collab::events {
namespace {

namespace json = boost::json;

const ListId list_id = *ListId::parse("0190a000-0000-7000-8000-000000000001");
const OpId op_id = *OpId::parse("0190a000-0000-7000-8000-0000000000ff");

ItemId item_id(int number) { return *ItemId::parse("0190a000-0000-7000-8000-00000000010" + std::to_string(number)); }

SharedItem make_item(int number, Rev rev, bool is_deleted = false) {
  Item item;
  item.id = item_id(number);
  item.name = "item \"" + std::to_string(number) + "\" ä\n";
  item.position = "a" + std::to_string(number);
  item.rev = rev;
  item.is_deleted = is_deleted;
  item.field_revs.fill(rev);
  item.created_at = 1'000;
  item.updated_at = 2'345;
  item.created_by = {"ann"};
  item.updated_by = {"bob"};
  if (number == 1) {
    item.description = "";
    item.status = Status::completed;
    item.done = true;
    item.due_date = "2026-01-31";
    item.media_url = "https://example.com/";
  }
  return std::make_shared<const Item>(std::move(item));
}

// Items 1 and 2 live, 3 deleted; ann owns it, bob edits, carl was removed.
ListState make_state() {
  ListState state;
  state.id = list_id;
  state.era = 77;
  state.rev = 50;
  state.items_rev = 50;
  state.purge_floor = 5;
  state.name = "Groceries";
  state.name_rev = 10;
  state.owner_id = {"ann"};
  state.updated_at = 9'000;
  state.live_items = 2;
  state.items = state.items.set(item_id(1), make_item(1, 20))
                    .set(item_id(2), make_item(2, 40))
                    .set(item_id(3), make_item(3, 50, true));
  state.members =
      std::make_shared<const std::vector<Member>>(std::vector<Member>{{{"ann"}, "Ann", Role::owner, 10},
                                                                      {{"bob"}, std::nullopt, Role::editor, 30},
                                                                      {{"carl"}, "Carl", Role::none, 35}});
  state.links = std::make_shared<const std::vector<ShareLink>>(
      std::vector<ShareLink>{{LinkId::make(), "hash", Role::editor, 3'000, false, 1'000, 45},
                             {LinkId::make(), "hash", Role::viewer, std::nullopt, true, 1'000, 46}});
  return state;
}

Change make_change(ChangeKind kind) {
  Change change;
  change.kind = kind;
  change.list_id = list_id;
  change.rev = 50;
  change.prev_rev = 40;
  change.user_id = {"ann"};
  return change;
}

// --- Holding a text against the struct that documents it: every field reads, none is unknown.

template <class T>
void expect_no_unknown_fields(const json::value& value, const std::string& where);

template <class Field>
void expect_known_inside(const json::value& value, const std::string& where) {
  if constexpr (schema::is_optional<Field>) {
    expect_known_inside<typename Field::value_type>(value, where);
  } else if constexpr (schema::is_list<Field>) {
    for (const json::value& each : value.as_array())
      expect_known_inside<typename schema::ListTraits<Field>::Value>(each, where + "[]");
  } else if constexpr (schema::is_map<Field>) {
    for (const auto& [key, each] : value.as_object())
      expect_known_inside<typename schema::MapTraits<Field>::Value>(each, where + "{}");
  } else if constexpr (schema::DescribedStruct<Field> && !schema::HasRule<Field>) {
    expect_no_unknown_fields<Field>(value, where);
  }
}

template <class T>
void expect_no_unknown_fields(const json::value& value, const std::string& where) {
  for (const auto& [key, member] : value.as_object())
    EXPECT_TRUE(schema::has_member<T>({key.data(), key.size()})) << where << "." << key;
  boost::mp11::mp_for_each<schema::Members<T>>([&](auto member) {
    using Field = std::remove_cvref_t<decltype(std::declval<T&>().*decltype(member)::pointer)>;
    if (const json::value* inner = value.as_object().if_contains(decltype(member)::name))
      expect_known_inside<Field>(*inner, where + "." + decltype(member)::name);
  });
}

template <class T>
T documented(const std::string& text) {
  const json::value value = json::parse(text);
  auto result = schema::decode<T>(value);
  EXPECT_TRUE(result) << text << "\n" << (result ? "" : result.error().message);
  expect_no_unknown_fields<T>(value, "");
  return result ? std::move(*result) : T{};
}

template <class Reply>
Reply documented_ack(const std::string& fields) {
  const json::value ack = json::parse(encode_ack(std::string_view(fields)));
  EXPECT_EQ(ack.at("ok"), true);
  return documented<Reply>("{" + fields + "}");
}

// --- Items and members.

TEST(EncodeItem, WritesEveryFieldInWireForm) {
  std::string text;
  append_item(text, list_id, *make_item(1, 20));

  EXPECT_EQ(
      text,
      R"({"id":"0190a000-0000-7000-8000-000000000101","list_id":"0190a000-0000-7000-8000-000000000001",)"
      R"("name":"item \"1\" ä\n","description":"","status":"completed","done":true,"due_date":"2026-01-31",)"
      R"("media_url":"https://example.com/","position":"a1","is_deleted":false,"rev":20,)"
      R"("created_at":"1970-01-01T00:00:01.000Z","updated_at":"1970-01-01T00:00:02.345Z","created_by":"ann","updated_by":"bob"})");
}

TEST(EncodeItem, WritesNullForWhatIsNotSet) {
  std::string text;
  append_item(text, list_id, *make_item(2, 20));
  const json::value value = json::parse(text);

  for (const char* field : {"description", "due_date", "media_url"}) EXPECT_TRUE(value.at(field).is_null()) << field;
  documented<ItemBody>(text);
}

TEST(EncodeMembers, LeavesOutFormerOnes) {
  std::string text;
  append_members(text, make_state());

  EXPECT_EQ(text, R"([{"user_id":"ann","name":"Ann","role":"owner"},{"user_id":"bob","name":null,"role":"editor"}])");
}

// --- Whole lists.

TEST(EncodeSnapshot, HoldsLiveItemsByTheirIds) {
  const auto snapshot = documented<ListSnapshotEvent>(encode_snapshot(make_state(), Role::editor));

  EXPECT_EQ(snapshot.list_id, list_id);
  EXPECT_EQ(snapshot.list_name.value, "Groceries");
  EXPECT_EQ(snapshot.rev.value, 50);
  EXPECT_EQ(snapshot.epoch.value, "77");
  EXPECT_EQ(snapshot.role, MemberRole::editor);
  EXPECT_EQ(snapshot.owner_id.value, "ann");
  EXPECT_EQ(snapshot.members.values.size(), 2u);
  std::set<ItemId> ids;
  for (const auto& [id, item] : snapshot.items.entries) {
    EXPECT_EQ(id, item.id);
    ids.insert(id);
  }
  EXPECT_EQ(ids, (std::set<ItemId>{item_id(1), item_id(2)}));
}

TEST(EncodeSnapshot, DiffersBetweenRolesInItsTailAlone) {
  const ListState state = make_state();
  const std::string body = encode_snapshot_body(state);

  for (const Role role : {Role::owner, Role::editor, Role::viewer})
    EXPECT_EQ(encode_snapshot(state, role), body + std::string(snapshot_tail(role)));
}

TEST(EncodeSnapshot, OfAnEmptyListHasAnEmptyObjectOfItems) {
  ListState state = make_state();
  state.items = {};
  state.live_items = 0;

  EXPECT_TRUE(documented<ListSnapshotEvent>(encode_snapshot(state, Role::owner)).items.entries.empty());
  EXPECT_TRUE(json::parse(encode_snapshot(state, Role::owner)).at("items").is_object());
}

TEST(EncodeUserLists, HoldsSnapshotsAndHeaders) {
  const std::string snapshot = encode_snapshot(make_state(), Role::owner);
  const std::string header = encode_list_header(make_state(), Role::viewer);
  const std::vector<std::string_view> entries{snapshot, header};

  const auto lists = documented<UserListsEvent>(encode_user_lists(entries)).lists.values;

  ASSERT_EQ(lists.size(), 2u);
  EXPECT_TRUE(lists[0].items.has_value());
  EXPECT_FALSE(lists[1].items.has_value());
  EXPECT_EQ(lists[1].role, MemberRole::viewer);
  EXPECT_EQ(encode_user_lists({}), R"({"lists":[]})");
}

TEST(EncodeListCreated, HasTheListTwiceForOldClients) {
  const ListState state = make_state();
  const auto created = documented<ListCreatedEvent>(encode_list_created(state, encode_snapshot(state, Role::owner)));

  EXPECT_EQ(created.list_name.value, "Groceries");
  EXPECT_EQ(created.items.entries.size(), 2u);
  EXPECT_EQ(created.rev.value, 50);
  EXPECT_EQ(created.list.id, list_id);
  EXPECT_EQ(created.list.name.value, "Groceries");
  EXPECT_EQ(created.list.role, MemberRole::owner);
  EXPECT_EQ(created.list.items.entries.size(), 2u);
}

TEST(EncodeListSharedWithYou, HasAFullSnapshotInside) {
  const ListState state = make_state();
  const auto shared = documented<ListSharedWithYouEvent>(
      encode_list_shared_with_you(state, encode_snapshot(state, Role::viewer), Role::viewer));

  EXPECT_EQ(shared.list_id, list_id);
  EXPECT_EQ(shared.role, MemberRole::viewer);
  EXPECT_EQ(shared.list.epoch.value, "77");
  EXPECT_FALSE(shared.message.value.empty());
}

TEST(EncodeListShareSuccess, RepeatsWhatWasGiven) {
  const auto success = documented<ListShareSuccessEvent>(encode_list_share_success(list_id, "a@b.de", Role::editor));

  EXPECT_EQ(success.shared_with.value, "a@b.de");
  EXPECT_EQ(success.role, SharedRole::editor);
}

// --- Deltas.

TEST(Delta, IsGivenWithinOneEpochAndBackToTheLastForgottenDeletion) {
  const ListState state = make_state();

  EXPECT_TRUE(can_give_delta(state, "77", 50));
  EXPECT_TRUE(can_give_delta(state, "77", 5));
  EXPECT_FALSE(can_give_delta(state, "77", 4));
  EXPECT_FALSE(can_give_delta(state, "77", 51));
  EXPECT_FALSE(can_give_delta(state, "78", 50));
  EXPECT_FALSE(can_give_delta(state, "077", 50));
  EXPECT_FALSE(can_give_delta(state, "", 50));
}

TEST(Delta, HoldsWhatChangedAfterItsBase) {
  const auto all = documented<ListDeltaEvent>(encode_list_delta(make_state(), 5, Role::editor));
  EXPECT_EQ(all.base_rev.value, 5);
  EXPECT_EQ(all.rev.value, 50);
  EXPECT_EQ(all.items.values.size(), 2u);
  ASSERT_EQ(all.deleted.values.size(), 1u);
  EXPECT_EQ(all.deleted.values[0], item_id(3));
  EXPECT_EQ(all.list_name->value, "Groceries");
  EXPECT_EQ(all.members->values.size(), 2u);
  EXPECT_EQ(all.owner_id->value, "ann");
  EXPECT_EQ(all.role, MemberRole::editor);

  const auto late = documented<ListDeltaEvent>(encode_list_delta(make_state(), 35, Role::editor));
  ASSERT_EQ(late.items.values.size(), 1u);
  EXPECT_EQ(late.items.values[0].id, item_id(2));
  EXPECT_EQ(late.deleted.values.size(), 1u);
  EXPECT_FALSE(late.list_name || late.members || late.owner_id || late.role);

  const auto none = documented<ListDeltaEvent>(encode_list_delta(make_state(), 50, Role::editor));
  EXPECT_TRUE(none.items.values.empty());
  EXPECT_TRUE(none.deleted.values.empty());
}

TEST(Delta, TellsMembersWhenOneWasRemoved) {
  EXPECT_TRUE(documented<ListDeltaEvent>(encode_list_delta(make_state(), 34, Role::owner)).members.has_value());
}

// --- Changes.

TEST(EncodeChange, OfAnItemHasItWhole) {
  for (const auto& [kind, name] :
       std::vector<std::pair<ChangeKind, std::string_view>>{{ChangeKind::item_added, "item_added"},
                                                            {ChangeKind::item_restored, "item_added"},
                                                            {ChangeKind::item_updated, "item_updated"}}) {
    Change change = make_change(kind);
    change.item = make_item(1, 50);
    change.op_id = op_id;

    const auto event = encode_change(change, make_state());

    ASSERT_TRUE(event);
    EXPECT_EQ(event->name, name);
    const auto said = documented<ItemAddedEvent>(event->data);
    EXPECT_EQ(said.item.id, item_id(1));
    EXPECT_EQ(said.rev.value, 50);
    EXPECT_EQ(said.prev_rev.value, 40);
    EXPECT_EQ(said.user_id.value, "ann");
    EXPECT_EQ(said.op_id, op_id);
  }
}

TEST(EncodeChange, OfADeletedItemHasItsId) {
  Change change = make_change(ChangeKind::item_deleted);
  change.item = make_item(3, 50, true);

  const auto event = encode_change(change, make_state());

  EXPECT_EQ(event->name, "item_deleted");
  const auto said = documented<ItemDeletedEvent>(event->data);
  EXPECT_EQ(said.item_id, item_id(3));
  EXPECT_FALSE(said.op_id.has_value());
}

TEST(EncodeChange, OfTheNameTellsTheNameOfThatChange) {
  Change change = make_change(ChangeKind::list_updated);
  change.list = ListRow{.name = "Then", .name_rev = 50, .owner_id = {"ann"}};

  const auto event = encode_change(change, make_state());

  EXPECT_EQ(event->name, "list_updated");
  const auto said = documented<ListUpdatedEvent>(event->data);
  EXPECT_EQ(said.list_name.value, "Then");
  EXPECT_EQ(said.owner_id.value, "ann");
}

TEST(EncodeChange, OfMembersAndLinksTellsTheMembers) {
  for (const ChangeKind kind :
       {ChangeKind::member_set, ChangeKind::member_removed, ChangeKind::member_left, ChangeKind::ownership_transferred,
        ChangeKind::link_created, ChangeKind::link_revoked}) {
    const auto event = encode_change(make_change(kind), make_state());

    ASSERT_TRUE(event);
    EXPECT_EQ(event->name, "members_changed");
    const auto said = documented<MembersChangedEvent>(event->data);
    EXPECT_EQ(said.members.values.size(), 2u);
    EXPECT_EQ(said.prev_rev.value, 40);
  }
}

TEST(EncodeChange, OfADeletedListSaysWhy) {
  const auto event = encode_change(make_change(ChangeKind::list_deleted), make_state());

  EXPECT_EQ(event->name, "list_deleted");
  EXPECT_EQ(documented<ListDeletedEvent>(event->data).reason, DeletedReason::deleted);
  EXPECT_EQ(documented<ListDeletedEvent>(encode_list_deleted(list_id, 5, 4, "removed")).reason, DeletedReason::removed);
}

TEST(EncodeChange, HasNoRoomEventForNewListsAndForNothing) {
  for (const ChangeKind kind : {ChangeKind::list_created, ChangeKind::list_restored, ChangeKind::nothing})
    EXPECT_FALSE(encode_change(make_change(kind), make_state()));
}

// --- Answers.

TEST(EncodeAck, TakesTheFieldsOfTheEvent) {
  EXPECT_EQ(encode_ack(rev_field(5)), R"({"ok":true,"rev":5})");
  EXPECT_EQ(encode_ack(std::string_view()), R"({"ok":true})");
  EXPECT_EQ(encode_ack(members_of(R"({"a":1,"b":{}})")), R"({"ok":true,"a":1,"b":{}})");
}

TEST(EncodeFailure, TellsEveryFaultWithIndicesAsNumbers) {
  Error error{Errc::invalid_payload, "Invalid payload"};
  error.fields = {
      {{"updates", "name"}, "Field required", "missing"}, {{"ops", "12", "event"}, "m", "t"}, {{}, "m", "t"}};

  const std::string text = encode_failure(error);

  EXPECT_EQ(text, R"({"event":"validation_error","code":"invalid_payload","message":"Invalid payload","errors":[)"
                  R"({"loc":["updates","name"],"msg":"Field required","type":"missing"},)"
                  R"({"loc":["ops",12,"event"],"msg":"m","type":"t"},{"loc":[],"msg":"m","type":"t"}]})");
  documented<FailureBody>(text);
}

TEST(EncodeFailure, TellsTheItemAndWhenToTryAgain) {
  const auto item = make_item(1, 20);
  const Error conflict{Errc::revision_conflict, "Revision conflict"};
  const Error limited{.code = Errc::rate_limited, .message = "Slower", .retry_after_ms = 250};

  const auto told = documented<FailureBody>(encode_failure(conflict, &list_id, item.get()));
  EXPECT_EQ(told.FailureBody::event.value, "error");
  EXPECT_EQ(told.code.value, "revision_conflict");
  EXPECT_EQ(told.message.value, "Revision conflict");
  EXPECT_EQ(told.item->id, item_id(1));
  EXPECT_EQ(documented<FailureBody>(encode_failure(limited)).retry_after_ms->value, 250);
  EXPECT_EQ(encode_ack(Error{Errc::gone, "Deleted"}),
            R"({"ok":false,"error":{"event":"action_error","code":"gone","message":"Deleted"}})");
}

TEST(EncodeConnectError, HasTheCodeInItsData) {
  EXPECT_EQ(encode_connect_error({Errc::token_expired, "Expired"}),
            R"({"message":"Expired","data":{"event":"auth_error","code":"token_expired"}})");
}

TEST(BatchFields, KeepTheRepliesAsTheyAre) {
  const std::vector<std::string> replies{encode_ack(rev_field(5)), encode_ack(Error{Errc::gone, "x"})};

  EXPECT_EQ(documented_ack<BatchReplies>(batch_fields(replies)).replies.values.size(), 2u);
  EXPECT_EQ(batch_fields({}), R"("replies":[])");
}

TEST(TrashFields, HoldDeletedItemsNewestFirst) {
  ListState state = make_state();
  state.items = state.items.set(item_id(4), make_item(4, 60, true)).set(item_id(5), make_item(5, 55, true));

  const auto trash = documented_ack<Trash>(trash_fields(state, 0, 0));

  EXPECT_EQ(trash.list_id, list_id);
  ASSERT_EQ(trash.items->values.size(), 3u);
  EXPECT_EQ(trash.items->values[0].id, item_id(4));
  EXPECT_EQ(trash.items->values[1].id, item_id(5));
  EXPECT_TRUE(trash.items->values[2].is_deleted);
}

TEST(TrashFields, HoldOnlyWhatCanBeRestored) {
  constexpr EpochMs day = 86'400'000;
  ListState state = make_state();
  const auto deleted_at = [](int number, EpochMs time) {
    auto item = std::make_shared<Item>(*make_item(number, 60, true));
    item->updated_at = time;
    return item;
  };
  state.items = {};
  state.items = state.items.set(item_id(1), deleted_at(1, 5 * day)).set(item_id(2), deleted_at(2, 5 * day - 1));

  EXPECT_EQ(documented_ack<Trash>(trash_fields(state, 6 * day, day)).items->values.size(), 1u);
  EXPECT_EQ(documented_ack<Trash>(trash_fields(state, 6 * day, 0)).items->values.size(), 2u);
}

TEST(TrashFields, HoldDeletedLists) {
  const std::vector<ListView> lists{std::make_shared<const ListState>(make_state())};

  const auto trash = documented_ack<Trash>(trash_fields(lists));

  ASSERT_EQ(trash.lists->values.size(), 1u);
  EXPECT_EQ(trash.lists->values[0].deleted_at.value, 9'000);
  EXPECT_EQ(documented_ack<Trash>(trash_fields(std::span<const ListView>{})).lists->values.size(), 0u);
}

TEST(ShareLinkFields, LeaveOutRevokedLinksAndSecrets) {
  const std::string fields = share_link_fields(make_state());

  const auto links = documented_ack<ShareLinks>(fields).links.values;

  ASSERT_EQ(links.size(), 1u);
  EXPECT_EQ(links[0].role, SharedRole::editor);
  EXPECT_EQ(links[0].expires_at.value->value, 3'000);
  EXPECT_EQ(fields.find("hash"), std::string::npos);
}

TEST(NewShareLinkFields, LeaveTheCodeOutWhenItIsNotKnownAnyMore) {
  const LinkId id = LinkId::make();

  EXPECT_EQ(documented_ack<NewShareLink>(new_share_link_fields({id, "c", "http://x/c"}, 5)).code->value, "c");
  EXPECT_FALSE(documented_ack<NewShareLink>(new_share_link_fields({id, "", ""}, 5)).code.has_value());
}

// --- The connection.

TEST(EncodePresenceState, NamesWhoIsThere) {
  const std::vector<PresentUser> users{{{"ann"}, "Ann", item_id(1), "editing"},
                                       {{"bob"}, std::nullopt, std::nullopt, "viewing"}};

  const auto state = documented<PresenceStateEvent>(encode_presence_state(list_id, users));

  ASSERT_EQ(state.users.values.size(), 2u);
  EXPECT_EQ(state.users.values[0].item_id, item_id(1));
  EXPECT_FALSE(state.users.values[1].name.value.has_value());
  EXPECT_EQ(encode_presence_state(list_id, {}), R"({"list_id":"0190a000-0000-7000-8000-000000000001","users":[]})");
}

TEST(EncodeConnected, TellsTimeVersionAndLimits) {
  Limits limits;
  limits.max_payload = 1'000'000;
  limits.items_per_list = 10'000;

  const auto connected = documented<ConnectedEvent>(encode_connected({"ann"}, 1'000, "0.1.0", limits));

  EXPECT_EQ(connected.user_id.value, "ann");
  EXPECT_EQ(connected.server_time.value, 1'000);
  EXPECT_EQ(connected.limits.items_per_list.value, 10'000);
  EXPECT_EQ(connected.limits.batch_ops.value, 500);
}

}  // namespace
}  // namespace collab::events
