#include "contract/account_store/account_store_under_test.hpp"
#include "support/postgres_fixture.hpp"

namespace collab::store {
namespace {

class PostgresAccountsUnderTest final : public AccountStoreUnderTest {
 public:
  explicit PostgresAccountsUnderTest(support::Through through) : storage_(through) { open(); }

  AccountStore& accounts() override { return server_->accounts; }
  AccountStore& elsewhere() override {
    if (!tool_) tool_.emplace(storage_.open(PostgresOptions::Use::tool));
    return tool_->accounts;
  }
  Store& lists() override { return server_->lists; }
  void reopen() override {
    tool_.reset();
    server_.reset();
    open();
  }
  void break_storage() override { storage_.forbid_writing(); }
  void repair() override { storage_.allow_writing(); }

 private:
  struct Open {
    explicit Open(std::unique_ptr<PostgresDatabase> opened) : database(std::move(opened)) {}
    std::unique_ptr<PostgresDatabase> database;
    PostgresAccountStore accounts{*database};
    PostgresStore lists{*database};
  };

  void open() { server_.emplace(storage_.open()); }

  support::PostgresDatabaseUnderTest storage_;
  std::optional<Open> server_, tool_;
};

}  // namespace

std::unique_ptr<AccountStoreUnderTest> make_postgres_accounts_under_test() {
  return std::make_unique<PostgresAccountsUnderTest>(support::Through::nothing);
}

std::unique_ptr<AccountStoreUnderTest> make_pgbouncer_accounts_under_test() {
  return std::make_unique<PostgresAccountsUnderTest>(support::Through::pooler);
}

}  // namespace collab::store
