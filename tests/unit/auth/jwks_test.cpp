#include "auth/jwks.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <future>

#include "support/await.hpp"
#include "unit/auth/tokens.hpp"

namespace collab::auth {
namespace {

using namespace std::chrono_literals;
using collab::support::await;
using test::key_set;
using test::make_key;

const JsonHandle& rsa() {
  static const JsonHandle key = make_key("RS256", "rsa-1");
  return key;
}
const JsonHandle& ec() {
  static const JsonHandle key = make_key("ES256", "ec-1");
  return key;
}

TEST(KeySet, KeepsOnlyWhatVerifiesSignatures) {
  const std::string rsa_text = test::text_of(test::public_part(rsa().get()).get());
  const std::string set =
      R"({"keys":[)" + rsa_text +
      R"(,{"kty":"oct","k":"c2VjcmV0","kid":"o"},{"kty":"EC","crv":"P-384","x":"AA","y":"AA","kid":"p"})"
      R"(,{"kty":"EC","crv":"P-256","x":"AA","y":"AA","use":"enc","kid":"e"})"
      R"(,{"kty":"RSA","n":"AA","e":"AQAB","alg":"RS512","kid":"r"},{"kty":"RSA","kid":"bare"})"
      R"(,{"kty":"RSA","n":"AA","e":"AQAB","key_ops":["encrypt"],"kid":"k"},7,null,"x"]})";

  const auto parsed = KeySet::parse(set);

  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ((*parsed)->size(), 1u);
  EXPECT_TRUE((*parsed)->has("rsa-1"));
}

TEST(KeySet, ForgetsPrivateParts) {
  const auto parsed = KeySet::parse(R"({"keys":[)" + test::text_of(rsa().get()) + "]}");

  ASSERT_TRUE(parsed.has_value());
  const json_t* key = (*parsed)->candidates(Algorithm::rs256, std::nullopt).at(0);
  EXPECT_EQ(json_object_get(key, "d"), nullptr);
  EXPECT_EQ(json_object_get(key, "p"), nullptr);
}

TEST(KeySet, OffersOnlyKeysOfTheAlgorithm) {
  const auto set = KeySet::parse(key_set({rsa().get(), ec().get()})).value();

  EXPECT_EQ(set->candidates(Algorithm::rs256, std::nullopt).size(), 1u);
  EXPECT_EQ(set->candidates(Algorithm::es256, "ec-1").size(), 1u);
  EXPECT_TRUE(set->candidates(Algorithm::es256, "rsa-1").empty());
  EXPECT_TRUE(set->candidates(Algorithm::hs256, std::nullopt).empty());
}

TEST(KeySet, RefusesWhatIsNone) {
  std::string many = R"({"keys":[)";
  for (int i = 0; i < 101; ++i) many += i ? ",{}" : "{}";
  for (const std::string& bad : {std::string(), std::string("{}"), std::string("[]"), std::string(R"({"keys":{}})"),
                                 std::string(R"({"keys":[]})"), std::string("<html>"), many + "]}"})
    EXPECT_FALSE(KeySet::parse(bad).has_value()) << bad;
}

// An issuer whose answers the test decides.
class Issuer {
 public:
  UrlKeySource::Fetch fetch() {
    return [this](const std::string&, FetchLimits, const std::atomic<bool>&) -> Result<std::string> {
      ++fetched;
      if (is_down) return Error{Errc::unavailable, "down"};
      return body;
    };
  }
  std::atomic<int> fetched{0};
  bool is_down = false;
  std::string body = key_set({rsa().get()});
};

class KeysByUrl : public testing::Test {
 protected:
  Result<SharedKeySet> keys(std::optional<std::string> kid) { return await(source.keys(std::move(kid))); }

  ManualClock clock;
  Issuer issuer;
  UrlKeySource source{"https://issuer/jwks.json", clock, issuer.fetch()};
};

TEST_F(KeysByUrl, AreFetchedAtTheFirstNeedAndKept) {
  EXPECT_EQ(issuer.fetched, 0);
  EXPECT_TRUE(keys("rsa-1").has_value());
  EXPECT_TRUE(keys("rsa-1").has_value());
  EXPECT_EQ(issuer.fetched, 1);
}

TEST_F(KeysByUrl, AreFetchedAgainForAnUnknownKeyButNotWithin30Seconds) {
  ASSERT_TRUE(keys("rsa-1").has_value());
  issuer.body = key_set({rsa().get(), ec().get()});

  EXPECT_FALSE((*keys("ec-1"))->has("ec-1"));
  clock.advance(29'999ms);
  EXPECT_FALSE((*keys("ec-1"))->has("ec-1"));
  EXPECT_EQ(issuer.fetched, 1);
  clock.advance(1ms);
  EXPECT_TRUE((*keys("ec-1"))->has("ec-1"));
  EXPECT_EQ(issuer.fetched, 2);
}

TEST_F(KeysByUrl, CostTheIssuerNothingForInventedKeys) {
  ASSERT_TRUE(keys("rsa-1").has_value());
  clock.advance(30s);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(keys("invented-" + std::to_string(i)).has_value());

  EXPECT_EQ(issuer.fetched, 2);
}

TEST_F(KeysByUrl, AreUnavailableWhileTheIssuerIsDownAtStart) {
  issuer.is_down = true;

  EXPECT_EQ(keys("rsa-1").error().code, Errc::unavailable);
  EXPECT_EQ(keys("rsa-1").error().code, Errc::unavailable);
  EXPECT_EQ(issuer.fetched, 1);
  issuer.is_down = false;
  clock.advance(30s);
  EXPECT_TRUE(keys("rsa-1").has_value());
}

TEST_F(KeysByUrl, SurviveAFailingIssuer) {
  ASSERT_TRUE(keys("rsa-1").has_value());
  issuer.is_down = true;
  clock.advance(1h);

  EXPECT_TRUE((*keys("unknown"))->has("rsa-1"));
  EXPECT_EQ(issuer.fetched, 2);
  issuer.is_down = false;
  issuer.body = "<html>maintenance</html>";
  clock.advance(1h);
  EXPECT_TRUE((*keys("unknown"))->has("rsa-1"));
  EXPECT_EQ(issuer.fetched, 3);
}

TEST_F(KeysByUrl, AreRefreshedEvery10MinutesWithoutAnybodyWaiting) {
  ASSERT_TRUE(keys("rsa-1").has_value());
  issuer.body = key_set({ec().get()});
  clock.advance(10min);

  EXPECT_TRUE((*keys("rsa-1"))->has("rsa-1"));
  // The refresh is on its way; asking for the new key waits behind it, on the same thread.
  EXPECT_TRUE((*keys("ec-1"))->has("ec-1"));
  EXPECT_EQ(issuer.fetched, 2);
}

class KeysByFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "collab-jwks-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    path = folder / "jwks.json";
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  void write(const std::string& text) { std::ofstream(path, std::ios::trunc) << text; }

  ManualClock clock;
  std::filesystem::path folder;
  std::filesystem::path path;
};

TEST_F(KeysByFile, AreReadAgainWhenTheFileChanges) {
  write(key_set({rsa().get()}));
  FileKeySource source(path, clock);
  EXPECT_TRUE((*await(source.keys("rsa-1")))->has("rsa-1"));

  write(key_set({rsa().get(), ec().get()}));
  EXPECT_FALSE((*await(source.keys("ec-1")))->has("ec-1"));
  clock.advance(1s);
  EXPECT_TRUE((*await(source.keys("ec-1")))->has("ec-1"));
}

TEST_F(KeysByFile, StayWhenTheFileIsBrokenOrGone) {
  write(key_set({rsa().get()}));
  FileKeySource source(path, clock);
  ASSERT_TRUE(await(source.keys(std::nullopt)).has_value());

  write("half a fi");
  clock.advance(1s);
  EXPECT_TRUE((*await(source.keys(std::nullopt)))->has("rsa-1"));
  std::filesystem::remove(path);
  clock.advance(1s);
  EXPECT_TRUE((*await(source.keys(std::nullopt)))->has("rsa-1"));
}

TEST_F(KeysByFile, AreUnavailableUntilThereIsAFile) {
  FileKeySource source(path, clock);
  EXPECT_EQ(await(source.keys(std::nullopt)).error().code, Errc::unavailable);

  write(key_set({rsa().get()}));
  clock.advance(1s);
  EXPECT_TRUE(await(source.keys(std::nullopt)).has_value());
}

// Answers one HTTP request on a free port with fixed bytes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string bytes) : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    served_ = std::async(std::launch::async, [this, answer = std::move(bytes)] {
      boost::system::error_code ignored;
      asio::ip::tcp::socket socket = acceptor_.accept();
      asio::streambuf request;
      asio::read_until(socket, request, "\r\n\r\n", ignored);
      asio::write(socket, asio::buffer(answer), ignored);
    });
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/jwks.json";
  }

 private:
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_;
  std::future<void> served_;
};

Result<std::string> fetch(const std::string& url, FetchLimits limits = {}) {
  const std::atomic<bool> stop{false};
  return fetch_url(url, limits, stop);
}

TEST(FetchUrl, BringsTheBody) {
  const OneAnswer issuer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");

  EXPECT_EQ(fetch(issuer.url()).value(), "hello");
}

TEST(FetchUrl, RefusesOtherStatuses) {
  const OneAnswer issuer("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");

  EXPECT_FALSE(fetch(issuer.url()).has_value());
}

TEST(FetchUrl, StopsAtItsBounds) {
  const OneAnswer issuer("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(5'000, 'x'));
  FetchLimits limits;
  limits.max_bytes = 1'000;

  EXPECT_EQ(fetch(issuer.url(), limits).error().message, "the answer is larger than 1000 bytes");
}

TEST(FetchUrl, SpeaksOnlyHttp) {
  EXPECT_FALSE(fetch("file:///etc/hostname").has_value());
  EXPECT_FALSE(fetch("ftp://127.0.0.1/x").has_value());
  EXPECT_FALSE(fetch("nonsense").has_value());
}

TEST(FetchUrl, GivesUpWhenToldTo) {
  asio::io_context io;
  asio::ip::tcp::acceptor silent(io, {asio::ip::address_v4::loopback(), 0});
  const std::atomic<bool> stop{true};

  EXPECT_FALSE(fetch_url("http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()), {}, stop).has_value());
}

}  // namespace
}  // namespace collab::auth
