// Writes changes into the running transaction.
#pragma once

#include <unordered_map>
#include <vector>

#include "model/change.hpp"
#include "store/sqlite_database.hpp"

namespace collab::store {

/// Checks each change against the chain of its list and writes its rows. What changes with every change of a list (its
/// rev) is gathered and written once per transaction. Knows the heads of the lists it saw last: nobody else may write
/// them. On the writer thread.
class ChangeWriter final : public TransactionListener {
 public:
  /// True: stored, if the transaction commits; or stored already. False: refused, and nothing was written. If the
  /// storage fails, the connection has the fault, and the transaction must not be committed.
  bool write(Connection& connection, const Change& change);

  Result<void> before_commit(Connection& connection) override;
  void rolled_back() override;

 private:
  /// What a list's next change is checked against.
  struct Head {
    Rev rev = 0;  // 0: there is no such list
    Rev items_rev = 0;
    std::string last_position;
    bool is_dirty = false;
  };

  Head* head_of(Connection& connection, ListId list_id);
  bool write_nothing(Connection& connection, const Change& change, const Head& head);
  Result<void> write_rows(Connection& connection, const Change& change);

  std::unordered_map<ListId, Head> heads_;
  std::vector<std::pair<const ListId, Head>*> dirty_;
  bool is_spoiled_ = false;  // a change was written in part
};

}  // namespace collab::store
