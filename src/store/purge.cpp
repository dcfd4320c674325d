#include "store/purge.hpp"

#include <vector>

#include "model/ids.hpp"

namespace collab::store {
namespace {

constexpr std::int64_t rows_per_step = 200;

// Rows that are in order of time at the front of the table, some of which may be slightly newer than their neighbours.
constexpr std::string_view oldest_ops =
    "select max(id) from (select id, rev from ops order by id limit ?2) where rev < ?1";

constexpr std::string_view oldest_tombstones =
    "select list_id, item_id, rev from items indexed by deleted_items where is_deleted and rev < ? order by rev limit "
    "?";

constexpr std::string_view raise_floor = "update lists set purge_floor = max(purge_floor, ?) where list_id = ?";

constexpr std::string_view oldest_deleted_list =
    "select list_id from lists indexed by deleted_lists where is_deleted and updated_at < ? and purge_floor < rev"
    " order by updated_at limit 1";

constexpr std::string_view empty_list =
    "update lists set name = '', last_position = '', purge_floor = rev where list_id = ?";

struct Tombstone {
  ListId list_id;
  ItemId item_id;
  Rev rev;
};

Result<std::vector<Tombstone>> find_tombstones(Connection& connection, EpochMs before) {
  std::vector<Tombstone> found;
  auto query = connection.statement(oldest_tombstones);
  query.bind(before, rows_per_step);
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({query.id<ListId>(0), query.id<ItemId>(1), query.integer(2)});
  }
}

}  // namespace

Result<std::int64_t> purge_ops_step(Connection& connection, EpochMs before) {
  std::optional<std::int64_t> last;
  {
    auto query = connection.statement(oldest_ops);
    const auto row = query.bind(before, rows_per_step).step();
    if (!row) return row.error();
    last = query.optional_integer(0);
  }
  if (!last) return std::int64_t{0};
  auto removed = connection.statement("delete from ops where id <= ? and rev < ?").bind(*last, before).run();
  if (!removed) return removed.error();
  return connection.changes();
}

Result<std::int64_t> purge_items_step(Connection& connection, EpochMs before) {
  const auto tombstones = find_tombstones(connection, before);
  if (!tombstones) return tombstones.error();
  for (const Tombstone& tombstone : *tombstones) {
    auto done = connection.statement("delete from items where list_id = ? and item_id = ?")
                    .bind(tombstone.list_id, tombstone.item_id)
                    .run();
    if (done) done = connection.statement(raise_floor).bind(tombstone.rev, tombstone.list_id).run();
    if (!done) return done.error();
  }
  return static_cast<std::int64_t>(tombstones->size());
}

Result<std::int64_t> purge_lists_step(Connection& connection, EpochMs before) {
  ListId list_id;
  {
    auto query = connection.statement(oldest_deleted_list);
    const auto row = query.bind(before).step();
    if (!row) return row.error();
    if (!*row) return std::int64_t{0};
    list_id = query.id<ListId>(0);
  }
  for (const char* sql :
       {"delete from items where list_id = ?", "delete from links where list_id = ?",
        "delete from ops where list_id = ?", "update members set name = null where list_id = ?", empty_list.data()})
    if (auto done = connection.statement(sql).bind(list_id).run(); !done) return done.error();
  return std::int64_t{1};
}

}  // namespace collab::store
