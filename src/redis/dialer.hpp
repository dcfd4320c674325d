// Opens connections: everything between an address and a node that has said who it is.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/task.hpp"
#include "redis/client.hpp"
#include "redis/connection.hpp"
#include "redis/stream.hpp"

namespace collab::redis {

/// What all connections of one client have in common. Shared, because tasks that open connections may outlive the
/// client for a moment. On its shard only.
class Dialer : public std::enable_shared_from_this<Dialer> {
 public:
  /// Throws std::runtime_error if a file for TLS cannot be used.
  Dialer(asio::io_context& io, Settings settings);

  /// Any node: authenticated, greeted, loaded, its PINGs running.
  Task<Result<std::unique_ptr<Connection>>> open(Address address) { return open(shared_from_this(), address, false); }
  /// The same for a sentinel: other credentials, no database, no scripts, no greeting.
  Task<Result<std::unique_ptr<Connection>>> open_sentinel(Address address) {
    return open(shared_from_this(), address, true);
  }
  /// Abandons every connection that was opened, with the tasks that wait on it, and opens nothing any more.
  void stop();
  bool is_stopped() const { return is_stopped_; }

  asio::io_context& io;
  const std::shared_ptr<const Settings> settings;
  const std::shared_ptr<Counters> counters = std::make_shared<Counters>();
  std::vector<Arguments> preloads = {};  ///< SCRIPT LOAD …

 private:
  static Task<Result<std::unique_ptr<Connection>>> open(std::shared_ptr<Dialer> self, Address address,
                                                        bool is_sentinel);
  static Task<Result<void>> greet(std::shared_ptr<Dialer> self, std::shared_ptr<Wire> wire);
  static Task<Result<void>> greet_sentinel(std::shared_ptr<Dialer> self, std::shared_ptr<Wire> wire);

  const std::shared_ptr<TlsContext> tls_;
  std::vector<std::weak_ptr<Wire>> opened_;
  bool is_stopped_ = false;
};

}  // namespace collab::redis
