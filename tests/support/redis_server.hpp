// Real Redis servers for tests: one, a replica, sentinels, a cluster; with TLS and ACL users if wanted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "redis/reply.hpp"
#include "redis/settings.hpp"
#include "support/child_process.hpp"
#include "support/temp_dir.hpp"

namespace collab::support {

/// A port that nobody listens on, below those that the kernel gives to clients: a client that tries to connect to a
/// server which is away must not meet itself.
std::uint16_t server_port();

/// A CA and a certificate for localhost and 127.0.0.1, made with openssl; and another CA that signed nothing here.
struct Certificates {
  explicit Certificates(const std::filesystem::path& folder);
  std::string ca, certificate, key, other_ca;
  std::string client_certificate, client_key;  ///< signed by `ca`
};

/// A redis-server or redis-sentinel of its own on 127.0.0.1, in a folder of its own, which outlives restarts. Ended
/// with SIGKILL when destroyed. Calls throw if the server does not do what is asked within a deadline.
class RedisServer {
 public:
  /// Starts it. `options` are lines of redis.conf: {"appendonly yes", "user ann on >secret ~* +@all"}.
  explicit RedisServer(std::vector<std::string> options = {});
  struct Sentinel {};
  RedisServer(Sentinel, std::vector<std::string> options);
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::uint16_t tls_port() const { return tls_port_; }  ///< 0 unless with_tls() gave options
  std::string socket_path() const { return (folder_ / "redis.sock").string(); }
  redis::Address address() const;
  /// A client's settings for it, with deadlines and pauses short enough for a test.
  redis::Settings settings() const;
  pid_t pid() const { return process_->pid(); }
  std::string log() const { return text_of(folder_ / "log"); }

  // On the main thread: the server ends with the thread that has started it.
  void kill();    ///< SIGKILL, and waits for its end
  void pause();   ///< SIGSTOP
  void resume();  ///< SIGCONT
  void start();   ///< after kill(): on the same port and folder; returns when it answers
  void launch();  ///< the same, without waiting for an answer
  void restart() { kill(), start(); }

  /// A command over a connection of its own (hiredis' own client, so not ours). An error is a reply.
  redis::Reply run(const std::vector<std::string>& words) const;
  /// The value of a line of `INFO`.
  std::string info(const std::string& name) const;
  /// Connections with this CLIENT SETNAME.
  int clients_named(const std::string& name) const;

 private:
  TempDir folder_;
  const bool is_sentinel_;
  const std::uint16_t port_;
  std::uint16_t tls_port_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

/// Options that let a server speak TLS on a port of its own besides.
std::vector<std::string> with_tls(const Certificates& certificates, bool demands_client_certificate = false);

/// Masters with `replicas` each, all slots covered and agreed upon.
class RedisCluster {
 public:
  explicit RedisCluster(unsigned masters = 3, unsigned replicas = 1, std::vector<std::string> options = {});

  std::size_t size() const { return nodes_.size(); }
  RedisServer& node(std::size_t index) { return *nodes_[index]; }  ///< masters come first
  /// The index of the node that serves the slot now.
  std::size_t owner_of(unsigned slot) const;
  /// The same as one node sees it.
  std::optional<std::size_t> owner_of(unsigned slot, std::size_t asked) const;
  redis::Settings settings() const;

  /// The three steps of a slot's way to another master. Between the first and the last, commands on keys that are not
  /// at the source any more are answered ASK, and those on several keys TRYAGAIN.
  void begin_migration(unsigned slot, std::size_t from, std::size_t to);
  void migrate_keys(unsigned slot, std::size_t from, std::size_t to, int at_most = 1'000'000);
  void end_migration(unsigned slot, std::size_t to);

 private:
  std::string id_of(std::size_t node) const;
  std::vector<std::unique_ptr<RedisServer>> nodes_;
};

/// A master, `replicas` of it, and three sentinels that watch it under the name `tests`.
class RedisSentinels {
 public:
  explicit RedisSentinels(unsigned replicas = 2);

  RedisServer& node(std::size_t index) { return *nodes_[index]; }
  std::size_t size() const { return nodes_.size(); }
  RedisServer& sentinel(std::size_t index) { return *sentinels_[index]; }
  /// The index of the node that the sentinels call master.
  std::size_t master() const;
  redis::Settings settings() const;

 private:
  std::vector<std::unique_ptr<RedisServer>> nodes_, sentinels_;
};

}  // namespace collab::support
