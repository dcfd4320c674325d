// Field positions: proc(5); schedstat: the kernel's Documentation/scheduler/sched-stats.rst.
#include "process_meter.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace collab::bench {
namespace {

struct ThreadTime {
  std::int64_t running_ns = 0;
  std::int64_t waiting_ns = 0;
};

ThreadTime thread_time(const std::filesystem::path& process) {
  ThreadTime total;
  for (const auto& thread : std::filesystem::directory_iterator(process / "task")) {
    std::ifstream file(thread.path() / "schedstat");
    std::int64_t running = 0;
    std::int64_t waiting = 0;
    if (file >> running >> waiting) {
      total.running_ns += running;
      total.waiting_ns += waiting;
    }
  }
  return total;
}

std::int64_t user_ticks(int process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream rest(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::string field;
  for (int i = 0; i < 11; ++i) rest >> field;
  std::int64_t ticks = 0;
  rest >> ticks;
  return ticks;
}

}  // namespace

std::int64_t resident_kilobytes(int process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/smaps_rollup");
  std::string word;
  while (file >> word) {
    std::int64_t kilobytes = 0;
    if (word == "Rss:" && file >> kilobytes) return kilobytes;
  }
  throw std::runtime_error("cannot read the memory of process " + std::to_string(process));
}

Measurement::Measurement(int server_process, int server_core)
    : server_process_(server_process), server_core_(server_core), start_(take()) {}

Measurement::Sample Measurement::take() const {
  Sample sample;
  sample.wall_ns = std::chrono::steady_clock::now().time_since_epoch().count();
  sample.server_cpu_ns = thread_time("/proc/" + std::to_string(server_process_)).running_ns;
  sample.server_user_ticks = user_ticks(server_process_);
  sample.own_wait_ns = thread_time("/proc/self").waiting_ns;

  std::ifstream stat("/proc/stat");
  std::string line;
  const std::string core = "cpu" + std::to_string(server_core_);
  while (std::getline(stat, line) && line.starts_with("cpu")) {
    std::istringstream fields(line);
    std::string name;
    std::int64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
    fields >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
    if (name == "cpu") {
      sample.steal_ticks = steal;
      sample.all_ticks = user + nice + system + idle + iowait + irq + softirq + steal;
    } else if (name == core) {
      sample.core_user_ticks = user + nice;
    }
  }
  return sample;
}

double Measurement::seconds() const {
  return static_cast<double>(std::chrono::steady_clock::now().time_since_epoch().count() - start_.wall_ns) / 1e9;
}

double Measurement::server_cpu_us() const {
  const auto now = thread_time("/proc/" + std::to_string(server_process_)).running_ns;
  return static_cast<double>(now - start_.server_cpu_ns) / 1e3;
}

boost::json::object Measurement::finish() const {
  const Sample end = take();
  const auto wall_ns = static_cast<double>(end.wall_ns - start_.wall_ns);
  const double tick_ns = 1e9 / static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto share = [](double part, double whole) { return whole > 0 ? std::max(0.0, part / whole) : 0.0; };

  const double stolen = share(static_cast<double>(end.steal_ticks - start_.steal_ticks),
                              static_cast<double>(end.all_ticks - start_.all_ticks));
  const auto foreign_ticks = static_cast<double>((end.core_user_ticks - start_.core_user_ticks) -
                                                 (end.server_user_ticks - start_.server_user_ticks));
  const double foreign = server_core_ < 0 ? 0.0 : share(foreign_ticks * tick_ns, wall_ns);
  const double waited = share(static_cast<double>(end.own_wait_ns - start_.own_wait_ns), wall_ns);

  boost::json::object result;
  result["seconds"] = wall_ns / 1e9;
  result["server_cpu_us"] = static_cast<double>(end.server_cpu_ns - start_.server_cpu_ns) / 1e3;
  result["noise"] = std::max({stolen, foreign, waited});
  return result;
}

}  // namespace collab::bench
