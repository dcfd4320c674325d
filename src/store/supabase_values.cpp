#include "store/supabase_values.hpp"

#include <boost/algorithm/hex.hpp>
#include <boost/endian/conversion.hpp>
#include <cstring>

#include "store/postgres_rows.hpp"

namespace collab::store::supabase {
namespace {

using pg::Type;

template <class Integer>
Integer take_integer(std::string_view& bytes) {
  Integer value{};
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return boost::endian::big_to_native(value);
}

// One value in PostgreSQL's binary format, as postgres_values writes it.
json::value json_of_value(Type type, std::string_view bytes) {
  switch (type) {
    case Type::boolean:
      return bytes != std::string_view("\0", 1);
    case Type::bytes:
      return bytes_argument(bytes);
    case Type::integer:
      return take_integer<std::int64_t>(bytes);
    case Type::time:
      return pg::time_from_database(take_integer<std::int64_t>(bytes));
    case Type::text:
      return json::string(bytes);
    case Type::uuid: {
      Uuid id;
      std::memcpy(id.bytes.data(), bytes.data(), id.bytes.size());
      return json::string(id.to_string());
    }
  }
  return nullptr;
}

// Dimensions, whether there are nulls, the elements' type, size and first index of the one dimension, the elements.
json::array json_of_array(std::string_view bytes) {
  json::array elements;
  const auto dimensions = take_integer<std::int32_t>(bytes);
  take_integer<std::int32_t>(bytes);
  const auto type = static_cast<Type>(take_integer<std::int32_t>(bytes));
  if (dimensions == 0) return elements;
  const auto count = take_integer<std::int32_t>(bytes);
  take_integer<std::int32_t>(bytes);
  elements.reserve(static_cast<std::size_t>(count));
  for (std::int32_t n = 0; n < count; ++n) {
    const auto size = take_integer<std::int32_t>(bytes);
    if (size < 0) {
      elements.emplace_back(nullptr);
      continue;
    }
    elements.push_back(json_of_value(type, bytes.substr(0, static_cast<std::size_t>(size))));
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return elements;
}

bool is_array(Oid type) {
  for (const Type one : {Type::boolean, Type::bytes, Type::integer, Type::text, Type::time, Type::uuid})
    if (static_cast<Oid>(one) == type) return false;
  return true;
}

}  // namespace

json::array json_of(const pg::Params& params) {
  json::array arguments;
  for (std::size_t n = 0; n < params.size(); ++n) {
    const std::optional<std::string>& value = params.values()[n];
    if (!value)
      arguments.emplace_back(nullptr);
    else if (is_array(params.types()[n]))
      arguments.push_back(json_of_array(*value));
    else
      arguments.push_back(json_of_value(static_cast<Type>(params.types()[n]), *value));
  }
  return arguments;
}

json::string text_argument(std::string_view text) { return json::string(pg::text_for_database(text)); }

json::value text_argument(const std::optional<std::string>& text) {
  if (!text) return nullptr;
  return text_argument(std::string_view(*text));
}

json::string bytes_argument(std::string_view bytes) {
  json::string digits("\\x");
  boost::algorithm::hex_lower(bytes.begin(), bytes.end(), std::back_inserter(digits));
  return digits;
}

std::string bytes_from_hex(std::string_view digits) {
  std::string bytes;
  boost::algorithm::unhex(digits.begin(), digits.end(), std::back_inserter(bytes));
  return bytes;
}

std::string Row::bytes(int column) const { return bytes_from_hex(word(column)); }

}  // namespace collab::store::supabase

namespace collab::store::pg {

boost::json::object Fold::as_json(KnownOps known) const {
  boost::json::object rows;
  const auto add = [&rows](std::string_view name, const Statement& statement) {
    rows[name] = supabase::json_of(statement.params);
  };
  if (!lists_.empty()) add("lists", lists());
  if (!items_.empty()) add("items", items());
  if (!members_.empty()) add("members", members());
  if (!links_.empty()) add("links", links());
  if (has_new_ops(known)) add("new_ops", new_ops());
  if (has_kept_ops(known)) add("known_ops", kept_ops(known));
  return rows;
}

}  // namespace collab::store::pg
