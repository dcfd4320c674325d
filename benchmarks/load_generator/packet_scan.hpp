// Reads the few fields that the checks need out of an event's or an ack's JSON, without building a document:
// at 100,000 packets a second a parser would be what is measured.
#pragma once

#include <cstdint>
#include <string_view>

namespace collab::bench {

/// The fields of `[name, {…}]` or `[{…}]`; views point into the scanned text. Absent fields are empty or 0.
struct PacketFields {
  std::string_view event;
  std::string_view list_id;
  std::string_view code;
  std::string_view epoch;
  std::string_view item_id;
  std::string_view item_name;
  std::int64_t rev = 0;
  std::int64_t prev_rev = 0;
  bool ok = false;
};

/// Never fails on well-formed JSON; on anything else the fields hold what was found before the fault.
PacketFields scan_packet(std::string_view json);

}  // namespace collab::bench
