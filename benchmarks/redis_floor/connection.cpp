#include "connection.hpp"

#include <sys/time.h>

#include <stdexcept>

namespace collab::bench {
namespace {

constexpr timeval patience{30, 0};

}  // namespace

std::string_view text_of(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_STRING && reply.type != REDIS_REPLY_STATUS)
    throw std::runtime_error("Redis answered something else than text");
  return {reply.str, reply.len};
}

Connection::Connection(std::uint16_t port) : context_(redisConnectWithTimeout("127.0.0.1", port, patience)) {
  if (!context_ || context_->err) fail();
  redisSetTimeout(context_.get(), patience);
}

void Connection::fail() const {
  throw std::runtime_error(std::string("Redis: ") + (context_ ? context_->errstr : "no memory"));
}

void Connection::push(const redis::Arguments& command) {
  scratch_.clear();
  command.write_to(scratch_);
  if (redisAppendFormattedCommand(context_.get(), scratch_.data(), scratch_.size()) != REDIS_OK) fail();
}

void Connection::flush() {
  for (int is_done = 0; !is_done;)
    if (redisBufferWrite(context_.get(), &is_done) != REDIS_OK) fail();
}

Reply Connection::pop() {
  void* answer = nullptr;
  if (redisGetReply(context_.get(), &answer) != REDIS_OK) fail();
  Reply reply(static_cast<redisReply*>(answer));
  if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error("Redis refused: " + std::string(reply->str));
  return reply;
}

Reply Connection::call(const redis::Arguments& command) {
  push(command);
  return pop();
}

}  // namespace collab::bench
