#include "transport/static_files.hpp"

#include <gtest/gtest.h>

#include "support/await.hpp"

namespace collab::transport {
namespace {

constexpr StaticFile files[] = {
    {"/assets/index-4f2c.js", "hash-of-js", "plain js", "gzip js", "br js"},
    {"/favicon.png", "hash-of-png", "plain png", "", ""},
    {"/icons/192.png", "hash-of-icon", "plain icon", "", ""},
    {"/index.html", "hash-of-index", "plain index", "gzip index", "br index"},
    {"/only-gzip.txt", "hash-of-txt", "plain txt", "gzip txt", ""},
};
const StaticFile& both = files[0];
const StaticFile& neither = files[1];
const StaticFile& gzip_only = files[4];

HttpRequest request(std::string path, HeaderList headers = {}, std::string method = "GET") {
  HttpRequest made;
  made.method = std::move(method);
  made.path = std::move(path);
  made.headers = std::move(headers);
  return made;
}

std::string value(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, text] : response.headers)
    if (key == name) return text;
  return "-";
}

class StaticFilesTable : public testing::Test {
 protected:
  HttpResponse ask(std::string path, HeaderList headers = {}, std::string method = "GET") {
    return table.answer(request(std::move(path), std::move(headers), std::move(method))).value_or(HttpResponse(404));
  }

  const HeaderList browser{{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"},
                           {"Accept-Encoding", "gzip, deflate, br"}};
  StaticFiles table{files, {"auth", "health", "socket.io"}};
};

struct Negotiation {
  const char* accepted;
  Encoding of_both;
};
class AcceptEncoding : public testing::TestWithParam<Negotiation> {};

TEST_P(AcceptEncoding, ChoosesWhatTheClientLikesBest) {
  EXPECT_EQ(choose_encoding(both, GetParam().accepted), GetParam().of_both) << GetParam().accepted;
  EXPECT_EQ(choose_encoding(neither, GetParam().accepted), Encoding::plain) << GetParam().accepted;
}

INSTANTIATE_TEST_SUITE_P(
    Headers, AcceptEncoding,
    testing::Values(Negotiation{"", Encoding::plain}, Negotiation{"gzip, deflate, br", Encoding::brotli},
                    Negotiation{"gzip", Encoding::gzip}, Negotiation{"BR", Encoding::brotli},
                    Negotiation{"deflate", Encoding::plain}, Negotiation{"identity", Encoding::plain},
                    Negotiation{"br;q=0.5, gzip;q=0.8", Encoding::gzip},
                    Negotiation{"br;q=0.8 , gzip ; q=0.5", Encoding::brotli},
                    Negotiation{"br;q=0, gzip;q=0.001", Encoding::gzip}, Negotiation{"gzip;q=0", Encoding::plain},
                    Negotiation{"gzip;q=0.5, identity;q=0.9", Encoding::plain}, Negotiation{"*", Encoding::brotli},
                    Negotiation{"*;q=0", Encoding::plain}, Negotiation{"br;q=0, *", Encoding::gzip},
                    Negotiation{"gzip, *;q=0", Encoding::gzip}, Negotiation{",,;q=1,", Encoding::plain},
                    Negotiation{"gzipped, brr", Encoding::plain}));

TEST(ChooseEncoding, TakesTheNextBestWhereTheBestIsNotThere) {
  EXPECT_EQ(choose_encoding(gzip_only, "br, gzip;q=0.1"), Encoding::gzip);
  EXPECT_EQ(choose_encoding(gzip_only, "br"), Encoding::plain);
}

TEST(EntityTag, IsFoundInAList) {
  EXPECT_TRUE(matches_any("\"a\"", "\"a\""));
  EXPECT_TRUE(matches_any("\"b\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(matches_any("*", "\"a\""));
  EXPECT_FALSE(matches_any("", "\"a\""));
  EXPECT_FALSE(matches_any("\"ab\", a", "\"a\""));
}

TEST_F(StaticFilesTable, ServesAFileInTheEncodingThatIsAsked) {
  const auto brotli = ask("/assets/index-4f2c.js", browser);
  const auto plain = ask("/assets/index-4f2c.js");

  EXPECT_EQ(brotli.status, 200u);
  EXPECT_EQ(brotli.body, "br js");
  EXPECT_EQ(brotli.content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(value(brotli, "Content-Encoding"), "br");
  EXPECT_EQ(value(brotli, "Vary"), "Accept-Encoding");
  EXPECT_EQ(plain.body, "plain js");
  EXPECT_EQ(value(plain, "Content-Encoding"), "-");
  EXPECT_EQ(value(plain, "Vary"), "Accept-Encoding");
}

TEST_F(StaticFilesTable, KeepsForEverOnlyWhatIsNamedByItsContent) {
  EXPECT_EQ(value(ask("/assets/index-4f2c.js"), "Cache-Control"), "public, max-age=31536000, immutable");
  for (const char* path : {"/", "/index.html", "/favicon.png", "/icons/192.png"})
    EXPECT_EQ(value(ask(path), "Cache-Control"), "no-cache") << path;
}

TEST_F(StaticFilesTable, SendsNothingTwice) {
  const auto first = ask("/", browser);
  HeaderList again = browser;
  again.emplace_back("If-None-Match", value(first, "ETag"));
  const auto second = ask("/", again);
  const auto other_encoding = ask("/", {{"If-None-Match", value(first, "ETag")}});

  EXPECT_EQ(value(first, "ETag"), "\"hash-of-index-br\"");
  EXPECT_EQ(second.status, 304u);
  EXPECT_EQ(second.body, "");
  for (const char* header : {"ETag", "Cache-Control", "Vary"})
    EXPECT_EQ(value(second, header), value(first, header)) << header;
  EXPECT_EQ(value(second, "Content-Encoding"), "-");
  EXPECT_EQ(other_encoding.status, 200u);
  EXPECT_EQ(other_encoding.body, "plain index");
}

TEST_F(StaticFilesTable, GivesTheIndexForEveryPageOfTheApplication) {
  for (const char* path : {"/", "/list/7", "/join/0b1c.4Yq-secret", "/account", "/a/b/c", "/authors"}) {
    const auto page = ask(path, browser);
    EXPECT_EQ(page.status, 200u) << path;
    EXPECT_EQ(page.body, "br index") << path;
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8") << path;
  }
  EXPECT_EQ(ask("/list/7", browser, "HEAD").status, 200u);
  EXPECT_EQ(value(ask("/list/7", browser), "Vary"), "Accept, Accept-Encoding");
  EXPECT_EQ(ask("/").body, "plain index");
}

TEST_F(StaticFilesTable, HasNothingElse) {
  for (const char* path : {"/auth/nothing", "/auth", "/health/x", "/socket.io/", "/assets/index-0000.js", "/assets",
                           "/icons/x.png", "/robots.txt", "", "index.html", "/INDEX.HTML"})
    EXPECT_EQ(ask(path, browser).status, 404u) << path;
  for (const char* path : {"/list/7", "/../etc/passwd", "/assets/../index.html", "//index.html"})
    EXPECT_EQ(ask(path, {{"Accept", "*/*"}}).status, 404u) << path;
  EXPECT_EQ(ask("/list/7").status, 404u);
  EXPECT_EQ(ask("/list/7", {{"Accept", "text/html;q=0"}}).status, 404u);
}

TEST_F(StaticFilesTable, IsOnlyRead) {
  const auto refused = ask("/index.html", browser, "POST");

  EXPECT_EQ(refused.status, 405u);
  EXPECT_EQ(value(refused, "Allow"), "GET, HEAD");
  EXPECT_EQ(ask("/list/7", browser, "POST").status, 404u);
}

TEST_F(StaticFilesTable, LetsNothingForeignRun) {
  for (const char* path : {"/", "/list/7", "/assets/index-4f2c.js"}) {
    const auto answer = ask(path, browser);
    const std::string policy = value(answer, "Content-Security-Policy");
    EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';")) << path;
    EXPECT_EQ(policy.find("unsafe"), policy.npos) << path;
    EXPECT_NE(policy.find("frame-ancestors 'none'"), policy.npos) << path;
    EXPECT_EQ(value(answer, "X-Content-Type-Options"), "nosniff") << path;
    EXPECT_EQ(value(answer, "Referrer-Policy"), "same-origin") << path;
    EXPECT_EQ(value(answer, "Cross-Origin-Opener-Policy"), "same-origin") << path;
    EXPECT_NE(value(answer, "Permissions-Policy"), "-") << path;
  }
}

TEST(StaticFilesRouting, ComesAfterEveryRouteAndBefore404) {
  HttpRouter router;
  router.get("/health", [](const HttpRequest&) -> Task<HttpResponse> {
    HttpResponse response(200, "healthy");
    co_return response;
  });
  router.otherwise([table = StaticFiles(files, {"health"})](const HttpRequest& asked) { return table.answer(asked); });
  const auto ask = [&router](std::string path, std::string method = "GET") {
    return support::await(router.handle(request(std::move(path), {{"Accept", "text/html"}}, std::move(method))));
  };

  EXPECT_EQ(ask("/health").body, "healthy");
  EXPECT_EQ(ask("/list/7").body, "plain index");
  EXPECT_EQ(ask("/list/7", "POST").status, 404u);
  EXPECT_EQ(ask("/health", "POST").status, 405u);
}

}  // namespace
}  // namespace collab::transport
