// How it stands with the changes that wait in Redis for the store.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/fifo_gate.hpp"
#include "exchange/keys.hpp"
#include "redis/client.hpp"

namespace collab::exchange {

/// Of all partitions together, whoever wrote or works.
struct WriteQueueFigures {
  std::uint64_t length = 0;             ///< entries that are not in the store
  std::uint64_t lag = 0;                ///< those of them that a worker has taken and not acknowledged
  std::chrono::milliseconds oldest{0};  ///< since the oldest of them was made, by Redis' clock; 0 = there is none
  std::uint64_t dead_letters = 0;
};

struct WriteQueueReading {
  WriteQueueFigures figures = {};
  std::string problem = {};                               ///< "" = the figures are of now; else why they are older
  std::optional<std::chrono::milliseconds> age = {};      ///< of the figures; nullopt: there never were any
  std::optional<std::chrono::microseconds> round_trip{};  ///< in which Redis gave the figures
};

/// Asks Redis when somebody wants to know, once for all who ask meanwhile, and remembers the answer. Made before its
/// client starts, destroyed before it and after the loop has ended; everything on their shard.
class WriteQueueGauge {
 public:
  WriteQueueGauge(asio::io_context& io, redis::Client& client, Keys keys);

  /// The figures; after `limit`, which must be the same in all calls, or if Redis is away, those of the last time.
  Task<WriteQueueReading> read(std::chrono::milliseconds limit);

 private:
  using Time = std::chrono::steady_clock::time_point;

  void begin();
  Task<void> read_partition(unsigned partition);
  void add(const Result<redis::Reply>& reply);

  asio::io_context& io_;
  redis::Client& client_;
  const Keys keys_;
  WriteQueueReading last_;
  std::optional<Time> read_at_;
  // Of what is under way.
  unsigned outstanding_ = 0;
  Time begun_{};
  WriteQueueFigures sum_;
  std::string problem_;
  FifoGate readers_;
};

}  // namespace collab::exchange
