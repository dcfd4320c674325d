// What the server cost while something was measured, and whether the machine was quiet enough to believe it. Linux
// only.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>

namespace collab::bench {

/// Kilobytes of resident memory of a process (`Rss` of /proc/PID/smaps_rollup, which unlike `status` is exact).
std::int64_t resident_kilobytes(int process);

/// Measures from its construction to `finish`.
///
/// CPU time is that of all threads, in nanoseconds, from /proc/PID/task/*/schedstat; it is the clock behind `utime` and
/// `stime`, which only tick every 10 ms. Three signs tell a noisy window: time stolen by the host, user time that other
/// programs spent on the server's core, and time that this process waited in the run queue. The server's own wait is no
/// sign: on one core its threads wait for one another.
class Measurement {
 public:
  /// `server_core` < 0: the server is not pinned, so nothing is known about foreign time.
  Measurement(int server_process, int server_core);

  /// `{seconds, server_cpu_us, noise}`, noise being the worst of the three shares.
  boost::json::object finish() const;
  double seconds() const;
  double server_cpu_us() const;

 private:
  struct Sample {
    std::int64_t wall_ns = 0;
    std::int64_t server_cpu_ns = 0;
    std::int64_t server_user_ticks = 0;
    std::int64_t own_wait_ns = 0;
    std::int64_t core_user_ticks = 0;
    std::int64_t steal_ticks = 0;
    std::int64_t all_ticks = 0;
  };
  Sample take() const;

  int server_process_;
  int server_core_;
  Sample start_;
};

}  // namespace collab::bench
