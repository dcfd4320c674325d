#include "core/shard.hpp"

#include <string>

namespace collab {
namespace {

thread_local Shard* current_shard = nullptr;

// How many handlers one turn may run before the sockets are flushed: a bound on latency under load.
constexpr int max_handlers_per_turn = 512;

}  // namespace

Shard* Shard::current() { return current_shard; }

void Shard::loop() {
  current_shard = this;
  while (io_.run_one() > 0) {
    for (int handlers = 1; handlers < max_handlers_per_turn && io_.poll_one() > 0; ++handlers) {
    }
    end_turn();
  }
  current_shard = nullptr;
}

void Shard::end_turn() {
  turn_ending_.swap(turn_end_);
  for (auto& listener : turn_ending_) listener->on_turn_end();
  turn_ending_.clear();
  // Work asked for during the flush must not wait for an unrelated event.
  if (!turn_end_.empty()) asio::post(io_, [] {});
}

ShardSet::ShardSet(unsigned count) {
  for (unsigned index = 0; index < count; ++index) shards_.push_back(std::make_unique<Shard>(index));
}

ShardSet::~ShardSet() { stop_and_join(); }

void ShardSet::start() {
  for (auto& shard : shards_) {
    work_.push_back(asio::make_work_guard(shard->io()));
    threads_.emplace_back([&shard = *shard] {
      pthread_setname_np(pthread_self(), ("shard-" + std::to_string(shard.index())).c_str());
      shard.loop();
    });
  }
}

void ShardSet::stop_and_join() {
  work_.clear();
  for (auto& shard : shards_) shard->stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace collab
