#include "contract/store/store_under_test.hpp"
#include "support/postgres_fixture.hpp"

namespace collab::store {
namespace {

class PostgresUnderTest final : public StoreUnderTest {
 public:
  explicit PostgresUnderTest(support::Through through) : storage_(through) { open(); }
  ~PostgresUnderTest() override { close(); }

  Store& store() override { return *store_; }
  void reopen() override {
    close();
    open();
  }
  void break_storage() override { storage_.forbid_writing(); }
  void repair() override { storage_.allow_writing(); }

 private:
  void open() {
    database_ = storage_.open();
    store_ = std::make_unique<PostgresStore>(*database_);
  }
  void close() {
    if (database_) database_->close();
    store_.reset();
    database_.reset();
  }

  support::PostgresDatabaseUnderTest storage_;
  std::unique_ptr<PostgresDatabase> database_;
  std::unique_ptr<PostgresStore> store_;
};

}  // namespace

std::unique_ptr<StoreUnderTest> make_postgres_under_test() {
  return std::make_unique<PostgresUnderTest>(support::Through::nothing);
}

std::unique_ptr<StoreUnderTest> make_pgbouncer_under_test() {
  return std::make_unique<PostgresUnderTest>(support::Through::pooler);
}

}  // namespace collab::store
