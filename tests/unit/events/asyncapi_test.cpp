// The generated document: complete, without dangling references, and the same as the committed one.
#include "events/asyncapi.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/mp11/algorithm.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "events/messages.hpp"

namespace collab::events {
namespace {

namespace json = boost::json;

// The committed file, looked for in the folders above the test's and above this source.
std::optional<std::string> read_committed() {
  for (std::filesystem::path start :
       {std::filesystem::current_path(), std::filesystem::absolute(__FILE__).parent_path()})
    for (; start.has_relative_path(); start = start.parent_path())
      if (std::ifstream file{start / "docs" / "asyncapi.json"})
        return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  return std::nullopt;
}

void expect_references_resolve(const json::value& value, const json::value& document) {
  if (const json::object* object = value.if_object()) {
    if (const json::value* ref = object->if_contains("$ref")) {
      const std::string path = ref->as_string().c_str() + 1;  // without '#'
      json::error_code fault;
      EXPECT_NE(document.find_pointer(path, fault), nullptr) << path;
    }
    for (const auto& [key, member] : *object) expect_references_resolve(member, document);
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) expect_references_resolve(element, document);
  }
}

TEST(AsyncApi, IsWhatIsCommitted) {
  const auto committed = read_committed();

  ASSERT_TRUE(committed) << "docs/asyncapi.json is missing: collab-todo asyncapi > docs/asyncapi.json";
  EXPECT_TRUE(*committed == asyncapi_text()) << "the events have changed: collab-todo asyncapi > docs/asyncapi.json";
}

TEST(AsyncApi, TextIsTheDocument) {
  EXPECT_EQ(json::parse(asyncapi_text("9.9")), json::value(asyncapi_document("9.9")));
}

TEST(AsyncApi, HasNoDanglingReference) {
  const json::value document = asyncapi_document();
  expect_references_resolve(document, document);
}

TEST(AsyncApi, DescribesEveryEventInBothDirections) {
  const json::value document = asyncapi_document();
  const auto expect_event = [&](std::string_view name, std::string_view action) {
    const json::value& operation = document.at("operations").at(name);
    EXPECT_EQ(operation.at("action").as_string(), action) << name;
    EXPECT_FALSE(operation.at("summary").as_string().empty()) << name;
    const json::value& schema = document.at("components").at("schemas").at(name);
    EXPECT_EQ(schema.at("type").as_string(), "object") << name;
    EXPECT_TRUE(schema.as_object().contains("properties")) << name;
    return &operation;
  };

  boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, ClientEvents>>([&](auto type) {
    const std::string name{decltype(type)::type::event};
    const json::value* operation = expect_event(name, "receive");
    EXPECT_TRUE(operation->as_object().contains("reply")) << name;
    EXPECT_TRUE(document.at("components").at("messages").as_object().contains(name + ".ack"));
  });
  boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, ServerEvents>>(
      [&](auto type) { expect_event(decltype(type)::type::event, "send"); });
}

TEST(AsyncApi, CarriesLimitsAndClosedObjects) {
  const json::value document = asyncapi_document();
  const json::value& schemas = document.at("components").at("schemas");

  EXPECT_EQ(schemas.at("add_item").at("properties").at("name").at("maxLength").to_number<int>(), 255);
  EXPECT_EQ(schemas.at("batch").at("properties").at("ops").at("maxItems").to_number<int>(), 500);
  EXPECT_EQ(schemas.at("ItemUpdates").at("additionalProperties").as_bool(), false);
  EXPECT_EQ(schemas.at("ItemUpdates").at("properties").at("name").at("maxLength").to_number<int>(), 500);
  EXPECT_TRUE(schemas.at("create_list").at("properties").as_object().contains("list_name"));
}

}  // namespace
}  // namespace collab::events
