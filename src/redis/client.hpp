// Redis as the layer above sees it: commands by key, whatever stands behind it: a node, sentinels, a cluster.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/counter.hpp"
#include "core/error.hpp"
#include "core/task.hpp"
#include "redis/arguments.hpp"
#include "redis/connection.hpp"
#include "redis/reply.hpp"
#include "redis/script.hpp"
#include "redis/settings.hpp"

namespace collab::redis {

class Nodes;

/// What has happened so far. Written on the client's shard, read by any thread.
struct Counters {
  Counter commands;          ///< sent, repetitions included
  Counter refused;           ///< answered `unavailable` without having been sent
  Counter moved;             ///< MOVED answers that were followed
  Counter asked;             ///< ASK answers that were followed
  Counter try_agains;        ///< TRYAGAIN answers
  Counter no_scripts;        ///< NOSCRIPT answers, each followed by EVAL
  Counter map_refreshes;     ///< CLUSTER SLOTS that were understood
  Counter connects;          ///< connections that became usable, first ones included
  Counter losses;            ///< connections that were usable and broke
  Counter missed_deadlines;  ///< commands whose deadline passed, PINGs included
};

/// How Redis is, in words.
struct Health {
  bool is_connected = false;  ///< to every master that we know of, and in a cluster every slot has one
  std::string problem = {};   ///< why not; "" = nothing
  std::string node = {};      ///< the master, or the cluster's masters
  std::optional<std::chrono::microseconds> round_trip = {};  ///< of the last PING; of a cluster, the slowest
  std::uint64_t losses = 0;                                  ///< connections lost so far
};

/// A master that we are connected to.
struct Node {
  Address address = {};
  std::string replication_id = {};  ///< as of when we connected
};

/// One client per shard. It keeps one connection to each master, reconnects by itself with backoff and full jitter, and
/// follows failovers and migrations. Everything on its shard.
///
/// Beyond what Connection promises for a command:
///  1. While the node of its key is not connected it is answered Errc::unavailable at once, with
///     `is_outcome_unknown == false`. The exception is a redirection to a node that is just being connected to: it
///     waits for that attempt.
///  2. Commands to one node are executed in the order in which they were issued. One that is redirected (MOVED, ASK,
///     TRYAGAIN) or repeated (NOSCRIPT; so preload()) loses its place.
///  3. A command is repeated only if the answer says that it was not executed.
///  4. It ends within about twice Settings::command_deadline, however often it is sent on.
///  5. Replies that tell of Redis' state are Errc::unavailable, see unless_fault(); other errors are replies.
/// Destroying the client closes every connection that it has opened, destroys the tasks that wait for it, as OneShot
/// does, and calls no handler any more.
class Client {
 public:
  /// Runs on each new connection to a master before any other command goes out on it. If it fails, the connection is
  /// closed and tried again later, and its message is what health() tells. The connection lives until the task ends.
  using ConnectHook = std::function<Task<Result<void>>(Connection&)>;

  /// Does not connect yet. Throws std::runtime_error if a file of `settings.tls` cannot be used.
  Client(asio::io_context& io, Settings settings);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Loads the script on each new connection, before the hook, so that NOSCRIPT is rare. Before start().
  void preload(const Script& script);
  /// Before start(). At most one.
  void on_connect(ConnectHook hook);
  /// Begins to connect. Once.
  void start();
  /// Completes when everything is connected, or with the problem when `limit` has passed. Client goes on trying.
  Task<Result<void>> connected(std::chrono::milliseconds limit);

  /// A command on the node that serves `routing_key`; with "" on any node.
  Task<Result<Reply>> command(std::string_view routing_key, Arguments command);
  /// A script on the node that serves the first key. All keys must have one slot; `keys` empty: any node.
  Task<Result<Reply>> evaluate(const Script& script, Arguments keys, Arguments arguments);

  /// A connection of the caller's own to the node that serves the key, greeted, preloaded and hooked as ours are: for
  /// what blocks, such as WAIT. It is not reconnected, and it follows neither a slot nor a failover (MOVED and READONLY
  /// are replies like others there): open another one. Destroy it before the client or after it.
  Task<Result<std::unique_ptr<Connection>>> open(std::string_view routing_key);

  /// Who serves the key; nothing while it is not connected.
  std::optional<Node> node_of(std::string_view routing_key) const;
  /// Every master that is connected.
  std::vector<Node> nodes() const;
  Health health() const;
  const Counters& counters() const;
  const Settings& settings() const;

 private:
  friend class Subscriber;
  std::shared_ptr<Nodes> nodes_;
};

}  // namespace collab::redis
