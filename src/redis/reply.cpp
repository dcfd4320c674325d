#include "redis/reply.hpp"

#include <hiredis/read.h>

#include <array>
#include <chrono>
#include <utility>

#include "core/log.hpp"
#include "redis/unavailable.hpp"

namespace collab::redis {
namespace {

// hiredis calls these while it parses; they must not throw through its C code. `obj` of the parent task is the array
// that is being filled. Its elements grow one by one, however many the peer has announced; a pointer into it is used
// only until the next one is added.
Reply* place_of(const redisReadTask* task) noexcept {
  if (!task->parent) return new Reply;
  return &static_cast<Reply*>(task->parent->obj)->elements.emplace_back();
}

void* create_string(const redisReadTask* task, char* text, std::size_t length) noexcept {
  Reply* reply = place_of(task);
  reply->kind = task->type == REDIS_REPLY_STATUS  ? Reply::Kind::status
                : task->type == REDIS_REPLY_ERROR ? Reply::Kind::error
                                                  : Reply::Kind::string;
  reply->text.assign(text, length);
  return reply;
}

void* create_array(const redisReadTask* task, int) noexcept {
  Reply* reply = place_of(task);
  reply->kind = Reply::Kind::array;
  return reply;
}

void* create_integer(const redisReadTask* task, long long value) noexcept {
  Reply* reply = place_of(task);
  reply->kind = Reply::Kind::integer;
  reply->integer = value;
  return reply;
}

void* create_nil(const redisReadTask* task) noexcept { return place_of(task); }

void free_object(void* reply) noexcept { delete static_cast<Reply*>(reply); }

redisReplyObjectFunctions functions{create_string, create_array, create_integer, create_nil, free_object};

struct Fault {
  std::string_view code, sentence;
};
constexpr std::array faults{
    Fault{"LOADING", "Redis is still loading its data"},
    Fault{"READONLY", "this Redis node is no master any more"},
    Fault{"MASTERDOWN", "the Redis master is away"},
    Fault{"CLUSTERDOWN", "the Redis cluster is down"},
    Fault{"TRYAGAIN", "Redis is moving these keys"},
    Fault{"BUSY", "Redis is busy with a script"},
    Fault{"MISCONF", "Redis cannot write to its disk"},
    Fault{"OOM", "Redis is out of memory"},
    Fault{"NOREPLICAS", "Redis has too few replicas"},
    Fault{"NOAUTH", "Redis demands a password"},
    Fault{"NOPERM", "Redis does not permit this to our user"},
    Fault{"MOVED", "the Redis cluster is changing"},
    Fault{"ASK", "the Redis cluster is changing"},
};

// A fault concerns every command while it lasts; a line each second tells as much.
void log_fault(std::size_t index, const Reply& reply) {
  using Clock = std::chrono::steady_clock;
  thread_local std::array<Clock::time_point, faults.size()> logged{};
  const auto now = Clock::now();
  if (logged[index] != Clock::time_point{} && now - logged[index] < std::chrono::seconds(1)) return;
  logged[index] = now;
  log::warning("redis", "a command was refused", {{"reply", reply.text}});
}

void describe(const Reply& reply, std::string& out) {
  constexpr std::size_t text_limit = 200, element_limit = 20;
  switch (reply.kind) {
    case Reply::Kind::nil:
      out += "nil";
      return;
    case Reply::Kind::integer:
      out += std::to_string(reply.integer);
      return;
    case Reply::Kind::error:
      out += "error ";
      [[fallthrough]];
    case Reply::Kind::status:
    case Reply::Kind::string:
      out += '"';
      out += std::string_view(reply.text).substr(0, text_limit);
      out += reply.text.size() > text_limit ? "…\"" : "\"";
      return;
    case Reply::Kind::array:
      break;
  }
  out += '[';
  for (std::size_t i = 0; i < reply.elements.size(); ++i) {
    if (i > 0) out += ", ";
    if (i == element_limit) {
      out += "…";
      break;
    }
    describe(reply.elements[i], out);
  }
  out += ']';
}

}  // namespace

bool Reply::is_error(std::string_view code) const {
  return is_error() && text.starts_with(code) && (text.size() == code.size() || text[code.size()] == ' ');
}

std::string to_string(const Reply& reply) {
  std::string out;
  describe(reply, out);
  return out;
}

Result<Reply> unless_fault(Reply reply) {
  if (!reply.is_error()) return reply;
  for (std::size_t i = 0; i < faults.size(); ++i)
    if (reply.is_error(faults[i].code)) {
      log_fault(i, reply);
      return unavailable(std::string(faults[i].sentence));
    }
  return reply;
}

void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader(std::size_t max_bytes)
    : reader_(redisReaderCreateWithFunctions(&functions)), max_bytes_(max_bytes) {
  if (!reader_) throw std::bad_alloc();
}

ReplyReader::~ReplyReader() = default;

bool ReplyReader::feed(std::string_view bytes) {
  if (has_failed()) return false;
  unfinished_bytes_ += bytes.size();
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) problem_ = reader_->errstr;
  return !has_failed();
}

std::optional<Reply> ReplyReader::next() {
  if (has_failed()) return std::nullopt;
  void* object = nullptr;
  if (redisReaderGetReply(reader_.get(), &object) != REDIS_OK) {
    problem_ = reader_->errstr;
    return std::nullopt;
  }
  if (!object) {
    if (unfinished_bytes_ > max_bytes_) problem_ = "a reply of more than " + std::to_string(max_bytes_) + " bytes";
    return std::nullopt;
  }
  unfinished_bytes_ = reader_->len - reader_->pos;
  const std::unique_ptr<Reply> reply(static_cast<Reply*>(object));
  return std::move(*reply);
}

}  // namespace collab::redis
