// The events of sharing: members, ownership, share links.
#pragma once

#include "events/messages_lists.hpp"
#include "schema/decode.hpp"

namespace collab::events {

using LinkCode = schema::Text<1, 256>;

// --- To clients.

struct ListSharedWithYouEvent {
  static constexpr std::string_view event = "list_shared_with_you";
  static constexpr std::string_view about =
      "The user has become a member. To all the user's sockets, which are in the list's room already.";
  ListObject list;
  ListId list_id;
  MessageText message;
  MemberRole role = MemberRole::viewer;
};
BOOST_DESCRIBE_STRUCT(ListSharedWithYouEvent, (), (list, list_id, message, role))

struct ListShareSuccessEvent {
  static constexpr std::string_view event = "list_share_success";
  static constexpr std::string_view about =
      "To who shared a list. An e-mail that has no account answers as one that has.";
  static constexpr auto docs =
      std::to_array<schema::FieldDoc>({{"shared_with", "The user id or the e-mail, as it was given."}});
  ListId list_id;
  schema::Text<1, 255> shared_with;
  SharedRole role = SharedRole::viewer;
  MessageText message;
};
BOOST_DESCRIBE_STRUCT(ListShareSuccessEvent, (), (list_id, shared_with, role, message))

struct MembersChangedEvent {
  static constexpr std::string_view event = "members_changed";
  static constexpr std::string_view about =
      "Who has access, or who owns the list, has changed; also sent when a share link was made or revoked, so that "
      "revs stay a chain. To the list's room.";
  ListId list_id;
  Members members;
  UserIdText owner_id;
  RevNumber rev;
  RevNumber prev_rev;
};
BOOST_DESCRIBE_STRUCT(MembersChangedEvent, (), (list_id, members, owner_id, rev, prev_rev))

// --- From clients.

struct ShareListEvent {
  static constexpr std::string_view event = "share_list";
  static constexpr std::string_view about =
      "Makes somebody a member, or changes a member's role. Owner only. `list_shared_with_you` to the other user's "
      "sockets, `list_share_success` to the sender, `members_changed` to the room.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({
      {"shared_user_id", "Whom to share with: this or `email`."},
      {"email", "Whom to share with: this or `shared_user_id`."},
  });
  using Reply = ListShareSuccessEvent;
  ListId list_id;
  std::optional<UserIdText> shared_user_id;
  std::optional<schema::Email> email;
  SharedRole role = SharedRole::viewer;
  std::optional<OpId> op_id;

  /// Exactly one of shared_user_id and email.
  static void check(const ShareListEvent& share, const schema::json::object& from, const schema::Place& here,
                    schema::Faults& faults);
};
BOOST_DESCRIBE_STRUCT(ShareListEvent, (), (list_id, shared_user_id, email, role, op_id))

struct UnshareListEvent {
  static constexpr std::string_view event = "unshare_list";
  static constexpr std::string_view about =
      "Removes a member. Owner only. The room gets `members_changed`; who was removed gets `list_deleted`.";
  using Reply = MembersChangedEvent;
  ListId list_id;
  UserIdText user_id;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(UnshareListEvent, (), (list_id, user_id, op_id))

struct LeaveListEvent {
  static constexpr std::string_view event = "leave_list";
  static constexpr std::string_view about =
      "Ends one's own membership; the owner transfers the list first. The room gets `members_changed`, the user "
      "`list_deleted`.";
  using Reply = Done;
  ListId list_id;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(LeaveListEvent, (), (list_id, op_id))

struct TransferListEvent {
  static constexpr std::string_view event = "transfer_list";
  static constexpr std::string_view about =
      "Makes another member the owner. Owner only. The room gets `members_changed`.";
  using Reply = MembersChangedEvent;
  ListId list_id;
  UserIdText user_id;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(TransferListEvent, (), (list_id, user_id, op_id))

struct NewShareLink {
  static constexpr std::string_view title = "NewShareLink";
  static constexpr std::string_view about =
      "A share link. Its code is shown this once; a repeated op_id answers without it.";
  LinkId link_id;
  std::optional<LinkCode> code;
  std::optional<schema::Text<1, 2'048>> url;
  std::optional<RevNumber> rev;
};
BOOST_DESCRIBE_STRUCT(NewShareLink, (), (link_id, code, url, rev))

struct CreateShareLinkEvent {
  static constexpr std::string_view event = "create_share_link";
  static constexpr std::string_view about = "Makes a link whose holder may become a member. Owner only.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({
      {"expires_at", "When the link ends, RFC 3339; default: when it is revoked."},
  });
  using Reply = NewShareLink;
  ListId list_id;
  SharedRole role = SharedRole::viewer;
  std::optional<schema::Timestamp> expires_at;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(CreateShareLinkEvent, (), (list_id, role, expires_at, op_id))

struct ShareLinkBody {
  static constexpr std::string_view title = "ShareLink";
  static constexpr std::string_view about = "A link that has not been revoked. Nobody can see its code again.";
  LinkId link_id;
  SharedRole role = SharedRole::viewer;
  schema::Nullable<schema::Timestamp> expires_at;
  schema::Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(ShareLinkBody, (), (link_id, role, expires_at, created_at))

struct ShareLinks {
  static constexpr std::string_view title = "ShareLinks";
  ListId list_id;
  schema::List<ShareLinkBody, schema::unbounded> links;
};
BOOST_DESCRIBE_STRUCT(ShareLinks, (), (list_id, links))

struct ListShareLinksEvent {
  static constexpr std::string_view event = "list_share_links";
  static constexpr std::string_view about = "The share links of a list. Owner only.";
  using Reply = ShareLinks;
  ListId list_id;
};
BOOST_DESCRIBE_STRUCT(ListShareLinksEvent, (), (list_id))

struct RevokeShareLinkEvent {
  static constexpr std::string_view event = "revoke_share_link";
  static constexpr std::string_view about = "Ends a share link; who became a member by it stays one. Owner only.";
  using Reply = Done;
  LinkId link_id;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(RevokeShareLinkEvent, (), (link_id, op_id))

struct AcceptShareLinkEvent {
  static constexpr std::string_view event = "accept_share_link";
  static constexpr std::string_view about = "Makes the holder of a link's code a member: as being shared with.";
  using Reply = ListSharedWithYouEvent;
  LinkCode code;
  std::optional<OpId> op_id;
};
BOOST_DESCRIBE_STRUCT(AcceptShareLinkEvent, (), (code, op_id))

}  // namespace collab::events
