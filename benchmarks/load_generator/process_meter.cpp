// Field positions: proc(5); schedstat: the kernel's Documentation/scheduler/sched-stats.rst.
#include "process_meter.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace collab::bench {
namespace {

struct ThreadTime {
  std::int64_t running_ns = 0;
  std::int64_t waiting_ns = 0;
};

ThreadTime thread_time(const std::filesystem::path& process) {
  ThreadTime total;
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator(process / "task", gone)) {
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

std::filesystem::path path_of(int process) { return "/proc/" + std::to_string(process); }

/// A number of /proc/PID/stat, by its place behind the name, from 0; 0 if the process is gone.
std::int64_t number_of(const std::filesystem::path& process, int place) {
  std::ifstream file(process / "stat");
  std::string line;
  std::getline(file, line);
  std::istringstream rest(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::string field;
  for (int i = 0; i < place; ++i) rest >> field;
  std::int64_t number = 0;
  rest >> number;
  return number;
}

std::int64_t user_ticks(int process) { return number_of(path_of(process), 11); }

/// PostgreSQL has a process for each connection.
std::vector<int> with_children(int parent) {
  std::vector<int> found{parent};
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (number_of(entry.path(), 1) == parent) found.push_back(std::stoi(name));
  }
  return found;
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

Measurement::Measurement(Processes processes) : processes_(std::move(processes)), start_(take()) {}

Measurement::Sample Measurement::take() const {
  Sample sample;
  sample.wall_ns = std::chrono::steady_clock::now().time_since_epoch().count();
  sample.server_cpu_ns = thread_time(path_of(processes_.server)).running_ns;
  sample.known_user_ticks = user_ticks(processes_.server);
  sample.own_wait_ns = thread_time("/proc/self").waiting_ns;
  for (const int companion : processes_.companions) {
    std::int64_t running_ns = 0;
    for (const int process : with_children(companion)) {
      running_ns += thread_time(path_of(process)).running_ns;
      sample.known_user_ticks += user_ticks(process);
    }
    sample.companion_cpu_ns.push_back(running_ns);
  }
  if (!processes_.companions.empty()) sample.known_user_ticks += user_ticks(getpid());
  read_cores(sample);
  return sample;
}

void Measurement::read_cores(Sample& sample) const {
  std::ifstream stat("/proc/stat");
  std::string line;
  const std::string core = processes_.companions.empty() ? "cpu" + std::to_string(processes_.core) : "cpu";
  while (std::getline(stat, line) && line.starts_with("cpu")) {
    std::istringstream fields(line);
    std::string name;
    std::int64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
    fields >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
    if (name == core) sample.core_user_ticks = user + nice;
    if (name == "cpu") {
      sample.steal_ticks = steal;
      sample.all_ticks = user + nice + system + idle + iowait + irq + softirq + steal;
    }
  }
}

double Measurement::seconds() const {
  return static_cast<double>(std::chrono::steady_clock::now().time_since_epoch().count() - start_.wall_ns) / 1e9;
}

double Measurement::server_cpu_us() const {
  const auto now = thread_time(path_of(processes_.server)).running_ns;
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
                                                 (end.known_user_ticks - start_.known_user_ticks));
  const bool is_alone = processes_.companions.empty();
  const double foreign = is_alone && processes_.core < 0 ? 0.0 : share(foreign_ticks * tick_ns, wall_ns);
  const double waited = is_alone ? share(static_cast<double>(end.own_wait_ns - start_.own_wait_ns), wall_ns) : 0.0;

  boost::json::object result;
  result["seconds"] = wall_ns / 1e9;
  result["server_cpu_us"] = static_cast<double>(end.server_cpu_ns - start_.server_cpu_ns) / 1e3;
  result["noise"] = std::max({stolen, foreign, waited});
  if (is_alone) return result;
  boost::json::array companions;
  for (std::size_t i = 0; i < processes_.companions.size(); ++i)
    companions.emplace_back(static_cast<double>(end.companion_cpu_ns[i] - start_.companion_cpu_ns[i]) / 1e3);
  result["companion_cpu_us"] = std::move(companions);
  return result;
}

}  // namespace collab::bench
