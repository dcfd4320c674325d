// Values from the columns of rows, in the order in which the statements name them. A row is whatever has Row's ways to
// look at it: one of libpq's, or one in JSON.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "store/account_store.hpp"
#include "store/postgres_rows.hpp"
#include "store/row_codec.hpp"
#include "store/store.hpp"

namespace collab::store::pg {

template <class AnyRow>
Role role_in(const AnyRow& row, int column) {
  return role_of_name(row.is_null(column) ? std::nullopt : std::optional<std::string_view>(row.word(column)));
}

template <class AnyRow>
void read_list(ListState& state, const AnyRow& row) {
  state.rev = row.integer(0);
  state.items_rev = row.integer(1);
  state.purge_floor = row.integer(2);
  state.name = row.text(3);
  state.name_rev = row.integer(4);
  state.owner_id = UserId{row.text(5)};
  state.is_deleted = row.boolean(6);
  state.created_at = row.time(7);
  state.updated_at = row.time(8);
  state.last_position = row.text(9);
  state.own_rev = row.integer(10);
}

template <class AnyRow>
Outcome<SharedItem> read_item(const AnyRow& row) {
  auto item = std::make_shared<Item>();
  item->id = row.template id<ItemId>(0);
  item->rev = row.integer(1);
  if (row.is_null(2))
    item->field_revs.fill(item->rev);
  else if (!unpack_field_revs(row.bytes(2), item->rev, item->field_revs))
    return Fault{Fault::Kind::outage, "the field_revs of item " + item->id.to_string() + " cannot be read"};
  item->name = row.text(3);
  item->description = row.optional_text(4);
  item->status = parse_status(row.word(5)).value_or(Status::not_started);
  item->done = row.boolean(6);
  item->due_date = row.optional_text(7);
  item->media_url = row.optional_text(8);
  item->position = row.text(9);
  item->is_deleted = row.boolean(10);
  item->created_at = row.time(11);
  item->updated_at = row.time(12);
  item->created_by = UserId{row.text(13)};
  item->updated_by = row.is_null(14) ? item->created_by : UserId{row.text(14)};
  return SharedItem(std::move(item));
}

/// The same for all rows, which have size() and [].
template <class AnyRows>
Outcome<> read_items(ListState& state, const AnyRows& rows) {
  for (int row = 0; row < rows.size(); ++row) {
    Outcome<SharedItem> item = read_item(rows[row]);
    if (!item) return item.error();
    if (!(*item)->is_deleted) ++state.live_items;
    const ItemId id = (*item)->id;
    state.items = std::move(state.items).set(id, std::move(*item));
  }
  return Outcome<>();
}

/// Sorted here: the database's order of texts is its locale's.
template <class AnyRows>
std::shared_ptr<std::vector<Member>> read_members(const AnyRows& rows) {
  auto members = std::make_shared<std::vector<Member>>();
  for (int index = 0; index < rows.size(); ++index) {
    const auto row = rows[index];
    members->push_back(Member{UserId{row.text(0)}, row.optional_text(1), role_in(row, 2), row.integer(3)});
  }
  std::ranges::sort(*members, {}, &Member::user_id);
  return members;
}

template <class AnyRows>
std::shared_ptr<std::vector<ShareLink>> read_links(const AnyRows& rows) {
  auto links = std::make_shared<std::vector<ShareLink>>();
  for (int index = 0; index < rows.size(); ++index) {
    const auto row = rows[index];
    links->push_back(ShareLink{row.template id<LinkId>(0), std::string(row.bytes(1)), role_in(row, 2),
                               row.optional_time(3), row.boolean(4), row.time(5), row.integer(6)});
  }
  std::ranges::sort(*links, {}, &ShareLink::id);
  return links;
}

template <class AnyRows>
std::vector<std::uint64_t> read_fingerprints(const AnyRows& rows) {
  std::vector<std::uint64_t> fingerprints;
  UserId user_id;
  for (int row = 0; row < rows.size(); ++row) {
    user_id.value = rows[row].text(0);
    fingerprints.push_back(op_fingerprint(user_id, rows[row].template id<OpId>(1)));
  }
  return fingerprints;
}

template <class AnyRows>
std::vector<StoredOp> read_ops(const AnyRows& rows) {
  std::vector<StoredOp> ops;
  ops.reserve(static_cast<std::size_t>(rows.size()));
  for (int index = 0; index < rows.size(); ++index) {
    const auto row = rows[index];
    ops.push_back({UserId{row.text(0)}, row.template id<OpId>(1), row.integer(2)});
  }
  return ops;
}

template <class AnyRows>
std::vector<Membership> read_memberships(const AnyRows& rows) {
  std::vector<Membership> memberships;
  for (int index = 0; index < rows.size(); ++index) {
    const auto row = rows[index];
    memberships.push_back(Membership{row.template id<ListId>(0), role_in(row, 1), row.boolean(2), row.integer(3)});
  }
  return memberships;
}

template <class AnyRow>
Account account_of(const AnyRow& row) {
  return {{row.text(0)}, row.text(1), row.text(2), row.text(3), row.integer(4)};
}

template <class AnyRow>
RefreshFamily family_of(const AnyRow& row) {
  return {row.text(0), {row.text(1)}, row.integer(2), row.integer(3), row.boolean(4)};
}

template <class AnyRows>
std::vector<Revocation> read_revocations(const AnyRows& rows) {
  std::vector<Revocation> revocations;
  revocations.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) revocations.push_back({rows[row].integer(0), rows[row].text(1)});
  return revocations;
}

template <class AnyRows>
std::vector<Invitation> read_invitations(const std::string& email, const AnyRows& rows) {
  std::vector<Invitation> invitations;
  for (int index = 0; index < rows.size(); ++index) {
    const auto row = rows[index];
    invitations.push_back(
        {email, row.template id<ListId>(0), role_in(row, 1), {row.text(2)}, row.integer(3), row.boolean(4)});
  }
  return invitations;
}

}  // namespace collab::store::pg
