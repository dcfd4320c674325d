// The proof that each event arrived everywhere, once and in order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "packet_scan.hpp"
#include "scenarios.hpp"

namespace collab::bench {

/// Every subscriber must see item `<run>-0`, `<run>-1`, … without a gap or a repeat, each naming its forerunner's rev.
/// Nearly always a subscriber gets the very bytes that another one got before, so most checks are one comparison.
class OrderChecker : public Listener {
 public:
  /// `subscribers` with the publisher itself, whose next request is the first event.
  OrderChecker(std::size_t subscribers, const Client& publisher, std::string list_id)
      : subscribers_(subscribers), first_ack_(publisher.next_ack()), list_id_(std::move(list_id)) {}

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
    if (client.index() >= next_.size()) next_.resize(client.index() + 1);
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

  /// Acknowledgements may come in another order than requests, each after its event.
  void on_ack(Client& client, std::uint64_t id, std::string_view json) override {
    const PacketFields ack = scan_packet(json);
    if (!ack.ok) throw Failure("add_item was refused: " + std::string(json.substr(0, 400)));
    const std::size_t event = event_of(id);
    if (client.index() >= next_.size() || event >= next_[client.index()])
      throw Failure("an acknowledgement came before its event");
    if (ack.rev != events_[event].rev) throw Failure("an acknowledgement names another rev than its event");
    if (std::exchange(events_[event].is_acknowledged, true)) throw Failure("an event was acknowledged twice");
    ++acknowledged_;
  }
  /// The event that an acknowledgement is for.
  std::size_t event_of(std::uint64_t ack_id) const { return static_cast<std::size_t>(ack_id - first_ack_); }

 private:
  struct Event {
    std::string packet;
    std::int64_t rev = 0;
    std::size_t deliveries = 0;
    bool is_acknowledged = false;
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
    events_.push_back({std::string(json), fields.rev});
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
  std::uint64_t first_ack_;
  std::vector<std::size_t> next_;  // by client
  std::string list_id_;
  std::vector<Event> events_;
  std::uint64_t deliveries_ = 0;
  std::size_t completed_ = 0;
  std::size_t acknowledged_ = 0;
};

}  // namespace collab::bench
