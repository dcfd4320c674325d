// The field types that events share, with their limits, and the structs that stand in several events.
#pragma once

#include <array>
#include <boost/describe.hpp>

#include "model/list.hpp"
#include "schema/constrained.hpp"

namespace collab {

BOOST_DESCRIBE_ENUM(Status, not_started, in_progress, completed)

}  // namespace collab

namespace collab::events {

using NewName = schema::TrimmedText<1, 255>;
using ChangedName = schema::TrimmedText<1, 500>;
using StoredName = schema::Text<1, 500>;
using Description = schema::Text<0, 2'000>;
using Position = schema::PrintableAscii<1, 200>;
using UserIdText = schema::Text<1, 255>;
using PersonName = schema::Text<0, 500>;
using EpochText = schema::Text<1, 64>;
using MessageText = schema::Text<0, 2'000>;
using PresenceState = schema::TrimmedText<1, 32>;

inline constexpr std::int64_t max_rev = 9'999'999'999'999;  // 13 digits
/// A revision that a client gives: a number or a decimal string.
using RevInput = schema::IntOrText<0, max_rev>;
/// A revision that the server gives.
using RevNumber = schema::Int<0, max_rev>;
using Count = schema::Int<0, max_rev>;

/// The roles that can be given to others.
enum class SharedRole { editor, viewer };
BOOST_DESCRIBE_ENUM(SharedRole, editor, viewer)

/// The roles that a member can have.
enum class MemberRole { owner, editor, viewer };
BOOST_DESCRIBE_ENUM(MemberRole, owner, editor, viewer)

/// Sentences for fields that mean the same wherever they stand.
inline constexpr auto common_docs = std::to_array<schema::FieldDoc>({
    {"list_id", "The list."},
    {"item_id", "The item, unique within its list."},
    {"op_id", "A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev."},
    {"client_rev",
     "The newest rev of the list that the client has seen. What changed after it conflicts; without it the last write "
     "wins."},
    {"client_epoch", "The epoch of that rev. Another one than the list's is a conflict."},
    {"rev", "The revision after the change: epoch milliseconds, strictly increasing per list."},
    {"prev_rev", "The list's revision before: the event that came before this one."},
    {"epoch", "Revisions compare within one epoch only."},
    {"due_date", "ISO 8601: a date stays a date."},
    {"position", "A fractional index. Items sort by (position, id), compared bytewise."},
    {"status", "Follows `done` when only that is given."},
    {"done", "Follows `status` when only that is given."},
    {"members", "Who has access now. E-mail addresses are never shown."},
    {"role", "What this user may do: a viewer reads, an editor writes, the owner shares and deletes."},
    {"user_id", "The user, as the token's `sub` names it."},
});

/// A place in a list's history.
struct KnownPosition {
  static constexpr std::string_view title = "KnownPosition";
  static constexpr std::string_view about = "What a client has of a list: the epoch and the newest rev that it saw.";
  EpochText epoch;
  RevInput rev;
};
BOOST_DESCRIBE_STRUCT(KnownPosition, (), (epoch, rev))

struct ItemBody {
  static constexpr std::string_view title = "Item";
  static constexpr std::string_view about = "An item, whole.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({
      {"rev", "The revision of the last change of any of its fields."},
      {"created_by", "User id."},
      {"updated_by", "User id."},
  });
  ItemId id;
  ListId list_id;
  StoredName name;
  schema::Nullable<Description> description;
  Status status = Status::not_started;
  bool done = false;
  schema::Nullable<schema::DateOrDateTime> due_date;
  schema::Nullable<schema::HttpUrl> media_url;
  Position position;
  bool is_deleted = false;
  RevNumber rev;
  schema::Timestamp created_at;
  schema::Timestamp updated_at;
  UserIdText created_by;
  UserIdText updated_by;
};
BOOST_DESCRIBE_STRUCT(ItemBody, (),
                      (id, list_id, name, description, status, done, due_date, media_url, position, is_deleted, rev,
                       created_at, updated_at, created_by, updated_by))

struct MemberBody {
  static constexpr std::string_view title = "Member";
  static constexpr std::string_view about = "Somebody who has access to a list.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({{"name", "What others see; null if nobody knows."}});
  UserIdText user_id;
  schema::Nullable<PersonName> name;
  MemberRole role = MemberRole::viewer;
};
BOOST_DESCRIBE_STRUCT(MemberBody, (), (user_id, name, role))

using Members = schema::List<MemberBody, schema::unbounded>;
using ItemsById = schema::Map<ItemId, ItemBody, schema::unbounded>;

/// An event's answer when there is nothing to add to "it is done".
struct Done {
  static constexpr std::string_view title = "Done";
  static constexpr std::string_view about =
      "It is done. `rev` is that of the change, or of its first time if it was a repeat.";
  std::optional<RevNumber> rev;
};
BOOST_DESCRIBE_STRUCT(Done, (), (rev))

}  // namespace collab::events
