// Opening lists that the server does not have in its memory.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "packet_scan.hpp"
#include "process_meter.hpp"
#include "scenarios.hpp"

namespace collab::bench {
namespace {

/// One client that opens its list: a whole snapshot must come, and the acknowledgement.
class Opener : public Listener {
 public:
  Opener(Client& client, std::string list_id, std::size_t items)
      : client_(client), list_id_(std::move(list_id)), items_(items) {
    client_.keep_large_events();
    client_.listen(this);
  }

  void open() {
    snapshot_.clear();
    is_acknowledged_ = false;
    client_.request("join_list", "{\"list_id\":\"" + list_id_ + "\"}");
  }
  bool is_open() const { return is_acknowledged_ && !snapshot_.empty(); }

  void on_event(Client&, std::string_view name, std::string_view json) override {
    if (name != "list_snapshot") return;
    if (!snapshot_.empty()) throw Failure("two snapshots for one request");
    snapshot_ = json;
  }
  void on_ack(Client&, std::uint64_t, std::string_view json) override {
    if (!scan_packet(json).ok) throw Failure("join_list was refused: " + std::string(json.substr(0, 400)));
    is_acknowledged_ = true;
  }

  void check() const {
    const auto packet = boost::json::parse(snapshot_);
    const auto& snapshot = packet.at(1).as_object();
    if (snapshot.at("list_id").as_string() != list_id_) throw Failure("a snapshot of another list");
    if (snapshot.at("items").as_object().size() != items_) throw Failure("a snapshot of another size");
  }

 private:
  Client& client_;
  std::string list_id_;
  std::size_t items_;
  std::string snapshot_;
  bool is_acknowledged_ = false;
};

boost::json::object open_all(Swarm& swarm, std::vector<Opener>& openers) {
  std::vector<double> times;
  const Measurement measurement(swarm.target().processes);
  for (Opener& opener : openers) {
    const auto start = Clock::now();
    opener.open();
    swarm.run_until([&] { return opener.is_open(); }, "join_list");
    times.push_back(std::chrono::duration<double, std::micro>(swarm.now() - start).count());
  }
  boost::json::object result = measurement.finish();
  for (const Opener& opener : openers) opener.check();
  std::sort(times.begin(), times.end());
  const auto count = static_cast<double>(openers.size());
  result["p50_us"] = percentile(times, 0.50);
  result["p99_us"] = percentile(times, 0.99);
  result["cpu_us_per_list"] = result["server_cpu_us"].as_double() / count;
  if (auto* companions = result.if_contains("companion_cpu_us"))
    for (auto& cpu : companions->as_array()) cpu = cpu.as_double() / count;
  return result;
}

}  // namespace

boost::json::object measure_open(Swarm& swarm, const OpenOptions& options) {
  std::vector<std::string> users;
  for (std::size_t i = 0; i < options.lists.size(); ++i)
    users.push_back("filler-" + options.run + "-" + std::to_string(i));
  const std::vector<Client*> clients = swarm.connect(users);
  std::vector<Opener> openers;
  openers.reserve(clients.size());  // they are listeners: they must not move
  for (std::size_t i = 0; i < clients.size(); ++i) openers.emplace_back(*clients[i], options.lists[i], options.items);
  boost::json::object result;
  result["first"] = open_all(swarm, openers);
  result["again"] = open_all(swarm, openers);
  result["noise"] = std::max(result["first"].at("noise").as_double(), result["again"].at("noise").as_double());
  return result;
}

}  // namespace collab::bench
