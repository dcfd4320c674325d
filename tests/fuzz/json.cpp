// Whatever parses must come back the same when it is written and parsed again.
#include "core/json.hpp"

#include "check.hpp"
#include "core/base64.hpp"
#include "core/utf8.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace collab;
  const std::string_view text = fuzz::text_of(data, size);

  if (const auto value = parse_json(text)) {
    fuzz::check(is_valid_utf8(text), "JSON is UTF-8");
    std::string once;
    append_json(once, *value);
    const auto again = parse_json(once);
    fuzz::check(again.has_value(), "what is written can be parsed");
    std::string twice;
    append_json(twice, *again);
    fuzz::check(once == twice, "writing is stable");
  }

  if (is_valid_utf8(text)) {
    std::string quoted;
    append_json_string(quoted, text);
    const auto value = parse_json(quoted);
    fuzz::check(value && value->is_string() && std::string_view(value->get_string()) == text, "a string comes back");
  }

  std::string encoded;
  append_base64(encoded, text);
  const auto decoded = decode_base64_in_place({encoded.data(), encoded.size()});
  fuzz::check(decoded && std::string_view(decoded->data(), decoded->size()) == text, "base64 comes back");
  return 0;
}
