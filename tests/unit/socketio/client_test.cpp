#include <gtest/gtest.h>

#include "unit/socketio/socketio_world.hpp"

namespace collab::socketio {
namespace {

using Lines = std::vector<std::string>;

TEST(Connect, AnswersWithTheSidOnlyAndThenTheApplicationSpeaks) {
  SocketioWorld world;
  const auto session = world.open();
  world.say(session, "0");

  const std::string id(world.application.sockets.at(0)->id());
  EXPECT_EQ(world.heard(session), R"(40{"sid":")" + id + R"("}|42["welcome",1])");
  EXPECT_EQ(id.size(), 20u);
  EXPECT_NE(id, session->sid());
}

TEST(Connect, JoinsANamespaceWithOrWithoutItsComma) {
  SocketioWorld world;
  for (const char* packet : {"0/custom,", "0/custom"}) {
    const auto session = world.open();
    world.say(session, packet);

    const std::string id(world.application.sockets.back()->id());
    EXPECT_EQ(world.heard(session), R"(40/custom,{"sid":")" + id + R"("}|42/custom,["welcome",1])");
  }
}

TEST(Connect, RefusesAnUnknownNamespaceAndLivesOn) {
  SocketioWorld world;
  const auto session = world.open();
  world.say(session, "0/random");

  EXPECT_EQ(world.heard(session), R"(44/random,{"message":"Invalid namespace"})");
  EXPECT_TRUE(session->is_open());
}

TEST(Connect, TellsWhyTheApplicationRefuses) {
  SocketioWorld world;
  const auto session = world.open();
  world.say(session, R"(0{"refuse":true})");

  EXPECT_EQ(world.heard(session), R"(44{"message":"No","data":{"code":"token_invalid"}})");
  EXPECT_EQ(world.application.log, Lines{});
  world.say(session, "0");
  EXPECT_TRUE(world.heard(session).starts_with("40{")) << "it may try again";
}

TEST(Connect, HidesAFaultOfTheApplication) {
  SocketioWorld world;
  const auto session = world.open();
  world.say(session, R"(0{"throw":true})");

  EXPECT_EQ(world.heard(session), R"(44{"message":"Internal error"})");
}

TEST(Connect, ForgetsAClientThatLeftMeanwhile) {
  SocketioWorld world;
  world.application.gate = std::make_shared<OneShot<bool>>();
  const auto session = world.open();
  world.say(session, "0");

  world.on_shard([&] { session->close(engineio::CloseReason::client); });
  world.on_shard([&] { world.application.gate->set(true); });

  EXPECT_EQ(world.application.log, Lines{});
}

TEST(Connect, ClosesOnAnythingBeforeIt) {
  for (const char* packet : {"2[\"message\"]", "1", "31[]", "4{}", "abc"}) {
    SocketioWorld world;
    const auto session = world.open();
    world.say(session, packet);
    EXPECT_FALSE(session->is_open()) << packet;
  }
}

TEST(Connect, ClosesOnASecondOneForTheSameNamespace) {
  SocketioWorld world;
  const auto session = world.join();
  world.say(session, "0");

  EXPECT_FALSE(session->is_open());
  EXPECT_EQ(world.application.log, (Lines{"connected", "disconnected protocol_error"}));
}

TEST(Events, ArriveWithArgumentsAndAttachments) {
  SocketioWorld world;
  const auto session = world.join();
  world.say(session, R"(2["add",1,{"a":null}])");
  world.say(session, R"(51-["blob",{"_placeholder":true,"num":0}])");
  world.say(session, "xyz", engineio::DataKind::binary);

  EXPECT_EQ(world.application.log,
            (Lines{"connected", R"(add 1 {"a":null})", R"(blob {"_placeholder":true,"num":0} <xyz>)"}));
}

TEST(Events, AreAnsweredOnceAndOnlyIfTheClientAsked) {
  SocketioWorld world;
  const auto session = world.join();
  world.say(session, R"(2["quiet"])");
  EXPECT_EQ(world.heard(session), "");

  world.say(session, R"(2456["loud"])");
  EXPECT_EQ(world.heard(session), R"(43456[{"ok":true}])");
  world.on_shard([&] { world.application.kept.reply("1"); });
  EXPECT_EQ(world.heard(session), "");
}

TEST(Events, ForANamespaceThatIsNotJoinedClose) {
  SocketioWorld world;
  const auto session = world.join();
  world.say(session, R"(2/custom,["x"])");

  EXPECT_FALSE(session->is_open());
}

TEST(Leaving, OfTheClientGetsNoAnswerAndKeepsTheSession) {
  SocketioWorld world;
  const auto session = world.join();
  world.say(session, "1");

  EXPECT_EQ(world.heard(session), "");
  EXPECT_TRUE(session->is_open());
  EXPECT_EQ(world.application.log, (Lines{"connected", "disconnected client_left"}));
  world.say(session, "0");
  EXPECT_TRUE(world.heard(session).starts_with("40{"));
}

TEST(Leaving, OneNamespaceLeavesTheOthers) {
  SocketioWorld world;
  const auto session = world.join();
  world.say(session, "0/custom,");
  world.heard(session);
  world.say(session, "1/custom");
  world.say(session, R"(21["still"])");

  EXPECT_EQ(world.heard(session), R"(431[{"ok":true}])");
}

TEST(Leaving, OfTheServerSaysDisconnect) {
  SocketioWorld world;
  const auto session = world.join();
  world.say(session, R"(2["leave"])");

  EXPECT_EQ(world.heard(session), "41");
  EXPECT_TRUE(session->is_open());
  EXPECT_EQ(world.application.log.back(), "disconnected server_left");
}

TEST(Leaving, ByTheTransportMayHappenInsideAnEvent) {
  SocketioWorld world;
  const auto session = world.join();
  world.say(session, R"(2["close"])");

  EXPECT_FALSE(session->is_open());
  EXPECT_EQ(world.application.log.back(), "disconnected server_left");
  EXPECT_FALSE(world.application.sockets[0]->is_connected());
}

TEST(ServerAck, BringsTheClientsAnswer) {
  SocketioWorld world;
  const auto session = world.join();
  Lines answers;
  const auto ask = [&]() -> Task<void> {
    const auto socket = world.application.sockets.at(0);
    std::optional<AckReply> reply = co_await socket->emit_with_ack("ask", "1", std::chrono::minutes(1));
    answers.push_back(reply ? boost::json::serialize(reply->args) : "none");
  };

  world.on_shard([&] { spawn(world.shards[0].io(), "ask", ask); });
  EXPECT_EQ(world.heard(session), R"(420["ask",1])");
  world.say(session, R"(30["yes"])");
  world.say(session, R"(30["again"])");
  EXPECT_EQ(answers, Lines{R"(["yes"])"});

  world.on_shard([&] { spawn(world.shards[0].io(), "ask", ask); });
  world.on_shard([&] { session->close(engineio::CloseReason::client); });
  EXPECT_EQ(answers, (Lines{R"(["yes"])", "none"}));
}

TEST(Rooms, HoldWhoEnteredUntilItLeavesOrGoes) {
  SocketioWorld world;
  std::vector<std::shared_ptr<engineio::Session>> sessions{world.join(), world.join(), world.join()};
  auto& sockets = world.application.sockets;
  Rooms* rooms = nullptr;
  world.on_shard([&] {
    rooms = &world.server.find("/")->rooms();
    for (const auto& socket : sockets) {
      rooms->join(*socket, "a");
      rooms->join(*socket, "a");
      rooms->join(*socket, "b");
    }
    rooms->leave(*sockets[0], "a");
    rooms->emit("a", make_event("x", "1"), sockets[1].get());
    rooms->emit("b", make_event("y", ""));
    rooms->emit("nobody", make_event("z", ""));
  });

  EXPECT_EQ(world.heard(sessions[0]), R"(42["y"])");
  EXPECT_EQ(world.heard(sessions[1]), R"(42["y"])");
  EXPECT_EQ(world.heard(sessions[2]), R"(42["x",1]|42["y"])");
  world.on_shard([&] { sessions[1]->close(engineio::CloseReason::client); });
  EXPECT_EQ(rooms->size("a"), 1u);
  EXPECT_EQ(rooms->size("b"), 2u);
  world.on_shard([&] { rooms->join(*sockets[1], "a"); });
  EXPECT_EQ(rooms->size("a"), 1u) << "a closed socket does not enter";
}

TEST(Rooms, MayBeWalkedWhileTheirSocketsClose) {
  SocketioWorld world;
  const auto first = world.join(), second = world.join();
  world.on_shard([&] {
    Rooms& rooms = world.server.find("/")->rooms();
    for (const auto& socket : world.application.sockets) rooms.join(*socket, "a");
    rooms.for_each("a", [](Socket& socket) { socket.close_transport(); });
    EXPECT_TRUE(rooms.is_empty("a"));
  });

  EXPECT_FALSE(first->is_open());
  EXPECT_FALSE(second->is_open());
}

}  // namespace
}  // namespace collab::socketio
