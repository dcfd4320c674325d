#include "store/postgres_rows.hpp"

#include "core/clock.hpp"
#include "store/row_codec.hpp"

namespace collab::store::pg {
namespace {

// A list of which only rows have come so far has own_rev 0 and no name.
constexpr std::string_view upsert_lists =
    "insert into todo_lists as t (id, rev, items_rev, own_rev, name, name_rev, owner_id, is_deleted, created_at,"
    " updated_at, last_position)"
    " select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    " on conflict (id) do update set"
    " rev = greatest(t.rev, excluded.rev),"
    " items_rev = greatest(t.items_rev, excluded.items_rev),"
    " last_position = greatest(t.last_position, excluded.last_position),"
    " own_rev = greatest(t.own_rev, excluded.own_rev),"
    " name = case when excluded.own_rev > t.own_rev then excluded.name else t.name end,"
    " name_rev = case when excluded.own_rev > t.own_rev then excluded.name_rev else t.name_rev end,"
    " owner_id = case when excluded.own_rev > t.own_rev then excluded.owner_id else t.owner_id end,"
    " is_deleted = case when excluded.own_rev > t.own_rev then excluded.is_deleted else t.is_deleted end,"
    " created_at = case when excluded.own_rev > t.own_rev then excluded.created_at else t.created_at end,"
    " updated_at = case when excluded.own_rev > t.own_rev then excluded.updated_at else t.updated_at end"
    " where excluded.rev > t.rev or excluded.own_rev > t.own_rev or excluded.items_rev > t.items_rev"
    " or excluded.last_position > t.last_position";

constexpr std::string_view upsert_items =
    "insert into todo_items as t (list_id, id, rev, field_revs, name, description, status, done, due_date, due_text,"
    " media_url, position, is_deleted, created_at, updated_at, created_by, updated_by)"
    " select u.list_id, u.id, u.rev, u.field_revs, u.name, u.description, u.status::todo_status, u.done, u.due_date,"
    " u.due_text, u.media_url, u.position, u.is_deleted, u.created_at, u.updated_at, u.created_by, u.updated_by"
    " from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) as u (list_id, id, rev,"
    " field_revs, name, description, status, done, due_date, due_text, media_url, position, is_deleted, created_at,"
    " updated_at, created_by, updated_by)"
    " join todo_lists l on l.id = u.list_id"
    " where u.rev > l.purge_floor"
    " or exists (select 1 from todo_items i where i.list_id = u.list_id and i.id = u.id)"
    " on conflict (list_id, id) do update set rev = excluded.rev, field_revs = excluded.field_revs,"
    " name = excluded.name, description = excluded.description, status = excluded.status, done = excluded.done,"
    " due_date = excluded.due_date, due_text = excluded.due_text, media_url = excluded.media_url,"
    " position = excluded.position, is_deleted = excluded.is_deleted, created_at = excluded.created_at,"
    " updated_at = excluded.updated_at, created_by = excluded.created_by, updated_by = excluded.updated_by"
    " where excluded.rev > t.rev";

constexpr std::string_view upsert_members =
    "insert into todo_list_members as t (list_id, user_id, name, role, rev)"
    " select u.list_id, u.user_id, u.name, u.role::list_role, u.rev"
    " from unnest($1, $2, $3, $4, $5) as u (list_id, user_id, name, role, rev)"
    " on conflict (list_id, user_id) do update set name = excluded.name, role = excluded.role, rev = excluded.rev"
    " where excluded.rev > t.rev";

constexpr std::string_view upsert_links =
    "insert into todo_share_links as t (list_id, id, secret_hash, role, expires_at, is_revoked, created_at, rev)"
    " select u.list_id, u.id, u.secret_hash, u.role::list_role, u.expires_at, u.is_revoked, u.created_at, u.rev"
    " from unnest($1, $2, $3, $4, $5, $6, $7, $8) as u (list_id, id, secret_hash, role, expires_at, is_revoked,"
    " created_at, rev)"
    " join todo_lists l on l.id = u.list_id where not (l.is_deleted and l.purge_floor >= l.rev)"
    " on conflict (list_id, id) do update set secret_hash = excluded.secret_hash, role = excluded.role,"
    " expires_at = excluded.expires_at, is_revoked = excluded.is_revoked, created_at = excluded.created_at,"
    " rev = excluded.rev where excluded.rev > t.rev";

constexpr std::string_view insert_ops =
    "insert into todo_ops (list_id, op_id, user_id, rev) select * from unnest($1, $2, $3, $4)";

constexpr std::string_view insert_ops_unless_known =
    "insert into todo_ops (list_id, op_id, user_id, rev)"
    " select u.* from unnest($1, $2, $3, $4) as u (list_id, op_id, user_id, rev)"
    " where not exists (select 1 from todo_lists l"
    " where l.id = u.list_id and l.is_deleted and l.purge_floor >= l.rev)"
    " on conflict do nothing";

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
    ops_.emplace(std::tuple(change.list_id, change.op_id->value, std::string_view(change.user_id.value)),
                 Op{change.rev, changed_nothing});
    has_ops_of_nothing_ |= changed_nothing;
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
  const auto of_nothing = static_cast<std::size_t>(
      has_ops_of_nothing_ ? std::ranges::count_if(ops_, [](const auto& op) { return op.second.changed_nothing; }) : 0);
  if (ops_.size() > of_nothing) statements.push_back(ops(known, false));
  if (of_nothing > 0) statements.push_back(ops(KnownOps::kept, true));
}

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
  return Statement(upsert_lists, Params::of(ids, revs, items_revs, own_revs, names, name_revs, owners, deleted, created,
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
  return Statement(upsert_items,
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
  return Statement(upsert_members, Params::of(lists, users, names, roles, revs));
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
  return Statement(upsert_links, Params::of(lists, ids, hashes, roles, expires, revoked, created, revs));
}

Statement Fold::ops(KnownOps known, bool of_nothing) const {
  Column lists(Type::uuid), ids(Type::uuid), users(Type::text), revs(Type::integer);
  for (const auto& [key, op] : ops_) {
    if (op.changed_nothing != of_nothing) continue;
    lists.add(std::get<0>(key));
    ids.add(std::get<1>(key));
    users.add(std::get<2>(key));
    revs.add(op.rev);
  }
  return Statement(known == KnownOps::refused ? insert_ops : insert_ops_unless_known,
                   Params::of(lists, ids, users, revs));
}

}  // namespace collab::store::pg
