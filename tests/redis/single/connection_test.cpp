// A connection of one's own, without a client.
#include "redis/connection.hpp"

#include <gtest/gtest.h>

#include "support/await.hpp"
#include "support/redis_server.hpp"

namespace collab::redis {
namespace {

using support::await_on;
using support::RedisServer;

class RedisConnection : public testing::Test {
 protected:
  std::unique_ptr<Connection> open() {
    auto opened = await_on(io, Connection::open(io, server().settings(), server().address()));
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }
  static RedisServer& server() {
    static RedisServer shared;
    return shared;
  }

  asio::io_context io;
};

TEST_F(RedisConnection, KnowsWhomItHasMet) {
  const auto connection = open();

  EXPECT_TRUE(connection->is_open());
  EXPECT_EQ(connection->address(), server().address());
  EXPECT_TRUE(connection->greeting().is_master);
  EXPECT_EQ(connection->greeting().replication_id, server().info("master_replid"));
  EXPECT_TRUE(connection->round_trip());
}

TEST_F(RedisConnection, SaysWhyThereIsNone) {
  const Address nobody{"127.0.0.1", support::server_port()};

  const auto opened = await_on(io, Connection::open(io, server().settings(), nobody));

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::unavailable);
  EXPECT_EQ(opened.error().message, "Connection refused");
}

TEST_F(RedisConnection, ExecutesABatchWithoutAnythingBetween) {
  const auto connection = open();
  const Script script("return redis.call('INCR', KEYS[1])");
  std::vector<Arguments> batch;
  batch.push_back(script.load());
  for (int i = 0; i < 100; ++i) batch.push_back(script.by_sha(Arguments("batch"), Arguments()));
  batch.emplace_back("WAIT", 0, 10);

  const auto replies = await_on(io, connection->send_all(std::move(batch)));

  ASSERT_TRUE(replies);
  ASSERT_EQ(replies->size(), 102U);
  for (std::size_t i = 1; i <= 100; ++i) EXPECT_EQ((*replies)[i].integer, static_cast<std::int64_t>(i));
  EXPECT_EQ(connection->in_flight(), 0U);
}

TEST_F(RedisConnection, AnswersAnEmptyBatchWithNothing) {
  const auto connection = open();

  const auto replies = await_on(io, connection->send_all({}));

  ASSERT_TRUE(replies);
  EXPECT_TRUE(replies->empty());
}

TEST_F(RedisConnection, EvaluatesAScriptThatNobodyHasLoaded) {
  const auto connection = open();
  const Script script("return {KEYS[1], ARGV[1], 'unknown before'}");

  const auto reply = await_on(io, connection->evaluate(script, Arguments("k"), Arguments("a")));

  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->elements.at(1).text, "a");
}

TEST_F(RedisConnection, HasADeadlineForEachCommand) {
  const auto connection = open();

  const auto reply = await_on(io, connection->send(Arguments("BLPOP", "nothing", 0), std::chrono::milliseconds(50)));

  EXPECT_EQ(reply.error().code, Errc::unavailable);
  EXPECT_TRUE(reply.error().is_outcome_unknown);
  EXPECT_FALSE(connection->is_open());
}

TEST_F(RedisConnection, RefusesCommandsWhenItIsClosed) {
  const auto connection = open();
  connection->close("the test says so");

  const auto reply = await_on(io, connection->send(Arguments("PING")));

  EXPECT_EQ(reply.error().code, Errc::unavailable);
  EXPECT_FALSE(reply.error().is_outcome_unknown);
}

TEST_F(RedisConnection, TellsThatItIsClosedAlsoToThoseWhoComeLate) {
  const auto connection = open();
  std::string why;
  connection->close("the test says so");

  connection->on_close([&why](const std::string& reason) { why = reason; });
  EXPECT_EQ(why, "") << "in a turn of its own";
  io.restart();
  io.poll();

  EXPECT_EQ(why, "the test says so");
}

}  // namespace
}  // namespace collab::redis
