// Changes folded to the newest rev of each row, and the statements that write them.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <tuple>

#include "model/change.hpp"
#include "store/postgres_values.hpp"

namespace collab::store::pg {

/// What is to be written in one transaction: each row once, in the order of the keys, so that two who write the same
/// rows never wait for each other in a circle. Keeps the changes alive. No I/O.
///
/// A statement writes a row only where it is newer than the one that is there. So changes that come twice, late or in
/// another order leave the same rows.
class Fold {
 public:
  void add(const SharedChange& change);

  bool is_empty() const { return lists_.empty() && ops_.empty(); }
  std::vector<ListId> list_ids() const;
  /// The rows of lists, items, members and links. An item that is not there and whose rev is not above its list's purge
  /// floor was purged: it stays so. So do the links of a list whose content was purged.
  void add_rows_to(Statements& statements) const;

  enum class KnownOps {
    refused,  ///< an op that is there already is a fault of the data, unless its change is of kind `nothing`
    kept,     ///< it stays as it is; and those of a list whose content was purged are not written
  };
  void add_ops_to(Statements& statements, KnownOps known) const;

  /// The same as the argument `rows` of todo_rest_write and todo_rest_merge.
  boost::json::object as_json(KnownOps known) const;

 private:
  struct ListRows {
    Rev rev = 0;
    Rev items_rev = 0;
    std::string_view last_position;
    Rev own_rev = 0;
    const ListRow* own = nullptr;
  };
  struct Op {
    Rev rev = 0;
    bool changed_nothing = false;
  };
  using RowKey = std::pair<ListId, Uuid>;

  Statement lists() const;
  Statement items() const;
  Statement members() const;
  Statement links() const;
  bool has_new_ops(KnownOps known) const;
  Statement new_ops() const;
  bool has_kept_ops(KnownOps known) const;
  Statement kept_ops(KnownOps known) const;
  template <class Choose>
  Params columns_of_ops(const Choose& is_chosen) const;

  std::vector<SharedChange> changes_;
  std::map<ListId, ListRows> lists_;
  std::map<RowKey, const Item*> items_;
  std::map<std::pair<ListId, std::string_view>, const Member*> members_;
  std::map<RowKey, const ShareLink*> links_;
  std::map<std::tuple<ListId, Uuid, std::string_view>, Op> ops_;
  std::size_t ops_of_nothing_ = 0;
};

/// The name that a role has in a row; null for a former member.
std::optional<std::string_view> role_name(Role role);
/// The reverse; Role::none for anything else.
Role role_of_name(std::optional<std::string_view> name);

}  // namespace collab::store::pg
