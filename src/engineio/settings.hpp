// The knobs of Engine.IO.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace collab::engineio {

struct Settings {
  std::string path = "/socket.io/";
  std::chrono::milliseconds ping_interval{15'000};
  std::chrono::milliseconds ping_timeout{60'000};
  std::size_t max_payload = 1'000'000;  ///< of a POST and of a WebSocket message
  std::size_t soft_limit = 256 * 1024;  ///< bytes queued for one session: beyond it volatile messages are dropped
  /// A message is always taken while the queue is within the soft limit, however large: one snapshot must not end a
  /// session that reads. Behind it this many bytes may pile up; beyond them the session is closed.
  std::size_t hard_limit = 4 * 1024 * 1024;
  std::chrono::milliseconds upgrade_timeout{10'000};  ///< from the probe's WebSocket to its `upgrade` packet
  std::size_t max_sessions_per_address = 0;           ///< beyond it HandshakeInfo::over_address_limit; 0 = no limit
};

}  // namespace collab::engineio
