// The command line: one scenario against one running server; figures as JSON on standard output, faults on standard
// error.
#include <sys/prctl.h>

#include <csignal>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <iostream>

#include "scenarios.hpp"

namespace collab::bench {
namespace {

using Scenario = std::function<boost::json::object(Swarm&)>;

struct Settings {
  Target target;
  int patience = 60;
  Scenario scenario;
};

struct Options {
  FanOutOptions fan_out;
  AcrossOptions across;
  OperationsOptions operations;
  BigListOptions big_list;
  StandingOptions standing;
  JoinOptions join;
  FillOptions fill;
  OpenOptions open;
  std::size_t milliseconds = 3000;
};

void add_scenarios(CLI::App& app, Settings& settings, Options& options) {
  const auto milliseconds = [&options] { return std::chrono::milliseconds(options.milliseconds); };
  CLI::App* fan_out =
      app.add_subcommand("fanout", "one publisher, many subscribers: single events, several in flight, bursts of 10");
  fan_out->add_option("--subscribers", options.fan_out.subscribers)->check(CLI::Range(0, 20'000));
  fan_out->add_option("--peer-subscribers", options.fan_out.peer_subscribers, "besides, at --peer-port")
      ->check(CLI::Range(0, 20'000));
  fan_out->add_option("--in-flight", options.fan_out.in_flight)->check(CLI::Range(1, 1'000));
  fan_out->add_option("--users", options.fan_out.users)->check(CLI::Range(1, 400));
  fan_out->callback([&, milliseconds] {
    options.fan_out.time = milliseconds();
    settings.scenario = [&](Swarm& swarm) { return measure_fan_out(swarm, options.fan_out); };
  });

  CLI::App* across = app.add_subcommand("across", "events from a client of --port to a client of --peer-port");
  across->add_option("--rate", options.across.events_per_second, "events a second")->check(CLI::Range(1, 1'000));
  across->callback([&, milliseconds] {
    options.across.time = milliseconds();
    settings.scenario = [&](Swarm& swarm) { return measure_across(swarm, options.across); };
  });

  const auto operations = [&, milliseconds] {
    options.operations.time = milliseconds();
    settings.scenario = [&](Swarm& swarm) { return measure_operations(swarm, options.operations); };
  };
  CLI::App* ops = app.add_subcommand("ops", "acknowledged adds and updates, each connection in its own list");
  ops->add_option("--connections", options.operations.connections)->check(CLI::Range(1, 10'000));
  ops->add_option("--in-flight", options.operations.in_flight)->check(CLI::Range(1, 1'000));
  ops->add_flag("--verify-state", options.operations.verify_state,
                "compare the lists at the end with what was acknowledged");
  ops->callback(operations);
  CLI::App* latency = app.add_subcommand("latency", "one connection, one operation in flight");
  latency->add_flag("--verify-state", options.operations.verify_state,
                    "compare the list at the end with what was acknowledged");
  latency->callback([&, operations] {
    options.operations.connections = 1;
    options.operations.in_flight = 1;
    operations();
  });

  CLI::App* big_list = app.add_subcommand("big-list", "updates in a list of 10 items and in a large one");
  big_list->add_option("--items", options.big_list.items)->check(CLI::Range(10, 100'000));
  big_list->add_option("--updates", options.big_list.updates)->check(CLI::Range(8, 100'000));
  big_list->callback(
      [&] { settings.scenario = [&](Swarm& swarm) { return measure_big_list(swarm, options.big_list); }; });

  const auto standing = [&](const char* name, const char* what, auto measure) {
    CLI::App* command = app.add_subcommand(name, what);
    command->add_option("--connections", options.standing.connections)->check(CLI::Range(1, 60'000));
    command->add_option("--users", options.standing.users)->check(CLI::Range(1, 400));
    command->callback([&settings, &options, measure] {
      settings.scenario = [&options, measure](Swarm& swarm) { return measure(swarm, options.standing); };
    });
  };
  standing("idle", "memory of joined connections that do nothing", &measure_idle);
  standing("reconnect", "clients that come back and have missed nothing", &measure_reconnect);

  CLI::App* join = app.add_subcommand("join", "many clients join a large list at once");
  join->add_option("--clients", options.join.clients)->check(CLI::Range(1, 10'000));
  join->add_option("--users", options.join.users)->check(CLI::Range(1, 400));
  join->add_option("--items", options.join.items)->check(CLI::Range(1, 100'000));
  join->callback([&] { settings.scenario = [&](Swarm& swarm) { return measure_join(swarm, options.join); }; });

  CLI::App* fill = app.add_subcommand("fill", "store many items and measure nothing");
  fill->add_option("--lists", options.fill.lists)->check(CLI::Range(1, 1'000));
  fill->add_option("--items", options.fill.items)->check(CLI::Range(1, 100'000));
  fill->callback([&] { settings.scenario = [&](Swarm& swarm) { return fill_lists(swarm, options.fill); }; });

  CLI::App* open = app.add_subcommand("open", "lists that a `fill` made, each opened by its user, twice");
  open->add_option("--run", options.open.run, "as that fill told it")->required();
  open->add_option("--list", options.open.lists, "as that fill told them, in its order")->required();
  open->add_option("--items", options.open.items, "that each must have")->required();
  open->callback([&] { settings.scenario = [&](Swarm& swarm) { return measure_open(swarm, options.open); }; });
}

int run(int argc, char** argv) {
  CLI::App app("Loads a Socket.IO server on this machine and checks every delivery.");
  Settings settings;
  Options options;
  app.fallthrough();
  app.require_subcommand(1);
  app.add_option("--port", settings.target.port, "the server's port")->required();
  app.add_option("--host", settings.target.host, "the server's address, within 127.0.0.0/8");
  app.add_option("--secret", settings.target.secret, "the HS256 key of its users' tokens")->required();
  app.add_option("--peer-port", settings.target.peer_port, "the port of a second server that shares its lists");
  Processes& processes = settings.target.processes;
  app.add_option("--pid", processes.server, "the server's process, whose CPU time and memory are read")->required();
  app.add_option("--core", processes.core, "the core that the server is pinned to");
  app.add_option("--companion", processes.companions, "a process that works with it; its CPU time is told too");
  app.add_option("--milliseconds", options.milliseconds, "length of each measured window")
      ->check(CLI::Range(100, 60'000));
  app.add_option("--patience", settings.patience, "seconds without an answer until the run has failed")
      ->check(CLI::Range(1, 600));
  add_scenarios(app, settings, options);
  CLI11_PARSE(app, argc, argv);

  raise_file_limit();
  try {
    Swarm swarm(settings.target, std::chrono::seconds(settings.patience));
    std::cout << boost::json::serialize(settings.scenario(swarm)) << std::endl;
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << std::endl;
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace collab::bench

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  return collab::bench::run(argc, argv);
}
