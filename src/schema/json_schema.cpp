#include "schema/json_schema.hpp"

namespace collab::schema::detail {

json::object nullable(json::object schema) {
  if (schema.empty()) return schema;
  if (auto* choices = schema.if_contains("anyOf"); choices && schema.size() == 1) {
    choices->as_array().push_back(json::object{{"type", "null"}});
    return schema;
  }
  return {{"anyOf", json::array{std::move(schema), json::object{{"type", "null"}}}}};
}

json::object enum_schema(const std::vector<std::string_view>& names) {
  json::array choices;
  for (const std::string_view name : names) choices.emplace_back(name);
  return {{"type", "string"}, {"enum", std::move(choices)}};
}

void ObjectSchema::add(std::string_view name, std::string_view alias, std::string_view doc, bool may_be_missing,
                       json::object schema) {
  if (!doc.empty() && !schema.contains("$ref")) schema["description"] = doc;  // beside a $ref it would not be read
  if (!alias.empty()) {
    json::object same = schema;
    same["description"] = "Another name of `" + std::string(name) + "`. Both with different values are a fault.";
    properties[alias] = std::move(same);
  }
  properties[name] = std::move(schema);
  if (may_be_missing) return;
  if (alias.empty()) {
    required.emplace_back(name);
  } else {
    either.push_back(json::object{{"required", json::array{name}}});
    either.push_back(json::object{{"required", json::array{alias}}});
  }
}

json::object ObjectSchema::finish(std::string_view description, bool is_closed) && {
  json::object schema{{"type", "object"}};
  if (!description.empty()) schema["description"] = description;
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  if (!either.empty()) schema["anyOf"] = std::move(either);
  if (is_closed) schema["additionalProperties"] = false;
  return schema;
}

}  // namespace collab::schema::detail
