// The lists of this process: every request finds its way to the shard that owns the list, and changes find their way to
// whoever keeps an index of them.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/shard.hpp"
#include "exchange/exchange.hpp"
#include "model/change_listener.hpp"
#include "model/command.hpp"
#include "replica/replica.hpp"
#include "services/user_lists.hpp"

namespace collab::services {

/// Limits across lists, which no single list can judge. 0 = no limit.
struct ListLimits {
  std::size_t lists_per_user = 1'000;  ///< LIMIT_LISTS_PER_USER: lists that the user is a member of
};

/// One for all shards; any shard may call it unless noted. Owns nothing that a shard does not own: a request hops to
/// the shard of its list (or user) and its result comes home.
class Lists final : public ChangeListener {
 public:
  /// What one shard owns of the domain half. Both outlive this.
  struct ShardParts {
    replica::Replica* replica;
    exchange::Exchange* exchange;
  };

  Lists(ShardSet& shards, std::vector<ShardParts> parts, ListLimits limits);

  Shard& owner(const ListId& list_id) { return shards_.owner(list_id.hash()); }
  Shard& owner(const UserId& user_id) { return shards_.owner(std::hash<UserId>{}(user_id)); }
  /// The replica of a list. On the list's shard only.
  replica::Replica& replica_of(const ListId& list_id) { return *parts_[owner(list_id).index()].replica; }
  replica::Replica& replica_on(unsigned shard) { return *parts_[shard].replica; }

  /// Decides and records a command, and says so to the user who got the list by it. See exchange::Exchange::commit;
  /// besides, Errc::limit_exceeded for LIMIT_LISTS_PER_USER.
  Task<Result<exchange::Accepted>> commit(Command command);

  /// The list as this user may see it: `forbidden` for who is not a member, `gone` if it is deleted.
  Task<Result<ListView>> view(ListId list_id, UserId user_id);

  /// The same rule on a state that is at hand.
  static Result<void> check_readable(const ListState& state, const UserId& user_id);

  /// The user's lists; who never had one gets "My TODOs", exactly one however often this is asked at once.
  Task<Result<std::vector<ListId>>> lists_of(UserId user_id, std::optional<std::string> user_name);

  /// Whether this is the list that lists_of() made for the user.
  static bool is_default_list(const ListId& list_id, const UserId& user_id);

  /// Every membership the user ever had, from the store: for the trash.
  Task<Result<std::vector<store::Membership>>> all_memberships(UserId user_id);

  /// Which list a share link belongs to; nullopt if there is no such link.
  Task<Result<std::optional<ListId>>> list_of_link(LinkId link_id);

  /// Whether the user has this list now: for who has looked, after a notice. On any shard.
  void note_membership(const UserId& user_id, const ListId& list_id, bool has_it) { index(user_id, list_id, has_it); }
  /// Nobody of this server asks for this user's lists any more. On the user's shard.
  void forget_user(const UserId& user_id) { user_lists_[owner(user_id).index()]->forget(user_id); }
  /// Every list that the user had when it was last asked for, or has now, which is read anew.
  Task<Result<std::vector<ListId>>> lists_then_and_now(UserId user_id);

  /// The exchange of a list. On the list's shard only.
  exchange::Exchange& exchange_of(const ListId& list_id) { return *parts_[owner(list_id).index()].exchange; }
  exchange::Exchange& exchange_on(unsigned shard) { return *parts_[shard].exchange; }

  // ChangeListener, on the list's shard: keeps the users' indexes.
  void on_change(const ListView& before, const ListView& after, const SharedChange& change) override;

 private:
  Task<Result<exchange::Accepted>> commit_on_owner(Command command);
  Task<Result<exchange::Accepted>> commit_gain(Command command, UserId gainer);
  Task<Result<UserLists::View>> index_of(UserId user_id);
  Task<Result<void>> create_default_list(UserId user_id, std::optional<std::string> user_name);
  void index(const UserId& user_id, const ListId& list_id, bool has_it);
  /// Whose number of lists this command raises.
  static std::optional<UserId> who_gains(const Command& command);

  ShardSet& shards_;
  std::vector<ShardParts> parts_;
  const ListLimits limits_;
  std::vector<std::unique_ptr<UserLists>> user_lists_;  // by shard
};

}  // namespace collab::services
