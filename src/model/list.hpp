// The domain: lists, their items, members and share links, as immutable values.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "model/ids.hpp"
#include "model/persistent_map.hpp"

namespace collab {

enum class Status { not_started, in_progress, completed };
std::string_view to_string(Status status);
std::optional<Status> parse_status(std::string_view text);

/// What a member may do; each role includes the ones below it. `none` is a former member.
enum class Role { none, viewer, editor, owner };
std::string_view to_string(Role role);

/// The parts of an item that can conflict. `status` covers status and done, which share one rev.
enum class ItemField { name, description, status, due_date, media_url, position, deleted };
inline constexpr std::size_t item_field_count = 7;

struct Item {
  ItemId id;
  std::string name;
  std::optional<std::string> description;
  Status status = Status::not_started;
  bool done = false;
  std::optional<std::string> due_date;  ///< ISO 8601, as the client gave it
  std::optional<std::string> media_url;
  std::string position;  ///< fractional index; items sort by (position, id)
  bool is_deleted = false;
  Rev rev = 0;  ///< of the last change of any field
  std::array<Rev, item_field_count> field_revs{};
  EpochMs created_at = 0;
  EpochMs updated_at = 0;
  UserId created_by;
  UserId updated_by;

  Rev field_rev(ItemField field) const { return field_revs[static_cast<std::size_t>(field)]; }
};
using SharedItem = std::shared_ptr<const Item>;

/// A member's row. A removed member stays as a row with Role::none, so that the removal has a rev.
struct Member {
  UserId user_id;
  std::optional<std::string> name;  ///< what others see; never an e-mail address
  Role role = Role::none;
  Rev rev = 0;
};

/// A link that makes whoever holds its code a member. Only the SHA-256 of the secret is kept.
struct ShareLink {
  LinkId id;
  std::string secret_hash;  ///< 32 raw bytes
  Role role = Role::viewer;
  std::optional<EpochMs> expires_at;
  bool is_revoked = false;
  EpochMs created_at = 0;
  Rev rev = 0;
};

/// A list as it stands at one rev. Immutable once shared: apply() makes the next one, sharing what did not change.
/// A list that was never created has rev 0 and nobody in it.
struct ListState {
  ListId id;
  Rev era = 0;          ///< of the database it came from: the `epoch` of the wire, and a lower bound of every rev
  Rev rev = 0;          ///< of the last change of anything
  Rev items_rev = 0;    ///< of the last change of an item
  Rev sharing_rev = 0;  ///< of the last change of anything else
  Rev own_rev = 0;      ///< of the last change of the list's own row: its name, its owner, whether it is deleted
  Rev purge_floor = 0;  ///< deletions at or below are forgotten: no delta from before it
  std::string name;
  Rev name_rev = 0;
  UserId owner_id;
  bool is_deleted = false;
  EpochMs created_at = 0;
  EpochMs updated_at = 0;  ///< of the list's own row; for a deleted list the time of deletion
  std::size_t live_items = 0;
  std::string last_position;                            ///< the greatest position that any item ever had here
  PersistentMap<ItemId, SharedItem> items;              ///< tombstones included
  std::shared_ptr<const std::vector<Member>> members;   ///< by user_id; removed ones included; never null
  std::shared_ptr<const std::vector<ShareLink>> links;  ///< by id; revoked ones included; never null

  ListState();
  bool exists() const { return rev != 0; }
  /// What clients call the era: an opaque string to them. Revs of different epochs do not compare.
  std::string epoch() const;
  /// Null if the user never was a member.
  const Member* find_member(const UserId& user_id) const;
  /// Role::none for strangers and former members.
  Role role_of(const UserId& user_id) const;
  /// Null if it never existed. The pointer lives as long as this state.
  const SharedItem* find_item(ItemId id) const;
  /// Null if there never was one. Revoked and expired ones are found too.
  const ShareLink* find_link(LinkId id) const;
  /// How many members have a role now.
  std::size_t member_count() const;
};

/// A snapshot, safe to hold across co_await and to read on any thread. Never null where a Result says ok.
using ListView = std::shared_ptr<const ListState>;

}  // namespace collab
