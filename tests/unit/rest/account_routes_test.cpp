#include "rest/account_routes.hpp"

#include <gtest/gtest.h>

#include "core/json.hpp"
#include "support/account_world.hpp"

namespace collab::rest {
namespace {

using namespace std::chrono_literals;
using support::await;
using test::AccountWorld;
using transport::HttpRequest;
using transport::HttpResponse;

constexpr const char* ann = R"({"email":"ann@example.org","password":"password 1","name":"Ann"})";

boost::json::object body_of(const HttpResponse& response) { return parse_json(response.body).value().get_object(); }

std::vector<std::string> keys_of(const HttpResponse& response) {
  std::vector<std::string> keys;
  for (const auto& member : body_of(response)) keys.emplace_back(member.key());
  return keys;
}

std::string header_of(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return "";
}

class AccountPaths : public testing::Test {
 protected:
  explicit AccountPaths(services::AccountSettings settings = {}) : world(settings) { routes.add_to(router); }

  HttpResponse send(std::string method, std::string path, std::string body = "", transport::HeaderList headers = {}) {
    HttpRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.body = std::move(body);
    request.headers = std::move(headers);
    request.remote = boost::asio::ip::make_address(remote);
    request.is_secure = is_secure;
    return await(router.handle(request));
  }
  HttpResponse register_ann() { return send("POST", "/auth/register", ann); }
  HttpResponse log_in() {
    return send("POST", "/auth/login", R"({"email":"ann@example.org","password":"password 1"})");
  }
  HttpResponse refresh(const std::string& token, const std::string& csrf) {
    return send("POST", "/auth/refresh", "", {{"Cookie", "refresh_token_cookie=" + token}, {"X-CSRF-TOKEN", csrf}});
  }

  static std::string cookie_of(const HttpResponse& response, const std::string& name) {
    for (const auto& [key, value] : response.headers)
      if (key == "Set-Cookie" && value.starts_with(name + "="))
        return value.substr(name.size() + 1, value.find(';') - name.size() - 1);
    return "";
  }
  static std::string attributes_of(const HttpResponse& response, const std::string& name) {
    for (const auto& [key, value] : response.headers)
      if (key == "Set-Cookie" && value.starts_with(name + "=")) return value.substr(value.find(';') + 2);
    return "";
  }
  static transport::HeaderList bearer(const HttpResponse& login) {
    return {{"Authorization", "Bearer " + std::string(body_of(login).at("access_token").as_string())}};
  }

  AccountWorld world;
  AccountRoutes routes{world.accounts};
  transport::HttpRouter router;
  std::string remote = "10.0.0.1";
  bool is_secure = false;
};

TEST_F(AccountPaths, RegisterAnswers201WithTheId) {
  const auto response = register_ann();

  EXPECT_EQ(response.status, 201u);
  EXPECT_EQ(keys_of(response), (std::vector<std::string>{"message", "id"}));
  EXPECT_TRUE(Uuid::parse(body_of(response).at("id").as_string()).has_value());
}

TEST_F(AccountPaths, RegisterAnswers400ForATakenEmailOrABadField) {
  register_ann();
  for (const char* bad :
       {ann, R"({"email":"a@b"})", R"({"email":7,"password":"password 1","name":"A"})",
        R"({"email":"ab","password":"password 1","name":"A"})", R"({"email":"a@b","password":"short","name":"A"})",
        R"({"email":"a@b","password":"password 1","name":""})",
        R"({"email":"a@b","password":"password\u0000 1","name":"A"})"}) {
    const auto response = send("POST", "/auth/register", bad);
    EXPECT_EQ(response.status, 400u) << bad;
    EXPECT_EQ(keys_of(response), (std::vector<std::string>{"error", "errors"})) << bad;
  }
  for (const char* nonsense : {"", "[]", "{", "null"}) {
    const auto response = send("POST", "/auth/register", nonsense);
    EXPECT_EQ(response.status, 400u) << nonsense;
    EXPECT_EQ(keys_of(response), std::vector<std::string>{"error"}) << nonsense;
  }
  EXPECT_EQ(send("POST", "/auth/register", std::string(20'000, ' ') + ann).status, 400u);
}

TEST_F(AccountPaths, SayWhichFieldsAreWrong) {
  register_ann();
  const auto login = log_in();
  const auto wrong_fields = [&](const HttpResponse& response) {
    std::vector<std::string> fields;
    const auto body = body_of(response);
    for (const auto& fault : body.at("errors").as_array()) {
      EXPECT_FALSE(fault.at("msg").as_string().empty());
      fields.emplace_back(fault.at("loc").at(0).as_string());
    }
    return fields;
  };
  using Fields = std::vector<std::string>;

  EXPECT_EQ(wrong_fields(register_ann()), Fields{"email"});
  EXPECT_EQ(wrong_fields(send("POST", "/auth/register", R"({"email":"x","password":"x","name":" "})")),
            (Fields{"email", "password", "name"}));
  EXPECT_EQ(wrong_fields(send("POST", "/auth/register", R"({"email":"x"})")), (Fields{"password", "name"}));
  EXPECT_EQ(wrong_fields(send("PATCH", "/auth/me", R"({"name":""})", bearer(login))), Fields{"name"});
  for (const auto& [body, field] :
       {std::pair(R"({"current_password":"wrong one","new_password":"password 2"})", "current_password"),
        std::pair(R"({"current_password":"password 1","new_password":"short"})", "new_password")})
    EXPECT_EQ(wrong_fields(send("POST", "/auth/password", body, bearer(login))), Fields{field});
}

TEST_F(AccountPaths, LoginAnswersWithATokenAndTwoCookies) {
  register_ann();
  const auto response = log_in();

  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(keys_of(response), (std::vector<std::string>{"access_token", "user_id"}));
  EXPECT_EQ(attributes_of(response, "refresh_token_cookie"), "Path=/; Max-Age=2592000; SameSite=Lax; HttpOnly");
  EXPECT_EQ(attributes_of(response, "csrf_refresh_token"), "Path=/; Max-Age=2592000; SameSite=Lax");
  EXPECT_EQ(cookie_of(response, "refresh_token_cookie").size(), 43u);
  EXPECT_EQ(header_of(response, "Cache-Control"), "no-store");
}

TEST_F(AccountPaths, LoginAnswersAlikeForAWrongPasswordAndAnUnknownEmail) {
  register_ann();
  const auto wrong = send("POST", "/auth/login", R"({"email":"ann@example.org","password":"password 2"})");
  const auto unknown = send("POST", "/auth/login", R"({"email":"eve@example.org","password":"password 2"})");

  EXPECT_EQ(wrong.status, 401u);
  EXPECT_EQ(unknown.status, 401u);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(keys_of(wrong), std::vector<std::string>{"error"});
  EXPECT_EQ(cookie_of(wrong, "refresh_token_cookie"), "");
  EXPECT_EQ(send("POST", "/auth/login", "{}").status, 400u);
}

TEST_F(AccountPaths, CookiesAreSecureOverHttps) {
  register_ann();
  is_secure = true;
  EXPECT_EQ(attributes_of(log_in(), "refresh_token_cookie"), "Path=/; Max-Age=2592000; SameSite=Lax; HttpOnly; Secure");

  is_secure = false;
  AccountRoutes https(world.accounts, CookieTransport::https_only);
  https.add_to(router);
  EXPECT_EQ(attributes_of(log_in(), "csrf_refresh_token"), "Path=/; Max-Age=2592000; SameSite=Lax; Secure");
}

TEST_F(AccountPaths, RefreshNeedsCookieAndHeader) {
  register_ann();
  const auto login = log_in();
  const auto token = cookie_of(login, "refresh_token_cookie"), csrf = cookie_of(login, "csrf_refresh_token");

  for (const auto& response : {send("POST", "/auth/refresh"), send("POST", "/auth/refresh", "", {{"X-CSRF-TOKEN", ""}}),
                               send("POST", "/auth/refresh", "", {{"X-CSRF-TOKEN", csrf}}), refresh(token, ""),
                               refresh(token, "x"), refresh("x", csrf), refresh(std::string(5'000, 'x'), csrf)}) {
    EXPECT_EQ(response.status, 401u);
    EXPECT_EQ(keys_of(response), std::vector<std::string>{"msg"});
  }
  const auto good =
      send("POST", "/auth/refresh", "",
           {{"cookie", "a=b; refresh_token_cookie=" + token + "; csrf_refresh_token=" + csrf}, {"x-csrf-token", csrf}});
  EXPECT_EQ(good.status, 200u);
  EXPECT_EQ(keys_of(good), std::vector<std::string>{"access_token"});
  EXPECT_NE(cookie_of(good, "refresh_token_cookie"), token);
  EXPECT_EQ(cookie_of(good, "csrf_refresh_token"), csrf);
  EXPECT_EQ(send("GET", "/auth/me", "", bearer(good)).status, 200u);
}

TEST_F(AccountPaths, RefreshGivesTwoTabsTheSameCookies) {
  register_ann();
  const auto login = log_in();
  const auto token = cookie_of(login, "refresh_token_cookie"), csrf = cookie_of(login, "csrf_refresh_token");

  const auto one = refresh(token, csrf), other = refresh(token, csrf);

  EXPECT_EQ(cookie_of(one, "refresh_token_cookie"), cookie_of(other, "refresh_token_cookie"));
  world.clock.advance(11s);
  EXPECT_EQ(refresh(token, csrf).status, 401u);
  EXPECT_EQ(refresh(cookie_of(one, "refresh_token_cookie"), csrf).status, 401u);
}

TEST_F(AccountPaths, MeTellsWhoOneIs) {
  const auto id = body_of(register_ann()).at("id");
  const auto response = send("GET", "/auth/me", "", bearer(log_in()));

  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(body_of(response), (boost::json::object{{"user_id", id}, {"email", "ann@example.org"}, {"name", "Ann"}}));
}

TEST_F(AccountPaths, MeKnowsOfOthersOnlyWhatTheirTokenSays) {
  const auto of = [this](std::optional<std::string> name) {
    const std::string token = world.issuer.issue({"elsewhere", std::move(name), std::nullopt, 60s});
    return transport::HeaderList{{"Authorization", "Bearer " + token}};
  };

  EXPECT_EQ(body_of(send("GET", "/auth/me", "", of("Eve"))),
            (boost::json::object{{"user_id", "elsewhere"}, {"email", nullptr}, {"name", "Eve"}}));
  EXPECT_EQ(body_of(send("GET", "/auth/me", "", of(std::nullopt))),
            (boost::json::object{{"user_id", "elsewhere"}, {"email", nullptr}, {"name", nullptr}}));
  EXPECT_EQ(send("PATCH", "/auth/me", R"({"name":"Eva"})", of("Eve")).status, 400u);
}

TEST_F(AccountPaths, RenameAnswersAsMeDoesFromThenOn) {
  register_ann();
  const auto login = log_in();

  const auto renamed = send("PATCH", "/auth/me", R"({"name":" Anna "})", bearer(login));

  EXPECT_EQ(renamed.status, 200u);
  EXPECT_EQ(body_of(renamed).at("name"), "Anna");
  EXPECT_EQ(body_of(send("GET", "/auth/me", "", bearer(login))), body_of(renamed));
  for (const char* bad : {"", "{}", R"({"name":7})", R"({"name":"  "})"})
    EXPECT_EQ(send("PATCH", "/auth/me", bad, bearer(login)).status, 400u) << bad;
  EXPECT_EQ(body_of(send("GET", "/auth/me", "", bearer(login))), body_of(renamed));
}

TEST_F(AccountPaths, ConfigTellsEverybodyWhatFormsMustKnow) {
  services::AccountSettings settings;
  settings.registration = services::Registration::invite;
  services::AccountService invite_only({world.store, world.passwords, world.verifier, world.issuer, world.clock},
                                       settings);
  AccountRoutes others(invite_only);
  const auto open = send("GET", "/auth/config");
  others.add_to(router);

  EXPECT_EQ(open.status, 200u);
  EXPECT_EQ(body_of(open), (boost::json::object{{"registration", "open"},
                                                {"password_min", services::min_password},
                                                {"password_max", services::max_password},
                                                {"name_max", services::max_name}}));
  EXPECT_EQ(body_of(send("GET", "/auth/config")).at("registration"), "invite");
}

TEST_F(AccountPaths, WithoutAGoodBearerAnswer401InJson) {
  register_ann();
  const auto login = log_in();
  world.clock.advance(16min + 1s);
  transport::HeaderList expired = bearer(login);
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
           {"GET", "/auth/me"}, {"PATCH", "/auth/me"}, {"POST", "/auth/logout"}, {"POST", "/auth/password"}}) {
    for (const transport::HeaderList& headers :
         {transport::HeaderList{}, transport::HeaderList{{"Authorization", "Bearer x"}},
          transport::HeaderList{{"Authorization", "Bearer"}}, transport::HeaderList{{"Authorization", "Bearer   "}},
          transport::HeaderList{{"Authorization", "Basic YTpi"}}, expired}) {
      const auto response = send(method, path, "", headers);
      EXPECT_EQ(response.status, 401u) << path;
      EXPECT_EQ(keys_of(response), (std::vector<std::string>{"error", "msg"}));
      EXPECT_EQ(header_of(response, "WWW-Authenticate"), "Bearer");
    }
  }
}

TEST_F(AccountPaths, LogoutClearsTheCookiesAndEndsTheLogin) {
  register_ann();
  const auto login = log_in();

  const auto response = send("POST", "/auth/logout", "", bearer(login));

  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(keys_of(response), std::vector<std::string>{"message"});
  EXPECT_EQ(cookie_of(response, "refresh_token_cookie"), "");
  EXPECT_EQ(attributes_of(response, "refresh_token_cookie"), "Path=/; Max-Age=0; SameSite=Lax; HttpOnly");
  EXPECT_EQ(attributes_of(response, "csrf_refresh_token"), "Path=/; Max-Age=0; SameSite=Lax");
  EXPECT_EQ(world.revoked.size(), 1u);
  EXPECT_EQ(send("GET", "/auth/me", "", bearer(login)).status, 401u);
  EXPECT_EQ(refresh(cookie_of(login, "refresh_token_cookie"), cookie_of(login, "csrf_refresh_token")).status, 401u);
}

TEST_F(AccountPaths, LogoutEverywhereEndsEveryLogin) {
  register_ann();
  const auto here = log_in(), elsewhere = log_in();
  for (const char* bad : {"[]", R"({"everywhere":"yes"})", R"({"everywhere":null})"})
    EXPECT_EQ(send("POST", "/auth/logout", bad, bearer(here)).status, 400u) << bad;
  EXPECT_TRUE(world.revoked.empty());

  const auto response = send("POST", "/auth/logout", R"({"everywhere":true})", bearer(here));

  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(attributes_of(response, "refresh_token_cookie"), "Path=/; Max-Age=0; SameSite=Lax; HttpOnly");
  EXPECT_EQ(world.revoked.size(), 2u);
  for (const auto& login : {here, elsewhere}) EXPECT_EQ(send("GET", "/auth/me", "", bearer(login)).status, 401u);
}

TEST_F(AccountPaths, LogoutOfOneLeavesTheOthers) {
  register_ann();
  const auto here = log_in(), elsewhere = log_in();

  EXPECT_EQ(send("POST", "/auth/logout", R"({"everywhere":false})", bearer(here)).status, 200u);

  EXPECT_EQ(world.revoked.size(), 1u);
  EXPECT_EQ(send("GET", "/auth/me", "", bearer(elsewhere)).status, 200u);
}

TEST_F(AccountPaths, PasswordChangesWithThePresentOne) {
  register_ann();
  const auto login = log_in();
  const auto change = [&](const char* body) { return send("POST", "/auth/password", body, bearer(login)); };

  EXPECT_EQ(change("{}").status, 400u);
  EXPECT_EQ(change(R"({"current_password":"wrong","new_password":"password 2"})").status, 400u);
  EXPECT_EQ(change(R"({"current_password":"password 1","new_password":"short"})").status, 400u);
  const auto changed = change(R"({"current_password":"password 1","new_password":"password 2"})");
  EXPECT_EQ(changed.status, 200u);
  EXPECT_EQ(keys_of(changed), std::vector<std::string>{"message"});
  EXPECT_EQ(log_in().status, 401u);
  EXPECT_EQ(send("GET", "/auth/me", "", bearer(login)).status, 200u);
}

TEST_F(AccountPaths, AnswerOtherMethodsAndPathsInJson) {
  EXPECT_EQ(send("GET", "/auth/login").status, 405u);
  EXPECT_EQ(keys_of(send("GET", "/auth/login")), std::vector<std::string>{"error"});
  EXPECT_EQ(send("POST", "/auth/nothing").status, 404u);
}

TEST_F(AccountPaths, Answer503WhenTheDatabaseIsGone) {
  register_ann();
  const auto login = log_in();
  world.database->close();

  for (const auto& response : {log_in(), send("GET", "/auth/me", "", bearer(login)), refresh("x", "y")}) {
    EXPECT_EQ(response.status, 503u);
    EXPECT_EQ(keys_of(response), std::vector<std::string>{"error"});
  }
}

services::AccountSettings tight() {
  services::AccountSettings settings;
  settings.logins_per_address.count = 2;
  settings.logins_per_account.count = 0;
  settings.registrations_per_address.count = 1;
  settings.refreshes_per_address.count = 1;
  return settings;
}

class LimitedAccountPaths : public AccountPaths {
 protected:
  LimitedAccountPaths() : AccountPaths(tight()) {}
};

TEST_F(LimitedAccountPaths, SayWhereTheClientStands) {
  const auto response = register_ann();

  EXPECT_EQ(header_of(response, "X-RateLimit-Limit"), "1");
  EXPECT_EQ(header_of(response, "X-RateLimit-Remaining"), "0");
  EXPECT_EQ(header_of(response, "X-RateLimit-Reset"), std::to_string(world.clock.now() / 1'000 + 3'600));
  EXPECT_EQ(header_of(response, "Retry-After"), "");
}

TEST_F(LimitedAccountPaths, Answer429InJson) {
  register_ann();
  log_in();
  log_in();
  refresh("x", "y");
  world.clock.advance(10s);
  for (const auto& [response, wait] :
       {std::pair(register_ann(), "3590"), std::pair(log_in(), "50"), std::pair(refresh("x", "y"), "50")}) {
    EXPECT_EQ(response.status, 429u);
    EXPECT_EQ(keys_of(response), std::vector<std::string>{"error"});
    EXPECT_EQ(header_of(response, "Retry-After"), wait);
    EXPECT_EQ(header_of(response, "X-RateLimit-Remaining"), "0");
  }
}

TEST_F(LimitedAccountPaths, CountACustomersAddressesAsOne) {
  remote = "2001:db8:1:2::1";
  EXPECT_EQ(log_in().status, 401u);
  remote = "2001:db8:1:2:ffff::9";
  EXPECT_EQ(log_in().status, 401u);
  EXPECT_EQ(log_in().status, 429u);
  remote = "2001:db8:1:3::1";
  EXPECT_EQ(log_in().status, 401u);
  remote = "::ffff:10.0.0.7";
  EXPECT_EQ(log_in().status, 401u);
  remote = "10.0.0.7";
  EXPECT_EQ(log_in().status, 401u);
  EXPECT_EQ(log_in().status, 429u);
}

}  // namespace
}  // namespace collab::rest
