#include "store/sqlite_store.hpp"

#include "store/change_writer.hpp"
#include "store/list_loader.hpp"
#include "store/purge.hpp"

namespace collab::store {
namespace {

/// The changes of one call of apply().
template <class Handler>
class ApplyJob final : public DatabaseJob {
 public:
  ApplyJob(ChangeWriter& writer, std::vector<SharedChange> changes, Handler handler)
      : DatabaseJob(asio::get_associated_executor(handler), changes.size()),
        writer_(writer),
        changes_(std::move(changes)),
        durable_(changes_.size(), false),
        handler_(std::move(handler)) {}

  void work(Connection& connection) override {
    for (std::size_t index = 0; index < changes_.size(); ++index)
      durable_[index] = writer_.write(connection, *changes_[index]);
  }
  void fail(const Error&) override { durable_.assign(changes_.size(), false); }
  void resume() override {
    auto durable = std::move(durable_);
    auto handler = std::move(handler_);
    std::move(handler)(std::move(durable));
  }
  std::size_t refused() const override {
    return static_cast<std::size_t>(std::count(durable_.begin(), durable_.end(), false));
  }

 private:
  ChangeWriter& writer_;
  const std::vector<SharedChange> changes_;
  std::vector<bool> durable_;
  Handler handler_;
};

using PurgeStep = Result<std::int64_t> (*)(Connection& connection, EpochMs before);

// Until there is nothing left to do; what was done in all. Each step waits its turn behind other writes.
Task<Result<std::int64_t>> repeat(SqliteDatabase& database, PurgeStep step, EpochMs before) {
  std::int64_t total = 0;
  for (;;) {
    auto work = [step, before](Connection& connection) { return step(connection, before); };
    const auto removed = co_await database.keep_house(std::move(work));
    if (!removed) co_return removed.error();
    if (*removed == 0) co_return total;
    total += *removed;
  }
}

}  // namespace

SqliteStore::SqliteStore(SqliteDatabase& database) : database_(database), writer_(std::make_unique<ChangeWriter>()) {
  database_.set_listener(writer_.get());
}

SqliteStore::~SqliteStore() { database_.set_listener(nullptr); }

Task<Result<LoadedList>> SqliteStore::load(ListId list_id) {
  return database_.read(
      [list_id, era = database_.era()](Connection& connection) { return load_list(connection, list_id, era); });
}

Task<Result<std::vector<Membership>>> SqliteStore::lists_of(UserId user_id) {
  return database_.read(
      [user_id = std::move(user_id)](Connection& connection) { return memberships_of(connection, user_id); });
}

Task<Result<std::optional<ListId>>> SqliteStore::list_of_link(LinkId link_id) {
  return database_.read([link_id](Connection& connection) { return store::list_of_link(connection, link_id); });
}

Task<Result<std::optional<Rev>>> SqliteStore::find_op(ListId list_id, UserId user_id, OpId op_id) {
  return database_.read([list_id, user_id = std::move(user_id), op_id](Connection& connection) {
    return rev_of_op(connection, list_id, user_id, op_id);
  });
}

Task<std::vector<bool>> SqliteStore::apply(std::vector<SharedChange> changes) {
  if (changes.empty()) co_return std::vector<bool>{};
  auto initiation = [this, moved = std::move(changes)]<class Handler>(Handler&& handler) mutable {
    database_.submit_write(
        std::make_unique<ApplyJob<std::decay_t<Handler>>>(*writer_, std::move(moved), std::forward<Handler>(handler)));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::vector<bool>)>(
      std::move(initiation), asio::use_awaitable);
}

Task<Result<Purged>> SqliteStore::purge(EpochMs now, Retention retention) {
  const auto ops = co_await repeat(database_, purge_ops_step, now - retention.ops);
  if (!ops) co_return ops.error();
  const auto items = co_await repeat(database_, purge_items_step, now - retention.trash);
  if (!items) co_return items.error();
  const auto lists = co_await repeat(database_, purge_lists_step, now - retention.trash);
  if (!lists) co_return lists.error();
  co_return Purged{*items, *lists, *ops};
}

}  // namespace collab::store
