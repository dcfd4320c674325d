// One event to many sockets: the cost of a delivery, and the proof that each arrived once and in order.
#include <boost/json/array.hpp>
#include <functional>
#include <string>
#include <vector>

#include "packet_scan.hpp"
#include "process_meter.hpp"
#include "scenarios.hpp"

namespace collab::bench {
namespace {

/// Every subscriber must see item `<run>-0`, `<run>-1`, … without a gap or a repeat, each naming its forerunner's rev.
/// Nearly always a subscriber gets the very bytes that another one got before, so most checks are one comparison.
class OrderChecker : public Listener {
 public:
  OrderChecker(std::size_t subscribers, std::size_t clients, std::string list_id)
      : subscribers_(subscribers), next_(clients, 0), list_id_(std::move(list_id)) {}

  std::uint64_t deliveries() const { return deliveries_; }
  std::size_t completed() const { return completed_; }
  std::size_t acknowledged() const { return acknowledged_; }
  double mean_event_bytes() const {
    std::size_t bytes = 0;
    for (const auto& event : events_) bytes += event.packet.size();
    return events_.empty() ? 0.0 : static_cast<double>(bytes) / static_cast<double>(events_.size());
  }

  void on_event(Client& client, std::string_view name, std::string_view json) override {
    if (name != "item_added") return;
    std::size_t& next = next_[client.index()];
    if (next == events_.size()) {
      append(json);
    } else if (next > events_.size() || events_[next].packet != json) {
      compare(client, next, json);
    }
    ++deliveries_;
    if (++events_[next].deliveries == subscribers_) ++completed_;
    ++next;
  }

  void on_ack(Client&, std::uint64_t, std::string_view json) override {
    const PacketFields ack = scan_packet(json);
    if (!ack.ok) throw Failure("add_item was refused: " + std::string(json.substr(0, 400)));
    if (acknowledged_ >= events_.size()) throw Failure("an acknowledgement came before its event");
    if (ack.rev != events_[acknowledged_].rev) throw Failure("an acknowledgement names another rev than its event");
    ++acknowledged_;
  }

 private:
  struct Event {
    std::string packet;
    std::int64_t rev = 0;
    std::size_t deliveries = 0;
  };

  void append(std::string_view json) {
    const PacketFields fields = scan_packet(json);
    const std::string expected = run_name() + "-" + std::to_string(events_.size());
    if (fields.list_id != list_id_) throw Failure("an event of another list");
    if (fields.item_name != expected) {
      throw Failure("expected item " + expected + ", got " + std::string(fields.item_name));
    }
    if (!events_.empty() && (fields.prev_rev != events_.back().rev || fields.rev <= fields.prev_rev)) {
      throw Failure("the chain of revs is broken at " + expected);
    }
    events_.push_back({std::string(json), fields.rev, 0});
  }

  void compare(const Client& client, std::size_t next, std::string_view json) const {
    const PacketFields fields = scan_packet(json);
    if (next >= events_.size() || fields.rev != events_[next].rev ||
        fields.item_name != scan_packet(events_[next].packet).item_name) {
      throw Failure("client " + std::to_string(client.index()) + " got " + std::string(fields.item_name) +
                    " as event " + std::to_string(next));
    }
  }

  std::size_t subscribers_;
  std::vector<std::size_t> next_;
  std::string list_id_;
  std::vector<Event> events_;
  std::uint64_t deliveries_ = 0;
  std::size_t completed_ = 0;
  std::size_t acknowledged_ = 0;
};

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
  const auto subscribers = connect_members(swarm, list, options.subscribers);
  join_all(swarm, subscribers);

  OrderChecker checker(options.subscribers + 1, subscribers.back()->index() + 1, list.id);
  for (Client* client : subscribers) client->listen(&checker);
  list.owner->listen(&checker);
  Publisher publisher(swarm, list, checker);
  publisher.keep_in_flight(4, std::chrono::milliseconds(300));

  boost::json::object result;
  const auto measure = [&](std::string_view mode, const std::function<void()>& publish) {
    const std::uint64_t deliveries_before = checker.deliveries();
    const Measurement measurement(swarm.target().process, swarm.target().core);
    publish();
    boost::json::object figures = measurement.finish();
    const auto deliveries = static_cast<double>(checker.deliveries() - deliveries_before);
    figures["deliveries"] = deliveries;
    figures["cpu_us_per_delivery"] = figures["server_cpu_us"].as_double() / deliveries;
    figures["deliveries_per_second"] = deliveries / figures["seconds"].as_double();
    result[mode] = std::move(figures);
  };
  measure("single", [&] { publisher.keep_in_flight(1, options.time); });
  measure("inflight", [&] { publisher.keep_in_flight(8, options.time); });
  measure("burst", [&] { publisher.send_bursts(options.time); });

  swarm.run_for(std::chrono::milliseconds(200));
  publisher.settle();
  result["event_bytes"] = checker.mean_event_bytes();
  result["subscribers"] = options.subscribers;
  return result;
}

}  // namespace collab::bench
