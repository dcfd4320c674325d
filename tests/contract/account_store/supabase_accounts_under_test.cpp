#include "contract/account_store/account_store_under_test.hpp"
#include "support/supabase_fixture.hpp"

namespace collab::store {
namespace {

class SupabaseAccountsUnderTest final : public AccountStoreUnderTest {
 public:
  SupabaseAccountsUnderTest() { open(); }

  AccountStore& accounts() override { return server_->accounts; }
  AccountStore& elsewhere() override {
    if (!tool_) tool_.emplace(project_.open(PostgresOptions::Use::tool));
    return tool_->accounts;
  }
  Store& lists() override { return server_->lists; }
  void reopen() override {
    tool_.reset();
    server_.reset();
    open();
  }
  void break_storage() override { project_.storage().forbid_writing(); }
  void repair() override { project_.storage().allow_writing(); }

 private:
  struct Open {
    explicit Open(std::unique_ptr<PostgresDatabase> opened) : database(std::move(opened)) {}
    std::unique_ptr<PostgresDatabase> database;
    SupabaseAccountStore accounts{*database};
    SupabaseStore lists{*database};
  };

  void open() { server_.emplace(project_.open()); }

  support::SupabaseProjectUnderTest project_;
  std::optional<Open> server_, tool_;
};

}  // namespace

std::unique_ptr<AccountStoreUnderTest> make_supabase_accounts_under_test() {
  return std::make_unique<SupabaseAccountsUnderTest>();
}

}  // namespace collab::store
