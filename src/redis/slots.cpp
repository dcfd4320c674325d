#include "redis/slots.hpp"

#include <array>
#include <charconv>

#include "redis/unavailable.hpp"

namespace collab::redis {
namespace {

// CRC-16/XMODEM: polynomial 0x1021, start 0, neither reflected nor inverted. Redis Cluster specification, appendix A.
constexpr std::array<std::uint16_t, 256> crc_table = [] {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) ? (crc << 1) ^ 0x1021 : crc << 1;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}();

std::uint16_t crc16(std::string_view bytes) {
  unsigned crc = 0;
  for (const char byte : bytes)
    crc = ((crc << 8) & 0xffff) ^ crc_table[((crc >> 8) ^ static_cast<unsigned char>(byte)) & 0xff];
  return static_cast<std::uint16_t>(crc);
}

template <class Number>
std::optional<Number> number_in(std::string_view text, Number last) {
  Number value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || value > last) return std::nullopt;
  return value;
}

std::optional<Slot> slot_in(const Reply& reply) {
  if (!reply.is_integer() || reply.integer < 0 || reply.integer >= static_cast<std::int64_t>(slot_count))
    return std::nullopt;
  return static_cast<Slot>(reply.integer);
}

// One range of CLUSTER SLOTS: [first, last, [host, port, id, …], replicas…].
std::optional<SlotMap::Range> range_in(const Reply& reply, const Address& asked) {
  if (!reply.is_array() || reply.elements.size() < 3) return std::nullopt;
  const auto first = slot_in(reply.elements[0]), last = slot_in(reply.elements[1]);
  const Reply& node = reply.elements[2];
  if (!first || !last || *first > *last || !node.is_array() || node.elements.size() < 2) return std::nullopt;
  const Reply &host = node.elements[0], &port = node.elements[1];
  if (!port.is_integer() || port.integer < 1 || port.integer > 65'535) return std::nullopt;
  SlotMap::Range range{*first, *last, {host.text, static_cast<std::uint16_t>(port.integer)}};
  if (range.master.host.empty()) range.master.host = asked.host;
  return range;
}

}  // namespace

Slot slot_of(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open != std::string_view::npos) {
    const std::size_t close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  return crc16(key) % slot_count;
}

Result<SlotMap> SlotMap::parse(const Reply& reply, const Address& asked) {
  if (!reply.is_array()) return unavailable("CLUSTER SLOTS answered " + to_string(reply));
  SlotMap map;
  for (const Reply& element : reply.elements) {
    auto range = range_in(element, asked);
    if (!range) return unavailable("CLUSTER SLOTS holds " + to_string(element));
    // A node whose name nobody knows cannot be connected to.
    if (range->master.host != "?") map.ranges.push_back(std::move(*range));
  }
  return map;
}

std::optional<Redirection> Redirection::parse(const Reply& reply, const Address& asked) {
  Redirection found;
  found.is_ask = reply.is_error("ASK");
  if (!found.is_ask && !reply.is_error("MOVED")) return std::nullopt;
  std::string_view rest(reply.text);
  rest.remove_prefix(rest.find(' ') + 1);
  const std::size_t space = rest.find(' '), colon = rest.rfind(':');
  if (space == std::string_view::npos || colon == std::string_view::npos || colon < space) return std::nullopt;
  const auto slot = number_in<unsigned>(rest.substr(0, space), slot_count - 1);
  const auto port = number_in<unsigned>(rest.substr(colon + 1), 65'535);
  if (!slot || !port || *port == 0) return std::nullopt;
  found.slot = static_cast<Slot>(*slot);
  found.to.host = std::string(rest.substr(space + 1, colon - space - 1));
  found.to.port = static_cast<std::uint16_t>(*port);
  if (found.to.host.empty()) found.to.host = asked.host;
  return found;
}

}  // namespace collab::redis
