#include "transport/http_reader.hpp"

#include <gtest/gtest.h>

namespace collab::transport {
namespace {

using Step = HttpReader::Step;

/// Feeds `text` in pieces of `piece` bytes; the status of a fault, 200 when complete, 0 if more is needed.
struct Outcome {
  unsigned status = 0;
  HttpRequest request;
  std::string behind;
};
Outcome read(std::string_view text, std::size_t piece = SIZE_MAX, std::size_t max_header = 4096,
             std::size_t max_body = 100) {
  HttpReader reader(max_header);
  Outcome outcome;
  for (;;) {
    Step step = reader.read(outcome.behind);
    if (step == Step::header) {
      outcome.request = std::move(reader.request());
      reader.limit_body(max_body);
      step = reader.read(outcome.behind);
    }
    if (step == Step::fault) return outcome.status = reader.status(), outcome;
    if (step == Step::complete) {
      outcome.request.body = reader.request().body;
      outcome.behind += text;
      return outcome.status = 200, outcome;
    }
    if (text.empty()) return outcome;
    outcome.behind += text.substr(0, piece);
    text.remove_prefix(std::min(piece, text.size()));
  }
}

TEST(HttpReader, ReadsARequestHoweverItIsCut) {
  const std::string text =
      "POST /a%20b?x=1&y=%2F+z&x=2 HTTP/1.1\r\nHost: h\r\nX-Thing:  v \r\nContent-Length: 5\r\n\r\nhelloGET / HT";
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 1000u}) {
    const Outcome outcome = read(text, piece);
    ASSERT_EQ(outcome.status, 200u) << piece;
    EXPECT_EQ(outcome.request.method, "POST");
    EXPECT_EQ(outcome.request.path, "/a b");
    EXPECT_EQ(outcome.request.parameter("x"), "1");
    EXPECT_EQ(outcome.request.parameter("y"), "/ z");
    EXPECT_EQ(outcome.request.parameter("z"), std::nullopt);
    EXPECT_EQ(outcome.request.header("x-THING"), "v");
    EXPECT_EQ(outcome.request.body, "hello");
    EXPECT_EQ(outcome.behind, "GET / HT");
  }
}

TEST(HttpReader, ReadsChunksHoweverTheyAreCut) {
  const std::string text =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nrest";
  for (const std::size_t piece : {1u, 2u, 5u, 1000u}) {
    const Outcome outcome = read(text, piece);
    ASSERT_EQ(outcome.status, 200u) << piece;
    EXPECT_EQ(outcome.request.body, "abc0123456789");
    EXPECT_EQ(outcome.behind, "rest");
  }
}

TEST(HttpReader, RefusesWhatCouldBeReadInTwoWays) {
  const std::vector<std::string> bad{
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\nabc",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n",
      "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "GET / HTTP/1.1\nHost: h\n\n",
      "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n folded\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n\tfolded\r\n\r\n",
      "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
      "GET /\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nX: \x01\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
  };
  for (const auto& text : bad)
    for (const std::size_t piece : {1u, 1000u}) EXPECT_EQ(read(text, piece).status, 400u) << text;
}

TEST(HttpReader, BoundsHeadersAndBodies) {
  const std::string long_header = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(5000, 'x');
  EXPECT_EQ(read(long_header).status, 431u);
  EXPECT_EQ(read(long_header + "\r\n\r\n").status, 431u);
  EXPECT_EQ(read("GET /" + std::string(5000, 'x')).status, 431u);
  EXPECT_EQ(read("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n").status, 413u);
  EXPECT_EQ(read("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x')).status, 200u);
  EXPECT_EQ(
      read("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nc8\r\n" + std::string(200, 'x')).status,
      413u);
  EXPECT_EQ(
      read("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(9000, 'x'), 100).status,
      400u);
}

TEST(HttpReader, ForgivesAnEmptyLineAndAnAbsoluteTarget) {
  const Outcome outcome = read("\r\nGET http://h:80/path?q=1 HTTP/1.1\r\nHost: h\r\n\r\n");

  ASSERT_EQ(outcome.status, 200u);
  EXPECT_EQ(outcome.request.path, "/path");
  EXPECT_EQ(outcome.request.parameter("q"), "1");
}

TEST(HttpRequest, FindsItsCookies) {
  HttpRequest request;
  request.headers = {{"Cookie", "a=1; token=\"x=y\"; b="}, {"cookie", "c=3"}};

  EXPECT_EQ(request.cookie("a"), "1");
  EXPECT_EQ(request.cookie("token"), "x=y");
  EXPECT_EQ(request.cookie("b"), "");
  EXPECT_EQ(request.cookie("c"), "3");
  EXPECT_EQ(request.cookie("nope"), "");
}

TEST(Serialize, FramesAnAnswer) {
  HttpResponse response(200, "hi", "text/plain");
  response.with("X-A", "b");

  EXPECT_EQ(serialize(response, {{"Vary", "Origin"}}, {}),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nX-A: b\r\nVary: Origin\r\n\r\nhi");
  EXPECT_EQ(serialize(HttpResponse(204), {}, {.keep_alive = false}),
            "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(serialize(response, {}, {.keep_alive = true, .is_head = true}),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nX-A: b\r\n\r\n");
}

}  // namespace
}  // namespace collab::transport
