#include "store/list_loader.hpp"

#include "store/row_codec.hpp"

namespace collab::store {
namespace {

constexpr std::string_view select_list =
    "select rev, items_rev, purge_floor, name, name_rev, owner_id, is_deleted, created_at, updated_at, last_position,"
    " own_rev from lists where list_id = ?";

constexpr std::string_view select_items =
    "select item_id, rev, field_revs, name, description, status, done, due_date, media_url, position, is_deleted,"
    " created_at, updated_at, created_by, updated_by from items where list_id = ?";

constexpr std::string_view select_members =
    "select user_id, name, role, rev from members where list_id = ? order by user_id";

constexpr std::string_view select_links =
    "select link_id, secret_hash, role, expires_at, is_revoked, created_at, rev from links where list_id = ? order by "
    "link_id";

constexpr std::string_view select_ops = "select user_id, op_id from ops where list_id = ?";

constexpr std::string_view select_memberships =
    "select m.list_id, m.role, l.is_deleted, m.rev from members m join lists l on l.list_id = m.list_id where "
    "m.user_id = ?";

// Gives every row of the query to `take`, which may refuse it.
template <class Take>
Result<void> for_each_row(Statement& query, Take take) {
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return ok();
    if (auto taken = take(query); !taken) return taken;
  }
}

Result<bool> load_head(Connection& connection, ListState& state) {
  auto query = connection.statement(select_list);
  query.bind(state.id);
  const auto row = query.step();
  if (!row || !*row) return row;
  state.rev = query.integer(0);
  state.items_rev = query.integer(1);
  state.purge_floor = query.integer(2);
  state.name = query.text(3);
  state.name_rev = query.integer(4);
  state.owner_id = UserId{query.text(5)};
  state.is_deleted = query.boolean(6);
  state.created_at = query.integer(7);
  state.updated_at = query.integer(8);
  state.last_position = query.text(9);
  state.own_rev = query.integer(10);
  return true;
}

Result<SharedItem> item_of(Connection& connection, const Statement& row) {
  auto item = std::make_shared<Item>();
  item->id = row.id<ItemId>(0);
  item->rev = row.integer(1);
  if (!unpack_field_revs(row.bytes(2), item->rev, item->field_revs)) return connection.report(SQLITE_CORRUPT);
  item->name = row.text(3);
  item->description = row.optional_text(4);
  item->status = static_cast<Status>(row.integer(5));
  item->done = row.boolean(6);
  item->due_date = row.optional_text(7);
  item->media_url = row.optional_text(8);
  item->position = row.text(9);
  item->is_deleted = row.boolean(10);
  item->created_at = row.integer(11);
  item->updated_at = row.integer(12);
  item->created_by = UserId{row.text(13)};
  item->updated_by = row.is_null(14) ? item->created_by : UserId{row.text(14)};
  return SharedItem(std::move(item));
}

Result<void> load_items(Connection& connection, ListState& state) {
  auto query = connection.statement(select_items);
  query.bind(state.id);
  return for_each_row(query, [&](const Statement& row) -> Result<void> {
    auto item = item_of(connection, row);
    if (!item) return item.error();
    if (!(*item)->is_deleted) ++state.live_items;
    const ItemId id = (*item)->id;
    state.items = std::move(state.items).set(id, std::move(*item));
    return ok();
  });
}

Result<void> load_members(Connection& connection, ListState& state) {
  auto members = std::make_shared<std::vector<Member>>();
  auto query = connection.statement(select_members);
  query.bind(state.id);
  auto done = for_each_row(query, [&](const Statement& row) {
    members->push_back(
        Member{UserId{row.text(0)}, row.optional_text(1), static_cast<Role>(row.integer(2)), row.integer(3)});
    return ok();
  });
  state.members = std::move(members);
  return done;
}

Result<void> load_links(Connection& connection, ListState& state) {
  auto links = std::make_shared<std::vector<ShareLink>>();
  auto query = connection.statement(select_links);
  query.bind(state.id);
  auto done = for_each_row(query, [&](const Statement& row) {
    links->push_back(ShareLink{row.id<LinkId>(0), row.text(1), static_cast<Role>(row.integer(2)),
                               row.optional_integer(3), row.boolean(4), row.integer(5), row.integer(6)});
    return ok();
  });
  state.links = std::move(links);
  return done;
}

Result<void> load_ops(Connection& connection, ListId list_id, std::vector<std::uint64_t>& fingerprints) {
  auto query = connection.statement(select_ops);
  query.bind(list_id);
  UserId user_id;
  return for_each_row(query, [&](const Statement& row) {
    user_id.value.assign(row.bytes(0));
    fingerprints.push_back(op_fingerprint(user_id, row.id<OpId>(1)));
    return ok();
  });
}

}  // namespace

Result<LoadedList> load_list(Connection& connection, ListId list_id, Rev era) {
  auto state = std::make_shared<ListState>();
  state->id = list_id;
  state->era = era;
  LoadedList loaded{state, {}};
  const auto exists = load_head(connection, *state);
  if (!exists) return exists.error();
  if (!*exists) return loaded;
  auto done = load_items(connection, *state);
  if (done) done = load_members(connection, *state);
  if (done) done = load_links(connection, *state);
  if (done) done = load_ops(connection, list_id, loaded.op_fingerprints);
  if (!done) return done.error();
  return loaded;
}

Result<std::vector<Membership>> memberships_of(Connection& connection, const UserId& user_id) {
  std::vector<Membership> memberships;
  auto query = connection.statement(select_memberships);
  query.bind(user_id);
  auto done = for_each_row(query, [&](const Statement& row) {
    memberships.push_back(
        Membership{row.id<ListId>(0), static_cast<Role>(row.integer(1)), row.boolean(2), row.integer(3)});
    return ok();
  });
  if (!done) return done.error();
  return memberships;
}

Result<std::optional<ListId>> list_of_link(Connection& connection, LinkId link_id) {
  auto query = connection.statement("select list_id from links where link_id = ?");
  query.bind(link_id);
  const auto row = query.step();
  if (!row) return row.error();
  return *row ? std::optional<ListId>(query.id<ListId>(0)) : std::nullopt;
}

Result<std::optional<Rev>> rev_of_op(Connection& connection, ListId list_id, const UserId& user_id, OpId op_id) {
  auto query = connection.statement("select rev from ops where list_id = ? and op_id = ? and user_id = ?");
  query.bind(list_id, op_id, user_id);
  const auto row = query.step();
  if (!row) return row.error();
  return *row ? std::optional<Rev>(query.integer(0)) : std::nullopt;
}

}  // namespace collab::store
