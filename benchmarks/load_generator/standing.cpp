// Many connections that do little: what they hold, and what it costs when they come back or join at once.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <string>
#include <vector>

#include "packet_scan.hpp"
#include "process_meter.hpp"
#include "scenarios.hpp"

namespace collab::bench {
namespace {

/// Notes where a client stands in each of its lists: what it would send as `known` after a lost connection.
class PositionKeeper : public Listener {
 public:
  void on_event(Client&, std::string_view name, std::string_view json) override {
    if (name != "list_snapshot") return;
    const PacketFields fields = scan_packet(json);
    positions_[std::string(fields.list_id)] =
        "{\"epoch\":\"" + std::string(fields.epoch) + "\",\"rev\":" + std::to_string(fields.rev) + "}";
  }
  std::string known() const {
    std::string text;
    for (const auto& [list_id, position] : positions_)
      text += (text.empty() ? "\"" : ",\"") + list_id + "\":" + position;
    return "{\"known\":{" + text + "}}";
  }

 private:
  std::map<std::string, std::string> positions_;
};

/// A client that is current must be sent no list, only the names of those it has.
class NothingMissed : public Listener {
 public:
  std::size_t count = 0;
  void on_event(Client&, std::string_view name, std::string_view) override {
    if (name == "list_snapshot" || name == "list_delta")
      throw Failure(std::string(name) + " to a client that had missed nothing");
  }
  void on_ack(Client&, std::uint64_t, std::string_view json) override {
    if (!scan_packet(json).ok) throw Failure("join was refused: " + std::string(json.substr(0, 400)));
    ++count;
  }
};

/// Every client must get the same large snapshot; the first one's is read in full.
class SnapshotChecker : public Listener {
 public:
  SnapshotChecker(std::string list_id, std::size_t items) : list_id_(std::move(list_id)), items_(items) {}
  std::size_t acknowledged = 0;
  std::size_t snapshots = 0;

  void on_event(Client&, std::string_view name, std::string_view json) override {
    if (name != "list_snapshot" || scan_packet(json).list_id != list_id_) return;
    const auto packet = boost::json::parse(json);
    const auto& snapshot = packet.at(1).as_object();
    if (snapshot.at("items").is_object() && snapshot.at("items").as_object().size() != items_)
      throw Failure("a snapshot of another size");
    see(json.size() + 2);
  }
  void on_large_event(Client&, std::string_view name, std::string_view, std::size_t size) override {
    if (name == "list_snapshot") see(size);
  }
  void on_ack(Client&, std::uint64_t, std::string_view json) override {
    if (!scan_packet(json).ok) throw Failure("join was refused: " + std::string(json.substr(0, 400)));
    ++acknowledged;
  }

 private:
  void see(std::size_t size) {
    if (size_ == 0) size_ = size;
    if (size != size_) throw Failure("two clients got snapshots of different length");
    ++snapshots;
  }
  std::string list_id_;
  std::size_t items_;
  std::size_t size_ = 0;
};

}  // namespace

boost::json::object measure_idle(Swarm& swarm, const StandingOptions& options) {
  const SharedList list = make_shared_list(swarm, options.users);
  join_all(swarm, connect_members(swarm, list, 100));
  swarm.run_for(std::chrono::milliseconds(500));

  const std::int64_t before = resident_kilobytes(swarm.target().processes.server);
  const auto clients = connect_members(swarm, list, options.connections);
  constexpr std::size_t group = 500;
  for (std::size_t first = 0; first < clients.size(); first += group) {
    const auto begin = clients.begin() + static_cast<std::ptrdiff_t>(first);
    join_all(swarm, {begin, begin + static_cast<std::ptrdiff_t>(std::min(group, clients.size() - first))});
  }
  swarm.run_for(std::chrono::milliseconds(1500));
  const std::int64_t after = resident_kilobytes(swarm.target().processes.server);
  const Measurement measurement(swarm.target().processes);
  swarm.run_for(std::chrono::milliseconds(500));

  boost::json::object result = measurement.finish();
  result["connections"] = options.connections;
  result["users"] = options.users;
  result["kilobytes_before"] = before;
  result["kilobytes_after"] = after;
  result["kilobytes_per_connection"] = static_cast<double>(after - before) / static_cast<double>(options.connections);
  return result;
}

boost::json::object measure_reconnect(Swarm& swarm, const StandingOptions& options) {
  const SharedList list = make_shared_list(swarm, options.users);
  fill_list(swarm, *list.owner, list.id, 50, "known ");
  std::map<std::string, std::string> known;
  for (const std::string& user : list.members) {
    PositionKeeper keeper;
    Client& client = swarm.connect(user);
    client.keep_large_events();
    client.listen(&keeper);
    swarm.call(client, "join", "{}");
    known[user] = keeper.known();
    swarm.close(client);
  }

  const Measurement connecting(swarm.target().processes);
  const auto clients = connect_members(swarm, list, options.connections);
  const boost::json::object connect_figures = connecting.finish();

  NothingMissed checker;
  const Measurement joining(swarm.target().processes);
  for (Client* client : clients) {
    client->listen(&checker);
    client->request("join", known.at(client->user()));
  }
  swarm.run_until([&] { return checker.count == clients.size(); }, "join");
  boost::json::object result = joining.finish();
  const auto count = static_cast<double>(options.connections);
  result["connections"] = options.connections;
  result["cpu_us_per_connect"] = connect_figures.at("server_cpu_us").as_double() / count;
  result["cpu_us_per_join"] = result["server_cpu_us"].as_double() / count;
  result["noise"] = std::max(result["noise"].as_double(), connect_figures.at("noise").as_double());
  return result;
}

boost::json::object measure_join(Swarm& swarm, const JoinOptions& options) {
  const SharedList list = make_shared_list(swarm, options.users);
  fill_list(swarm, *list.owner, list.id, options.items, "stored ");
  const auto clients = connect_members(swarm, list, options.clients);
  Client& reader = swarm.connect(list.members.front());
  reader.keep_large_events();
  SnapshotChecker checker(list.id, options.items);
  reader.listen(&checker);
  reader.request("join", "{}");
  swarm.run_until([&] { return checker.acknowledged == 1; }, "join");

  std::uint64_t bytes_before = 0;
  for (const Client* client : clients) bytes_before += client->bytes_received();
  const std::size_t snapshots_before = checker.snapshots;
  const Measurement measurement(swarm.target().processes);
  for (Client* client : clients) {
    client->listen(&checker);
    client->request("join", "{}");
  }
  swarm.run_until([&] { return checker.acknowledged == clients.size() + 1; }, "join");
  boost::json::object result = measurement.finish();
  if (checker.snapshots - snapshots_before != clients.size()) throw Failure("some clients got no snapshot, or two");

  std::uint64_t bytes = 0;
  for (const Client* client : clients) bytes += client->bytes_received();
  const auto count = static_cast<double>(options.clients);
  result["clients"] = options.clients;
  result["items"] = options.items;
  result["bytes_per_join"] = static_cast<double>(bytes - bytes_before) / count;
  result["cpu_us_per_join"] = result["server_cpu_us"].as_double() / count;
  return result;
}

}  // namespace collab::bench
