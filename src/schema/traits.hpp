// What the schema module asks about a type, answered at compile time from its description.
#pragma once

#include <array>
#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>
#include <concepts>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/uuid.hpp"
#include "schema/constrained.hpp"

namespace collab::schema {

/// A scalar of schema/constrained.hpp, or one like them.
template <class T>
concept HasRule = requires(const json::value& from, T& out, std::string& text) {
  { T::read(from, out) } -> std::same_as<Verdict>;
  { T::json_schema() } -> std::same_as<json::object>;
  out.append_to(text);
};

/// A strong id around a UUID.
template <class T>
concept UuidLike = requires(std::string_view text, const T& id) {
  { T::parse(text) } -> std::same_as<std::optional<T>>;
  { id.value } -> std::convertible_to<const Uuid&>;
};

template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept DescribedStruct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_if_given = false;
template <class T>
inline constexpr bool is_if_given<IfGiven<T>> = true;
template <class T>
inline constexpr bool is_clearable = false;
template <class T>
inline constexpr bool is_clearable<Clearable<T>> = true;
template <class T>
inline constexpr bool is_nullable = false;
template <class T>
inline constexpr bool is_nullable<Nullable<T>> = true;

/// Whether a payload without the field is fine.
template <class T>
inline constexpr bool may_be_left_out = is_optional<T> || is_if_given<T> || is_clearable<T>;

template <class T>
struct ListTraits;
template <class T, std::size_t Max>
struct ListTraits<List<T, Max>> {
  using Value = T;
  static constexpr std::size_t max = Max;
};
template <class T>
inline constexpr bool is_list = requires {
  ListTraits<T>::max;
};

template <class T>
struct MapTraits;
template <class K, class T, std::size_t Max>
struct MapTraits<Map<K, T, Max>> {
  using Key = K;
  using Value = T;
  static constexpr std::size_t max = Max;
};
template <class T>
inline constexpr bool is_map = requires {
  MapTraits<T>::max;
};

/// The described members of a struct, those of its bases first.
template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T>
inline constexpr bool forbids_extra = false;
template <class T>
requires requires { T::forbids_extra; }
inline constexpr bool forbids_extra<T> = T::forbids_extra;

template <class T>
inline constexpr bool may_be_absent = false;
template <class T>
requires requires { T::may_be_absent; }
inline constexpr bool may_be_absent<T> = T::may_be_absent;

/// The second name of a field, or "".
template <class T>
constexpr std::string_view alias_of(std::string_view field) {
  if constexpr (requires { T::aliases; })
    for (const Alias& each : T::aliases)
      if (each.field == field) return each.alias;
  return {};
}

/// The sentence about a field: the struct's own, else that of the common ones, else "".
template <class T>
std::string_view doc_of(std::string_view field, std::span<const FieldDoc> common) {
  if constexpr (requires { T::docs; })
    for (const FieldDoc& each : T::docs)
      if (each.field == field) return each.text;
  for (const FieldDoc& each : common)
    if (each.field == field) return each.text;
  return {};
}

/// Whether the name is one of a field, or a second one.
template <class T>
bool has_member(std::string_view name) {
  bool found = false;
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    constexpr std::string_view field = decltype(member)::name;
    found = found || name == field || (!alias_of<T>(field).empty() && name == alias_of<T>(field));
  });
  return found;
}

template <DescribedEnum T>
std::vector<std::string_view> enum_names() {
  std::vector<std::string_view> names;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
      [&](auto enumerator) { names.emplace_back(decltype(enumerator)::name); });
  return names;
}

template <DescribedEnum T>
std::optional<T> enum_from_name(std::string_view name) {
  std::optional<T> found;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
    if (name == decltype(enumerator)::name) found = decltype(enumerator)::value;
  });
  return found;
}

/// "" for a value that has no name.
template <DescribedEnum T>
std::string_view enum_name(T value) {
  std::string_view name;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
    if (value == decltype(enumerator)::value) name = decltype(enumerator)::name;
  });
  return name;
}

}  // namespace collab::schema
