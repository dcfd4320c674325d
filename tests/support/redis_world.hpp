// A client on the loop of the test's own thread, as a shard would have it.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "redis/client.hpp"
#include "redis/subscriber.hpp"
#include "support/await.hpp"

namespace collab::support {

/// A loop, and one client with one subscriber on it. Everything on the test's thread: the loop turns only inside the
/// calls of this class.
class RedisWorld {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds patience{20'000};

  explicit RedisWorld(redis::Settings settings) : client(std::make_unique<redis::Client>(io, std::move(settings))) {}

  /// Starts the client and waits until it is connected.
  void connect() {
    client->start();
    const auto connected = await_on(io, client->connected(patience));
    if (!connected) throw std::runtime_error("not connected: " + connected.error().message);
  }
  Result<redis::Reply> command(std::string_view key, redis::Arguments command) {
    return await_on(io, client->command(key, std::move(command)));
  }
  /// The same for what must succeed.
  redis::Reply must(std::string_view key, redis::Arguments words) {
    auto reply = command(key, std::move(words));
    if (!reply) throw std::runtime_error(reply.error().message);
    if (reply->is_error()) throw std::runtime_error(reply->text);
    return std::move(*reply);
  }
  /// Turns the loop until `is_true`, or fails the test.
  void turn_until(const std::function<bool()>& is_true, const std::string& what, Milliseconds limit = patience) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!is_true()) {
      if (std::chrono::steady_clock::now() > end) throw std::runtime_error("waited too long until " + what);
      io.restart();
      io.run_one_for(std::chrono::milliseconds(20));
    }
  }
  void turn_until_connected() {
    const auto connected = await_on(io, client->connected(patience));
    if (!connected) throw std::runtime_error("not connected: " + connected.error().message);
  }
  void turn_until_disconnected() {
    turn_until([&] { return !client->health().is_connected; }, "the client notices");
  }
  /// Starts the client and waits until its first attempt has ended: the problem, "" if there was none.
  std::string first_problem() {
    client->start();
    turn_until([this] { return client->health().is_connected || client->health().problem != "not connected yet"; },
               "it was tried");
    return client->health().problem;
  }
  const redis::Counters& counters() const { return client->counters(); }

  /// Makes the subscriber; what it brings is in `messages` and `events`.
  void subscribe_with_log() {
    subscriber = std::make_unique<redis::Subscriber>(*client);
    subscriber->on_message([this](std::string_view channel, std::string_view payload) {
      messages[std::string(channel)].emplace_back(payload);
      events.push_back(std::string(channel) + "=" + std::string(payload));
    });
    subscriber->on_lost([this](const std::vector<std::string>& channels) {
      for (const std::string& channel : channels) {
        lost[channel] += 1;
        events.push_back(channel + " lost");
      }
    });
  }
  Result<void> subscribe(std::string channel) { return await_on(io, subscriber->subscribe(std::move(channel))); }

  asio::io_context io;  // first: what is still on it is destroyed last, and never resumed
  std::unique_ptr<redis::Client> client;
  std::unique_ptr<redis::Subscriber> subscriber;
  std::map<std::string, std::vector<std::string>> messages;
  std::map<std::string, int> lost;
  std::vector<std::string> events;  ///< messages and losses in order: "channel=payload", "channel lost"
};

}  // namespace collab::support
