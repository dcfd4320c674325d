// Acknowledged writes: how many a second, at what cost, and how long each takes.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "packet_scan.hpp"
#include "process_meter.hpp"
#include "scenarios.hpp"

namespace collab::bench {
namespace {

/// One connection that adds to and updates its own list: one add to four updates. Every operation must be acknowledged,
/// in order, and seen once as an event that continues the chain of revs.
class Worker : public Listener {
 public:
  Worker(Swarm& swarm, Client& client, std::string list_id)
      : swarm_(swarm), client_(client), list_id_(std::move(list_id)) {
    client_.listen(this);
  }

  void fill(std::size_t in_flight) {
    while (sent_.size() < in_flight) send();
  }
  void stop() { stopped_ = true; }
  bool is_idle() const { return sent_.empty(); }
  std::size_t acknowledged() const { return acknowledged_; }
  std::size_t added() const { return items_.size(); }
  std::vector<double> take_latencies() { return std::exchange(latencies_us_, {}); }

  void on_event(Client&, std::string_view name, std::string_view json) override {
    if (name == "list_snapshot") snapshot_ = json;
    if (name != "item_added" && name != "item_updated") return;
    const PacketFields fields = scan_packet(json);
    if (fields.list_id != list_id_) throw Failure("an event of another list");
    if (last_rev_ != 0 && fields.prev_rev != last_rev_)
      throw Failure("the chain of revs is broken in list " + list_id_);
    if (fields.rev <= last_rev_) throw Failure("an event came twice in list " + list_id_);
    last_rev_ = fields.rev;
    ++events_;
    if (name == "item_added") items_.emplace_back(fields.item_id);
  }

  void on_ack(Client&, std::uint64_t, std::string_view json) override {
    const PacketFields ack = scan_packet(json);
    if (!ack.ok) throw Failure("refused: " + std::string(json.substr(0, 400)));
    if (ack.rev > last_rev_) throw Failure("an acknowledgement came before its event");
    latencies_us_.push_back(std::chrono::duration<double, std::micro>(swarm_.now() - sent_.front()).count());
    sent_.pop_front();
    ++acknowledged_;
    if (!stopped_) send();
  }

  void check_counts() const {
    if (events_ != acknowledged_) {
      throw Failure(std::to_string(acknowledged_) + " acknowledgements but " + std::to_string(events_) +
                    " events in list " + list_id_);
    }
  }

  /// Fetches the list and compares it with what was acknowledged.
  void check_state() {
    client_.keep_large_events();
    swarm_.call(client_, "join_list", "{\"list_id\":\"" + list_id_ + "\"}");
    const auto packet = boost::json::parse(snapshot_);
    const auto& snapshot = packet.at(1).as_object();
    if (snapshot.at("items").as_object().size() != items_.size())
      throw Failure("the list holds another number of items than were added");
    if (snapshot.at("rev").to_number<std::int64_t>() != last_rev_)
      throw Failure("the list is at another rev than its last event");
  }

 private:
  static constexpr std::size_t most_items = 2000;

  void send() {
    const std::string number = std::to_string(++operations_);
    sent_.push_back(Clock::now());
    if (items_.empty() || (operations_ % 5 == 0 && items_.size() < most_items)) {
      client_.request("add_item", "{\"list_id\":\"" + list_id_ + "\",\"name\":\"added " + number + "\"}");
    } else {
      const std::string& item = items_[operations_ % items_.size()];
      client_.request("update_item", "{\"list_id\":\"" + list_id_ + "\",\"item_id\":\"" + item +
                                         "\",\"updates\":{\"name\":\"updated " + number + "\"}}");
    }
  }

  Swarm& swarm_;
  Client& client_;
  std::string list_id_;
  std::vector<std::string> items_;
  std::deque<Clock::time_point> sent_;
  std::vector<double> latencies_us_;
  std::string snapshot_;
  std::int64_t last_rev_ = 0;
  std::size_t operations_ = 0;
  std::size_t acknowledged_ = 0;
  std::size_t events_ = 0;
  bool stopped_ = false;
};

/// Updates of random items of one list by one connection, eight in flight.
class Updater : public Listener {
 public:
  Updater(Swarm& swarm, Client& client, std::string list_id, std::vector<std::string> items)
      : swarm_(swarm), client_(client), list_id_(std::move(list_id)), items_(std::move(items)) {}

  void run(std::size_t updates) {
    client_.listen(this);
    const std::size_t goal = acknowledged_ + updates;
    std::size_t sent = acknowledged_;
    while (acknowledged_ < goal) {
      for (; sent < goal && sent - acknowledged_ < 8; ++sent) {
        const std::string& item = items_[random_() % items_.size()];
        client_.request("update_item", "{\"list_id\":\"" + list_id_ + "\",\"item_id\":\"" + item +
                                           "\",\"updates\":{\"name\":\"updated " + std::to_string(sent) + "\"}}");
      }
      const std::size_t before = acknowledged_;
      swarm_.run_until([&] { return acknowledged_ > before; }, "update_item");
    }
    client_.listen(nullptr);
  }

  void on_ack(Client&, std::uint64_t, std::string_view json) override {
    if (!scan_packet(json).ok) throw Failure("refused: " + std::string(json.substr(0, 400)));
    ++acknowledged_;
  }

 private:
  Swarm& swarm_;
  Client& client_;
  std::string list_id_;
  std::vector<std::string> items_;
  std::size_t acknowledged_ = 0;
  std::minstd_rand random_{1};
};

}  // namespace

boost::json::object measure_operations(Swarm& swarm, const OperationsOptions& options) {
  std::vector<std::string> users;
  for (std::size_t i = 0; i < options.connections; ++i)
    users.push_back("worker-" + run_name() + "-" + std::to_string(i));
  std::vector<std::unique_ptr<Worker>> workers;
  for (Client* client : swarm.connect(users)) {
    swarm.call(*client, "join", "{}");
    const std::string ack = swarm.call(*client, "create_list", R"({"name":"Own"})");
    workers.push_back(std::make_unique<Worker>(swarm, *client, std::string(scan_packet(ack).list_id)));
  }
  for (const auto& worker : workers) worker->fill(options.in_flight);
  swarm.run_for(std::chrono::milliseconds(300));
  std::size_t before = 0;
  for (const auto& worker : workers) {
    before += worker->acknowledged();
    worker->take_latencies();
  }

  const Measurement measurement(swarm.target().processes);
  swarm.run_for(options.time);
  boost::json::object result = measurement.finish();
  std::size_t after = 0;
  std::vector<double> latencies;
  for (const auto& worker : workers) {
    after += worker->acknowledged();
    const auto some = worker->take_latencies();
    latencies.insert(latencies.end(), some.begin(), some.end());
    worker->stop();
  }
  swarm.run_until(
      [&] { return std::all_of(workers.begin(), workers.end(), [](const auto& worker) { return worker->is_idle(); }); },
      "the last acknowledgements");
  swarm.run_for(std::chrono::milliseconds(100));
  for (const auto& worker : workers) {
    worker->check_counts();
    if (options.verify_state) worker->check_state();
  }

  std::sort(latencies.begin(), latencies.end());
  const auto operations = static_cast<double>(after - before);
  result["operations"] = operations;
  result["operations_per_second"] = operations / result["seconds"].as_double();
  result["cpu_us_per_operation"] = result["server_cpu_us"].as_double() / operations;
  result["ack_p50_us"] = percentile(latencies, 0.50);
  result["ack_p99_us"] = percentile(latencies, 0.99);
  result["state_verified"] = options.verify_state;
  return result;
}

boost::json::object measure_big_list(Swarm& swarm, const BigListOptions& options) {
  Client& client = swarm.connect("big-" + run_name());
  swarm.call(client, "join", "{}");
  const auto make = [&](std::size_t items) {
    const std::string list_id(scan_packet(swarm.call(client, "create_list", R"({"name":"Sized"})")).list_id);
    auto ids = fill_list(swarm, client, list_id, items, "item ");
    return Updater(swarm, client, list_id, std::move(ids));
  };
  Updater small = make(10);
  Updater big = make(options.items);
  small.run(options.updates / 4);
  big.run(options.updates / 4);

  double noise = 0;
  const auto updates = static_cast<double>(options.updates);
  const auto cost = [&](Updater& updater, std::vector<double>& of_companion) {
    const Measurement measurement(swarm.target().processes);
    updater.run(options.updates);
    boost::json::object figures = measurement.finish();
    noise = std::max(noise, figures["noise"].as_double());
    if (const auto* companions = figures.if_contains("companion_cpu_us"))
      of_companion.push_back(companions->at(0).as_double() / updates);
    return figures["server_cpu_us"].as_double() / updates;
  };
  std::vector<double> companion_small;
  std::vector<double> companion_big;
  std::vector<double> small_costs;
  std::vector<double> big_costs;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    small_costs.push_back(cost(small, companion_small));
    big_costs.push_back(cost(big, companion_big));
  }
  for (auto* costs : {&small_costs, &big_costs, &companion_small, &companion_big})
    std::sort(costs->begin(), costs->end());
  boost::json::object result;
  result["cpu_us_in_small_list"] = percentile(small_costs, 0.5);
  result["cpu_us_in_big_list"] = percentile(big_costs, 0.5);
  result["ratio"] = percentile(big_costs, 0.5) / percentile(small_costs, 0.5);
  result["first_companion_us_in_small_list"] = percentile(companion_small, 0.5);
  result["first_companion_us_in_big_list"] = percentile(companion_big, 0.5);
  result["items"] = options.items;
  result["noise"] = noise;
  return result;
}

}  // namespace collab::bench
