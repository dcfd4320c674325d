// Engine.IO over real connections: polling, WebSocket and the way from one to the other, on one shard and on three.
#include <gtest/gtest.h>

#include "support/websocket_client_frame.hpp"
#include "transport/deflate.hpp"
#include "unit/transport/loopback.hpp"

namespace collab::transport {
namespace {

using namespace std::chrono_literals;
using support::client_binary;
using support::client_frame;
using support::client_text;

const std::string base = "/socket.io/?EIO=4&transport=";
const std::string upgrade_headers =
    "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

std::string sid_of(const std::string& open) { return open.substr(open.find("sid\":\"") + 6, 24); }

class Endpoint : public testing::TestWithParam<unsigned> {
 protected:
  std::string open_polling(RawClient& client) {
    client.get(base + "polling");
    return sid_of(client.response());
  }
  std::string polling(const std::string& sid) { return base + "polling&sid=" + sid; }

  /// A WebSocket with a session of its own, whose `open` has been read.
  std::unique_ptr<RawClient> open_websocket(std::string_view more_headers = "") {
    auto client = std::make_unique<RawClient>(server);
    client->get(base + "websocket", upgrade_headers + std::string(more_headers));
    EXPECT_EQ(client->response(), "101");
    EXPECT_EQ(client->frame().substr(0, 8), "0{\"sid\":");
    return client;
  }

  Loopback server{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Shards, Endpoint, testing::Values(1u, 3u));

TEST_P(Endpoint, EchoesOverPollingWhateverConnectionIsUsed) {
  RawClient first(server);
  const std::string sid = open_polling(first);
  for (int round = 0; round < 4; ++round) {
    RawClient poster(server), poller(server);
    poster.post(polling(sid),
                "4test1\x1e"
                "4test2\x1e"
                "bAQIDBA==");
    EXPECT_EQ(poster.response(), "200 ok");
    poller.get(polling(sid));
    EXPECT_EQ(poller.response(),
              "200 4test1\x1e"
              "4test2\x1e"
              "bAQIDBA==");
    poller.get("/hello");
    EXPECT_EQ(poller.response(), "200 hello 127.0.0.1") << "a connection that moved goes on";
  }
}

TEST_P(Endpoint, RefusesFaultyHandshakesWithTheirCodes) {
  const std::vector<std::pair<std::string, std::string>> faults{
      {"/socket.io/?transport=polling", R"({"code":5,"message":"Unsupported protocol version"})"},
      {"/socket.io/?EIO=3&transport=polling", R"({"code":5,"message":"Unsupported protocol version"})"},
      {"/socket.io/?EIO=4", R"({"code":0,"message":"Transport unknown"})"},
      {"/socket.io/?EIO=4&transport=webtransport", R"({"code":0,"message":"Transport unknown"})"},
      {base + "polling&sid=nope", R"({"code":1,"message":"Session ID unknown"})"},
      {base + "polling&sid=" + std::string(24, 'A'), R"({"code":1,"message":"Session ID unknown"})"},
      {base + "polling&sid=" + std::string(24, '9'), R"({"code":1,"message":"Session ID unknown"})"},
  };
  RawClient client(server);
  for (const auto& [target, body] : faults) {
    client.get(target);
    EXPECT_EQ(client.response(), "400 " + body) << target;
    EXPECT_NE(client.headers.find("Access-Control-Allow-Origin: *"), std::string::npos);
    RawClient websocket(server);
    websocket.get(target, upgrade_headers);
    EXPECT_EQ(websocket.response(), "400 " + body) << target;
    EXPECT_EQ(websocket.until_end(), "");
  }
  client.post(base + "polling", "4x");
  EXPECT_EQ(client.response(), R"(400 {"code":2,"message":"Bad handshake method"})");
}

TEST_P(Endpoint, ClosesTheSessionOfAnAbortedPoll) {
  for (const bool is_reset : {false, true}) {
    RawClient first(server), poller(server);
    const std::string sid = open_polling(first);
    poller.get(polling(sid));
    if (is_reset)
      poller.reset_connection();
    else
      poller.end();
    // Whether the server sees the poll or its end first does not matter: posts fail soon.
    std::string answer;
    do {
      first.post(polling(sid), "6");
      answer = first.response();
    } while (answer == "200 ok");
    EXPECT_EQ(answer.substr(0, 3), "400");
  }
}

TEST_P(Endpoint, RefusesAPostThatIsTooLarge) {
  RawClient client(server);
  const std::string sid = open_polling(client);
  client.send("POST " + polling(sid) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 1000001\r\n\r\n4");

  EXPECT_EQ(client.response().substr(0, 3), "413");
}

TEST_P(Endpoint, ClosesOnTwoPostsAtATime) {
  RawClient first(server), slow(server);
  const std::string sid = open_polling(first);
  slow.send("POST " + polling(sid) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n4");
  std::string answer;
  do {  // until the server has seen the slow one
    first.post(polling(sid), "4a");
    answer = first.response();
  } while (answer == "200 ok");
  EXPECT_EQ(answer.substr(0, 3), "400");
  slow.send("bc");
  EXPECT_EQ(slow.response().substr(0, 3), "400");
}

TEST_P(Endpoint, EchoesOverWebSocketAndAnswersManyWithOneSend) {
  const auto client = open_websocket();
  client->send(client_text("4hello"));
  EXPECT_EQ(client->frame(), "4hello");
  client->send(client_binary("\x01\x02"));
  EXPECT_EQ(client->frame(), "\x01\x02");
  EXPECT_EQ(client->first, 0x82u);
  const auto before = server.server.counters().websocket_sends;
  client->send(client_text("450*x"));
  for (int count = 0; count < 50; ++count) EXPECT_EQ(client->frame(), "4x");

  EXPECT_EQ(server.server.counters().websocket_sends, before + 1);
}

TEST_P(Endpoint, TakesFramesThatComeRightBehindTheUpgrade) {
  RawClient client(server);
  client.send("GET " + base + "websocket HTTP/1.1\r\nHost: h\r\n" + upgrade_headers + "\r\n" + client_text("4early"));
  EXPECT_EQ(client.response(), "101");
  client.frame();

  EXPECT_EQ(client.frame(), "4early");
}

TEST_P(Endpoint, HandlesFragmentsAndControlFramesBetweenThem) {
  const auto client = open_websocket();
  client->send(client_frame(0x01, "4a") + client_frame(0x89, "ping") + client_frame(0x00, "b") +
               client_frame(0x80, "c"));

  EXPECT_EQ(client->frame(), "ping");
  EXPECT_EQ(client->first, 0x8Au);
  EXPECT_EQ(client->frame(), "4abc");
}

TEST_P(Endpoint, ClosesWithTheRightCode) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {client_frame(0x88, "\x03\xE8"), "\x03\xE8"},                  // 1000, echoed
      {client_frame(0x88, ""), "\x03\xE8"},                          // no code
      {client_text("x"), "\x03\xEA"},                                // an unknown packet: 1002
      {client_text("2"), "\x03\xEA"},                                // a ping from the client
      {client_frame(0xC1, "4a"), "\x03\xEA"},                        // a reserved bit
      {client_frame(0x83, "4a"), "\x03\xEA"},                        // a reserved opcode
      {std::string("\x81\x02") + "4a", "\x03\xEA"},                  // not masked
      {client_text("4\xFF"), "\x03\xEF"},                            // not UTF-8: 1007
      {client_text("4" + std::string(1'000'001, 'x')), "\x03\xF1"},  // too big: 1009
      {client_text("1"), "\x03\xE8"},                                // Engine.IO's close
  };
  for (const auto& [frame, code] : cases) {
    const auto client = open_websocket();
    client->send(frame);
    EXPECT_EQ(client->frame().substr(0, 2), code);
    EXPECT_EQ(client->first, 0x88u);
    EXPECT_EQ(client->until_end(), "");
  }
}

TEST_P(Endpoint, UpgradesAndLosesNothing) {
  RawClient http(server), poller(server), websocket(server);
  const std::string sid = open_polling(http);
  poller.get(polling(sid));
  websocket.get(base + "websocket&sid=" + sid, upgrade_headers);
  EXPECT_EQ(websocket.response(), "101");
  websocket.send(client_text("2probe"));
  EXPECT_EQ(websocket.frame(), "3probe");
  EXPECT_EQ(poller.response(), "200 6");
  poller.get(polling(sid));
  EXPECT_EQ(poller.response(), "200 6") << "a new poll is released too";
  http.post(polling(sid), "4before");
  EXPECT_EQ(http.response(), "200 ok");
  websocket.send(client_text("5") + client_text("4behind"));

  EXPECT_EQ(websocket.frame(), "4before");
  EXPECT_EQ(websocket.frame(), "4behind");
  http.get(polling(sid));
  EXPECT_EQ(http.response(), R"(400 {"code":3,"message":"Bad request"})");
  RawClient second(server);
  second.get(base + "websocket&sid=" + sid, upgrade_headers);
  EXPECT_EQ(second.response(), "101");
  second.frame();
  EXPECT_EQ(second.first, 0x88u);
  websocket.send(client_text("4still"));
  EXPECT_EQ(websocket.frame(), "4still");
}

TEST_P(Endpoint, KeepsPollingWhenTheProbeGoesWrong) {
  RawClient http(server);
  const std::string sid = open_polling(http);
  for (const std::string& wrong : {client_text("4hello"), client_text("5"), client_binary("x"), client_text("2prob")}) {
    RawClient websocket(server);
    websocket.get(base + "websocket&sid=" + sid, upgrade_headers);
    EXPECT_EQ(websocket.response(), "101");
    websocket.send(wrong);
    websocket.frame();
    EXPECT_EQ(websocket.first, 0x88u);
  }
  http.post(polling(sid), "4x");
  EXPECT_EQ(http.response(), "200 ok");
  http.get(polling(sid));
  EXPECT_EQ(http.response(), "200 4x");
}

TEST_P(Endpoint, CompressesLongMessagesForClientsThatOfferIt) {
  const auto client = open_websocket("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n");
  const std::string text = "4" + std::string(10'000, 'x');
  std::string compressed, inflated;
  deflate_message(text, compressed);
  client->send(client_frame(0xC1, compressed));

  const std::string answer = client->frame();
  EXPECT_EQ(client->first, 0xC1u);
  EXPECT_LT(answer.size(), 200u);
  EXPECT_EQ(inflate_message(answer, 100'000, inflated), InflateStatus::ok);
  EXPECT_EQ(inflated, text);
  client->send(client_text("4short"));
  EXPECT_EQ(client->frame(), "4short");
}

TEST_P(Endpoint, RefusesABombOfCompression) {
  const auto client = open_websocket("Sec-WebSocket-Extensions: permessage-deflate\r\n");
  std::string compressed;
  deflate_message("4" + std::string(2'000'000, 'x'), compressed);
  client->send(client_frame(0xC1, compressed));

  EXPECT_EQ(client->frame().substr(0, 2), "\x03\xF1");
}

TEST_P(Endpoint, CutsASlowReaderOffAndServesTheOthers) {
  const auto slow = open_websocket(), quick = open_websocket();
  const int small = 4096;
  ::setsockopt(slow->descriptor(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  for (int count = 0; count < 200; ++count)
    slow->send(client_text("4" + std::to_string(1) + "*" + std::string(200'000, 'x')));
  quick->send(client_text("4quick"));
  EXPECT_EQ(quick->frame(), "4quick");

  while (server.engine.counters().closed_slow == 0) {
    quick->send(client_text("4again"));
    EXPECT_EQ(quick->frame(), "4again");
  }
  EXPECT_NE(slow->until_end().substr(0, 9), "timed out");
}

TEST_P(Endpoint, DeliversLargeMessagesToReadersThatTakeTheirTime) {
  const auto client = open_websocket();
  const std::string text = "4" + std::string(900'000, 'y');
  for (int count = 0; count < 3; ++count) client->send(client_text(text));

  for (int count = 0; count < 3; ++count) EXPECT_EQ(client->frame(), text);
}

TEST_P(Endpoint, TellsTheApplicationWhoIsThere) {
  const auto client = open_websocket("Cookie: a=1\r\nOrigin: http://127.0.0.1:5173\r\n");
  client->send(client_text("4who"));
  EXPECT_EQ(client->frame(), "4127.0.0.1 a=1");
  const auto foreign = open_websocket("Cookie: a=1\r\nOrigin: http://evil.example\r\n");
  foreign->send(client_text("4who"));
  EXPECT_EQ(foreign->frame(), "4127.0.0.1 ");
}

TEST(EndpointOrigins, ThatAreNotListedGetNeitherPollingNorWebSocket) {
  HttpSettings settings;
  settings.cors = Cors({"https://app.example"});
  Loopback server(1, settings);
  for (const std::string transport : {"polling", "websocket"}) {
    RawClient client(server);
    client.get(base + transport, "Origin: http://evil.example\r\n" + (transport == "websocket" ? upgrade_headers : ""));
    EXPECT_EQ(client.response(), R"(403 {"code":4,"message":"Forbidden"})");
  }
  RawClient client(server);
  client.get(base + "websocket", "Origin: https://app.example\r\n" + upgrade_headers);
  EXPECT_EQ(client.response(), "101");
}

TEST(EndpointHeartbeat, EndsASilentSessionInTime) {
  engineio::Settings settings;
  settings.ping_interval = 100ms;
  settings.ping_timeout = 50ms;
  Loopback server(1, {}, settings);
  RawClient websocket(server), polling(server);
  websocket.get(base + "websocket", upgrade_headers);
  websocket.response();
  websocket.frame();
  polling.get(base + "polling");
  const std::string sid = sid_of(polling.response());
  polling.get(base + "polling&sid=" + sid);

  EXPECT_EQ(polling.response(), "200 2");
  EXPECT_EQ(websocket.frame(), "2");
  websocket.frame();
  EXPECT_EQ(websocket.first, 0x88u);
  polling.get(base + "polling&sid=" + sid);
  const std::string late = polling.response();
  EXPECT_TRUE(late == "200 1" || late.starts_with("400")) << late;
  EXPECT_EQ(server.engine.counters().closed_ping_timeout, 2u);
}

TEST(EndpointDrain, ClosesEverythingInTimeAndRefusesNewSessions) {
  Loopback server(3);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int count = 0; count < 12; ++count) {
    clients.push_back(std::make_unique<RawClient>(server));
    clients.back()->get(base + "websocket", upgrade_headers);
    clients.back()->response();
    clients.back()->frame();
  }
  std::promise<void> drained;
  const auto drain = [&]() -> Task<void> {
    co_await server.engine.drain(300ms);
    drained.set_value();
  };
  spawn(server.shards[0].io(), "drain", drain);
  drained.get_future().wait();

  for (const auto& client : clients) {
    EXPECT_EQ(client->frame().substr(0, 2), "\x03\xE9") << "1001: going away";
    EXPECT_EQ(client->until_end(), "");
  }
  RawClient late(server);
  late.get(base + "polling");
  EXPECT_EQ(late.response().substr(0, 3), "503");
}

}  // namespace
}  // namespace collab::transport
