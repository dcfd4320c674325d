// What a Redis may hold of a list: a message, and the same bytes as rows, one a line, the field before the first space.
#include "exchange/row_codec.hpp"

#include <algorithm>

#include "check.hpp"

using namespace collab;
using namespace collab::exchange;

namespace {

void check_message(std::string_view text) {
  const ListId list_id;
  const auto message = parse_message(list_id, text);
  if (!message) return;
  fuzz::check(message->change != nullptr && message->change->rev >= 0, "a message brings a change");
  if (message->made_up_op) return;
  const auto again = parse_message(list_id, encode_message(message->era, *message->change));
  fuzz::check(again.has_value(), "what was understood can be said again");
  fuzz::check(again->era == message->era && again->change->rev == message->change->rev &&
                  again->change->kind == message->change->kind && again->change->user_id == message->change->user_id &&
                  again->change->op_id == message->change->op_id &&
                  again->change->members.size() == message->change->members.size(),
              "and says the same");
}

void check_rows(std::string_view text) {
  StateReader reader((ListId()));
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::string_view field = line.substr(0, line.find(' '));
    if (!reader.read(field, line.substr(std::min(line.size(), field.size() + 1)))) return;
  }
  const ListState state = std::move(reader).finish();
  if (!state.exists()) return;
  StateReader again((ListId()));
  for (const auto& [field, value] : fields_of(state))
    fuzz::check(again.read(field, value), "a state that was read can be written and read");
  const ListState same = std::move(again).finish();
  fuzz::check(same.rev == state.rev && same.items.size() == state.items.size() &&
                  same.members->size() == state.members->size() && same.links->size() == state.links->size(),
              "and is the same");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  check_message(text);
  check_rows(text);
  return 0;
}
