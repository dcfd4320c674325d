// Which lists a user has, before the store knows: an overlay in Redis, written before a change of members is answered
// and read before the store. A hint, as every index is: the member's row decides.
#pragma once

#include <vector>

#include "exchange/keys.hpp"
#include "model/change.hpp"
#include "redis/client.hpp"
#include "store/store.hpp"

namespace collab::exchange {

/// Of one shard, on which everything happens. The client outlives it.
class RedisMemberships {
 public:
  explicit RedisMemberships(redis::Client& client) : client_(client) {}

  /// Notes what the change means for each member, his role now and whether the list is deleted, and sends him a notice;
  /// and notes where a new link belongs. `after` is the list with the change. Nothing to do for changes of items.
  Task<Result<void>> note(const ListState& after, const Change& change);

  /// What the overlay holds of this user; to be read before the store.
  Task<Result<std::vector<store::Membership>>> of(UserId user_id);

  Task<Result<std::optional<ListId>>> list_of_link(LinkId link_id);

  /// Both lists in one; of two memberships in one list the newer.
  static std::vector<store::Membership> merge(std::vector<store::Membership> a,
                                              const std::vector<store::Membership>& b);

 private:
  redis::Client& client_;
};

/// Removes from the overlay what the store has by now: everything of these users and lists up to these revs.
Task<Result<void>> forget_memberships(redis::Client& client, const UserId& user_id,
                                      std::vector<std::pair<ListId, Rev>> stored);

}  // namespace collab::exchange
