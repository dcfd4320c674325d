// The power goes at some moment while several people write. Everything that was acknowledged must be there afterwards.
#include <gtest/gtest.h>

#include "core/log.hpp"
#include "store/sqlite_store.hpp"
#include "support/await.hpp"
#include "support/fault_vfs.hpp"
#include "support/list_draft.hpp"
#include "support/temp_dir.hpp"

namespace collab::store {
namespace {

using support::await;
using support::difference;
using support::FaultVfs;
using support::ListDraft;
using support::TempDir;

const UserId ann{"ann"};
constexpr int writers = 5;

/// One list, its author, and what he was promised.
struct Author {
  ListDraft list{ann};
  std::vector<ListState> history;  ///< after each change
  Rev acknowledged = 0;

  SharedChange next() {
    auto change = history.empty() ? list.create() : list.add("item " + std::to_string(history.size()), OpId::make());
    history.push_back(list.state());
    return change;
  }
};

struct Outcome {
  std::string fault;  ///< why the salvaged database cannot be used, or is not a state that ever was; "" = it is good
  int lost = 0;       ///< lists of which an acknowledged change is missing
  std::size_t acknowledged = 0;
};

// Writes one change after the other until one fails.
Task<> write_until_failure(Store& store, Author& author) {
  for (;;) {
    std::vector<SharedChange> changes;
    changes.push_back(author.next());
    const Rev rev = changes.front()->rev;
    const auto durable = co_await store.apply(std::move(changes));
    if (!durable.at(0)) co_return;
    author.acknowledged = rev;
  }
}

SqliteOptions options_in(const std::filesystem::path& folder, const FaultVfs* vfs, Durability durability) {
  SqliteOptions options{.data_dir = folder};
  options.durability = durability;
  if (vfs) options.vfs = vfs->name();
  options.checkpoint_pages = 30;
  options.busy_timeout = std::chrono::milliseconds(10);
  return options;
}

void write_until_cut(FaultVfs& vfs, const SqliteOptions& options, std::uint64_t operations,
                     std::vector<Author>& authors) {
  auto database = SqliteDatabase::open(options);
  if (!database) throw std::runtime_error(database.error().message);
  SqliteStore store(**database);
  asio::io_context io;
  vfs.cut_after(operations);
  for (Author& author : authors) spawn(io, "author", [&]() -> Task<> { return write_until_failure(store, author); });
  io.run();
  (*database)->close();
}

void inspect(Store& store, const std::vector<Author>& authors, Outcome& outcome) {
  for (const Author& author : authors) {
    const auto loaded = await(store.load(author.list.id()));
    if (!loaded) {
      outcome.fault = loaded.error().message;
      return;
    }
    const ListState& state = *loaded->state;
    if (state.rev < author.acknowledged) ++outcome.lost;
    const auto same = std::find_if(author.history.begin(), author.history.end(),
                                   [&](const ListState& past) { return past.rev == state.rev; });
    if (state.exists() && (same == author.history.end() || difference(state, *same) != ""))
      outcome.fault = "a state that never was";
  }
}

Outcome cut_power(Durability durability, std::uint64_t operations, FaultVfs::Unsynced unsynced) {
  TempDir live, salvaged;
  FaultVfs vfs(operations);
  std::vector<Author> authors(writers);
  Outcome outcome;

  write_until_cut(vfs, options_in(live.path(), &vfs, durability), operations, authors);
  if (!vfs.is_cut()) throw std::logic_error("writing ended before the power went");
  vfs.salvage(salvaged.path(), unsynced);

  for (const Author& author : authors) outcome.acknowledged += author.acknowledged != 0 ? author.history.size() - 1 : 0;
  auto database = SqliteDatabase::open(options_in(salvaged.path(), nullptr, Durability::power_cut));
  if (!database) {
    outcome.fault = database.error().message;
    return outcome;
  }
  SqliteStore store(**database);
  inspect(store, authors, outcome);
  (*database)->close();
  return outcome;
}

struct Losses {
  int lists = 0;
  std::size_t acknowledged = 0;
  std::vector<std::string> faults;
};

// The promise, tried at many moments: the moments are the same for both kinds of durability.
Losses losses_over_many_cuts(Durability durability, FaultVfs::Unsynced unsynced) {
  Losses losses;
  for (std::uint64_t operations = 1; operations < 700; operations += 17) {
    const Outcome outcome = cut_power(durability, operations, unsynced);
    losses.lists += outcome.lost;
    losses.acknowledged += outcome.acknowledged;
    if (!outcome.fault.empty()) losses.faults.push_back("after " + std::to_string(operations) + ": " + outcome.fault);
  }
  return losses;
}

class QuietLog : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { log::configure({.level = log::Level::error, .console = false}); }
};
using PowerCut = QuietLog;

TEST_F(PowerCut, LosesNothingThatWasAcknowledged) {
  const auto losses = losses_over_many_cuts(Durability::power_cut, FaultVfs::Unsynced::none);

  EXPECT_EQ(losses.lists, 0);
  EXPECT_EQ(losses.faults, std::vector<std::string>{});
  EXPECT_GT(losses.acknowledged, 1000u);
}

TEST_F(PowerCut, LosesNothingWhenTheDiskWritesInAnyOrder) {
  const auto losses = losses_over_many_cuts(Durability::power_cut, FaultVfs::Unsynced::some);

  EXPECT_EQ(losses.lists, 0);
  EXPECT_EQ(losses.faults, std::vector<std::string>{});
}

// The teeth: without the sync at each commit the same check must find a loss.
TEST_F(PowerCut, LosesAcknowledgedWritesIfCommitsAreNotSynced) {
  const auto losses = losses_over_many_cuts(Durability::process_crash, FaultVfs::Unsynced::none);

  EXPECT_GT(losses.lists, 0);
}

TEST_F(PowerCut, LeavesAFolderInWhichAServerCanStartWhileItCreatesTheDatabase) {
  std::vector<std::string> faults;
  bool was_complete = false;
  for (std::uint64_t operations = 0; !was_complete; ++operations) {
    TempDir live, salvaged;
    FaultVfs vfs(operations + 1);
    vfs.cut_after(operations);
    was_complete = SqliteDatabase::open(options_in(live.path(), &vfs, Durability::power_cut)).has_value();
    vfs.salvage(salvaged.path(), FaultVfs::Unsynced::some);
    const auto database = SqliteDatabase::open(options_in(salvaged.path(), nullptr, Durability::power_cut));
    if (!database) faults.push_back("after " + std::to_string(operations) + ": " + database.error().message);
  }

  EXPECT_EQ(faults, std::vector<std::string>{});
}

}  // namespace
}  // namespace collab::store
