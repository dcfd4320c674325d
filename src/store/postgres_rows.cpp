#include "store/postgres_rows.hpp"

#include "core/clock.hpp"
#include "store/row_codec.hpp"

namespace collab::store::pg {
namespace {

// migrations/postgres/0003_rest.sql; each gives how many rows it wrote.
constexpr std::string_view put_lists = "select todo_put_lists($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
constexpr std::string_view put_items =
    "select todo_put_items($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
constexpr std::string_view put_members = "select todo_put_members($1, $2, $3, $4, $5)";
constexpr std::string_view put_links = "select todo_put_links($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr std::string_view add_ops = "select todo_add_ops($1, $2, $3, $4)";
constexpr std::string_view keep_ops = "select todo_keep_ops($1, $2, $3, $4)";

// The moment that a client's date is, for those who read the column. A date alone begins in UTC.
std::optional<EpochMs> moment_of(const std::optional<std::string>& due_date) {
  if (!due_date) return std::nullopt;
  constexpr std::size_t date_size = 10;
  return from_rfc3339(due_date->size() == date_size ? *due_date + "T00:00:00Z" : *due_date);
}

template <class Rows, class Key, class Value>
void keep_newest(Rows& rows, const Key& key, const Value* value) {
  const auto [place, is_new] = rows.emplace(key, value);
  if (!is_new && value->rev > place->second->rev) place->second = value;
}

}  // namespace

std::optional<std::string_view> role_name(Role role) {
  return role == Role::none ? std::nullopt : std::optional(to_string(role));
}

Role role_of_name(std::optional<std::string_view> name) {
  if (name)
    for (const Role role : {Role::viewer, Role::editor, Role::owner})
      if (to_string(role) == *name) return role;
  return Role::none;
}

void Fold::add(const SharedChange& shared) {
  changes_.push_back(shared);
  const Change& change = *shared;
  const bool changed_nothing = change.kind == ChangeKind::nothing;
  if (change.op_id) {
    const auto key = std::tuple(change.list_id, change.op_id->value, std::string_view(change.user_id.value));
    const bool is_first = ops_.emplace(key, Op{change.rev, changed_nothing}).second;
    if (is_first && changed_nothing) ++ops_of_nothing_;
  }
  if (changed_nothing) return;
  ListRows& list = lists_[change.list_id];
  list.rev = std::max(list.rev, change.rev);
  if (change.list && change.rev > list.own_rev) {
    list.own_rev = change.rev;
    list.own = &*change.list;
  }
  if (change.item) {
    list.items_rev = std::max(list.items_rev, change.rev);
    list.last_position = std::max(list.last_position, std::string_view(change.item->position));
    keep_newest(items_, RowKey(change.list_id, change.item->id.value), change.item.get());
  }
  for (const Member& member : change.members)
    keep_newest(members_, std::pair(change.list_id, std::string_view(member.user_id.value)), &member);
  if (change.link) keep_newest(links_, RowKey(change.list_id, change.link->id.value), &*change.link);
}

std::vector<ListId> Fold::list_ids() const {
  std::vector<ListId> ids;
  ids.reserve(lists_.size());
  for (const auto& [id, rows] : lists_) ids.push_back(id);
  return ids;
}

void Fold::add_rows_to(Statements& statements) const {
  if (!lists_.empty()) statements.push_back(lists());
  if (!items_.empty()) statements.push_back(items());
  if (!members_.empty()) statements.push_back(members());
  if (!links_.empty()) statements.push_back(links());
}

void Fold::add_ops_to(Statements& statements, KnownOps known) const {
  if (has_new_ops(known)) statements.push_back(new_ops());
  if (has_kept_ops(known)) statements.push_back(kept_ops(known));
}

bool Fold::has_new_ops(KnownOps known) const { return known == KnownOps::refused && ops_.size() > ops_of_nothing_; }

bool Fold::has_kept_ops(KnownOps known) const { return known == KnownOps::kept ? !ops_.empty() : ops_of_nothing_ > 0; }

Statement Fold::lists() const {
  static const ListRow not_yet{};
  Column ids(Type::uuid), revs(Type::integer), items_revs(Type::integer), own_revs(Type::integer), names(Type::text),
      name_revs(Type::integer), owners(Type::text), deleted(Type::boolean), created(Type::time), updated(Type::time),
      last_positions(Type::text);
  for (const auto& [id, list] : lists_) {
    const ListRow& own = list.own ? *list.own : not_yet;
    ids.add(id);
    revs.add(list.rev);
    items_revs.add(list.items_rev);
    own_revs.add(list.own_rev);
    names.add(own.name);
    name_revs.add(own.name_rev);
    owners.add(own.owner_id);
    deleted.add_boolean(own.is_deleted);
    created.add(own.created_at);
    updated.add(own.updated_at);
    last_positions.add(list.last_position);
  }
  return Statement(put_lists, Params::of(ids, revs, items_revs, own_revs, names, name_revs, owners, deleted, created,
                                         updated, last_positions));
}

Statement Fold::items() const {
  Column lists(Type::uuid), ids(Type::uuid), revs(Type::integer), field_revs(Type::bytes), names(Type::text),
      descriptions(Type::text), statuses(Type::text), done(Type::boolean), due(Type::time), due_texts(Type::text),
      media(Type::text), positions(Type::text), deleted(Type::boolean), created(Type::time), updated(Type::time),
      created_by(Type::text), updated_by(Type::text);
  for (const auto& [key, item] : items_) {
    lists.add(key.first);
    ids.add(key.second);
    revs.add(item->rev);
    field_revs.add(pack_field_revs(*item));
    names.add(item->name);
    descriptions.add(item->description);
    statuses.add(to_string(item->status));
    done.add_boolean(item->done);
    due.add(moment_of(item->due_date));
    due_texts.add(item->due_date);
    media.add(item->media_url);
    positions.add(item->position);
    deleted.add_boolean(item->is_deleted);
    created.add(item->created_at);
    updated.add(item->updated_at);
    created_by.add(item->created_by);
    if (item->updated_by == item->created_by)
      updated_by.add_null();
    else
      updated_by.add(item->updated_by);
  }
  return Statement(put_items,
                   Params::of(lists, ids, revs, field_revs, names, descriptions, statuses, done, due, due_texts, media,
                              positions, deleted, created, updated, created_by, updated_by));
}

Statement Fold::members() const {
  Column lists(Type::uuid), users(Type::text), names(Type::text), roles(Type::text), revs(Type::integer);
  for (const auto& [key, member] : members_) {
    lists.add(key.first);
    users.add(member->user_id);
    names.add(member->name);
    roles.add(role_name(member->role));
    revs.add(member->rev);
  }
  return Statement(put_members, Params::of(lists, users, names, roles, revs));
}

Statement Fold::links() const {
  Column lists(Type::uuid), ids(Type::uuid), hashes(Type::bytes), roles(Type::text), expires(Type::time),
      revoked(Type::boolean), created(Type::time), revs(Type::integer);
  for (const auto& [key, link] : links_) {
    lists.add(key.first);
    ids.add(key.second);
    hashes.add(link->secret_hash);
    roles.add(role_name(link->role));
    expires.add(link->expires_at);
    revoked.add_boolean(link->is_revoked);
    created.add(link->created_at);
    revs.add(link->rev);
  }
  return Statement(put_links, Params::of(lists, ids, hashes, roles, expires, revoked, created, revs));
}

Statement Fold::new_ops() const {
  return Statement(add_ops, columns_of_ops([](const Op& op) { return !op.changed_nothing; }));
}

Statement Fold::kept_ops(KnownOps known) const {
  return Statement(keep_ops,
                   columns_of_ops([known](const Op& op) { return known == KnownOps::kept || op.changed_nothing; }));
}

template <class Choose>
Params Fold::columns_of_ops(const Choose& is_chosen) const {
  Column lists(Type::uuid), ids(Type::uuid), users(Type::text), revs(Type::integer);
  for (const auto& [key, op] : ops_) {
    if (!is_chosen(op)) continue;
    lists.add(std::get<0>(key));
    ids.add(std::get<1>(key));
    users.add(std::get<2>(key));
    revs.add(op.rev);
  }
  return Params::of(lists, ids, users, revs);
}

}  // namespace collab::store::pg
