// What the server cost while something was measured, and whether the machine was quiet enough to believe it. Linux
// only.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <vector>

namespace collab::bench {

/// Kilobytes of resident memory of a process (`Rss` of /proc/PID/smaps_rollup, which unlike `status` is exact).
std::int64_t resident_kilobytes(int process);

/// Whom a measurement is about.
struct Processes {
  int server = 0;
  int core = -1;                ///< that the server is pinned to; < 0: not pinned
  std::vector<int> companions;  ///< what works with it, on whatever cores: other servers, Redis, PostgreSQL
};

/// Measures from its construction to `finish`.
///
/// CPU time is that of all threads, in nanoseconds, from /proc/PID/task/*/schedstat; it is the clock behind `utime` and
/// `stime`, which only tick every 10 ms. Three signs tell a noisy window: time stolen by the host, user time that other
/// programs spent on the server's core, and time that this process waited in the run queue. The server's own wait is no
/// sign: on one core its threads wait for one another. With companions, which may share our core and wait for us as we
/// for them, the last two are replaced by the user time of all other programs on all cores, against one core's time.
class Measurement {
 public:
  /// With neither core nor companions nothing is known about foreign time.
  explicit Measurement(Processes processes);

  /// `{seconds, server_cpu_us, noise}`, noise being the worst of the shares; with companions `companion_cpu_us` too, in
  /// their order, each with the processes that it has started.
  boost::json::object finish() const;
  double seconds() const;
  double server_cpu_us() const;

 private:
  struct Sample {
    std::int64_t wall_ns = 0;
    std::int64_t server_cpu_ns = 0;
    std::vector<std::int64_t> companion_cpu_ns = {};
    std::int64_t known_user_ticks = 0;  // of the server; with companions, of them and this process too
    std::int64_t own_wait_ns = 0;
    std::int64_t core_user_ticks = 0;  // of the server's core; with companions, of all cores
    std::int64_t steal_ticks = 0;
    std::int64_t all_ticks = 0;
  };
  Sample take() const;
  void read_cores(Sample& sample) const;

  Processes processes_;
  Sample start_;
};

}  // namespace collab::bench
