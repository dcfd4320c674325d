// The way of an event from one server to another.
#include <algorithm>
#include <string>
#include <vector>

#include "order_checker.hpp"
#include "process_meter.hpp"
#include "scenarios.hpp"

namespace collab::bench {
namespace {

/// Notes when each event was sent, when the far client had it and when it was acknowledged. That all of them came, once
/// and in order, is the checker's to see.
class Crossing : public Listener {
 public:
  Crossing(Swarm& swarm, const Client& far, OrderChecker& checker) : swarm_(swarm), far_(far), checker_(checker) {}
  std::vector<double> arrivals_us;
  std::vector<double> acks_us;

  void note_sent() { sent_.push_back(Clock::now()); }
  std::size_t sent() const { return sent_.size(); }
  bool is_settled() const { return checker_.completed() == sent() && checker_.acknowledged() == sent(); }

  void on_event(Client& client, std::string_view name, std::string_view json) override {
    checker_.on_event(client, name, json);
    if (&client == &far_ && name == "item_added") arrivals_us.push_back(since(arrivals_us.size()));
  }
  void on_ack(Client& client, std::uint64_t id, std::string_view json) override {
    checker_.on_ack(client, id, json);
    acks_us.push_back(since(checker_.event_of(id)));
  }

 private:
  double since(std::size_t event) const {
    return std::chrono::duration<double, std::micro>(swarm_.now() - sent_.at(event)).count();
  }

  Swarm& swarm_;
  const Client& far_;
  OrderChecker& checker_;
  std::vector<Clock::time_point> sent_;
};

}  // namespace

boost::json::object measure_across(Swarm& swarm, const AcrossOptions& options) {
  if (swarm.target().peer_port == 0) throw Failure("across needs a --peer-port");
  const SharedList list = make_shared_list(swarm, 1);
  Client& far = swarm.connect(list.members.front(), swarm.target().peer_port);
  join_all(swarm, {&far});
  OrderChecker checker(2, *list.owner, list.id);
  Crossing crossing(swarm, far, checker);
  far.listen(&crossing);
  list.owner->listen(&crossing);

  const auto publish_for = [&](std::chrono::milliseconds time) {
    const auto start = Clock::now();
    const auto period = std::chrono::nanoseconds(std::chrono::seconds(1)) / options.events_per_second;
    for (auto due = start; due < start + time; due += period) {
      while (Clock::now() < due) swarm.turn(std::chrono::milliseconds(1));
      crossing.note_sent();
      list.owner->request("add_item", "{\"list_id\":\"" + list.id + "\",\"name\":\"" + run_name() + "-" +
                                          std::to_string(crossing.sent() - 1) + "\"}");
      swarm.turn(std::chrono::milliseconds(0));
    }
    swarm.run_until([&] { return crossing.is_settled(); }, "deliveries");
  };
  publish_for(std::chrono::milliseconds(300));
  const std::size_t warm = crossing.sent();

  const Measurement measurement(swarm.target().processes);
  publish_for(options.time);
  boost::json::object result = measurement.finish();
  swarm.run_for(std::chrono::milliseconds(100));
  if (!crossing.is_settled()) throw Failure("events came that nobody had sent");

  const auto tell = [&](const char* name, std::vector<double> times) {
    times.erase(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(warm));
    std::sort(times.begin(), times.end());
    result[std::string(name) + "_p50_us"] = percentile(times, 0.50);
    result[std::string(name) + "_p99_us"] = percentile(times, 0.99);
  };
  result["events"] = crossing.sent() - warm;
  tell("arrival", crossing.arrivals_us);
  tell("ack", crossing.acks_us);
  return result;
}

}  // namespace collab::bench
