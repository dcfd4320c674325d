// What Redis itself can do, driven by nothing but a blocking client that sends what servers send: the limit that they
// are compared with.
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <csignal>
#include <deque>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "connection.hpp"
#include "exchange/row_codec.hpp"
#include "exchange/scripts.hpp"
#include "lists.hpp"
#include "load_generator/process_meter.hpp"

namespace collab::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::uint16_t port = 0;
  Processes processes;
  unsigned lists = 100;
  std::size_t items = 16;
  std::size_t in_flight = 800;
  std::size_t changes = 0;
  std::size_t rate = 200;
  std::size_t milliseconds = 3000;
  std::size_t patience = 120;
  bool with_op_ids = false;
  bool only_updates = false;
};

/// What a script has to do at the very least to store a change, count it, queue it and tell of it.
const redis::Script& bare_script() {
  static const redis::Script script(R"(redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HINCRBY', KEYS[1], 'n', 1)
redis.call('XADD', KEYS[2], '*', 'l', KEYS[1], 'c', ARGV[3])
redis.call('SPUBLISH', KEYS[1], ARGV[3])
return 1)");
  return script;
}

/// Sends one change; its answer is given to `take`.
class Sender {
 public:
  virtual ~Sender() = default;
  virtual redis::Arguments send(const FloorList& list, const FloorList::Step& step) = 0;
  virtual void take(FloorList& list, const FloorList::Step& step, const redisReply& reply) = 0;
};

/// commit.lua, as the server asks it.
class Commits : public Sender {
 public:
  redis::Arguments send(const FloorList& list, const FloorList::Step& step) override {
    exchange::CommitRules limits;
    limits.rules.items_per_list = 0;
    const exchange::CommitRequest request = exchange::commit_request(keys_, list.attempt(step), limits);
    return exchange::scripts::commit().by_sha(request.keys, request.arguments);
  }
  void take(FloorList& list, const FloorList::Step& step, const redisReply& reply) override {
    if (reply.type != REDIS_REPLY_ARRAY || reply.elements == 0 || text_of(*reply.element[0]) != "OK" ||
        reply.elements < 3)
      throw std::runtime_error("a commit was not accepted");
    const auto rev = exchange::parse_rev(text_of(*reply.element[1]));
    const auto prev_rev = exchange::parse_rev(text_of(*reply.element[2]));
    if (!rev || !prev_rev || *prev_rev != list.state().rev || *rev <= *prev_rev)
      throw std::runtime_error("the chain of revs is broken");
    list.confirm(step, *rev, *prev_rev);
  }

 private:
  exchange::Keys keys_;
};

/// The same rows and messages by the bare script, which gives no rev: the one that was guessed stays.
class BareWrites : public Sender {
 public:
  redis::Arguments send(const FloorList& list, const FloorList::Step& step) override {
    const Change& change = *step.change;
    const exchange::Row row = exchange::rows_of(change, *step.before).front();
    redis::Arguments keys(keys_.list(list.id()), keys_.writes(keys_.partition_of(list.id())));
    redis::Arguments arguments(row.field, exchange::rev_text(change.rev) + row.tail,
                               exchange::encode_message(list.state().era, change));
    return bare_script().by_sha(keys, arguments);
  }
  void take(FloorList& list, const FloorList::Step& step, const redisReply& reply) override {
    if (reply.type != REDIS_REPLY_INTEGER) throw std::runtime_error("the bare script did not answer");
    list.confirm(step, std::max(step.change->rev, list.state().rev + 1), list.state().rev);
  }

 private:
  exchange::Keys keys_;
};

/// Lists in an otherwise empty Redis, and the traffic on them.
class Traffic {
 public:
  Traffic(const Options& options, Sender& sender) : options_(options), redis_(options.port), sender_(sender) {
    redis_.call(exchange::scripts::commit().load());
    redis_.call(bare_script().load());
    const std::vector<Rev> eras = take_eras();
    for (unsigned i = 0; i < options.lists; ++i) {
      const ListId id = ListId::make();
      lists_.emplace_back(id, i, eras[keys_.partition_of(id)], options.with_op_ids);
    }
  }

  /// As many as are wanted, each with its items, of which one is under way for each list.
  void make_lists() {
    const auto each = [this](const std::function<Command(FloorList&)>& command) {
      for (FloorList& list : lists_) post(list, command(list));
      while (!flights_.empty()) land();
    };
    for (const FloorList& list : lists_)  // as when a server has found that the store has no such list
      redis_.call(redis::Arguments("HSET", keys_.list(list.id()), exchange::meta_field,
                                   exchange::encode_meta(exchange::meta_of(list.state()))));
    each([](FloorList& list) { return list.create(); });
    for (std::size_t i = 0; i < options_.items; ++i) each([](FloorList& list) { return list.add(); });
  }

  /// The next change of the next list: one addition to four updates, as the load generator's, or updates only.
  void post_next() {
    FloorList& list = lists_[posted_ % lists_.size()];
    const std::size_t round = posted_++ / lists_.size();
    const bool adds = !options_.only_updates && round % 5 == 0;
    post(list, adds ? list.add() : list.update());
  }
  void land() {
    const Reply reply = redis_.pop();
    Flight flight = std::move(flights_.front());
    flights_.pop_front();
    sender_.take(*flight.list, flight.step, *reply);
    if (flight.is_timed)
      latencies_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - flight.sent).count());
    ++landed;
  }
  std::size_t in_flight() const { return flights_.size(); }
  const std::deque<FloorList>& lists() const { return lists_; }
  void time_from_now() { is_timed_ = true; }

  std::vector<double> latencies_us;
  std::size_t landed = 0;

 private:
  struct Flight {
    FloorList* list = nullptr;
    FloorList::Step step;
    Clock::time_point sent;
    bool is_timed = false;
  };

  void post(FloorList& list, Command command) {
    FloorList::Step step = list.decide(std::move(command));
    redis_.push(sender_.send(list, step));
    flights_.push_back({&list, std::move(step), Clock::now(), is_timed_});
  }

  std::vector<Rev> take_eras() {
    const Reply info = redis_.call(redis::Arguments("INFO", "replication"));
    const std::string_view text = text_of(*info);
    constexpr std::string_view name = "master_replid:";
    const std::string id(text.substr(text.find(name) + name.size(), 40));
    std::vector<Rev> eras;
    for (unsigned partition = 0; partition < keys_.partitions(); ++partition) {
      const redis::Arguments keys(keys_.era(partition), keys_.era_of_master(partition));
      const Reply era = redis_.call(exchange::scripts::era().by_text(keys, redis::Arguments(id)));
      eras.push_back(exchange::parse_rev(text_of(*era)).value());
    }
    return eras;
  }

  const Options options_;
  exchange::Keys keys_;
  Connection redis_;
  Sender& sender_;
  std::deque<FloorList> lists_;
  std::deque<Flight> flights_;
  std::size_t posted_ = 0;
  bool is_timed_ = false;
};

void add_percentiles(boost::json::object& result, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const auto at = [&times](double share) {
    return times.empty()
               ? 0.0
               : times[std::min(times.size() - 1, static_cast<std::size_t>(share * static_cast<double>(times.size())))];
  };
  result["p50_us"] = at(0.50);
  result["p99_us"] = at(0.99);
}

/// Changes as fast as Redis takes them, `in_flight` at a time.
boost::json::object measure_throughput(const Options& options, Sender& sender) {
  Traffic traffic(options, sender);
  traffic.make_lists();
  const auto run_for = [&](std::chrono::milliseconds time) {
    for (const auto end = Clock::now() + time; Clock::now() < end; traffic.land())
      while (traffic.in_flight() < options.in_flight) traffic.post_next();
  };
  run_for(std::chrono::milliseconds(300));
  const std::size_t before = traffic.landed;
  traffic.time_from_now();
  const Measurement measurement(options.processes);
  run_for(std::chrono::milliseconds(options.milliseconds));
  boost::json::object result = measurement.finish();
  const auto operations = static_cast<double>(traffic.landed - before);
  while (traffic.in_flight() > 0) traffic.land();
  result["operations"] = operations;
  result["operations_per_second"] = operations / result["seconds"].as_double();
  result["redis_us_per_operation"] = result["server_cpu_us"].as_double() / operations;
  add_percentiles(result, std::move(traffic.latencies_us));
  return result;
}

/// The time from sending the bare script until its message is heard on another connection, at a steady rate.
boost::json::object measure_round_trip(const Options& options) {
  Connection commands(options.port), messages(options.port);
  commands.call(bare_script().load());
  FloorList list(ListId::make(), 0, 1'700'000'000'000, false);
  BareWrites writes;
  const auto grow = [&](Command command) {
    const FloorList::Step step = list.decide(std::move(command));
    writes.take(list, step, *commands.call(writes.send(list, step)));
  };
  grow(list.create());
  grow(list.add());
  const exchange::Keys keys;
  messages.call(redis::Arguments("SSUBSCRIBE", keys.list(list.id())));

  std::vector<double> times;
  const Measurement measurement(options.processes);
  const auto end = Clock::now() + std::chrono::milliseconds(options.milliseconds);
  const auto period = std::chrono::nanoseconds(std::chrono::seconds(1)) / options.rate;
  for (auto due = Clock::now(); due < end; due += period) {
    std::this_thread::sleep_until(due);
    const FloorList::Step step = list.decide(list.update());
    const auto sent = Clock::now();
    commands.push(writes.send(list, step));
    commands.flush();
    const Reply message = messages.pop();
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - sent).count());
    if (message->elements != 3 || text_of(*message->element[0]) != "smessage")
      throw std::runtime_error("another message was expected");
    writes.take(list, step, *commands.pop());
  }
  boost::json::object result = measurement.finish();
  result["operations"] = times.size();
  add_percentiles(result, std::move(times));
  return result;
}

/// No measurement: a given number of changes, which wait in the streams then; and what a store must hold of them.
boost::json::object fill(const Options& options) {
  Commits commits;
  Traffic traffic(options, commits);
  traffic.make_lists();
  while (traffic.landed + traffic.in_flight() < options.changes) {
    traffic.post_next();
    if (traffic.in_flight() >= options.in_flight) traffic.land();
  }
  while (traffic.in_flight() > 0) traffic.land();
  std::int64_t items = 0, item_revs = 0, list_revs = 0;
  for (const FloorList& list : traffic.lists()) {
    list_revs += list.state().rev % 1'000'000;
    list.state().items.for_each([&](const ItemId&, const SharedItem& item) {
      ++items;
      item_revs += item->rev % 1'000'000;
    });
  }
  boost::json::object result;
  result["changes"] = traffic.landed;
  result["lists"] = traffic.lists().size();
  result["items"] = items;
  result["item_revs"] = item_revs;
  result["list_revs"] = list_revs;
  return result;
}

/// Waits until no change is in the streams; `processes` are who brings them into the store, and whom it costs.
boost::json::object drain(const Options& options) {
  Connection redis(options.port);
  const exchange::Keys keys;
  redis::Arguments count("EVAL",
                         "local n, dead = 0, 0 for i, key in ipairs(KEYS) do "
                         "if i % 2 == 1 then n = n + redis.call('XLEN', key) "
                         "else dead = dead + redis.call('XLEN', key) end end return {n, dead}",
                         keys.partitions() * 2);
  for (unsigned partition = 0; partition < keys.partitions(); ++partition)
    count.add(keys.writes(partition)).add(keys.dead_letters(partition));
  const Measurement measurement(options.processes);
  const auto deadline = Clock::now() + std::chrono::seconds(options.patience);
  for (;;) {
    const Reply reply = redis.call(count);
    if (reply->element[1]->integer > 0) throw std::runtime_error("changes became dead letters");
    if (reply->element[0]->integer == 0) break;
    if (Clock::now() > deadline)
      throw std::runtime_error(std::to_string(reply->element[0]->integer) + " changes still wait for the store");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return measurement.finish();
}

int run(int argc, char** argv) {
  CLI::App app("What a Redis on this machine can do by itself; it must be empty.");
  Options options;
  std::function<boost::json::object()> work;
  app.fallthrough();
  app.require_subcommand(1);
  app.add_option("--port", options.port)->required();
  app.add_option("--pid", options.processes.server, "the process that is measured")->required();
  app.add_option("--core", options.processes.core, "the core that it is pinned to");
  app.add_option("--companion", options.processes.companions, "a process that works with it; its CPU time is told too");
  app.add_option("--lists", options.lists)->check(CLI::Range(1, 10'000));
  app.add_option("--items", options.items, "in each list at the beginning")->check(CLI::Range(1, 100'000));
  app.add_option("--in-flight", options.in_flight, "commands; at most as many as there are items at the beginning")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--milliseconds", options.milliseconds)->check(CLI::Range(100, 60'000));
  app.add_option("--patience", options.patience, "seconds until a drain has failed")->check(CLI::Range(1, 3'600));
  app.add_flag("--only-updates", options.only_updates, "updates only; else one addition to four of them");
  app.add_flag("--op-ids", options.with_op_ids, "commands with an op_id, which is remembered");
  const auto add = [&](const char* name, const char* what, std::function<boost::json::object()> does) {
    CLI::App* mode = app.add_subcommand(name, what);
    mode->callback([&work, does] { work = does; });
    return mode;
  };
  add("commit", "commit.lua as a server sends it, pipelined", [&options] {
    Commits commits;
    return measure_throughput(options, commits);
  });
  add("bare", "a script that writes, counts, queues and publishes the same without looking", [&options] {
    BareWrites writes;
    return measure_throughput(options, writes);
  });
  add("roundtrip", "the bare script, until its message is heard", [&options] { return measure_round_trip(options); })
      ->add_option("--rate", options.rate, "a second")
      ->check(CLI::Range(1, 10'000));
  add("fill", "a number of changes, left in the streams", [&options] { return fill(options); })
      ->add_option("--changes", options.changes)
      ->check(CLI::Range(1, 10'000'000));
  add("drain", "waits until the streams are empty", [&options] { return drain(options); });
  CLI11_PARSE(app, argc, argv);
  try {
    if (options.in_flight > options.lists * options.items)
      throw std::runtime_error("more commands in flight than items: two would be about one item");
    std::cout << boost::json::serialize(work()) << std::endl;
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
