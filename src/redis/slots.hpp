// Redis Cluster's 16,384 slots: which one a key has, and who serves which.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "redis/reply.hpp"
#include "redis/settings.hpp"

namespace collab::redis {

using Slot = std::uint16_t;
inline constexpr std::size_t slot_count = 16'384;

/// CRC16 (XMODEM) of the key, or of what stands between its first `{` and the next `}` if that is not empty.
Slot slot_of(std::string_view key);

/// Who is master of which slot, as one node told. A value.
struct SlotMap {
  struct Range {
    Slot first = 0, last = 0;
    Address master = {};
    bool operator==(const Range&) const = default;
  };
  std::vector<Range> ranges = {};

  /// From the reply to CLUSTER SLOTS of the node at `asked`, whose address stands for an unknown one. Errc::unavailable
  /// if it cannot be understood.
  static Result<SlotMap> parse(const Reply& reply, const Address& asked);
  bool operator==(const SlotMap&) const = default;
};

/// "MOVED 3999 127.0.0.1:6381" and "ASK …", taken apart.
struct Redirection {
  bool is_ask = false;
  Slot slot = 0;
  Address to = {};

  /// Nothing, if the reply is none. An empty host means the one at `asked`.
  static std::optional<Redirection> parse(const Reply& reply, const Address& asked);
};

}  // namespace collab::redis
