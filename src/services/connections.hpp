// How many sockets each user has open, in this process.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/shard.hpp"
#include "model/ids.hpp"

namespace collab::services {

/// One for all shards; the count of a user lives on the user's shard. Outlives every Slot.
class Connections {
 public:
  /// `per_user`: LIMIT_CONNECTIONS_PER_USER, `in_all`: LIMIT_CONNECTIONS; 0 = no limit.
  Connections(ShardSet& shards, std::size_t per_user, std::size_t in_all);

  /// A place for one connection, given back when it is destroyed. Move-only; any thread.
  class Slot {
   public:
    Slot() = default;
    Slot(Connections* connections, UserId user_id) : connections_(connections), user_id_(std::move(user_id)) {}
    Slot(Slot&& other) noexcept
        : connections_(std::exchange(other.connections_, nullptr)), user_id_(std::move(other.user_id_)) {}
    Slot& operator=(Slot&& other) noexcept;
    ~Slot() { give_back(); }

   private:
    void give_back();
    Connections* connections_ = nullptr;
    UserId user_id_;
  };

  /// Takes a place; limit_exceeded reads `rate_limited` on the wire, because waiting or closing another tab helps.
  Task<Result<Slot>> open(UserId user_id);

  /// `left(user_id)` hears, on the user's shard, when the user's last connection has gone. Before the shards start.
  void on_left(std::function<void(const UserId&)> left) { left_ = std::move(left); }

  std::size_t total() const { return total_.load(std::memory_order_relaxed); }
  std::size_t unique_users() const { return users_.load(std::memory_order_relaxed); }

 private:
  friend class Slot;
  using Counts = std::unordered_map<UserId, std::size_t>;
  unsigned home_of(const UserId& user_id) const {
    return static_cast<unsigned>(std::hash<UserId>{}(user_id) % shards_.size());
  }

  ShardSet& shards_;
  const std::size_t per_user_, in_all_;
  std::vector<Counts> counts_;  // by shard
  std::atomic<std::size_t> total_{0}, users_{0};
  std::function<void(const UserId&)> left_;
};

}  // namespace collab::services
