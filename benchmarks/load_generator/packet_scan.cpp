// One pass over the text with a depth counter: 1 = the argument array, 2 = the event's data, 3 = `item` within it.
#include "packet_scan.hpp"

#include <charconv>

namespace collab::bench {
namespace {

/// The index of the quote that ends the string whose opening quote is at `open`.
std::size_t string_end(std::string_view json, std::size_t open) {
  std::size_t i = open + 1;
  while (i < json.size() && json[i] != '"') i += json[i] == '\\' ? 2u : 1u;
  return i;
}

struct Scanner {
  PacketFields fields;
  int depth = 0;
  std::string_view key;
  bool within_item = false;

  void on_string(std::string_view value) {
    if (depth == 1) {
      fields.event = value;
    } else if (depth == 2) {
      if (key == "list_id") fields.list_id = value;
      if (key == "epoch") fields.epoch = value;
      if (key == "code") fields.code = value;
    } else if (depth == 3 && within_item) {
      if (key == "id") fields.item_id = value;
      if (key == "name") fields.item_name = value;
    }
  }

  void on_number(std::string_view text) {
    if (depth != 2) return;
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    if (key == "rev") fields.rev = value;
    if (key == "prev_rev") fields.prev_rev = value;
  }

  void open() {
    if (++depth == 3) within_item = key == "item";
  }
  void close() {
    if (depth-- == 3) within_item = false;
  }
};

}  // namespace

PacketFields scan_packet(std::string_view json) {
  Scanner scanner;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') {
      const std::size_t end = string_end(json, i);
      if (end >= json.size()) break;
      const std::string_view text = json.substr(i + 1, end - i - 1);
      i = end;
      if (i + 1 < json.size() && json[i + 1] == ':') {
        scanner.key = text;
        ++i;
      } else {
        scanner.on_string(text);
      }
    } else if (c == '{' || c == '[') {
      scanner.open();
    } else if (c == '}' || c == ']') {
      scanner.close();
    } else if ((c >= '0' && c <= '9') || c == '-') {
      const std::size_t end = json.find_first_of(",}] ", i);
      scanner.on_number(json.substr(i, end - i));
      if (end == std::string_view::npos) break;
      i = end - 1;
    } else if (c == 't' && scanner.depth == 2 && scanner.key == "ok") {
      scanner.fields.ok = true;
    }
  }
  return scanner.fields;
}

}  // namespace collab::bench
