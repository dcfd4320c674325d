// Payloads that do not fit, and the exact faults that they are refused with.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/mp11/algorithm.hpp>
#include <string>
#include <vector>

#include "events/messages.hpp"
#include "schema/decode.hpp"

namespace collab::events {
namespace {

constexpr std::string_view list = "0190a000-0000-7000-8000-000000000001";
constexpr std::string_view item = "0190a000-0000-7000-8000-000000000002";

struct BadPayload {
  std::string_view event;
  std::string payload;              ///< with the short forms of expand()
  std::vector<std::string> faults;  ///< "loc.loc:type"
};

// Short forms in payloads: 'L' and 'I' for good ids of a list and an item, 'N<count>' for a text of that many letters.
std::string expand(std::string_view payload) {
  std::string out;
  for (std::size_t at = 0; at < payload.size();) {
    if (payload[at] != '\'') {
      out += payload[at++];
      continue;
    }
    const std::size_t end = payload.find('\'', at + 1);
    const std::string_view word = payload.substr(at + 1, end - at - 1);
    out += '"';
    if (word == "L")
      out += list;
    else if (word == "I")
      out += item;
    else
      out.append(std::stoul(std::string(word.substr(1))), 'x');
    out += '"';
    at = end + 1;
  }
  return out;
}

std::vector<FieldError> decode_faults(std::string_view event, std::string_view payload) {
  boost::json::value value = boost::json::parse(boost::json::string_view(payload.data(), payload.size()));
  std::vector<FieldError> faults;
  bool is_known = false;
  boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, ClientEvents>>([&](auto type) {
    using Event = typename decltype(type)::type;
    if (event != Event::event) return;
    is_known = true;
    if (const auto result = schema::decode<Event>(value); !result) faults = result.error().fields;
  });
  EXPECT_TRUE(is_known) << event;
  return faults;
}

std::vector<std::string> spelled(const std::vector<FieldError>& faults) {
  std::vector<std::string> out;
  for (const FieldError& fault : faults) {
    std::string text;
    for (const std::string& part : fault.loc) text += (text.empty() ? "" : ".") + part;
    out.push_back(text + ":" + fault.type);
  }
  return out;
}

std::string batch_of(std::size_t ops) {
  std::string text = R"({"ops":[)";
  for (std::size_t i = 0; i < ops; ++i) text += std::string(i ? "," : "") + R"({"event":"add_item","data":{}})";
  return text + "]}";
}

std::string known_of(std::size_t lists) {
  std::string text = R"({"known":{)";
  for (std::size_t i = 0; i < lists; ++i) {
    const std::string number = std::to_string(1'000'000 + i);
    text += std::string(i ? "," : "") + R"("0190a000-0000-7000-8000-00000)" + number + R"(":{"epoch":"1","rev":1})";
  }
  return text + "}}";
}

const std::vector<BadPayload>& bad_payloads() {
  static const std::vector<BadPayload> table{
      // No object at all.
      {"add_item", "null", {":model_type"}},
      {"add_item", "[]", {":model_type"}},
      {"add_item", "\"text\"", {":model_type"}},
      {"update_item", "42", {":model_type"}},
      {"create_list", "true", {":model_type"}},
      {"delete_item", R"([{"list_id":'L'}])", {":model_type"}},
      {"join", "[]", {":model_type"}},
      {"join", "\"\"", {":model_type"}},
      {"get_trash", "1", {":model_type"}},
      {"batch", "null", {":model_type"}},
      // join, join_list
      {"join", R"({"known":[]})", {"known:dict_type"}},
      {"join", R"({"known":"all"})", {"known:dict_type"}},
      {"join", R"({"known":{"x":{"epoch":"1","rev":1}}})", {"known.x.[key]:uuid_parsing"}},
      {"join", R"({"known":{'L':5}})", {std::string("known.") + std::string(list) + ":model_type"}},
      {"join",
       R"({"known":{'L':{"epoch":7}}})",
       {std::string("known.") + std::string(list) + ".epoch:string_type",
        std::string("known.") + std::string(list) + ".rev:missing"}},
      {"join", known_of(1'001), {"known:too_long"}},
      {"join_list", "{}", {"list_id:missing"}},
      {"join_list", R"({"list_id":null})", {"list_id:uuid_type"}},
      {"join_list", R"({"list_id":"list-1"})", {"list_id:uuid_parsing"}},
      {"join_list", R"({"list_id":'L',"since":5})", {"since:model_type"}},
      {"join_list", R"({"list_id":'L',"since":{"rev":1}})", {"since.epoch:missing"}},
      {"join_list",
       R"({"list_id":'L',"since":{"epoch":"","rev":-1}})",
       {"since.epoch:string_too_short", "since.rev:greater_than_equal"}},
      // create_list
      {"create_list", "{}", {"name:missing"}},
      {"create_list", R"({"name":null})", {"name:string_type"}},
      {"create_list", R"({"name":""})", {"name:string_too_short"}},
      {"create_list", R"({"list_name":"  \t "})", {"list_name:string_too_short"}},
      {"create_list", R"({"name":'N256'})", {"name:string_too_long"}},
      {"create_list", R"({"name":"a","list_name":"b"})", {"list_name:value_error"}},
      {"create_list", R"({"name":"a\u0000"})", {"name:value_error"}},
      {"create_list",
       R"({"name":["a"],"list_id":"1","op_id":"2"})",
       {"name:string_type", "list_id:uuid_parsing", "op_id:uuid_parsing"}},
      {"create_list", R"({"name":"a","op_id":12})", {"op_id:uuid_type"}},
      // share_list
      {"share_list", "{}", {"list_id:missing", "role:missing", "shared_user_id:missing"}},
      {"share_list", R"({"list_id":'L',"shared_user_id":"u"})", {"role:missing"}},
      {"share_list", R"({"list_id":'L',"role":"editor"})", {"shared_user_id:missing"}},
      {"share_list",
       R"({"list_id":'L',"shared_user_id":null,"email":null,"role":"editor"})",
       {"shared_user_id:missing"}},
      {"share_list", R"({"list_id":'L',"shared_user_id":"u","email":"a@b.de","role":"editor"})", {"email:value_error"}},
      {"share_list", R"({"list_id":'L',"shared_user_id":"u","role":"owner"})", {"role:enum"}},
      {"share_list", R"({"list_id":'L',"shared_user_id":"u","role":"Editor"})", {"role:enum"}},
      {"share_list", R"({"list_id":'L',"shared_user_id":"u","role":null})", {"role:enum"}},
      {"share_list", R"({"list_id":'L',"shared_user_id":"","role":"viewer"})", {"shared_user_id:string_too_short"}},
      {"share_list", R"({"list_id":'L',"shared_user_id":'N256',"role":"viewer"})", {"shared_user_id:string_too_long"}},
      {"share_list", R"({"list_id":'L',"shared_user_id":17,"role":"viewer"})", {"shared_user_id:string_type"}},
      {"share_list", R"({"list_id":'L',"email":"not an address","role":"viewer"})", {"email:value_error"}},
      // add_item
      {"add_item", "{}", {"list_id:missing", "name:missing"}},
      {"add_item", R"({"list_id":'L',"name":"   "})", {"name:string_too_short"}},
      {"add_item", R"({"list_id":'L',"name":'N256'})", {"name:string_too_long"}},
      {"add_item", R"({"list_id":'L',"name":5})", {"name:string_type"}},
      {"add_item", R"({"list_id":'L',"name":"a","description":'N2001'})", {"description:string_too_long"}},
      {"add_item", R"({"list_id":'L',"name":"a","description":{}})", {"description:string_type"}},
      {"add_item", R"({"list_id":'L',"name":"a","description":"\u0000"})", {"description:value_error"}},
      {"add_item", R"({"list_id":'L',"name":"a","status":"finished"})", {"status:enum"}},
      {"add_item", R"({"list_id":'L',"name":"a","status":1})", {"status:enum"}},
      {"add_item", R"({"list_id":'L',"name":"a","done":"yes"})", {"done:bool_parsing"}},
      {"add_item", R"({"list_id":'L',"name":"a","done":1})", {"done:bool_type"}},
      {"add_item", R"({"list_id":'L',"name":"a","due_date":"31.01.2026"})", {"due_date:date_from_datetime_parsing"}},
      {"add_item", R"({"list_id":'L',"name":"a","due_date":"2026-02-30"})", {"due_date:date_from_datetime_parsing"}},
      {"add_item", R"({"list_id":'L',"name":"a","due_date":1730000000})", {"due_date:date_type"}},
      {"add_item", R"({"list_id":'L',"name":"a","due_date":""})", {"due_date:date_from_datetime_parsing"}},
      {"add_item", R"({"list_id":'L',"name":"a","media_url":"javascript:alert"})", {"media_url:url_scheme"}},
      {"add_item", R"({"list_id":'L',"name":"a","media_url":"nowhere"})", {"media_url:url_parsing"}},
      {"add_item", R"({"list_id":'L',"name":"a","media_url":[]})", {"media_url:url_type"}},
      {"add_item", R"({"list_id":'L',"name":"a","media_url":'N2049'})", {"media_url:url_too_long"}},
      {"add_item", R"({"list_id":'L',"name":"a","item_id":"item-1"})", {"item_id:uuid_parsing"}},
      {"add_item", R"({"list_id":'L',"name":"a","position":""})", {"position:string_too_short"}},
      {"add_item", R"({"list_id":'L',"name":"a","position":'N201'})", {"position:string_too_long"}},
      {"add_item", R"({"list_id":'L',"name":"a","position":"ä"})", {"position:string_pattern_mismatch"}},
      {"add_item", R"({"list_id":'L',"name":"a","position":1.5})", {"position:string_type"}},
      {"add_item",
       R"({"list_id":"x","name":"","description":1,"status":"x","done":"x","due_date":"x","media_url":"x","item_id":"x","position":" ","op_id":"x"})",
       {"list_id:uuid_parsing", "name:string_too_short", "description:string_type", "status:enum", "done:bool_parsing",
        "due_date:date_from_datetime_parsing", "media_url:url_parsing", "item_id:uuid_parsing",
        "position:string_pattern_mismatch", "op_id:uuid_parsing"}},
      // update_item
      {"update_item", "{}", {"list_id:missing", "item_id:missing"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"updates":{"name":""}})", {"updates.name:string_too_short"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"updates":{"name":'N501'}})", {"updates.name:string_too_long"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"updates":{"name":null}})", {"updates.name:string_type"}},
      {"update_item",
       R"({"list_id":'L',"item_id":'I',"updates":{"status":null,"done":null,"position":null}})",
       {"updates.status:enum", "updates.done:bool_type", "updates.position:string_type"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"updates":{"title":"a"}})", {"updates.title:extra_forbidden"}},
      {"update_item",
       R"({"list_id":'L',"item_id":'I',"updates":{"id":'I',"rev":5,"name":"a"}})",
       {"updates.id:extra_forbidden", "updates.rev:extra_forbidden"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"updates":[]})", {"updates:model_type"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"updates":"name"})", {"updates:model_type"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"updates":{"name":"a"},"name":"a"})", {"name:value_error"}},
      {"update_item",
       R"({"list_id":'L',"item_id":'I',"updates":{},"done":true,"description":null})",
       {"done:value_error", "description:value_error"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"name":'N501'})", {"name:string_too_long"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"status":"done"})", {"status:enum"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"client_rev":-5})", {"client_rev:greater_than_equal"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"client_rev":"12a"})", {"client_rev:int_parsing"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"client_rev":"-1"})", {"client_rev:greater_than_equal"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"rev":1.5})", {"rev:int_from_float"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"rev":"12345678901234"})", {"rev:less_than_equal"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"rev":[]})", {"rev:int_type"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"rev":5,"client_rev":6})", {"rev:value_error"}},
      {"update_item", R"({"list_id":'L',"item_id":'I',"client_epoch":5})", {"client_epoch:string_type"}},
      // delete_item, restore_item
      {"delete_item", R"({"list_id":'L'})", {"item_id:missing"}},
      {"delete_item", R"({"list_id":'L',"item_id":'I',"client_rev":true})", {"client_rev:int_type"}},
      {"restore_item", R"({"item_id":'I'})", {"list_id:missing"}},
      // Lists beyond the seed.
      {"update_list", R"({"list_id":'L'})", {"name:missing"}},
      {"update_list", R"({"list_id":'L',"name":'N501'})", {"name:string_too_long"}},
      {"update_list", R"({"list_id":'L',"name":"a","client_rev":"x"})", {"client_rev:int_parsing"}},
      {"delete_list", "{}", {"list_id:missing"}},
      {"restore_list", R"({"list_id":1})", {"list_id:uuid_type"}},
      {"get_trash", R"({"list_id":"trash"})", {"list_id:uuid_parsing"}},
      // Sharing beyond the seed.
      {"unshare_list", R"({"list_id":'L'})", {"user_id:missing"}},
      {"unshare_list", R"({"list_id":'L',"user_id":"a\u0000b"})", {"user_id:value_error"}},
      {"leave_list", "{}", {"list_id:missing"}},
      {"transfer_list", R"({"list_id":'L',"user_id":null})", {"user_id:string_type"}},
      {"create_share_link",
       R"({"list_id":'L',"role":"owner","expires_at":"soon"})",
       {"role:enum", "expires_at:datetime_parsing"}},
      {"create_share_link",
       R"({"list_id":'L',"role":"viewer","expires_at":1730000000000})",
       {"expires_at:datetime_type"}},
      {"create_share_link",
       R"({"list_id":'L',"role":"viewer","expires_at":"2026-01-31"})",
       {"expires_at:datetime_parsing"}},
      {"list_share_links", "{}", {"list_id:missing"}},
      {"revoke_share_link", "{}", {"link_id:missing"}},
      {"revoke_share_link", R"({"link_id":"x"})", {"link_id:uuid_parsing"}},
      {"accept_share_link", "{}", {"code:missing"}},
      {"accept_share_link", R"({"code":""})", {"code:string_too_short"}},
      {"accept_share_link", R"({"code":'N257'})", {"code:string_too_long"}},
      // The connection.
      {"authenticate", "{}", {"token:missing"}},
      {"authenticate", R"({"token":null})", {"token:string_type"}},
      {"authenticate", R"({"token":'N8193'})", {"token:string_too_long"}},
      {"presence", R"({"list_id":'L'})", {"state:missing"}},
      {"presence", R"({"list_id":'L',"state":'N33'})", {"state:string_too_long"}},
      {"presence", R"({"list_id":'L',"state":" ","item_id":5})", {"item_id:uuid_type", "state:string_too_short"}},
      {"presence", R"({"list_id":'L',"state":{"typing":true}})", {"state:string_type"}},
      {"batch", "{}", {"ops:missing"}},
      {"batch", R"({"ops":{}})", {"ops:list_type"}},
      {"batch",
       R"({"ops":[5,{"data":{}},{"event":7}]})",
       {"ops.0:model_type", "ops.1.event:missing", "ops.2.event:string_type"}},
      {"batch", batch_of(501), {"ops:too_long"}},
  };
  return table;
}

TEST(BadPayloads, AreRefusedWithExactlyTheseFaults) {
  EXPECT_GE(bad_payloads().size(), 60u);
  for (const BadPayload& bad : bad_payloads()) {
    const std::vector<FieldError> faults = decode_faults(bad.event, expand(bad.payload));

    EXPECT_EQ(spelled(faults), bad.faults) << bad.event << " " << bad.payload.substr(0, 200);
    for (const FieldError& fault : faults) EXPECT_FALSE(fault.msg.empty()) << bad.event << " " << fault.type;
  }
}

TEST(BadPayloads, ReachEveryEventOfClients) {
  boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, ClientEvents>>([](auto type) {
    using Event = typename decltype(type)::type;
    const auto is_of_event = [](const BadPayload& bad) { return bad.event == Event::event; };
    EXPECT_TRUE(std::any_of(bad_payloads().begin(), bad_payloads().end(), is_of_event)) << Event::event;
  });
}

TEST(BadPayloads, ThatAreJustAtTheirLimitAreGood) {
  for (const BadPayload& good : std::vector<BadPayload>{
           {"create_list", R"({"name":'N255'})", {}},
           {"add_item", R"({"list_id":'L',"name":'N255',"description":'N2000',"position":'N200'})", {}},
           {"update_item", R"({"list_id":'L',"item_id":'I',"updates":{"name":'N500'}})", {}},
           {"update_item", R"({"list_id":'L',"item_id":'I',"name":'N500',"rev":"9999999999999"})", {}},
           {"update_list", R"({"list_id":'L',"name":'N500'})", {}},
           {"share_list", R"({"list_id":'L',"shared_user_id":'N255',"role":"viewer"})", {}},
           {"presence", R"({"list_id":'L',"state":'N32'})", {}},
           {"accept_share_link", R"({"code":'N256'})", {}},
           {"authenticate", R"({"token":'N8192'})", {}},
           {"batch", batch_of(500), {}},
           {"batch", R"({"ops":[]})", {}},
           {"join", known_of(1'000), {}},
       })
    EXPECT_EQ(spelled(decode_faults(good.event, expand(good.payload))), good.faults)
        << good.event << good.payload.substr(0, 200);
}

}  // namespace
}  // namespace collab::events
