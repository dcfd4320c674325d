#include "engineio/session.hpp"

#include <gtest/gtest.h>

#include "unit/engineio/session_world.hpp"

namespace collab::engineio {
namespace {

using namespace std::chrono_literals;

Packet text_packet(PacketType type, std::string_view data = "") { return {type, DataKind::text, data}; }

TEST(Session, SaysOpenFirstAndNamesItsShardInItsSid) {
  SessionWorld world;
  const auto session = world.open(std::make_shared<FakeTransport>(TransportKind::polling));

  const std::string open = SessionWorld::take_queue(*session);
  EXPECT_EQ(open, "0{\"sid\":\"" + std::string(session->sid()) +
                      R"(","upgrades":["websocket"],"pingInterval":15000,"pingTimeout":60000,"maxPayload":1000000})");
  EXPECT_EQ(session->sid().size(), Session::sid_size);
  EXPECT_EQ(ShardSessions::shard_of(session->sid()), 0u);
  EXPECT_EQ(world.sessions.find(session->sid()), session);
}

TEST(Session, HandsMessagesUpAndIgnoresNoop) {
  SessionWorld world;
  const auto session = world.open(std::make_shared<FakeTransport>());

  EXPECT_TRUE(session->receive(text_packet(PacketType::message, "hello")));
  EXPECT_TRUE(session->receive(text_packet(PacketType::noop)));
  EXPECT_TRUE(session->receive({PacketType::message, DataKind::binary, "\x01\x02"}));

  EXPECT_EQ(world.received.messages, (std::vector<std::string>{"t:hello", "b:\x01\x02"}));
}

TEST(Session, ClosesOnceAndTellsBothSides) {
  SessionWorld world;
  const auto transport = std::make_shared<FakeTransport>();
  const auto session = world.open(transport);

  EXPECT_FALSE(session->receive(text_packet(PacketType::close)));
  session->close(CloseReason::forced);

  EXPECT_EQ(transport->closed_for, std::vector{CloseReason::client});
  EXPECT_EQ(world.received.closed_for, std::vector{CloseReason::client});
  EXPECT_EQ(world.sessions.find(session->sid()), nullptr);
  EXPECT_EQ(session->send(make_text("4x")), SendStatus::closed);
  EXPECT_EQ(world.sessions.counters().sessions_open.value(), 0u);
}

TEST(Session, ClosesOnAPingFromTheClient) {
  SessionWorld world;
  const auto session = world.open(std::make_shared<FakeTransport>());

  EXPECT_FALSE(session->receive(text_packet(PacketType::ping)));

  EXPECT_EQ(world.received.closed_for, std::vector{CloseReason::protocol_error});
}

TEST(Session, WakesItsTransportOncePerQueue) {
  SessionWorld world;
  const auto transport = std::make_shared<FakeTransport>();
  const auto session = world.open(transport);
  SessionWorld::take_queue(*session);
  transport->wakes = 0;

  session->send(make_text("4a"));
  session->send(make_text("4b"));

  EXPECT_EQ(transport->wakes, 1);
  EXPECT_EQ(SessionWorld::take_queue(*session), "4a|4b");
}

TEST(Session, DropsVolatileMessagesBeyondTheSoftLimitAndClosesBeyondTheHardOne) {
  Settings settings;
  settings.soft_limit = 1000;
  settings.hard_limit = 5000;
  SessionWorld world(settings);
  const auto session = world.open(std::make_shared<FakeTransport>());
  SessionWorld::take_queue(*session);
  const auto large = make_text("4" + std::string(20'000, 'x'));

  EXPECT_EQ(session->send(large), SendStatus::queued) << "an empty queue takes a message of any size";
  EXPECT_EQ(session->send(make_text("4v"), Delivery::volatile_), SendStatus::dropped);
  EXPECT_EQ(session->send(make_text("4" + std::string(4'900, 'b'))), SendStatus::queued)
      << "behind it, up to the hard limit";
  EXPECT_EQ(session->send(make_text("4" + std::string(200, 'r'))), SendStatus::closed);
  EXPECT_TRUE(session->is_open()) << "nothing closes inside send()";
  world.run_ready();

  EXPECT_FALSE(session->is_open());
  EXPECT_EQ(world.received.closed_for, std::vector{CloseReason::slow});
}

TEST(Session, TellsWhoWaitsThatItsQueueHasDrained) {
  Settings settings;
  settings.soft_limit = 10;
  SessionWorld world(settings);
  const auto session = world.open(std::make_shared<FakeTransport>());
  std::vector<bool> answers;
  const auto wait = [&]() -> Task<void> {
    const bool is_drained = co_await session->drained();
    answers.push_back(is_drained);
  };

  spawn(world.shard.io(), "wait", wait);
  world.run_ready();
  EXPECT_TRUE(answers.empty());
  SessionWorld::take_queue(*session);
  world.run_ready();
  EXPECT_EQ(answers, std::vector{true});

  session->send(make_text("4" + std::string(100, 'x')));
  spawn(world.shard.io(), "wait", wait);
  world.run_ready();
  session->close(CloseReason::forced);
  world.run_ready();
  EXPECT_EQ(answers, (std::vector{true, false}));
}

TEST(Heartbeat, PingsAfterTheIntervalAndClosesExactlyAtItsTimeout) {
  SessionWorld world;
  const auto session = world.open(std::make_shared<FakeTransport>());
  SessionWorld::take_queue(*session);
  const auto opened = std::chrono::steady_clock::now();

  world.sessions.heartbeat().run_due(opened + 14s);
  EXPECT_EQ(SessionWorld::take_queue(*session), "");
  world.sessions.heartbeat().run_due(opened + 15s);
  EXPECT_EQ(SessionWorld::take_queue(*session), "2");
  world.sessions.heartbeat().run_due(opened + 74s);
  EXPECT_TRUE(session->is_open());
  world.sessions.heartbeat().run_due(opened + 75s);

  EXPECT_EQ(world.received.closed_for, std::vector{CloseReason::ping_timeout});
}

TEST(Heartbeat, BeginsANewIntervalWithThePong) {
  SessionWorld world;
  const auto session = world.open(std::make_shared<FakeTransport>());
  const auto opened = std::chrono::steady_clock::now();
  world.sessions.heartbeat().run_due(opened + 15s);
  SessionWorld::take_queue(*session);

  session->receive(text_packet(PacketType::pong));
  world.sessions.heartbeat().run_due(opened + 14s);
  EXPECT_EQ(SessionWorld::take_queue(*session), "");
  world.sessions.heartbeat().run_due(opened + 16s);

  EXPECT_EQ(SessionWorld::take_queue(*session), "2");
  EXPECT_TRUE(session->is_open());
}

TEST(Heartbeat, IsNotPutOffByPongsThatNobodyAskedFor) {
  SessionWorld world;
  const auto session = world.open(std::make_shared<FakeTransport>());
  SessionWorld::take_queue(*session);
  const auto opened = std::chrono::steady_clock::now();

  session->receive(text_packet(PacketType::pong));
  world.sessions.heartbeat().run_due(opened + 15s);

  EXPECT_EQ(SessionWorld::take_queue(*session), "2");
}

TEST(Upgrade, MovesTheQueueToTheCandidate) {
  SessionWorld world;
  const auto polling = std::make_shared<FakeTransport>(TransportKind::polling);
  const auto websocket = std::make_shared<FakeTransport>();
  const auto session = world.open(polling);

  EXPECT_TRUE(session->begin_upgrade(websocket));
  EXPECT_FALSE(session->begin_upgrade(std::make_shared<FakeTransport>())) << "one candidate at a time";
  session->probed();
  session->finish_upgrade();

  EXPECT_TRUE(polling->is_retired);
  EXPECT_EQ(session->transport(), websocket.get());
  EXPECT_EQ(websocket->wakes, 1);
  EXPECT_FALSE(session->begin_upgrade(std::make_shared<FakeTransport>())) << "it speaks WebSocket already";
}

TEST(Upgrade, LeavesPollingAloneWhenTheCandidateGoes) {
  SessionWorld world;
  const auto polling = std::make_shared<FakeTransport>(TransportKind::polling);
  const auto session = world.open(polling);

  session->begin_upgrade(std::make_shared<FakeTransport>());
  session->abandon_upgrade();

  EXPECT_EQ(session->transport(), polling.get());
  EXPECT_TRUE(session->begin_upgrade(std::make_shared<FakeTransport>()));
}

TEST(Upgrade, EndsWithItsSession) {
  SessionWorld world;
  const auto candidate = std::make_shared<FakeTransport>();
  const auto session = world.open(std::make_shared<FakeTransport>(TransportKind::polling));
  session->begin_upgrade(candidate);

  session->close(CloseReason::shutdown);

  EXPECT_EQ(candidate->closed_for, std::vector{CloseReason::shutdown});
}

TEST(ShardSessions, MarksSessionsBeyondTheLimitOfTheirAddress) {
  Settings settings;
  settings.max_sessions_per_address = 1;
  SessionWorld world(settings);

  const auto first = world.open(std::make_shared<FakeTransport>());
  const auto second = world.open(std::make_shared<FakeTransport>());
  EXPECT_FALSE(first->handshake()->over_address_limit);
  EXPECT_TRUE(second->handshake()->over_address_limit);
  first->close(CloseReason::forced);
  second->close(CloseReason::forced);

  EXPECT_FALSE(world.open(std::make_shared<FakeTransport>())->handshake()->over_address_limit);
}

TEST(ShardSessions, OpensNoneWhileDraining) {
  SessionWorld world;
  world.sessions.refuse_new();

  EXPECT_EQ(world.open(std::make_shared<FakeTransport>()), nullptr);
}

TEST(ShardSessions, RefusesSidsThatAreNone) {
  EXPECT_EQ(ShardSessions::shard_of(""), std::nullopt);
  EXPECT_EQ(ShardSessions::shard_of("AAshort"), std::nullopt);
  EXPECT_EQ(ShardSessions::shard_of(std::string(24, '!')), std::nullopt);
  EXPECT_EQ(ShardSessions::shard_of("AB" + std::string(22, 'x')), 1u);
}

}  // namespace
}  // namespace collab::engineio
