// JSON -> described struct, collecting every fault in Pydantic's form. No exceptions, and nothing is
// allocated for faults until there is one.
//
// A struct takes part by BOOST_DESCRIBE_STRUCT. It may also declare:
//   static constexpr auto aliases = std::to_array<schema::Alias>({{"name", "list_name"}});
//   static constexpr bool forbids_extra = true;       unknown keys are faults
//   static constexpr bool may_be_absent = true;       no payload, or null, means {}
//   static void check(const T&, const json::object&, const schema::Place&, schema::Faults&);   rules across fields
// and for the documents (schema/json_schema.hpp):
//   static constexpr std::string_view title = "...", about = "...";
//   static constexpr auto docs = std::to_array<schema::FieldDoc>({{"name", "..."}});
#pragma once

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>
#include <type_traits>

#include "core/error.hpp"
#include "core/uuid.hpp"
#include "schema/constrained.hpp"
#include "schema/traits.hpp"

namespace collab::schema {

/// Where in the payload we are: a chain on the stack, spelled out only when there is a fault to report.
struct Place {
  const Place* outer = nullptr;
  std::string_view key = {};
  std::size_t index = no_index;

  static constexpr std::size_t no_index = static_cast<std::size_t>(-1);
  Place at(std::string_view inner_key) const { return {this, inner_key}; }
  Place at(std::size_t inner_index) const { return {this, {}, inner_index}; }
};

/// All that is wrong with one payload. Faults beyond `limit` are not kept, so that a payload cannot make the answer
/// much larger than itself.
class Faults {
 public:
  static constexpr std::size_t limit = 1'000;

  void add(const Place& where, Violation violation);
  void append(Faults more);
  bool empty() const { return faults_.empty(); }
  std::vector<FieldError> take() { return std::move(faults_); }

 private:
  std::vector<FieldError> faults_;
};

/// The Error that a payload with these faults is refused with; its message names the first one.
Error invalid_payload(Faults faults);

namespace detail {

std::string quoted_choices(const std::vector<std::string_view>& names);
Violation bad_uuid(const json::value& from);
Violation too_many(std::string_view what, std::size_t max, std::size_t actual);
Violation two_names(std::string_view field, std::string_view alias);
Verdict read_bool(const json::value& from, bool& out);

inline Violation missing() { return {"missing", "Field required"}; }

template <class T>
void read_struct(const json::object& from, T& out, const Place& here, Faults& faults);

/// A value that is there; what may stand for it is T's rule.
template <class T>
void read_value(const json::value& from, T& out, const Place& here, Faults& faults) {
  if constexpr (HasRule<T>) {
    if (Verdict bad = T::read(from, out)) faults.add(here, std::move(*bad));
  } else if constexpr (std::is_same_v<T, bool>) {
    if (Verdict bad = read_bool(from, out)) faults.add(here, std::move(*bad));
  } else if constexpr (UuidLike<T>) {
    const json::string* text = from.if_string();
    const auto id = text ? T::parse({text->data(), text->size()}) : std::nullopt;
    if (id)
      out = *id;
    else
      faults.add(here, bad_uuid(from));
  } else if constexpr (DescribedEnum<T>) {
    const json::string* text = from.if_string();
    const auto found = text ? enum_from_name<T>({text->data(), text->size()}) : std::nullopt;
    if (found)
      out = *found;
    else
      faults.add(here, {"enum", "Input should be " + quoted_choices(enum_names<T>())});
  } else if constexpr (std::is_same_v<T, AnyJson>) {
    out.value = json::value(from, json::storage_ptr{});
  } else if constexpr (is_list<T>) {
    const json::array* values = from.if_array();
    if (!values) return faults.add(here, {"list_type", "Input should be a valid array"});
    if (values->size() > ListTraits<T>::max)
      return faults.add(here, too_many("List", ListTraits<T>::max, values->size()));
    out.values.resize(values->size());
    for (std::size_t i = 0; i < values->size(); ++i) read_value((*values)[i], out.values[i], here.at(i), faults);
  } else if constexpr (is_map<T>) {
    const json::object* members = from.if_object();
    if (!members) return faults.add(here, {"dict_type", "Input should be an object"});
    if (members->size() > MapTraits<T>::max)
      return faults.add(here, too_many("Dictionary", MapTraits<T>::max, members->size()));
    out.entries.resize(members->size());
    auto entry = out.entries.begin();
    for (const auto& [key, value] : *members) {
      const Place inner = here.at(std::string_view{key.data(), key.size()});
      read_value(json::value(json::string_view{key.data(), key.size()}), entry->first, inner.at("[key]"), faults);
      read_value(value, entry->second, inner, faults);
      ++entry;
    }
  } else {
    static_assert(DescribedStruct<T>,
                  "a field's type needs a rule, a description, or a wrapper of schema/constrained.hpp");
    if (const json::object* object = from.if_object())
      read_struct(*object, out, here, faults);
    else
      faults.add(here, {"model_type", "Input should be an object"});
  }
}

/// A field that may not be there; whether it must be is its wrapper's rule.
template <class T>
void read_field(const json::value* from, T& out, const Place& here, Faults& faults) {
  if constexpr (is_optional<T>) {
    out.reset();
    if (from && !from->is_null()) read_value(*from, out.emplace(), here, faults);
  } else if constexpr (is_if_given<T>) {
    out.value.reset();
    if (from) read_value(*from, out.value.emplace(), here, faults);
  } else if constexpr (is_clearable<T>) {
    out.value.reset();
    if (!from) return;
    out.value.emplace();
    if (!from->is_null()) read_value(*from, out.value->emplace(), here, faults);
  } else if constexpr (is_nullable<T>) {
    out.value.reset();
    if (!from) return faults.add(here, missing());
    if (!from->is_null()) read_value(*from, out.value.emplace(), here, faults);
  } else {
    if (!from) return faults.add(here, missing());
    read_value(*from, out, here, faults);
  }
}

/// A field that has a second name. Null under a name of an optional field counts as not given under that name.
template <class T>
void read_aliased(const json::object& from, std::string_view field, std::string_view alias, T& out, const Place& here,
                  Faults& faults) {
  const auto given = [&from](std::string_view name) {
    const json::value* value = from.if_contains(name);
    return is_optional<T> && value && value->is_null() ? nullptr : value;
  };
  const json::value* by_field = given(field);
  const json::value* by_alias = given(alias);
  if (!by_alias) return read_field(by_field, out, here.at(field), faults);
  if (!by_field) return read_field(by_alias, out, here.at(alias), faults);
  T other{};
  Faults of_both;
  read_field(by_field, out, here.at(field), of_both);
  read_field(by_alias, other, here.at(alias), of_both);
  if (of_both.empty() && !(out == other)) of_both.add(here.at(alias), two_names(field, alias));
  faults.append(std::move(of_both));
}

template <class T>
void read_struct(const json::object& from, T& out, const Place& here, Faults& faults) {
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    constexpr std::string_view name = decltype(member)::name;
    constexpr std::string_view alias = alias_of<T>(name);
    auto& field = out.*decltype(member)::pointer;
    if constexpr (alias.empty())
      read_field(from.if_contains(name), field, here.at(name), faults);
    else
      read_aliased(from, name, alias, field, here, faults);
  });
  if constexpr (forbids_extra<T>) {
    for (const auto& [key, value] : from)
      if (const std::string_view name{key.data(), key.size()}; !has_member<T>(name))
        faults.add(here.at(name), {"extra_forbidden", "Extra inputs are not permitted"});
  }
  if constexpr (requires { T::check(out, from, here, faults); }) T::check(out, from, here, faults);
}

}  // namespace detail

/// The payload as a T, or Errc::invalid_payload with every fault. `payload` may be null: the event came without one.
/// Any thread.
template <class T>
Result<T> decode(const json::value* payload) {
  T out{};
  Faults faults;
  const Place top;
  if (payload && payload->is_object())
    detail::read_struct(payload->get_object(), out, top, faults);
  else if (!may_be_absent<T> || (payload && !payload->is_null()))
    faults.add(top, {"model_type", "Input should be an object"});
  else
    detail::read_struct(json::object{}, out, top, faults);
  if (!faults.empty()) return invalid_payload(std::move(faults));
  return out;
}

template <class T>
Result<T> decode(const json::value& payload) {
  return decode<T>(&payload);
}

}  // namespace collab::schema
