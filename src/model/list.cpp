#include "model/list.hpp"

#include <algorithm>

namespace collab {
namespace {

constexpr std::array<std::string_view, 3> status_names = {"not_started", "in_progress", "completed"};
constexpr std::array<std::string_view, 4> role_names = {"none", "viewer", "editor", "owner"};

}  // namespace

std::string_view to_string(Status status) { return status_names[static_cast<std::size_t>(status)]; }

std::optional<Status> parse_status(std::string_view text) {
  for (std::size_t i = 0; i < status_names.size(); ++i)
    if (status_names[i] == text) return static_cast<Status>(i);
  return std::nullopt;
}

std::string_view to_string(Role role) { return role_names[static_cast<std::size_t>(role)]; }

ListState::ListState() {
  static const auto no_members = std::make_shared<const std::vector<Member>>();
  static const auto no_links = std::make_shared<const std::vector<ShareLink>>();
  members = no_members;
  links = no_links;
}

std::string ListState::epoch() const { return std::to_string(era); }

const Member* ListState::find_member(const UserId& user_id) const {
  const auto found =
      std::lower_bound(members->begin(), members->end(), user_id,
                       [](const Member& member, const UserId& sought) { return member.user_id < sought; });
  return found != members->end() && found->user_id == user_id ? &*found : nullptr;
}

Role ListState::role_of(const UserId& user_id) const {
  const Member* member = find_member(user_id);
  return member ? member->role : Role::none;
}

const ShareLink* ListState::find_link(LinkId link_id) const {
  const auto found =
      std::find_if(links->begin(), links->end(), [link_id](const ShareLink& link) { return link.id == link_id; });
  return found != links->end() ? &*found : nullptr;
}

const SharedItem* ListState::find_item(ItemId item_id) const { return items.find(item_id); }

std::size_t ListState::member_count() const {
  return static_cast<std::size_t>(
      std::count_if(members->begin(), members->end(), [](const Member& member) { return member.role != Role::none; }));
}

}  // namespace collab
