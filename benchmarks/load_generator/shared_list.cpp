// What several scenarios begin with.
#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>

#include "packet_scan.hpp"
#include "scenarios.hpp"

namespace collab::bench {
namespace {

/// Counts acknowledgements, all of which must be good.
class AckCounter : public Listener {
 public:
  std::size_t count = 0;
  void on_ack(Client&, std::uint64_t, std::string_view json) override {
    if (!scan_packet(json).ok) throw Failure("refused: " + std::string(json.substr(0, 400)));
    ++count;
  }
};

/// Collects the ids of the items that this client added.
class Filler : public AckCounter {
 public:
  std::vector<std::string> ids;
  void on_event(Client&, std::string_view name, std::string_view json) override {
    if (name == "item_added") ids.emplace_back(scan_packet(json).item_id);
  }
};

}  // namespace

const std::string& run_name() {
  static const std::string name = [] {
    char text[16];
    const auto now = std::chrono::system_clock::now().time_since_epoch().count() / 1000;
    const auto end = std::to_chars(text, text + sizeof text, now, 36).ptr;
    return std::string(text, end);
  }();
  return name;
}

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

SharedList make_shared_list(Swarm& swarm, std::size_t users) {
  SharedList list;
  list.owner = &swarm.connect("owner-" + run_name());
  swarm.call(*list.owner, "join", "{}");
  list.id = scan_packet(swarm.call(*list.owner, "create_list", R"({"name":"Shared"})")).list_id;
  if (list.id.empty()) throw Failure("create_list was acknowledged without a list_id");
  const std::string link =
      swarm.call(*list.owner, "create_share_link", "{\"list_id\":\"" + list.id + "\",\"role\":\"editor\"}");
  const std::string code(scan_packet(link).code);
  for (std::size_t i = 0; i < users; ++i) {
    list.members.push_back("member-" + run_name() + "-" + std::to_string(i));
    Client& client = swarm.connect(list.members.back());
    swarm.call(client, "accept_share_link", "{\"code\":\"" + code + "\"}");
    swarm.close(client);
  }
  return list;
}

std::vector<Client*> connect_members(Swarm& swarm, const SharedList& list, std::size_t count, std::uint16_t port) {
  std::vector<std::string> users;
  users.reserve(count);
  for (std::size_t i = 0; i < count; ++i) users.push_back(list.members[i % list.members.size()]);
  return swarm.connect(users, port);
}

void join_all(Swarm& swarm, const std::vector<Client*>& clients, const std::string& data) {
  AckCounter counter;
  for (Client* client : clients) {
    client->listen(&counter);
    client->request("join", data);
  }
  swarm.run_until([&] { return counter.count == clients.size(); }, "join");
  for (Client* client : clients) client->listen(nullptr);
}

std::vector<std::string> fill_list(Swarm& swarm, Client& client, const std::string& list_id, std::size_t items,
                                   const std::string& prefix) {
  Filler filler;
  client.listen(&filler);
  std::size_t sent = 0;
  while (filler.count < items) {
    for (; sent < items && sent - filler.count < 256; ++sent) {
      client.request("add_item",
                     "{\"list_id\":\"" + list_id + "\",\"name\":\"" + prefix + std::to_string(sent) + "\"}");
    }
    const std::size_t before = filler.count;
    swarm.run_until([&] { return filler.count > before; }, "add_item");
  }
  client.listen(nullptr);
  if (filler.ids.size() != items)
    throw Failure("added " + std::to_string(items) + " items, saw " + std::to_string(filler.ids.size()) + " events");
  return std::move(filler.ids);
}

boost::json::object fill_lists(Swarm& swarm, const FillOptions& options) {
  std::vector<std::string> users;
  for (std::size_t i = 0; i < options.lists; ++i) users.push_back("filler-" + run_name() + "-" + std::to_string(i));
  const auto clients = swarm.connect(users);
  std::vector<std::string> lists;
  for (Client* client : clients) {
    swarm.call(*client, "join", "{}");
    lists.emplace_back(scan_packet(swarm.call(*client, "create_list", R"({"name":"Filled"})")).list_id);
  }
  std::vector<AckCounter> counters(clients.size());
  std::vector<std::size_t> sent(clients.size());
  for (std::size_t i = 0; i < clients.size(); ++i) clients[i]->listen(&counters[i]);
  std::size_t done = 0;
  swarm.run_until(
      [&] {
        done = 0;
        for (std::size_t i = 0; i < clients.size(); ++i) {
          for (; sent[i] < options.items && sent[i] - counters[i].count < 8; ++sent[i]) {
            clients[i]->request(
                "add_item", "{\"list_id\":\"" + lists[i] + "\",\"name\":\"stored " + std::to_string(sent[i]) + "\"}");
          }
          done += counters[i].count;
        }
        return done == options.items * clients.size();
      },
      "add_item");
  boost::json::object result;
  result["items"] = done;
  result["run"] = run_name();
  result["lists"] = boost::json::array(lists.begin(), lists.end());
  return result;
}

}  // namespace collab::bench
