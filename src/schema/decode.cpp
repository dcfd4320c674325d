#include "schema/decode.hpp"

#include <algorithm>
#include <array>

namespace collab::schema {
namespace {

std::string spell(const std::vector<std::string>& loc) {
  std::string text;
  for (const std::string& part : loc) (text.empty() ? text : text += '.') += part;
  return text;
}

}  // namespace

void Faults::add(const Place& where, Violation violation) {
  if (faults_.size() >= limit) return;
  std::vector<std::string> loc;
  for (const Place* place = &where; place->outer; place = place->outer)
    loc.push_back(place->index == Place::no_index ? std::string(place->key) : std::to_string(place->index));
  std::reverse(loc.begin(), loc.end());
  faults_.push_back({std::move(loc), std::move(violation.msg), std::string(violation.type)});
}

void Faults::append(Faults more) {
  for (FieldError& fault : more.faults_)
    if (faults_.size() < limit) faults_.push_back(std::move(fault));
}

Error invalid_payload(Faults faults) {
  Error error{.code = Errc::invalid_payload, .message = "Invalid payload", .fields = faults.take()};
  if (error.fields.empty()) return error;
  // The place may hold a key that the client made up: named only when it is one of ours.
  const FieldError& first = error.fields.front();
  if (!first.loc.empty() && first.type != "extra_forbidden") (error.message += ": ") += spell(first.loc);
  (error.message += ": ") += first.msg;
  if (error.fields.size() > 1) error.message += " (and " + std::to_string(error.fields.size() - 1) + " more)";
  return error;
}

namespace detail {
namespace {

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::string uuid_reason(std::string_view text) {
  constexpr std::array<std::size_t, 5> expected{8, 4, 4, 4, 12};
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!is_hex(text[i]) && text[i] != '-')
      return "invalid character: expected [0-9a-fA-F-] at " + std::to_string(i + 1);
  const auto groups = static_cast<std::size_t>(std::count(text.begin(), text.end(), '-')) + 1;
  if (groups == 1) return "invalid length: expected length 36 with hyphens, found " + std::to_string(text.size());
  if (groups != 5) return "invalid group count: expected 5, found " + std::to_string(groups);
  for (std::size_t group = 0, begin = 0; group < 5; ++group) {
    const std::size_t end = std::min(text.find('-', begin), text.size());
    if (end - begin != expected[group])
      return "invalid group length in group " + std::to_string(group) + ": expected " +
             std::to_string(expected[group]) + ", found " + std::to_string(end - begin);
    begin = end + 1;
  }
  return "invalid form";
}

}  // namespace

std::string quoted_choices(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    ((text += '\'') += names[i]) += '\'';
  }
  return text;
}

Violation bad_uuid(const json::value& from) {
  const json::string* text = from.if_string();
  if (!text) return {"uuid_type", "UUID input should be a string, bytes or UUID object"};
  return {"uuid_parsing", "Input should be a valid UUID, " + uuid_reason({text->data(), text->size()})};
}

Violation too_many(std::string_view what, std::size_t max, std::size_t actual) {
  return {"too_long", std::string(what) + " should have at most " + std::to_string(max) +
                          (max == 1 ? " item" : " items") + " after validation, not " + std::to_string(actual)};
}

Violation two_names(std::string_view field, std::string_view alias) {
  return {"value_error", "Value error, " + std::string(field) + " and " + std::string(alias) +
                             " are one field, given with different values"};
}

Verdict read_bool(const json::value& from, bool& out) {
  if (const bool* value = from.if_bool()) {
    out = *value;
    return std::nullopt;
  }
  if (from.is_string()) return Violation{"bool_parsing", "Input should be a valid boolean, unable to interpret input"};
  return Violation{"bool_type", "Input should be a valid boolean"};
}

}  // namespace detail
}  // namespace collab::schema
