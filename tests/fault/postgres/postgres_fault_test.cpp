// What PostgreSQL does to us on bad days: killed, hung, read-only, full. Each test has a server of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "support/await.hpp"
#include "support/list_draft.hpp"
#include "support/on_shard.hpp"
#include "support/postgres_fixture.hpp"

namespace collab::store {
namespace {

using support::await;
using support::ListDraft;
using support::PostgresDatabaseUnderTest;
using support::PostgresServer;
using support::wait_until;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

const UserId ann{"ann"};

/// A server of the test's own with a store on it that loses its patience soon.
struct Suffering {
  explicit Suffering(support::PostgresSettings settings = durable(), std::chrono::milliseconds retry = 50ms)
      : server(std::move(settings)), retry_interval(retry) {}

  static support::PostgresSettings durable() {
    support::PostgresSettings settings;
    settings.is_durable = true;
    return settings;
  }

  PostgresOptions options() {
    PostgresOptions options;
    options.url = server.url(name);
    options.holder = "test";
    options.lease_time = 60s;
    options.connect_deadline = 500ms;
    options.read_deadline = 500ms;
    options.write_deadline = 500ms;
    options.first_backoff = 10ms;
    options.last_backoff = 50ms;
    options.retry_interval = retry_interval;
    return options;
  }
  bool is_well() {
    const Health health = store.health();
    return health.is_running && health.can_read;
  }

  PostgresServer server;
  const std::chrono::milliseconds retry_interval;
  const std::string name = server.make_database();
  std::unique_ptr<PostgresDatabase> database = PostgresDatabaseUnderTest::open_with(options());
  PostgresStore store{*database};
};

/// Somebody who adds items without pause, and notes which of them he was told are kept.
struct Author {
  std::unique_ptr<ListDraft> list;
  std::vector<ItemId> kept;
  std::atomic<int> accepted = 0, refused = 0;
  std::atomic<bool> is_over = false;
};

Task<> pause(Shard& shard) {
  asio::steady_timer timer(shard.io(), 5ms);
  co_await timer.async_wait(asio::use_awaitable);
}

Task<bool> write(Store& store, Shard& shard, Author& author) {
  while (!author.is_over) {
    std::vector<SharedChange> changes{author.list->state().exists() ? author.list->add("item", OpId::make())
                                                                    : author.list->create()};
    const bool is_item = changes.front()->item != nullptr;
    const auto durable = co_await store.apply(std::move(changes));
    if (durable.at(0)) {
      if (is_item) author.kept.push_back(author.list->last_item());
      ++author.accepted;
      continue;
    }
    ++author.refused;
    co_await pause(shard);
    // As the exchange does: nothing is decided before it is known what is there.
    for (bool is_known = false; !is_known && !author.is_over;) {
      const Result<LoadedList> loaded = co_await store.load(author.list->id());
      is_known = loaded.has_value();
      if (is_known)
        author.list->return_to(*loaded->state);
      else
        co_await pause(shard);
    }
  }
  co_return true;
}

TEST(PostgresFault, LosesNothingAcknowledgedWhenTheServerIsKilledAgainAndAgain) {
  Suffering one;
  ShardSet shards(1);
  shards.start();
  std::vector<std::unique_ptr<Author>> authors;
  std::vector<std::future<bool>> ends;
  for (int n = 0; n < 4; ++n) {
    authors.push_back(std::make_unique<Author>());
    authors.back()->list = std::make_unique<ListDraft>(ann, one.store.era());
    auto task = [&store = one.store, &shard = shards[0], &author = *authors.back()] {
      return write(store, shard, author);
    };
    ends.push_back(asio::co_spawn(shards[0].io(), std::move(task), asio::use_future));
  }
  const auto all = [&authors](auto count) {
    return std::ranges::all_of(authors, [&](const auto& author) { return count(*author); });
  };

  for (int round = 0; round < 5; ++round) {
    for (auto& author : authors) author->accepted = author->refused = 0;
    wait_until([&] { return all([](Author& a) { return a.accepted > 20; }); }, "everybody has written");
    one.server.kill();
    wait_until([&] { return all([](Author& a) { return a.refused > 0; }); }, "everybody was refused");
    EXPECT_FALSE(one.is_well());
    one.server.start();
  }
  for (auto& author : authors) author->accepted = 0;
  wait_until([&] { return all([](Author& a) { return a.accepted > 20; }); }, "everybody writes again");

  for (auto& author : authors) author->is_over = true;
  for (auto& end : ends) end.get();
  shards.stop_and_join();
  for (const auto& author : authors) {
    const auto loaded = await(one.store.load(author->list->id()));
    ASSERT_TRUE(loaded);
    EXPECT_GT(author->kept.size(), 100u);
    for (const ItemId& id : author->kept) ASSERT_TRUE(loaded->state->find_item(id)) << "acknowledged, and lost";
    EXPECT_EQ(support::difference(*loaded->state, author->list->state()), "");
  }
  one.database.reset();
}

TEST(PostgresFault, AnswersUnavailableWhileTheServerHangs) {
  Suffering one;
  ListDraft list(ann, one.store.era());
  ASSERT_THAT(await(one.store.apply({list.create()})), ElementsAre(true));
  const auto before = list.state();
  const auto added = list.add("while it hangs", OpId::make());

  one.server.pause();
  EXPECT_THAT(await(one.store.apply({added})), ElementsAre(false));
  const auto loaded = await(one.store.load(list.id()));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Errc::unavailable);
  EXPECT_FALSE(one.store.health().is_running);
  EXPECT_FALSE(one.store.health().can_read);
  EXPECT_THAT(one.store.health().problem, HasSubstr("in time"));
  one.server.resume();

  wait_until([&] { return one.is_well(); }, "it is well without being asked");
  // It may have come in the end, or not. Whoever sends it again hears the truth.
  const auto after = await(one.store.load(list.id()));
  ASSERT_TRUE(after);
  list.return_to(*after->state);
  if (after->state->rev == before.rev)
    EXPECT_THAT(await(one.store.apply({added})), ElementsAre(true));
  else
    EXPECT_EQ(await(one.store.find_op(list.id(), ann, *added->op_id)).value(), added->rev);
  EXPECT_EQ(await(one.store.load(list.id()))->state->live_items, 1u);
}

TEST(PostgresFault, SaysThatTheDatabaseIsReadOnly) {
  Suffering one;
  ListDraft list(ann, one.store.era());
  ASSERT_THAT(await(one.store.apply({list.create()})), ElementsAre(true));
  const auto set_read_only = [&one](const std::string& value) {
    one.server.query("postgres", "alter database " + one.name + " set default_transaction_read_only = " + value +
                                     "; select pg_terminate_backend(pid) from pg_stat_activity where datname = '" +
                                     one.name + "'");
  };

  set_read_only("on");
  const auto before = list.state();
  EXPECT_THAT(await(one.store.apply({list.add("lost")})), ElementsAre(false));
  EXPECT_FALSE(one.store.health().is_running);
  EXPECT_THAT(one.store.health().problem, HasSubstr("read-only"));
  EXPECT_TRUE(await(one.store.load(list.id()))) << "what is there can be read";
  set_read_only("off");

  wait_until([&] { return one.is_well(); }, "it is well without being asked");
  list.return_to(before);
  EXPECT_THAT(await(one.store.apply({list.add("kept")})), ElementsAre(true));
}

// A table that cannot grow is what a full disk looks like: here its files have a limit.
TEST(PostgresFault, SaysThatTheDatabaseIsFull) {
  support::PostgresSettings settings;
  settings.most_file_bytes = 3 * 1024 * 1024;
  Suffering one(settings, 1h);  // what is tried without being asked still fits
  ListDraft list(ann, one.store.era()), other(ann, one.store.era());
  ASSERT_THAT(await(one.store.apply({list.create(), other.create()})), ElementsAre(true, true));

  bool is_full = false;
  for (int n = 0; n < 10'000 && !is_full; ++n) {
    AddItem item{};
    item.item_id = ItemId::make();
    item.name = "large";
    for (int words = 0; words < 200; ++words) item.media_url = item.media_url.value_or("") + OpId::make().to_string();
    const auto before = list.state();
    is_full = !await(one.store.apply({list.act(item)})).at(0);
    if (is_full) list.return_to(before);
  }

  ASSERT_TRUE(is_full);
  EXPECT_FALSE(one.store.health().is_running);
  EXPECT_THAT(one.store.health().problem, HasSubstr("could not extend"));
  EXPECT_EQ(support::difference(*await(one.store.load(list.id()))->state, list.state()), "");
  one.server.query(one.name, "truncate todo_items");
  EXPECT_THAT(await(one.store.apply({other.add("there is room")})), ElementsAre(true));
  EXPECT_TRUE(one.is_well());
}

TEST(PostgresFault, OutlivesConnectionsThatOthersClose) {
  Suffering one;
  ListDraft list(ann, one.store.era());
  ASSERT_THAT(await(one.store.apply({list.create()})), ElementsAre(true));

  for (int round = 0; round < 20; ++round) {
    one.server.query("postgres", "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'collab'");
    EXPECT_TRUE(await(one.store.load(list.id())));
    EXPECT_THAT(await(one.store.apply({list.add("item")})), ElementsAre(true));
  }
}

// ---------------------------------------------------------------------------------------------------------------------

std::string why_not_open(const std::string& url) {
  PostgresOptions options;
  options.url = url;
  options.use = PostgresOptions::Use::shared;
  auto opened = PostgresDatabase::open(std::move(options));
  return opened ? "it opened" : opened.error().message;
}

TEST(PostgresTls, IsVerified) {
  support::PostgresSettings settings;
  settings.has_tls = true;
  PostgresServer server(settings);
  const std::string name = server.make_database();
  const std::string good = "sslmode=verify-full&sslrootcert=" + server.authority().string();
  const std::string wrong = "sslmode=verify-full&sslrootcert=" + server.other_authority().string();

  PostgresOptions options;
  options.url = server.tls_url(name, good);
  options.use = PostgresOptions::Use::shared;
  {
    const auto database = PostgresDatabaseUnderTest::open_with(options);
    PostgresStore store(*database);
    ListDraft list(ann, store.era());
    ASSERT_TRUE(await(store.merge({list.create()})));
    EXPECT_EQ(server.query(name,
                           "select count(*) from pg_stat_ssl s join pg_stat_activity a using (pid)"
                           " where a.usename = 'collab' and not s.ssl"),
              "0");
    EXPECT_NE(server.query(name,
                           "select count(*) from pg_stat_ssl s join pg_stat_activity a using (pid)"
                           " where a.usename = 'collab' and s.ssl"),
              "0");
  }
  EXPECT_THAT(why_not_open(server.tls_url(name, wrong)), HasSubstr("certificate verify failed"));
  std::string other_name = server.tls_url(name, good);
  other_name.replace(other_name.find("localhost"), 9, "127.0.0.1");
  EXPECT_THAT(why_not_open(other_name), HasSubstr("certificate"));
  EXPECT_EQ(why_not_open(server.tls_url(name, "application_name=x")), "it opened")
      << "this machine need not be verified";
}

TEST(PostgresTls, IsAskedOfEveryOtherMachine) {
  const auto mode_of = [](const std::string& url) {
    const auto target = pg::Target::parse(url);
    const auto& words = target->keywords();
    const auto found = std::ranges::find(words, "sslmode");
    return target->values()[static_cast<std::size_t>(found - words.begin())];
  };

  EXPECT_EQ(mode_of("postgresql://a@db.example.org/x"), "verify-full");
  EXPECT_EQ(mode_of("host=10.0.0.7 user=a"), "verify-full");
  EXPECT_EQ(mode_of("postgresql://a@db.example.org/x?sslmode=require"), "require");
  for (const char* here : {"postgresql:///x", "postgresql://localhost/x", "postgresql://127.0.0.1/x",
                           "postgresql://[::1]/x", "postgresql:///x?host=/run/postgresql"})
    EXPECT_EQ(mode_of(here), "prefer") << here;
}

}  // namespace
}  // namespace collab::store
