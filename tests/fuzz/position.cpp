// Two texts, one a line: the position made between them lies between them, the one made behind lies behind.
#include "model/position.hpp"
#include "check.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace collab;
  const std::string_view input = fuzz::text_of(data, size);
  const std::string_view before = input.substr(0, input.find('\n'));
  const std::string_view behind = before.size() < input.size() ? input.substr(before.size() + 1) : std::string_view();
  const auto is_end = [](std::string_view text) { return text.empty() || is_position(text); };
  if (!is_end(before) || !is_end(behind)) return 0;

  const std::string after = key_after(before);
  fuzz::check(is_position(after), "a key is a position");
  fuzz::check(after > before || before == std::string(max_position_size, '~'), "a key after lies behind");

  if (const auto between = key_between(before, behind)) {
    fuzz::check(is_position(*between), "a key is a position");
    fuzz::check(*between > before, "a key between lies behind the first");
    fuzz::check(behind.empty() || *between < behind, "a key between lies before the second");
  }
  return 0;
}
