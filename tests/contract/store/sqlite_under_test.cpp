#include <stdexcept>

#include "contract/store/store_under_test.hpp"
#include "store/sqlite_store.hpp"
#include "support/temp_dir.hpp"

namespace collab::store {
namespace {

class SqliteUnderTest final : public StoreUnderTest {
 public:
  SqliteUnderTest() { open(); }
  ~SqliteUnderTest() override { close(); }

  Store& store() override { return *store_; }
  void reopen() override {
    close();
    open();
  }
  // Another program that keeps a write transaction open.
  void break_storage() override {
    auto opened = Connection::open(database_->file(), {});
    if (!opened || !opened->execute("begin immediate")) throw std::runtime_error("cannot lock the database");
    intruder_.emplace(std::move(*opened));
  }
  void repair() override { intruder_.reset(); }

 private:
  void open() {
    SqliteOptions options{.data_dir = folder_.path()};
    options.busy_timeout = std::chrono::milliseconds(20);
    auto opened = SqliteDatabase::open(options);
    if (!opened) throw std::runtime_error(opened.error().message);
    database_ = std::move(*opened);
    store_ = std::make_unique<SqliteStore>(*database_);
  }
  void close() {
    intruder_.reset();
    if (database_) database_->close();
    store_.reset();
    database_.reset();
  }

  support::TempDir folder_;
  std::unique_ptr<SqliteDatabase> database_;
  std::unique_ptr<SqliteStore> store_;
  std::optional<Connection> intruder_;
};

}  // namespace

std::unique_ptr<StoreUnderTest> make_sqlite_under_test() { return std::make_unique<SqliteUnderTest>(); }

}  // namespace collab::store
