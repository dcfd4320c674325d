// What can be measured: each scenario drives one server that already runs, checks every promise it depends on, and
// returns its figures as JSON. All are bounded in count and time, and throw a Failure when a promise is broken.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "swarm.hpp"

namespace collab::bench {

/// A list of one owner that other users may see.
struct SharedList {
  std::string id;
  Client* owner = nullptr;
  std::vector<std::string> members;
};

/// A new list, shared by link with `users` new users. Sharing with as many users as there are sockets would measure
/// membership lists, so many sockets belong to each user.
SharedList make_shared_list(Swarm& swarm, std::size_t users);
/// Connects `count` sockets, the members taking turns.
std::vector<Client*> connect_members(Swarm& swarm, const SharedList& list, std::size_t count, std::uint16_t port = 0);
/// Lets every client send `join` (with `data`) and waits for all acknowledgements.
void join_all(Swarm& swarm, const std::vector<Client*>& clients, const std::string& data = "{}");
/// Adds items named `<prefix><n>`, 256 in flight; returns their ids.
std::vector<std::string> fill_list(Swarm& swarm, Client& client, const std::string& list_id, std::size_t items,
                                   const std::string& prefix);
/// A word that no other run of the generator has used.
const std::string& run_name();
/// The smallest of the `sorted` values that this share of them does not exceed; 0 if there are none.
double percentile(const std::vector<double>& sorted, double share);

struct FanOutOptions {
  std::size_t subscribers = 1000;
  std::size_t peer_subscribers = 0;  ///< besides, at the second server
  std::size_t users = 20;
  std::size_t in_flight = 8;
  std::chrono::milliseconds time{3000};
};
/// One publisher, many subscribers, in three ways: `single`, `inflight`, `burst` (10 events, ten times a second).
boost::json::object measure_fan_out(Swarm& swarm, const FanOutOptions& options);

struct AcrossOptions {
  std::size_t events_per_second = 200;
  std::chrono::milliseconds time{3000};
};
/// How long an event takes from a client of the first server to a client of the second, at a steady rate.
boost::json::object measure_across(Swarm& swarm, const AcrossOptions& options);

struct OperationsOptions {
  std::size_t connections = 100;
  std::size_t in_flight = 8;
  std::chrono::milliseconds time{3000};
  bool verify_state = false;
};
/// Each connection adds to and updates a list of its own.
boost::json::object measure_operations(Swarm& swarm, const OperationsOptions& options);

struct BigListOptions {
  std::size_t items = 10'000;
  std::size_t updates = 2'000;
  std::size_t rounds = 5;
};
/// Updates in a list of 10 items and in a large one, in turns.
boost::json::object measure_big_list(Swarm& swarm, const BigListOptions& options);

struct StandingOptions {
  std::size_t connections = 10'000;
  std::size_t users = 20;
};
/// Memory of the server for each joined connection that does nothing.
boost::json::object measure_idle(Swarm& swarm, const StandingOptions& options);
/// Clients that come back and name what they have.
boost::json::object measure_reconnect(Swarm& swarm, const StandingOptions& options);

struct JoinOptions {
  std::size_t clients = 1000;
  std::size_t users = 20;
  std::size_t items = 5000;
};
/// Many clients that join a large list at once.
boost::json::object measure_join(Swarm& swarm, const JoinOptions& options);

struct FillOptions {
  std::size_t lists = 100;
  std::size_t items = 10'000;
};
/// No measurement: stores many items, for one that follows, and names the lists and their users.
boost::json::object fill_lists(Swarm& swarm, const FillOptions& options);

struct OpenOptions {
  std::string run;  ///< of the `fill` that made the lists
  std::vector<std::string> lists;
  std::size_t items = 0;  ///< that each must have
};
/// Each list is opened by its user, one after the other; and then all of them once more.
boost::json::object measure_open(Swarm& swarm, const OpenOptions& options);

}  // namespace collab::bench
