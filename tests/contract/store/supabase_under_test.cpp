#include "contract/store/store_under_test.hpp"
#include "support/supabase_fixture.hpp"

namespace collab::store {
namespace {

class SupabaseUnderTest final : public StoreUnderTest {
 public:
  SupabaseUnderTest() { open(); }
  ~SupabaseUnderTest() override { close(); }

  Store& store() override { return *store_; }
  void reopen() override {
    close();
    open();
  }
  void break_storage() override { project_.storage().forbid_writing(); }
  void repair() override { project_.storage().allow_writing(); }

 private:
  void open() {
    database_ = project_.open();
    store_ = std::make_unique<SupabaseStore>(*database_);
  }
  void close() {
    if (database_) database_->close();
    store_.reset();
    database_.reset();
  }

  support::SupabaseProjectUnderTest project_;
  std::unique_ptr<PostgresDatabase> database_;
  std::unique_ptr<SupabaseStore> store_;
};

}  // namespace

std::unique_ptr<StoreUnderTest> make_supabase_under_test() { return std::make_unique<SupabaseUnderTest>(); }

}  // namespace collab::store
