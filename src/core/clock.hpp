// Time as a dependency, so that tests need not sleep.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace collab {

/// Milliseconds since 1970-01-01T00:00:00Z.
using EpochMs = std::int64_t;

/// The wall clock, in milliseconds. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual EpochMs now() const = 0;
};

class SystemClock final : public Clock {
 public:
  EpochMs now() const override {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  }
};

/// A clock that moves when it is told to.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(EpochMs start = 1'730'000'000'000) : now_(start) {}
  EpochMs now() const override { return now_; }
  void set(EpochMs now) { now_ = now; }
  void advance(std::chrono::milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<EpochMs> now_;
};

/// RFC 3339 in UTC with milliseconds: "2026-01-31T12:00:00.000Z".
std::string to_rfc3339(EpochMs time);
void append_rfc3339(std::string& out, EpochMs time);

/// The reverse, for any offset and any fraction; nullopt if it is no RFC 3339 date-time.
std::optional<EpochMs> from_rfc3339(std::string_view text);

}  // namespace collab
