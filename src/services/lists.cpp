#include "services/lists.hpp"

#include <algorithm>
#include <utility>

#include "model/decide.hpp"

namespace collab::services {
namespace {

constexpr std::string_view default_list_name = "My TODOs";
constexpr std::size_t users_indexed_per_shard = 100'000;

// The same for every server and every attempt, so that the second attempt finds the list there.
ListId default_list_of(const UserId& user_id) { return {Uuid::derived_from("default list", user_id.value, "")}; }

bool is_full_member(Role role) { return role != Role::none; }

}  // namespace

Lists::Lists(ShardSet& shards, std::vector<ShardParts> parts, ListLimits limits)
    : shards_(shards), parts_(std::move(parts)), limits_(limits) {
  for (const ShardParts& part : parts_) {
    // An index is kept by notices, so these must be heard before it is read.
    auto load = [exchange = part.exchange](UserId user_id) -> Task<Result<std::vector<store::Membership>>> {
      const Result<void> watched = co_await exchange->watch_user(user_id);
      if (!watched) co_return watched.error();
      co_return co_await exchange->lists_of(std::move(user_id));
    };
    auto forgotten = [exchange = part.exchange](const UserId& user_id) { exchange->unwatch_user(user_id); };
    user_lists_.push_back(std::make_unique<UserLists>(std::move(load), users_indexed_per_shard, std::move(forgotten)));
  }
}

std::optional<UserId> Lists::who_gains(const Command& command) {
  if (const auto* share = std::get_if<ShareList>(&command.action)) return share->user_id;
  const bool gains = std::holds_alternative<CreateList>(command.action) ||
                     std::holds_alternative<RestoreList>(command.action) ||
                     std::holds_alternative<AcceptShareLink>(command.action);
  return gains ? std::optional(command.user_id) : std::nullopt;
}

Task<Result<exchange::Accepted>> Lists::commit(Command command) {
  std::optional<UserId> gainer = limits_.lists_per_user == 0 ? std::nullopt : who_gains(command);
  if (gainer) return commit_gain(std::move(command), std::move(*gainer));
  return commit_on_owner(std::move(command));
}

Task<Result<exchange::Accepted>> Lists::commit_on_owner(Command command) {
  Shard& home = owner(command.list_id);
  replica::Replica& replica = replica_of(command.list_id);
  if (home.is_current()) return replica.commit(std::move(command));
  auto commit = [&replica, command = std::move(command)]() mutable { return replica.commit(std::move(command)); };
  return home.run(std::move(commit));
}

Task<Result<exchange::Accepted>> Lists::commit_gain(Command command, UserId gainer) {
  const ListId list_id = command.list_id;
  auto reserve = [&]() -> Task<Result<bool>> {
    co_return co_await user_lists_[owner(gainer).index()]->reserve(gainer, limits_.lists_per_user);
  };
  const Result<bool> reserved = co_await owner(gainer).run(reserve);
  if (!reserved) co_return reserved.error();
  const bool has_room = *reserved;

  auto decide_and_record = [&]() -> Task<Result<exchange::Accepted>> {
    replica::Replica& replica = replica_of(list_id);
    if (!has_room) {
      // A full user may still repeat what was accepted, be refused for another reason, or get another role in a list he
      // has.
      const Result<ListView> state = co_await replica.read(list_id);
      if (!state) co_return state.error();
      if ((*state)->role_of(gainer) == Role::none) {
        if (const Result<void> allowed = authorize(**state, command); !allowed) co_return allowed.error();
        co_return Error{Errc::limit_exceeded, "This user has " + std::to_string(limits_.lists_per_user) +
                                                  " lists, and no more are allowed (LIMIT_LISTS_PER_USER)"};
      }
    }
    co_return co_await replica.commit(std::move(command));
  };
  Result<exchange::Accepted> accepted = co_await owner(list_id).run(decide_and_record);

  if (has_room) {
    Shard& home = owner(gainer);
    home.dispatch([&users = *user_lists_[home.index()], gainer] { users.release(gainer); });
  }
  co_return accepted;
}

Result<void> Lists::check_readable(const ListState& state, const UserId& user_id) {
  if (!is_full_member(state.role_of(user_id))) return Error{Errc::forbidden, "You are not a member of this list"};
  if (state.is_deleted) return Error{Errc::gone, "This list was deleted"};
  return ok();
}

Task<Result<ListView>> Lists::view(ListId list_id, UserId user_id) {
  auto read = [&]() -> Task<Result<ListView>> {
    const Result<ListView> state = co_await replica_of(list_id).read(list_id);
    if (!state) co_return state.error();
    if (const Result<void> readable = check_readable(**state, user_id); !readable) co_return readable.error();
    co_return *state;
  };
  co_return co_await owner(list_id).run(read);
}

Task<Result<UserLists::View>> Lists::index_of(UserId user_id) {
  Shard& home = owner(user_id);
  auto ask = [&]() -> Task<Result<UserLists::View>> { co_return co_await user_lists_[home.index()]->of(user_id); };
  co_return co_await home.run(ask);
}

Task<Result<std::vector<ListId>>> Lists::lists_of(UserId user_id, std::optional<std::string> user_name) {
  Result<UserLists::View> index = co_await index_of(user_id);
  if (!index) co_return index.error();
  if (!index->ever_had_a_list) {
    const Result<void> created = co_await create_default_list(user_id, std::move(user_name));
    if (!created) co_return created.error();
    index = co_await index_of(user_id);
    if (!index) co_return index.error();
  }
  co_return *index->lists;
}

Task<Result<std::vector<ListId>>> Lists::lists_then_and_now(UserId user_id) {
  const Result<UserLists::View> then = co_await index_of(user_id);
  Shard& home = owner(user_id);
  home.dispatch([this, user_id] { forget_user(user_id); });
  const Result<UserLists::View> now = co_await index_of(user_id);
  if (!now) co_return now.error();
  std::vector<ListId> lists = *now->lists;
  if (then)
    for (const ListId& list_id : *then->lists)
      if (std::find(lists.begin(), lists.end(), list_id) == lists.end()) lists.push_back(list_id);
  co_return lists;
}

bool Lists::is_default_list(const ListId& list_id, const UserId& user_id) {
  return list_id == default_list_of(user_id);
}

Task<Result<void>> Lists::create_default_list(UserId user_id, std::optional<std::string> user_name) {
  CreateList create{std::string(default_list_name), std::move(user_name)};
  Command command{default_list_of(user_id), user_id, std::nullopt, std::move(create)};
  const Result<exchange::Accepted> accepted = co_await commit(std::move(command));
  // Another socket was first: exactly one is there, which is the promise.
  if (!accepted && accepted.error().code != Errc::already_exists) co_return accepted.error();
  co_return ok();
}

Task<Result<std::vector<store::Membership>>> Lists::all_memberships(UserId user_id) {
  Shard& home = owner(user_id);
  auto ask = [&]() -> Task<Result<std::vector<store::Membership>>> {
    co_return co_await parts_[home.index()].exchange->lists_of(user_id);
  };
  co_return co_await home.run(ask);
}

Task<Result<std::optional<ListId>>> Lists::list_of_link(LinkId link_id) {
  // Any shard's exchange can tell: no list is touched. Results come home to the shard that asks.
  auto ask = [&]() -> Task<Result<std::optional<ListId>>> {
    co_return co_await parts_[0].exchange->list_of_link(link_id);
  };
  co_return co_await shards_[0].run(ask);
}

void Lists::on_change(const ListView&, const ListView& after, const SharedChange& change) {
  // After a gap nobody knows what happened: every member is looked at, as if the list were new.
  switch (change ? change->kind : ChangeKind::list_created) {
    case ChangeKind::list_deleted:
    case ChangeKind::list_created:
    case ChangeKind::list_restored:
      for (const Member& member : *after->members)
        index(member.user_id, after->id, is_full_member(member.role) && !after->is_deleted);
      break;
    case ChangeKind::member_set:
    case ChangeKind::member_removed:
    case ChangeKind::member_left:
      for (const Member& member : change->members) index(member.user_id, after->id, is_full_member(member.role));
      break;
    default:
      break;
  }
}

void Lists::index(const UserId& user_id, const ListId& list_id, bool has_it) {
  Shard& home = owner(user_id);
  home.dispatch([&users = *user_lists_[home.index()], user_id, list_id, has_it] {
    has_it ? users.add(user_id, list_id) : users.remove(user_id, list_id);
  });
}

}  // namespace collab::services
