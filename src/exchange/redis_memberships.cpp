#include "exchange/redis_memberships.hpp"

#include <algorithm>

#include "exchange/row_codec.hpp"
#include "exchange/scripts.hpp"

namespace collab::exchange {
namespace {

/// A link is in the store long before this; a store that is away for longer finds it when it is back.
constexpr std::chrono::seconds link_lifetime{7 * 86'400};

std::optional<store::Membership> parse(std::string_view list, std::string_view text) {
  const auto list_id = ListId::parse(list);
  if (!list_id || text.size() != 17) return std::nullopt;
  const auto rev = parse_rev(text.substr(0, 13));
  const auto role = parse_role(text[14]);
  if (!rev || !role) return std::nullopt;
  return store::Membership{*list_id, *role, text[16] == '1', *rev};
}

/// Whether what the change says of a member holds for all of them.
bool concerns_everybody(ChangeKind kind) {
  return kind == ChangeKind::list_created || kind == ChangeKind::list_deleted || kind == ChangeKind::list_restored;
}

}  // namespace

Task<Result<void>> RedisMemberships::note(const ListState& after, const Change& change) {
  const std::vector<Member>& members = concerns_everybody(change.kind) ? *after.members : change.members;
  for (const Member& member : members) {
    redis::Arguments keys(Keys::memberships(member.user_id), Keys::notices(member.user_id));
    const char role = role_letter(member.role);
    redis::Arguments arguments(after.id.to_string(), rev_text(change.rev), std::string_view(&role, 1),
                               after.is_deleted ? 1 : 0);
    Task<Result<redis::Reply>> noting =
        client_.evaluate(scripts::note_membership(), std::move(keys), std::move(arguments));
    const Result<redis::Reply> noted = co_await std::move(noting);
    if (!noted) co_return noted.error();
  }
  if (change.kind == ChangeKind::link_created) {
    const std::string key = Keys::link(change.link->id);
    redis::Arguments command("SET", key, after.id.to_string(), "EX", link_lifetime.count());
    Task<Result<redis::Reply>> setting = client_.command(key, std::move(command));
    const Result<redis::Reply> set = co_await std::move(setting);
    if (!set) co_return set.error();
  }
  co_return ok();
}

Task<Result<std::vector<store::Membership>>> RedisMemberships::of(UserId user_id) {
  const std::string key = Keys::memberships(user_id);
  redis::Arguments command("HGETALL", key);
  Task<Result<redis::Reply>> asking = client_.command(key, std::move(command));
  const Result<redis::Reply> reply = co_await std::move(asking);
  if (!reply) co_return reply.error();
  std::vector<store::Membership> memberships;
  for (std::size_t i = 0; i + 1 < reply->elements.size(); i += 2)
    if (auto membership = parse(reply->elements[i].text, reply->elements[i + 1].text))
      memberships.push_back(*membership);
  co_return memberships;
}

Task<Result<std::optional<ListId>>> RedisMemberships::list_of_link(LinkId link_id) {
  const std::string key = Keys::link(link_id);
  redis::Arguments command("GET", key);
  Task<Result<redis::Reply>> asking = client_.command(key, std::move(command));
  const Result<redis::Reply> reply = co_await std::move(asking);
  if (!reply) co_return reply.error();
  co_return reply->is_text() ? ListId::parse(reply->text) : std::nullopt;
}

std::vector<store::Membership> RedisMemberships::merge(std::vector<store::Membership> a,
                                                       const std::vector<store::Membership>& b) {
  for (const store::Membership& other : b) {
    const auto same = std::find_if(a.begin(), a.end(), [&](const auto& one) { return one.list_id == other.list_id; });
    if (same == a.end())
      a.push_back(other);
    else if (same->rev < other.rev)
      *same = other;
  }
  return a;
}

Task<Result<void>> forget_memberships(redis::Client& client, const UserId& user_id,
                                      std::vector<std::pair<ListId, Rev>> stored) {
  redis::Arguments keys(Keys::memberships(user_id)), arguments;
  for (const auto& [list_id, rev] : stored) arguments.add(list_id.to_string()).add(rev_text(rev));
  Task<Result<redis::Reply>> forgetting =
      client.evaluate(scripts::forget_memberships(), std::move(keys), std::move(arguments));
  const Result<redis::Reply> forgotten = co_await std::move(forgetting);
  if (!forgotten) co_return forgotten.error();
  co_return ok();
}

}  // namespace collab::exchange
