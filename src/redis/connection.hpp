// One connection to one Redis node.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "redis/arguments.hpp"
#include "redis/reply.hpp"
#include "redis/script.hpp"
#include "redis/settings.hpp"

namespace collab::redis {

class Dialer;
class Wire;

/// What a node said of itself when it was greeted.
struct Greeting {
  bool is_master = false;
  std::string replication_id = {};  ///< `master_replid`: another one after each restart and promotion
};

/// An open connection: pipelined commands, replies in order. Commands of one turn leave in one write. Owned by whoever
/// opened it; destroying it closes it, and *tasks that wait on it are then destroyed too* (like OneShot's). On the
/// shard of its io_context only.
///
/// What holds for every command:
///  1. It is executed after those that were sent before, and its reply is its own.
///  2. Its task ends: with the reply, or Errc::unavailable. `is_outcome_unknown` tells if it may have been executed.
///  3. When a deadline passes the connection is closed, and everything in flight is answered so.
///  4. On a connection that is closed, it is refused at once.
class Connection {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// Resolves, connects, speaks TLS, authenticates, selects the database, and asks who is there. Everything within
  /// connect_deadline. Errc::unavailable with a message for the operator that never holds the password. Whether the
  /// node is a master is for the caller to look at. Client::open() is the way for those who have a client.
  static Task<Result<std::unique_ptr<Connection>>> open(asio::io_context& io, Settings settings, Address address);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// One command. `deadline` counts from here; Settings::command_deadline if not given. The reply is as Redis sent it:
  /// unless_fault() is for the caller.
  Task<Result<Reply>> send(Arguments command, std::optional<Milliseconds> deadline = std::nullopt);
  /// Several commands without another one between them; their replies in order. `[EVALSHA × k, WAIT]`: give a deadline
  /// that is longer than WAIT's. Refused as a whole or sent as a whole, but executed one by one: they are no
  /// transaction.
  Task<Result<std::vector<Reply>>> send_all(std::vector<Arguments> commands,
                                            std::optional<Milliseconds> deadline = std::nullopt);
  /// EVALSHA, and EVAL if the node does not know the script.
  Task<Result<Reply>> evaluate(Script script, Arguments keys, Arguments arguments);

  bool is_open() const;
  /// Closes it; whatever is in flight is answered `unavailable`. `why` is for the log and for on_close.
  void close(const std::string& why);
  /// Called once, in a turn of its own, when it is closed, or has been, by anything but its own destruction.
  void on_close(std::function<void(const std::string& why)> handler);

  const Address& address() const;
  const Greeting& greeting() const;
  std::size_t in_flight() const;
  /// Of the last PING that was answered: the greeting has one, then one each Settings::keepalive of silence.
  std::optional<std::chrono::microseconds> round_trip() const;

  /// From now on this is a connection of a subscriber: every reply but those of its own PINGs goes to the handler, in
  /// order, and send() is not to be used. `after_read` is called when all that had arrived was handed over.
  void listen(std::function<void(Reply)> handler, std::function<void()> after_read);
  /// Sends a command whose replies go to the handler of listen(). False if the connection is closed. A PING follows
  /// each batch, so that a node that does not answer is noticed within command_deadline.
  bool tell(const Arguments& command);

 private:
  friend class Dialer;
  friend class Nodes;
  explicit Connection(std::shared_ptr<Wire> wire);
  std::shared_ptr<Wire> wire_;
};

}  // namespace collab::redis
