// What an implementation of Store must bring to be put through the contract.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "store/store.hpp"

namespace collab::store {

/// A store on storage of its own, empty at first.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;

  virtual Store& store() = 0;
  /// Stops and starts the store on the same storage.
  virtual void reopen() = 0;
  /// From now on every write fails; until repair().
  virtual void break_storage() = 0;
  virtual void repair() = 0;
};

struct StoreFactory {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
};

inline void PrintTo(const StoreFactory& factory, std::ostream* out) { *out << factory.name; }

/// One per implementation that is built in. A new one is added here, and in a file beside sqlite_under_test.cpp.
std::unique_ptr<StoreUnderTest> make_sqlite_under_test();
std::unique_ptr<StoreUnderTest> make_postgres_under_test();
std::unique_ptr<StoreUnderTest> make_pgbouncer_under_test();  ///< PostgreSQL behind a transaction pooler
std::unique_ptr<StoreUnderTest> make_supabase_under_test();   ///< PostgreSQL behind a REST interface

}  // namespace collab::store
