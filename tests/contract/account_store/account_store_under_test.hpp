// What an implementation of AccountStore must bring to be put through the contract.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "store/account_store.hpp"
#include "store/store.hpp"

namespace collab::store {

/// An account store on storage of its own, empty at first.
class AccountStoreUnderTest {
 public:
  virtual ~AccountStoreUnderTest() = default;

  virtual AccountStore& accounts() = 0;
  /// Another process on the same storage.
  virtual AccountStore& elsewhere() = 0;
  /// The lists beside the accounts.
  virtual Store& lists() = 0;
  /// Stops and starts the store on the same storage.
  virtual void reopen() = 0;
  /// From now on every write fails; until repair().
  virtual void break_storage() = 0;
  virtual void repair() = 0;
};

struct AccountStoreFactory {
  std::string name;
  std::function<std::unique_ptr<AccountStoreUnderTest>()> make;
};

inline void PrintTo(const AccountStoreFactory& factory, std::ostream* out) { *out << factory.name; }

/// One per implementation that is built in. A new one is added here, and in a file beside
/// sqlite_accounts_under_test.cpp.
std::unique_ptr<AccountStoreUnderTest> make_sqlite_accounts_under_test();
std::unique_ptr<AccountStoreUnderTest> make_postgres_accounts_under_test();
std::unique_ptr<AccountStoreUnderTest>
make_pgbouncer_accounts_under_test();                                        ///< PostgreSQL behind a transaction pooler
std::unique_ptr<AccountStoreUnderTest> make_supabase_accounts_under_test();  ///< PostgreSQL behind a REST interface

}  // namespace collab::store
