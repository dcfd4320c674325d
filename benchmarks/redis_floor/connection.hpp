// A blocking connection to Redis that keeps many commands in flight.
#pragma once

#include <hiredis/hiredis.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "redis/arguments.hpp"

namespace collab::bench {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

/// The text of a string or status; throws if it is something else.
std::string_view text_of(const redisReply& reply);

/// On one thread. Whatever goes wrong throws a std::runtime_error, and so does an answer that is an error.
class Connection {
 public:
  explicit Connection(std::uint16_t port);

  /// Queues a command; what is queued leaves when pop() finds no answer that has come already, or with flush().
  void push(const redis::Arguments& command);
  void flush();
  /// The answer to the oldest command without one, or the next message.
  Reply pop();
  /// One command and its answer, with nothing else in flight.
  Reply call(const redis::Arguments& command);

 private:
  struct Close {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  [[noreturn]] void fail() const;

  std::unique_ptr<redisContext, Close> context_;
  std::string scratch_;
};

}  // namespace collab::bench
