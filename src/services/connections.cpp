#include "services/connections.hpp"

namespace collab::services {

Connections::Connections(ShardSet& shards, std::size_t per_user, std::size_t in_all)
    : shards_(shards), per_user_(per_user), in_all_(in_all), counts_(shards.size()) {}

Task<Result<Connections::Slot>> Connections::open(UserId user_id) {
  const unsigned home = home_of(user_id);
  auto take = [&]() -> Task<Result<void>> {
    std::size_t& count = counts_[home][user_id];
    if (per_user_ != 0 && count >= per_user_)
      co_return Error{Errc::rate_limited, "You have " + std::to_string(count) +
                                              " connections open, and no more are allowed. Close another one first"};
    // Weighed and taken in one step: other shards do the same at this moment.
    std::size_t all = total_;
    do {
      if (in_all_ != 0 && all >= in_all_)
        co_return Error{Errc::rate_limited, "This server has as many connections as it may have. Try again later"};
    } while (!total_.compare_exchange_weak(all, all + 1));
    if (count++ == 0) ++users_;
    co_return ok();
  };
  const Result<void> taken = co_await shards_[home].run(take);
  if (!taken) co_return taken.error();
  co_return Slot(this, std::move(user_id));
}

Connections::Slot& Connections::Slot::operator=(Slot&& other) noexcept {
  give_back();
  connections_ = std::exchange(other.connections_, nullptr);
  user_id_ = std::move(other.user_id_);
  return *this;
}

void Connections::Slot::give_back() {
  Connections* const all = std::exchange(connections_, nullptr);
  if (!all) return;
  const unsigned home = all->home_of(user_id_);
  all->shards_[home].dispatch([all, home, user_id = std::move(user_id_)] {
    --all->total_;
    Counts& counts = all->counts_[home];
    const auto found = counts.find(user_id);
    if (found == counts.end() || --found->second > 0) return;
    counts.erase(found);
    --all->users_;
    if (all->left_) all->left_(user_id);
  });
}

}  // namespace collab::services
