// All simulated clients and the event loop they live on.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client.hpp"
#include "process_meter.hpp"

namespace collab::bench {

using Clock = std::chrono::steady_clock;

/// Where the server is and how its users prove themselves.
struct Target {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::uint16_t peer_port = 0;  ///< of a second server that shares its lists; 0 = there is none
  std::string secret;
  Processes processes;
};

/// One epoll loop on the calling thread. Scenarios read like a script: each call below runs the loop until it has its
/// answer, and throws a Failure when it has none in time or any client's connection breaks.
class Swarm {
 public:
  Swarm(Target target, std::chrono::seconds patience);
  ~Swarm();
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  const Target& target() const { return target_; }
  /// Connects one client of each user named, at most 128 handshakes at a time. The pointers live until `close` or the
  /// swarm's end. `port` 0: to the target's first server.
  std::vector<Client*> connect(const std::vector<std::string>& users, std::uint16_t port = 0);
  Client& connect(const std::string& user, std::uint16_t port = 0);
  void close(Client& client);

  /// Sends a request, waits for its acknowledgement and returns its argument array; a refusal is a Failure.
  std::string call(Client& client, std::string_view event, std::string_view data);
  /// Runs the loop until `done` says so, asked after every turn.
  void run_until(const std::function<bool()>& done, std::string_view awaiting);
  void run_for(std::chrono::milliseconds time);
  /// Runs one turn that waits at most `wait`.
  void turn(std::chrono::milliseconds wait);
  /// The time when the present turn's packets were read.
  Clock::time_point now() const { return now_; }

 private:
  friend class Client;
  void flush_later(Client& client) { dirty_.push_back(&client); }
  void on_ready(Client&) { ++ready_; }
  bool on_awaited_ack(Client& client, std::uint64_t id, std::string_view json);
  Client& open(const std::string& user, std::uint16_t port);
  void flush_dirty();
  void watch(Client& client, bool writing, bool is_new);

  struct AwaitedAck {
    Client* client = nullptr;
    std::uint64_t id = 0;
    bool arrived = false;
    std::string json;
  };

  Target target_;
  std::chrono::seconds patience_;
  int epoll_;
  Clock::time_point now_ = Clock::now();
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<Client*> dirty_;
  std::size_t ready_ = 0;
  std::string read_buffer_;
  AwaitedAck awaited_;
};

/// Raises the number of files that this process may open to what the system lets it.
void raise_file_limit();

}  // namespace collab::bench
