#include <stdexcept>

#include "contract/account_store/account_store_under_test.hpp"
#include "store/sqlite_account_store.hpp"
#include "store/sqlite_store.hpp"
#include "support/temp_dir.hpp"

namespace collab::store {
namespace {

/// A file that is open, and what stands on it.
struct OpenDatabase {
  OpenDatabase(const std::filesystem::path& folder, Tenant tenant) : database(open(folder, tenant)) {}
  ~OpenDatabase() { database->close(); }

  static std::unique_ptr<SqliteDatabase> open(const std::filesystem::path& folder, Tenant tenant) {
    SqliteOptions options{.data_dir = folder};
    options.tenant = tenant;
    options.busy_timeout = std::chrono::milliseconds(20);
    auto opened = SqliteDatabase::open(options);
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }

  std::unique_ptr<SqliteDatabase> database;
  SqliteAccountStore accounts{*database};
};

class SqliteAccountsUnderTest final : public AccountStoreUnderTest {
 public:
  SqliteAccountsUnderTest() { open(); }

  AccountStore& accounts() override { return server_->accounts; }
  AccountStore& elsewhere() override {
    if (!tool_) tool_.emplace(folder_.path(), Tenant::tool);
    return tool_->accounts;
  }
  Store& lists() override { return *lists_; }
  void reopen() override {
    tool_.reset();
    lists_.reset();
    server_.reset();
    open();
  }
  // Another program that keeps a write transaction open.
  void break_storage() override {
    auto opened = Connection::open(server_->database->file(), {});
    if (!opened || !opened->execute("begin immediate")) throw std::runtime_error("cannot lock the database");
    intruder_.emplace(std::move(*opened));
  }
  void repair() override { intruder_.reset(); }

 private:
  void open() {
    server_.emplace(folder_.path(), Tenant::server);
    lists_.emplace(*server_->database);
  }

  support::TempDir folder_;
  std::optional<OpenDatabase> server_, tool_;
  std::optional<SqliteStore> lists_;
  std::optional<Connection> intruder_;
};

}  // namespace

std::unique_ptr<AccountStoreUnderTest> make_sqlite_accounts_under_test() {
  return std::make_unique<SqliteAccountsUnderTest>();
}

}  // namespace collab::store
