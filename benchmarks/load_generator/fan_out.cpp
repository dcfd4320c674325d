// One event to many sockets: the cost of a delivery, and the proof that each arrived once and in order.
#include <boost/json/array.hpp>
#include <functional>
#include <string>
#include <vector>

#include "order_checker.hpp"
#include "process_meter.hpp"
#include "scenarios.hpp"

namespace collab::bench {
namespace {

class Publisher {
 public:
  Publisher(Swarm& swarm, const SharedList& list, OrderChecker& checker)
      : swarm_(swarm), list_(list), checker_(checker) {}

  void publish() {
    list_.owner->request("add_item", "{\"list_id\":\"" + list_.id + "\",\"name\":\"" + run_name() + "-" +
                                         std::to_string(sent_++) + "\"}");
  }

  /// Keeps `depth` events on their way to somebody until the time is over, then waits until all have arrived.
  void keep_in_flight(std::size_t depth, std::chrono::milliseconds time) {
    const auto end = Clock::now() + time;
    while (Clock::now() < end) {
      while (sent_ - checker_.completed() < depth) publish();
      const std::size_t before = checker_.completed();
      swarm_.run_until([&] { return checker_.completed() > before; }, "deliveries");
    }
    settle();
  }

  /// Ten events at once, ten times a second.
  void send_bursts(std::chrono::milliseconds time) {
    const auto start = Clock::now();
    for (auto due = start; due < start + time; due += std::chrono::milliseconds(100)) {
      while (Clock::now() < due) {
        swarm_.turn(std::chrono::duration_cast<std::chrono::milliseconds>(due - Clock::now()) +
                    std::chrono::milliseconds(1));
      }
      for (int i = 0; i < 10; ++i) publish();
    }
    settle();
  }

  void settle() {
    swarm_.run_until([&] { return checker_.completed() == sent_ && checker_.acknowledged() == sent_; }, "deliveries");
  }

 private:
  Swarm& swarm_;
  const SharedList& list_;
  OrderChecker& checker_;
  std::size_t sent_ = 0;
};

}  // namespace

boost::json::object measure_fan_out(Swarm& swarm, const FanOutOptions& options) {
  const SharedList list = make_shared_list(swarm, options.users);
  auto subscribers = connect_members(swarm, list, options.subscribers);
  const auto at_peer = connect_members(swarm, list, options.peer_subscribers, swarm.target().peer_port);
  subscribers.insert(subscribers.end(), at_peer.begin(), at_peer.end());
  join_all(swarm, subscribers);

  OrderChecker checker(subscribers.size() + 1, *list.owner, list.id);
  for (Client* client : subscribers) client->listen(&checker);
  list.owner->listen(&checker);
  Publisher publisher(swarm, list, checker);
  publisher.keep_in_flight(4, std::chrono::milliseconds(300));

  boost::json::object result;
  const auto measure = [&](std::string_view mode, const std::function<void()>& publish) {
    const std::uint64_t deliveries_before = checker.deliveries();
    const Measurement measurement(swarm.target().processes);
    publish();
    boost::json::object figures = measurement.finish();
    const auto deliveries = static_cast<double>(checker.deliveries() - deliveries_before);
    figures["deliveries"] = deliveries;
    figures["events"] = deliveries / static_cast<double>(subscribers.size() + 1);
    figures["cpu_us_per_delivery"] = figures["server_cpu_us"].as_double() / deliveries;
    figures["deliveries_per_second"] = deliveries / figures["seconds"].as_double();
    result[mode] = std::move(figures);
  };
  measure("single", [&] { publisher.keep_in_flight(1, options.time); });
  measure("inflight", [&] { publisher.keep_in_flight(options.in_flight, options.time); });
  measure("burst", [&] { publisher.send_bursts(options.time); });

  swarm.run_for(std::chrono::milliseconds(200));
  publisher.settle();
  result["event_bytes"] = checker.mean_event_bytes();
  result["subscribers"] = subscribers.size();
  return result;
}

}  // namespace collab::bench
