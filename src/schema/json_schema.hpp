// Described struct -> JSON Schema (draft-07 and 2020-12 alike), from the same types that validate.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <span>
#include <string>

#include "schema/traits.hpp"

namespace collab::schema {

/// Named schemas that others refer to. A struct with `static constexpr std::string_view title` becomes one; others
/// stand inline.
struct Definitions {
  json::object schemas;
  std::span<const FieldDoc> docs = {};           ///< for fields of these names that have no sentence of their own
  std::string prefix = "#/components/schemas/";  ///< what a $ref begins with
};

template <class T>
json::object json_schema_of(Definitions& definitions);

namespace detail {

json::object nullable(json::object schema);
json::object enum_schema(const std::vector<std::string_view>& names);

/// Adds one property, its second name, and what must be there.
struct ObjectSchema {
  json::object properties;
  json::array required;
  json::array either;  ///< one pair of names per required field that has two

  void add(std::string_view name, std::string_view alias, std::string_view doc, bool may_be_missing,
           json::object schema);
  json::object finish(std::string_view description, bool is_closed) &&;
};

template <class T>
json::object field_schema(Definitions& definitions) {
  if constexpr (is_optional<T>)
    return nullable(json_schema_of<typename T::value_type>(definitions));
  else if constexpr (is_if_given<T>)
    return json_schema_of<typename decltype(T::value)::value_type>(definitions);
  else if constexpr (is_nullable<T>)
    return nullable(json_schema_of<typename decltype(T::value)::value_type>(definitions));
  else if constexpr (is_clearable<T>)
    return nullable(json_schema_of<typename decltype(T::value)::value_type::value_type>(definitions));
  else
    return json_schema_of<T>(definitions);
}

template <class T>
json::object struct_schema(Definitions& definitions) {
  ObjectSchema schema;
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    using Field = std::remove_cvref_t<decltype(std::declval<T&>().*decltype(member)::pointer)>;
    constexpr std::string_view name = decltype(member)::name;
    schema.add(name, alias_of<T>(name), doc_of<T>(name, definitions.docs), may_be_left_out<Field>,
               field_schema<Field>(definitions));
  });
  std::string_view description;
  if constexpr (requires { T::about; }) description = T::about;
  return std::move(schema).finish(description, forbids_extra<T>);
}

}  // namespace detail

/// The schema of a type; named structs in it are added to `definitions` and referred to.
template <class T>
json::object json_schema_of(Definitions& definitions) {
  if constexpr (HasRule<T>) {
    return T::json_schema();
  } else if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (UuidLike<T>) {
    return {{"type", "string"}, {"format", "uuid"}};
  } else if constexpr (DescribedEnum<T>) {
    return detail::enum_schema(enum_names<T>());
  } else if constexpr (std::is_same_v<T, AnyJson>) {
    return {};
  } else if constexpr (is_list<T>) {
    json::object schema{{"type", "array"}, {"items", json_schema_of<typename ListTraits<T>::Value>(definitions)}};
    if (ListTraits<T>::max != unbounded) schema["maxItems"] = ListTraits<T>::max;
    return schema;
  } else if constexpr (is_map<T>) {
    json::object schema{{"type", "object"},
                        {"propertyNames", json_schema_of<typename MapTraits<T>::Key>(definitions)},
                        {"additionalProperties", json_schema_of<typename MapTraits<T>::Value>(definitions)}};
    if (MapTraits<T>::max != unbounded) schema["maxProperties"] = MapTraits<T>::max;
    return schema;
  } else if constexpr (requires { T::title; }) {
    if (!definitions.schemas.contains(T::title)) {
      definitions.schemas[T::title] = json::object{};  // a struct that contains itself would find this
      definitions.schemas[T::title] = detail::struct_schema<T>(definitions);
    }
    return {{"$ref", definitions.prefix + std::string(T::title)}};
  } else {
    static_assert(DescribedStruct<T>);
    return detail::struct_schema<T>(definitions);
  }
}

}  // namespace collab::schema
