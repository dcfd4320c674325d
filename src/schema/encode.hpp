// Described struct -> JSON text, directly. The reverse of schema/decode.hpp.
#pragma once

#include "core/json.hpp"
#include "schema/traits.hpp"

namespace collab::schema {

/// Appends a value as JSON. In a struct, what was left out (an empty std::optional, IfGiven or Clearable) is left out
/// again, and second names are not written. Any thread.
template <class T>
void encode(std::string& out, const T& value) {
  if constexpr (HasRule<T>) {
    value.append_to(out);
  } else if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_integral_v<T>) {
    append_json_int(out, static_cast<std::int64_t>(value));
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    append_json_string(out, value);
  } else if constexpr (UuidLike<T>) {
    out += '"';
    value.value.append_to(out);
    out += '"';
  } else if constexpr (DescribedEnum<T>) {
    append_json_string(out, enum_name(value));
  } else if constexpr (std::is_same_v<T, AnyJson>) {
    append_json(out, value.value);
  } else if constexpr (is_optional<T>) {
    if (value)
      encode(out, *value);
    else
      out += "null";
  } else if constexpr (is_nullable<T> || is_if_given<T> || is_clearable<T>) {
    encode(out, value.value);
  } else if constexpr (is_list<T>) {
    char separator = '[';
    for (const auto& each : value.values) {
      out += separator;
      encode(out, each);
      separator = ',';
    }
    out += separator == '[' ? "[]" : "]";
  } else if constexpr (is_map<T>) {
    char separator = '{';
    for (const auto& [key, each] : value.entries) {
      out += separator;
      encode(out, key);
      out += ':';
      encode(out, each);
      separator = ',';
    }
    out += separator == '{' ? "{}" : "}";
  } else {
    static_assert(DescribedStruct<T>);
    char separator = '{';
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
      const auto& field = value.*decltype(member)::pointer;
      using Field = std::remove_cvref_t<decltype(field)>;
      if constexpr (is_optional<Field>) {
        if (!field) return;
      } else if constexpr (is_if_given<Field> || is_clearable<Field>) {
        if (!field.is_given()) return;
      }
      out += separator;
      append_json_string(out, decltype(member)::name);
      out += ':';
      encode(out, field);
      separator = ',';
    });
    out += separator == '{' ? "{}" : "}";
  }
}

template <class T>
std::string to_json(const T& value) {
  std::string out;
  encode(out, value);
  return out;
}

}  // namespace collab::schema
