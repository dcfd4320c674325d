#include "transport/cors.hpp"

#include <gtest/gtest.h>

#include "transport/trusted_proxies.hpp"

namespace collab::transport {
namespace {

std::string value(const HeaderList& headers, std::string_view name) {
  for (const auto& [key, text] : headers)
    if (key == name) return text;
  return "-";
}

HeaderList answer(const Cors& cors, std::string_view origin, std::string_view host,
                  Cors::Answer kind = Cors::Answer::plain) {
  HeaderList headers;
  cors.add_headers(origin, host, kind, headers);
  return headers;
}

TEST(Cors, GivesCredentialsToTheOwnHostOnAnyPort) {
  const Cors cors({"*"});

  const auto own = answer(cors, "http://Todo.example:5173", "todo.example:8000");
  EXPECT_EQ(value(own, "Access-Control-Allow-Origin"), "http://Todo.example:5173");
  EXPECT_EQ(value(own, "Access-Control-Allow-Credentials"), "true");
  const auto foreign = answer(cors, "http://evil.example", "todo.example:8000");
  EXPECT_EQ(value(foreign, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(value(foreign, "Access-Control-Allow-Credentials"), "-");
  EXPECT_TRUE(cors.rights("http://evil.example", "todo.example").may_connect);
  EXPECT_FALSE(cors.rights("http://evil.example", "todo.example").has_credentials);
  EXPECT_FALSE(cors.rights("null", "todo.example").has_credentials);
  EXPECT_TRUE(cors.rights("http://[::1]:5173", "[::1]:8000").has_credentials);
  EXPECT_FALSE(cors.rights("http://todo.example.evil.example", "todo.example").has_credentials);
}

TEST(Cors, LetsOnlyListedOriginsAndItselfIn) {
  const Cors cors({"https://app.example/"});

  EXPECT_TRUE(cors.rights("https://app.example", "api.example").has_credentials);
  EXPECT_FALSE(cors.rights("http://app.example", "api.example").may_connect);
  EXPECT_FALSE(cors.rights("https://app.example:444", "api.example").may_connect);
  EXPECT_TRUE(cors.rights("https://api.example", "api.example").may_connect);
  EXPECT_TRUE(cors.rights("", "api.example").may_connect);
  EXPECT_EQ(value(answer(cors, "https://evil.example", "api.example"), "Access-Control-Allow-Origin"), "-");
  EXPECT_EQ(value(answer(cors, "https://app.example", "api.example"), "Vary"), "Origin");
}

TEST(Cors, AlwaysTrustsThePagesThatTheServerServes) {
  for (const Cors& cors : {Cors({"*"}), Cors({"https://elsewhere.example"})})
    for (const char* host : {"localhost:7788", "127.0.0.1:7788", "192.168.1.5", "[fe80::1]:7788", "Todo.example"})
      for (const char* scheme : {"http://", "https://"}) {
        const OriginRights own = cors.rights(std::string(scheme) + host, host);
        EXPECT_TRUE(own.may_connect && own.has_credentials) << scheme << host;
      }
}

TEST(Cors, SaysWhatMayBeSentInAPreflight) {
  const auto headers = answer(Cors({"*"}), "http://a.example", "a.example", Cors::Answer::preflight);

  EXPECT_EQ(value(headers, "Access-Control-Allow-Headers"), "content-type, x-csrf-token, authorization");
}

TEST(Cors, LetsScriptsReadHowLongToWait) {
  const HeaderList answered{
      {"Set-Cookie", "a=b"}, {"Retry-After", "5"}, {"X-RateLimit-Limit", "20"}, {"x-ratelimit-remaining", "0"}};
  const auto exposed = [&](const Cors& cors, std::string_view origin, const HeaderList& of) {
    HeaderList headers;
    cors.add_headers(origin, "api.example", Cors::Answer::plain, headers, of);
    return value(headers, "Access-Control-Expose-Headers");
  };

  EXPECT_EQ(exposed(Cors({"https://app.example"}), "https://app.example", answered),
            "Retry-After, X-RateLimit-Limit, x-ratelimit-remaining");
  EXPECT_EQ(exposed(Cors({"*"}), "https://foreign.example", answered),
            "Retry-After, X-RateLimit-Limit, x-ratelimit-remaining");
  EXPECT_EQ(exposed(Cors({"*"}), "https://foreign.example", {{"Set-Cookie", "a=b"}}), "-");
  EXPECT_EQ(exposed(Cors({"https://app.example"}), "https://evil.example", answered), "-");
}

TEST(Cors, AnswersAStarToEveryoneForTheConformanceServer) {
  EXPECT_EQ(value(answer(Cors::star(), "http://a.example", "a.example"), "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(value(answer(Cors::star(), "", ""), "Access-Control-Allow-Origin"), "*");
}

boost::asio::ip::address ip(const char* text) { return boost::asio::ip::make_address(text); }

TEST(TrustedProxies, AreBelievedAsFarAsTheyAreTrusted) {
  const TrustedProxies proxies({"10.0.0.0/8", "::1", " 192.168.1.1 "});

  EXPECT_EQ(proxies.client_of(ip("8.8.8.8"), "1.2.3.4"), ip("8.8.8.8"));
  EXPECT_EQ(proxies.client_of(ip("10.1.2.3"), "1.2.3.4"), ip("1.2.3.4"));
  EXPECT_EQ(proxies.client_of(ip("10.1.2.3"), "6.6.6.6, 1.2.3.4, 10.9.9.9"), ip("1.2.3.4"));
  EXPECT_EQ(proxies.client_of(ip("::ffff:10.1.2.3"), "1.2.3.4:5555"), ip("1.2.3.4"));
  EXPECT_EQ(proxies.client_of(ip("::1"), "[2001:db8::1]:443"), ip("2001:db8::1"));
  EXPECT_EQ(proxies.client_of(ip("10.1.2.3"), "unknown"), ip("10.1.2.3"));
  EXPECT_EQ(TrustedProxies().client_of(ip("10.1.2.3"), "1.2.3.4"), ip("10.1.2.3"));
}

TEST(TrustedProxies, RefuseWhatIsNoNetwork) {
  EXPECT_THROW(TrustedProxies({"10.0.0.0/33"}), std::invalid_argument);
  EXPECT_THROW(TrustedProxies({"proxy.example"}), std::invalid_argument);
}

}  // namespace
}  // namespace collab::transport
