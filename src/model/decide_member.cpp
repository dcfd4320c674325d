// The rules of who is in a list, and of the links that lead into it.
#include "model/decision.hpp"

namespace collab {
namespace {

Result<void> check_can_be_given(Role role) {
  if (role == Role::editor || role == Role::viewer) return ok();
  return fault_of("role", "Input should be 'editor' or 'viewer'", "enum");
}

/// One more member than now must be allowed.
Result<void> check_room_for_member(const Case& c) {
  return check_limit(c.state.member_count(), c.rules.members_per_list, "members", "remove one before you add another");
}

/// The row of a user who is given a role; the name is kept where no new one is known.
Member member_row(const Case& c, const UserId& user_id, const std::optional<std::string>& name, Role role, Rev rev) {
  const Member* present = c.state.find_member(user_id);
  return {user_id, name ? name : (present ? present->name : std::nullopt), role, rev};
}

Decision set_member(const Case& c, const UserId& user_id, const std::optional<std::string>& name, Role role) {
  const Member* present = c.state.find_member(user_id);
  const bool is_member = present && present->role != Role::none;
  if (is_member && present->role == role && (!name || name == present->name)) return c.nothing();
  if (!is_member) {
    if (auto room = check_room_for_member(c); !room) return room.error();
  }
  auto change = c.accept(ChangeKind::member_set);
  change->members.push_back(member_row(c, user_id, name, role, change->rev));
  return SharedChange(std::move(change));
}

const ShareLink* find_by_secret(const ListState& state, const std::string& secret_hash) {
  for (const ShareLink& link : *state.links)
    if (link.secret_hash == secret_hash) return &link;
  return nullptr;
}

std::size_t open_links(const ListState& state) {
  std::size_t count = 0;
  for (const ShareLink& link : *state.links) count += link.is_revoked ? 0 : 1;
  return count;
}

}  // namespace

Decision decide_action(const Case& c, const ShareList& action) {
  if (auto there = check_not_deleted(c.state); !there) return there.error();
  if (auto role = check_can_be_given(action.role); !role) return role.error();
  if (action.user_id == c.state.owner_id)
    return refusal(Errc::already_exists, "You own this list already; a list can be shared with others only");
  return set_member(c, action.user_id, action.user_name, action.role);
}

Decision decide_action(const Case& c, const RemoveMember& action) {
  if (auto there = check_not_deleted(c.state); !there) return there.error();
  const Member* member = c.state.find_member(action.user_id);
  if (!member) return refusal(Errc::not_found, "This user is not a member of the list");
  if (member->role == Role::none) return refusal(Errc::gone, "This user is no longer a member of the list");
  if (member->role == Role::owner)
    return refusal(Errc::limit_exceeded, "A list needs an owner: transfer it to another member before you leave");
  const bool is_leaving = action.user_id == c.command.user_id;
  auto change = c.accept(is_leaving ? ChangeKind::member_left : ChangeKind::member_removed);
  change->members.push_back(member_row(c, action.user_id, std::nullopt, Role::none, change->rev));
  return SharedChange(std::move(change));
}

Decision decide_action(const Case& c, const TransferList& action) {
  if (auto there = check_not_deleted(c.state); !there) return there.error();
  if (action.user_id == c.state.owner_id) return c.nothing();
  if (c.state.role_of(action.user_id) == Role::none)
    return refusal(Errc::not_found,
                   "A list can be transferred to one of its members only; share it with this user first");
  auto change = c.accept(ChangeKind::ownership_transferred);
  ListRow row = c.list_row();
  row.owner_id = action.user_id;
  row.updated_at = c.now;
  change->list = std::move(row);
  change->members.push_back(member_row(c, c.state.owner_id, std::nullopt, Role::editor, change->rev));
  change->members.push_back(member_row(c, action.user_id, std::nullopt, Role::owner, change->rev));
  return SharedChange(std::move(change));
}

Decision decide_action(const Case& c, const RenameMember& action) {
  if (auto there = check_not_deleted(c.state); !there) return there.error();
  return set_member(c, c.command.user_id, action.name, c.state.role_of(c.command.user_id));
}

Decision decide_action(const Case& c, const CreateShareLink& action) {
  if (auto there = check_not_deleted(c.state); !there) return there.error();
  if (auto role = check_can_be_given(action.role); !role) return role.error();
  if (action.expires_at && *action.expires_at <= c.now)
    return fault_of("expires_at", "Input should be in the future", "datetime_future");
  if (c.state.find_link(action.link_id))
    return refusal(Errc::already_exists, "A share link with this id exists already");
  if (auto room =
          check_limit(open_links(c.state), c.rules.links_per_list, "share links", "revoke one before you make another");
      !room)
    return room.error();
  auto change = c.accept(ChangeKind::link_created);
  change->link =
      ShareLink{action.link_id, action.secret_hash, action.role, action.expires_at, false, c.now, change->rev};
  return SharedChange(std::move(change));
}

Decision decide_action(const Case& c, const RevokeShareLink& action) {
  if (auto there = check_not_deleted(c.state); !there) return there.error();
  const ShareLink* link = c.state.find_link(action.link_id);
  if (!link) return refusal(Errc::not_found, "This list has no such share link");
  if (link->is_revoked) return c.nothing();
  auto change = c.accept(ChangeKind::link_revoked);
  change->link = *link;
  change->link->is_revoked = true;
  change->link->rev = change->rev;
  return SharedChange(std::move(change));
}

// Whoever holds the secret may know whether the link still works; everybody else learns nothing about the list.
Decision decide_action(const Case& c, const AcceptShareLink& action) {
  const ShareLink* link = find_by_secret(c.state, action.secret_hash);
  if (!link) return refusal(Errc::not_found, "This share link is not valid");
  if (link->is_revoked) return refusal(Errc::gone, "This share link was revoked; ask for a new one");
  if (link->expires_at && *link->expires_at <= c.now)
    return refusal(Errc::gone, "This share link has expired; ask for a new one");
  if (c.state.is_deleted) return refusal(Errc::gone, "The list of this share link is deleted");
  if (c.state.role_of(c.command.user_id) >= link->role) return c.nothing();
  return set_member(c, c.command.user_id, action.user_name, link->role);
}

}  // namespace collab
