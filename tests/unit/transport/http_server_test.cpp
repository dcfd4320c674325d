#include "transport/http_server.hpp"

#include <gtest/gtest.h>

#include "unit/transport/loopback.hpp"

namespace collab::transport {
namespace {

using namespace std::chrono_literals;

const std::string hello = "200 hello 127.0.0.1";

TEST(HttpServer, AnswersOneRequestAfterAnotherHoweverTheyCome) {
  Loopback server;
  RawClient client(server);
  client.send(
      "GET /hello HTTP/1.1\r\nHost: h\r\n\r\nPOST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /hel");
  EXPECT_EQ(client.response(), hello);
  EXPECT_EQ(client.response(), "200 3");
  client.send("lo?q HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

  EXPECT_EQ(client.response(), hello + "q");
  EXPECT_NE(client.headers.find("Connection: close"), std::string::npos);
  EXPECT_EQ(client.until_end(), "");
}

TEST(HttpServer, KnowsWhatItDoesNotKnow) {
  Loopback server;
  RawClient client(server);
  client.get("/nope");
  EXPECT_EQ(client.response(), R"(404 {"error":"Not found"})");
  client.get("/size");
  EXPECT_EQ(client.response(), R"(405 {"error":"Method not allowed"})");
  client.get("/throw");
  EXPECT_EQ(client.response(), R"(500 {"error":"Internal error"})");
  client.send("OPTIONS /size HTTP/1.1\r\nHost: h\r\nOrigin: http://h:5\r\n\r\n");
  EXPECT_EQ(client.response(), "204");
  EXPECT_NE(client.headers.find("Access-Control-Allow-Origin: http://h:5\r\n"), std::string::npos);
}

TEST(HttpServer, RefusesWhatIsNoHttpAndCloses) {
  Loopback server;
  for (const char* text : {"GET / HTTP/1.1\nHost: h\n\n", "\x16\x03\x01\x02",
                           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    RawClient client(server);
    client.send(text);
    EXPECT_EQ(client.response().substr(0, 3), "400");
    EXPECT_EQ(client.until_end(), "");
  }
  RawClient client(server);
  client.get("/hello", "X: " + std::string(20'000, 'x') + "\r\n");
  EXPECT_EQ(client.response().substr(0, 3), "431");
}

TEST(HttpServer, GivesUpOnSlowHeadersAndBodies) {
  HttpSettings settings;
  settings.header_timeout = 100ms;
  settings.body_timeout = 100ms;
  settings.idle_timeout = 200ms;
  Loopback server(1, settings);
  RawClient headers(server), body(server), idle(server);
  headers.send("GET /hello HT");
  body.send("POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na");

  EXPECT_EQ(headers.until_end(), "");
  EXPECT_EQ(body.until_end(), "");
  EXPECT_EQ(idle.until_end(), "");
}

TEST(HttpServer, AsksForTheBodyOfAClientThatWaits) {
  Loopback server;
  RawClient client(server);
  client.send("POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.response(), "100");
  client.send("abc");
  EXPECT_EQ(client.response(), "200 3");
}

TEST(HttpServer, BoundsTheConnectionsOfOneAddress) {
  HttpSettings settings;
  settings.max_connections_per_address = 2;
  Loopback server(3, settings);
  RawClient first(server), second(server);
  first.get("/hello");
  second.get("/hello");
  EXPECT_EQ(first.response(), hello);
  EXPECT_EQ(second.response(), hello);

  RawClient third(server);
  EXPECT_EQ(third.until_end(), "");
  first.end();
  for (;;) {  // until the server has noticed
    RawClient again(server);
    again.get("/hello");
    if (again.response() == hello) break;
  }
}

TEST(HttpServer, BelievesTrustedProxies) {
  HttpSettings settings;
  settings.proxies = TrustedProxies({"127.0.0.0/8"});
  Loopback server(1, settings);
  RawClient client(server);
  client.get("/hello", "X-Forwarded-For: 1.2.3.4\r\n");

  EXPECT_EQ(client.response(), "200 hello 1.2.3.4");
}

TEST(HttpServer, ForgetsCookiesOfForeignOrigins) {
  Loopback server;
  RawClient client(server);
  client.get("/hello", "Cookie: a=1\r\nOrigin: http://evil.example\r\n");
  EXPECT_EQ(client.response(), hello);
  client.get("/hello", "Cookie: a=1\r\nOrigin: http://127.0.0.1:99\r\n");
  EXPECT_EQ(client.response(), hello + "a=1");
}

TEST(HttpServer, ServesTheRouterOnlyWhereToldSo) {
  Loopback server;
  const std::uint16_t port = server.server.listen("127.0.0.1", 0, Serve::router_only);
  RawClient client(port);
  client.get("/socket.io/?EIO=4&transport=polling");
  EXPECT_EQ(client.response().substr(0, 3), "404");
  client.get("/hello");
  EXPECT_EQ(client.response(), hello);
}

TEST(HttpServer, StopsWithRequestsAndPollsUnderWay) {
  std::optional<Loopback> server(std::in_place, 3u);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int count = 0; count < 6; ++count) {
    clients.push_back(std::make_unique<RawClient>(*server));
    clients.back()->get("/socket.io/?EIO=4&transport=polling");
    const std::string open = clients.back()->response();
    ASSERT_EQ(open.substr(0, 5), "200 0");
    const std::string sid = open.substr(open.find("sid\":\"") + 6, 24);
    clients.back()->get("/socket.io/?EIO=4&transport=polling&sid=" + sid);
    clients.push_back(std::make_unique<RawClient>(*server));
    clients.back()->send("POST /size HTTP/1.1\r\nHost: h\r\nContent-Le");
  }
  server.reset();

  for (std::size_t at = 1; at < clients.size(); at += 2) EXPECT_EQ(clients[at]->until_end(), "");
}

}  // namespace
}  // namespace collab::transport
