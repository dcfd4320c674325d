#include "store/change_writer.hpp"

#include "store/row_codec.hpp"

namespace collab::store {
namespace {

// Some 20 MB. When it is reached all are forgotten: simpler than an order of use, and rare.
constexpr std::size_t most_heads = 100'000;

constexpr std::string_view select_head = "select rev, items_rev, last_position from lists where list_id = ?";

constexpr std::string_view update_head = "update lists set rev = ?, items_rev = ?, last_position = ? where list_id = ?";

constexpr std::string_view upsert_list =
    "insert into lists (list_id, rev, items_rev, own_rev, name, name_rev, owner_id, is_deleted, created_at, updated_at,"
    " last_position, purge_floor) values (?1, ?2, 0, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '', 0)"
    " on conflict (list_id) do update set own_rev = ?2, name = ?3, name_rev = ?4, owner_id = ?5, is_deleted = ?6,"
    " created_at = ?7, updated_at = ?8";

constexpr std::string_view upsert_item =
    "insert into items (list_id, item_id, rev, field_revs, name, description, status, done, due_date, media_url, "
    "position,"
    " is_deleted, created_at, updated_at, created_by, updated_by)"
    " values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    " on conflict (list_id, item_id) do update set rev = ?3, field_revs = ?4, name = ?5, description = ?6, status = ?7,"
    " done = ?8, due_date = ?9, media_url = ?10, position = ?11, is_deleted = ?12, created_at = ?13, updated_at = ?14,"
    " created_by = ?15, updated_by = ?16";

constexpr std::string_view upsert_member =
    "insert or replace into members (list_id, user_id, name, role, rev) values (?, ?, ?, ?, ?)";

constexpr std::string_view upsert_link =
    "insert or replace into links (list_id, link_id, secret_hash, role, expires_at, is_revoked, created_at, rev)"
    " values (?, ?, ?, ?, ?, ?, ?, ?)";

constexpr std::string_view insert_op = "insert into ops (list_id, op_id, user_id, rev) values (?, ?, ?, ?)";

constexpr std::string_view select_op_rev = "select rev from ops where list_id = ? and op_id = ? and user_id = ?";

Result<void> write_list_row(Connection& connection, const Change& change) {
  const ListRow& row = *change.list;
  return connection.statement(upsert_list)
      .bind(change.list_id, change.rev, row.name, row.name_rev, row.owner_id, row.is_deleted, row.created_at,
            row.updated_at)
      .run();
}

Result<void> write_item(Connection& connection, const Change& change) {
  const Item& item = *change.item;
  const std::string field_revs = pack_field_revs(item);
  auto statement = connection.statement(upsert_item);
  statement.bind(change.list_id, item.id, item.rev).bind_blob(field_revs);
  statement.bind(item.name, item.description, item.status, item.done, item.due_date, item.media_url, item.position,
                 item.is_deleted, item.created_at, item.updated_at, item.created_by);
  if (item.updated_by == item.created_by)
    statement.bind(std::nullopt);
  else
    statement.bind(item.updated_by);
  return statement.run();
}

Result<void> write_member(Connection& connection, const Change& change, const Member& member) {
  return connection.statement(upsert_member)
      .bind(change.list_id, member.user_id, member.name, member.role, member.rev)
      .run();
}

Result<void> write_link(Connection& connection, const Change& change) {
  const ShareLink& link = *change.link;
  auto statement = connection.statement(upsert_link);
  statement.bind(change.list_id, link.id).bind_blob(link.secret_hash);
  return statement.bind(link.role, link.expires_at, link.is_revoked, link.created_at, link.rev).run();
}

Result<void> write_op(Connection& connection, const Change& change) {
  return connection.statement(insert_op).bind(change.list_id, *change.op_id, change.user_id, change.rev).run();
}

template <class... Keys>
std::optional<Rev> stored_rev(Connection& connection, std::string_view sql, const Keys&... keys) {
  auto query = connection.statement(sql);
  query.bind(keys...);
  const auto row = query.step();
  return row && *row ? std::optional<Rev>(query.integer(0)) : std::nullopt;
}

// Whether a list that is at this rev or further has got there over this change. An op_id knows exactly; else every row
// of the change must be there as it was written, or newer.
bool is_stored(Connection& connection, const Change& change) {
  if (change.op_id)
    return stored_rev(connection, select_op_rev, change.list_id, *change.op_id, change.user_id) == change.rev;
  const auto is_reached = [&](std::optional<Rev> rev) { return rev && *rev >= change.rev; };
  if (change.list && !is_reached(stored_rev(connection, "select own_rev from lists where list_id = ?", change.list_id)))
    return false;
  if (change.item && !is_reached(stored_rev(connection, "select rev from items where list_id = ? and item_id = ?",
                                            change.list_id, change.item->id)))
    return false;
  for (const Member& member : change.members)
    if (!is_reached(stored_rev(connection, "select rev from members where list_id = ? and user_id = ?", change.list_id,
                               member.user_id)))
      return false;
  return !change.link || is_reached(stored_rev(connection, "select rev from links where list_id = ? and link_id = ?",
                                               change.list_id, change.link->id));
}

}  // namespace

ChangeWriter::Head* ChangeWriter::head_of(Connection& connection, ListId list_id) {
  const auto known = heads_.find(list_id);
  if (known != heads_.end()) return &known->second;
  auto query = connection.statement(select_head);
  query.bind(list_id);
  const auto row = query.step();
  if (!row) return nullptr;
  Head head;
  if (*row) head = Head{query.integer(0), query.integer(1), query.text(2), false};
  return &heads_.emplace(list_id, std::move(head)).first->second;
}

bool ChangeWriter::write(Connection& connection, const Change& change) {
  Head* head = head_of(connection, change.list_id);
  if (!head) return false;
  if (change.kind == ChangeKind::nothing) return write_nothing(connection, change, *head);
  if (head->rev >= change.rev) return is_stored(connection, change);
  if (head->rev != change.prev_rev || (head->rev == 0 && !change.list)) return false;
  if (change.op_id) {
    // First of all: a violated key means that this op has a rev already, and nothing was written yet.
    const auto noted = write_op(connection, change);
    if (!noted && noted.error().code == Errc::already_exists) return false;
    if (!noted) return !(is_spoiled_ = true);
  }
  if (!write_rows(connection, change)) return !(is_spoiled_ = true);

  head->rev = change.rev;
  if (change.item) {
    head->items_rev = change.rev;
    if (change.item->position > head->last_position) head->last_position = change.item->position;
  }
  if (!head->is_dirty) {
    head->is_dirty = true;
    dirty_.push_back(&*heads_.find(change.list_id));
  }
  return true;
}

// It takes no rev, but its op must be remembered: a repeat must not do something either.
bool ChangeWriter::write_nothing(Connection& connection, const Change& change, const Head& head) {
  if (head.rev < change.rev) return false;
  if (!change.op_id) return true;
  const auto noted = write_op(connection, change);
  if (noted || noted.error().code == Errc::already_exists) return true;
  return !(is_spoiled_ = true);
}

Result<void> ChangeWriter::write_rows(Connection& connection, const Change& change) {
  Result<void> done = ok();
  if (change.list) done = write_list_row(connection, change);
  if (done && change.item) done = write_item(connection, change);
  for (const Member& member : change.members)
    if (done) done = write_member(connection, change, member);
  if (done && change.link) done = write_link(connection, change);
  return done;
}

Result<void> ChangeWriter::before_commit(Connection& connection) {
  if (is_spoiled_) return Error{Errc::unavailable, "a change could not be written"};
  for (auto* entry : dirty_) {
    auto& [list_id, head] = *entry;
    auto written = connection.statement(update_head).bind(head.rev, head.items_rev, head.last_position, list_id).run();
    if (!written) return written;
    head.is_dirty = false;
  }
  dirty_.clear();
  if (heads_.size() > most_heads) heads_.clear();
  return ok();
}

void ChangeWriter::rolled_back() {
  is_spoiled_ = false;
  dirty_.clear();
  heads_.clear();
}

}  // namespace collab::store
