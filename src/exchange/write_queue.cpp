#include "exchange/write_queue.hpp"

#include <algorithm>

#include "exchange/scripts.hpp"

namespace collab::exchange {
namespace {

constexpr std::string_view group = "store";

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

}  // namespace

WriteQueueGauge::WriteQueueGauge(asio::io_context& io, redis::Client& client, Keys keys)
    : io_(io), client_(client), keys_(keys), readers_(io) {
  client_.preload(scripts::write_queue());
}

Task<WriteQueueReading> WriteQueueGauge::read(std::chrono::milliseconds limit) {
  if (outstanding_ == 0) begin();
  bool is_in_time = true;
  if (outstanding_ > 0) is_in_time = co_await readers_.wait(limit);
  WriteQueueReading reading = last_;
  if (!is_in_time) reading.problem = "Redis does not answer within " + std::to_string(limit.count()) + " ms";
  if (read_at_) reading.age = std::chrono::duration_cast<std::chrono::milliseconds>(now() - *read_at_);
  co_return reading;
}

/// One script for each partition, all in flight at once.
void WriteQueueGauge::begin() {
  outstanding_ = keys_.partitions();
  begun_ = now();
  sum_ = {};
  problem_.clear();
  for (unsigned partition = 0; partition < keys_.partitions(); ++partition)
    spawn(io_, "exchange: write queue", [this, partition] { return read_partition(partition); });
}

Task<void> WriteQueueGauge::read_partition(unsigned partition) {
  redis::Arguments keys(keys_.writes(partition), keys_.dead_letters(partition)), arguments(group);
  Task<Result<redis::Reply>> asking = client_.evaluate(scripts::write_queue(), std::move(keys), std::move(arguments));
  const Result<redis::Reply> reply = co_await std::move(asking);
  add(reply);
  if (--outstanding_ > 0) co_return;
  last_.problem = problem_;
  if (problem_.empty()) {
    last_.figures = sum_;
    read_at_ = now();
    last_.round_trip = std::chrono::duration_cast<std::chrono::microseconds>(*read_at_ - begun_);
  }
  readers_.admit_all();
}

void WriteQueueGauge::add(const Result<redis::Reply>& reply) {
  const bool is_good = reply && reply->is_array() && reply->elements.size() == 4 &&
                       std::ranges::all_of(reply->elements, &redis::Reply::is_integer);
  if (!is_good) {
    problem_ = reply ? "Redis does not answer as it should: " + redis::to_string(*reply) : reply.error().message;
    return;
  }
  const auto number = [&](std::size_t index) { return static_cast<std::uint64_t>(reply->elements[index].integer); };
  sum_.length += number(0);
  sum_.lag += number(1);
  sum_.oldest = std::max(sum_.oldest, std::chrono::milliseconds(reply->elements[2].integer));
  sum_.dead_letters += number(3);
}

}  // namespace collab::exchange
