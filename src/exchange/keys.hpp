// The names of everything that servers share in Redis. Described in docs/redis.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/ids.hpp"

namespace collab::exchange {

/// Lists are spread over this many partitions. All keys of a partition have one hash tag, hence one slot of a cluster.
/// Fixed when a Redis is first used: it is kept at Keys::partition_count().
inline constexpr unsigned default_partitions = 16;
inline constexpr unsigned max_partitions = 100;

/// Makes names of keys. A value; any thread.
class Keys {
 public:
  explicit Keys(unsigned partitions = default_partitions) : partitions_(partitions) {}

  unsigned partitions() const { return partitions_; }
  /// Never changes for a list: CRC16 of its id modulo the number of partitions.
  unsigned partition_of(const ListId& list_id) const;

  /// The hash with everything of one list, and the name of its channel.
  std::string list(const ListId& list_id) const { return of(list_id, "list:"); }
  /// (user, op_id) -> rev. Never expires before the list is clean.
  std::string ops(const ListId& list_id) const { return of(list_id, "ops:"); }
  /// Held by who loads the list from the store.
  std::string seed(const ListId& list_id) const { return of(list_id, "seed:"); }
  /// Rows and ops while they are being loaded.
  std::string loading(const ListId& list_id, std::string_view token) const;
  std::string loading_ops(const ListId& list_id, std::string_view token) const;

  /// The stream of changes that are not in the store yet, and of those that never will be.
  std::string writes(unsigned partition) const { return in(partition, "writes"); }
  std::string dead_letters(unsigned partition) const { return in(partition, "writes:dead"); }
  /// The partition's era, and the replication id of the master that it was given by.
  std::string era(unsigned partition) const { return in(partition, "era"); }
  std::string era_of_master(unsigned partition) const { return in(partition, "era:replid"); }
  /// The newest era of the database that anybody told of.
  std::string era_of_store(unsigned partition) const { return in(partition, "era:store"); }

  /// Lists that a user was given or lost, as far as the store does not know it yet: list id -> membership.
  static std::string memberships(const UserId& user_id);
  /// The list of a share link, as far as the store does not know it yet.
  static std::string link(const LinkId& link_id) { return "collab:{k:" + link_id.to_string() + "}:list"; }
  /// The channel on which a user's servers are told to look at one of his lists again.
  static std::string notices(const UserId& user_id);
  /// Written so that replicas can be asked whether they have all that came before it.
  std::string fence(unsigned partition) const { return in(partition, "fence"); }
  /// The channel on which workers tell what the store has, if servers wait for it.
  std::string written(unsigned partition) const { return in(partition, "written"); }

  static bool is_written(std::string_view channel) { return channel.ends_with("}:written"); }

  static std::string partition_count() { return "collab:partitions"; }
  /// The channel on which a server hears itself.
  static std::string heartbeat(std::string_view server) { return "collab:heartbeat:" + std::string(server); }

  /// Matches every key of ops().
  static std::string any_ops() { return "collab:{*}:ops:*"; }
  /// The era of the database into which every list of Redis has been brought.
  static std::string reconciled() { return "collab:{store}:reconciled"; }
  static std::string any_list() { return "collab:{*}:list:*"; }
  /// The list whose ops() this is; nullopt if it is no such key.
  std::optional<ListId> list_of_ops(std::string_view key) const;

  /// The list of a list's key or channel; nullopt if it is none.
  static std::optional<ListId> list_of(std::string_view key);

 private:
  std::string in(unsigned partition, std::string_view name) const;
  std::string of(const ListId& list_id, std::string_view kind) const;

  unsigned partitions_;
};

/// Text as part of a key, a field or a message's head: bytes that are no letter, digit or one of "-_.@" as %XX.
std::string escape(std::string_view text);
/// The reverse; nullopt if it is no such text.
std::optional<std::string> unescape(std::string_view text);

}  // namespace collab::exchange
