#include "services/account_service.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "support/account_world.hpp"

namespace collab::services {
namespace {

using namespace std::chrono_literals;
using support::await;
using test::AccountWorld;

constexpr const char* email = "ann@example.org";
constexpr auto nobody_yet = AccountService::Addressee::nobody_yet;

TEST(AccountService, RegistersAndLogsIn) {
  AccountWorld world;
  const UserId user_id = world.register_account("  Ann@Example.ORG ");

  const auto login = world.log_in("ANN@example.org");

  ASSERT_TRUE(login.has_value()) << login.error().message;
  EXPECT_EQ(login->user_id, user_id);
  const auto bearer = world.authenticate(login->access_token);
  ASSERT_TRUE(bearer.has_value());
  EXPECT_EQ(bearer->identity.user_id, user_id.value);
  EXPECT_EQ(bearer->identity.name, "Ann");
  EXPECT_TRUE(bearer->identity.is_builtin);
  EXPECT_EQ(bearer->ends_at, world.clock.now() + std::chrono::milliseconds(24h * 30).count());
}

TEST(AccountService, RefusesAnEmailThatIsTaken) {
  AccountWorld world;
  world.register_account(email);

  const auto again = await(world.accounts.register_account({"ANN@example.org", "password 2", "Eve"}, "10.0.0.2"));

  EXPECT_EQ(again.outcome.error().code, Errc::invalid_payload);
  EXPECT_EQ(again.outcome.error().message, "This e-mail address is already registered.");
  EXPECT_FALSE(world.log_in(email, "password 2").has_value());
}

TEST(AccountService, NamesEveryBadField) {
  AccountWorld world;
  const auto refused = await(world.accounts.register_account({"no address", "short", " "}, "10.0.0.1"));

  ASSERT_FALSE(refused.outcome.has_value());
  EXPECT_EQ(refused.outcome.error().code, Errc::invalid_payload);
  EXPECT_EQ(refused.outcome.error().fields.size(), 3u);
  EXPECT_EQ(refused.outcome.error().message,
            "The e-mail address is not valid. The password must have 8 to 128 characters. The name must have 1 to 100 "
            "characters.");
}

TEST(AccountService, AnswersAWrongPasswordAndAnUnknownEmailAlike) {
  AccountWorld world;
  world.register_account(email);

  const auto wrong = world.log_in(email, "password 2");
  const auto unknown = world.log_in("eve@example.org", "password 2");
  const auto nonsense = world.log_in("nonsense", "password 2");

  for (const auto* refused : {&wrong, &unknown, &nonsense}) {
    ASSERT_FALSE(refused->has_value());
    EXPECT_EQ(refused->error().code, Errc::forbidden);
    EXPECT_EQ(refused->error().message, wrong.error().message);
  }
}

TEST(AccountService, HashesAsOftenForAnUnknownEmailAsForAKnownOne) {
  AccountWorld world;
  world.register_account(email);
  const auto hashes_of = [&](auto&& action) {
    const auto before = world.passwords.hashes_run();
    action();
    return world.passwords.hashes_run() - before;
  };

  EXPECT_EQ(hashes_of([&] { world.log_in(email, "password 2"); }), 1u);
  EXPECT_EQ(hashes_of([&] { world.log_in("eve@example.org", "password 2"); }), 1u);
  EXPECT_EQ(hashes_of([&] { world.log_in("", ""); }), 1u);
  EXPECT_EQ(hashes_of([&] { world.log_in(email); }), 1u);
  EXPECT_EQ(hashes_of([&] { world.register_account("bob@example.org"); }), 1u);
  EXPECT_EQ(hashes_of([&] {
              EXPECT_FALSE(
                  await(world.accounts.register_account({email, "password 2", "Eve"}, "10.0.0.2")).outcome.has_value());
            }),
            1u);
  EXPECT_EQ(hashes_of([&] { EXPECT_TRUE(await(world.accounts.find_user_by_email(email))->has_value()); }), 0u);
  EXPECT_EQ(hashes_of([&] { EXPECT_FALSE(await(world.accounts.find_user_by_email("eve@example.org"))->has_value()); }),
            0u);
}

TEST(AccountService, UpgradesABcryptHashAtTheNextLogin) {
  AccountWorld world;
  const UserId user_id{"old-user"};
  const std::string bcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  ASSERT_TRUE(await(world.store.create_account({user_id, email, "Ann", bcrypt, 1})).has_value());

  EXPECT_FALSE(world.log_in(email, "U*V").has_value());
  EXPECT_EQ(await(world.store.find_account(user_id)).value()->password_hash, bcrypt);
  EXPECT_TRUE(world.log_in(email, "U*U").has_value());

  const auto hash = await(world.store.find_account(user_id)).value()->password_hash;
  EXPECT_TRUE(hash.starts_with("$argon2id$")) << hash;
  EXPECT_TRUE(world.log_in(email, "U*U").has_value());
}

class Login : public testing::Test {
 protected:
  void SetUp() override {
    world.register_account(email);
    first = world.log_in(email).value();
  }
  bool is_live(const SignedIn& login) { return await(world.accounts.is_family_live(world.family_of(login))).value(); }

  AccountWorld world;
  SignedIn first;
};

TEST_F(Login, ContinuesWithEachRefresh) {
  auto token = first.refresh_token;
  for (int day = 0; day < 100; ++day) {
    world.clock.advance(24h);
    const auto next = world.refresh(token, first.csrf_token);
    ASSERT_TRUE(next.has_value()) << day;
    EXPECT_NE(next->refresh_token, token);
    EXPECT_EQ(next->csrf_token, first.csrf_token);
    EXPECT_EQ(next->user_id, first.user_id);
    EXPECT_EQ(world.family_of(*next), world.family_of(first));
    token = next->refresh_token;
  }
}

TEST_F(Login, GivesTwoTabsTheSameSuccessor) {
  const auto one = world.refresh(first.refresh_token, first.csrf_token);
  world.clock.advance(10s);
  const auto other = world.refresh(first.refresh_token, first.csrf_token);

  ASSERT_TRUE(one.has_value() && other.has_value());
  EXPECT_EQ(one->refresh_token, other->refresh_token);
  EXPECT_TRUE(world.refresh(one->refresh_token, first.csrf_token).has_value());
}

TEST_F(Login, GivesRequestsAtTheSameTimeTheSameSuccessor) {
  static asio::io_context io;  // outlives the database, whose threads wake it
  std::vector<std::string> successors;
  for (int tab = 0; tab < 8; ++tab) {
    spawn(io, "a tab", [&]() -> Task<void> {
      const auto next = co_await world.accounts.refresh(first.refresh_token, first.csrf_token, "10.0.0.1");
      successors.push_back(next.outcome.value().refresh_token);
    });
  }
  io.run();

  EXPECT_EQ(successors, std::vector<std::string>(8, successors.at(0)));
  EXPECT_TRUE(world.revoked.empty());
}

TEST_F(Login, GivesALateTabTheNewestToken) {
  const auto second = world.refresh(first.refresh_token, first.csrf_token);
  const auto third = world.refresh(second->refresh_token, first.csrf_token);
  world.clock.advance(9s);

  const auto late = world.refresh(first.refresh_token, first.csrf_token);

  ASSERT_TRUE(late.has_value());
  EXPECT_EQ(late->refresh_token, third->refresh_token);
}

TEST_F(Login, EndsWhenAnOldTokenIsUsedLater) {
  const auto second = world.refresh(first.refresh_token, first.csrf_token);
  world.clock.advance(10'001ms);

  EXPECT_EQ(world.refresh(first.refresh_token, first.csrf_token).error().code, Errc::token_invalid);

  EXPECT_EQ(world.revoked, std::vector<std::string>{world.family_of(first)});
  EXPECT_FALSE(is_live(first));
  EXPECT_FALSE(world.refresh(second->refresh_token, first.csrf_token).has_value());
  EXPECT_EQ(world.authenticate(second->access_token).error().code, Errc::token_invalid);
}

TEST_F(Login, CannotBeContinuedWithoutItsCsrfToken) {
  for (const std::string& csrf : {std::string(), std::string("guess"), first.refresh_token, first.csrf_token + "x"})
    EXPECT_EQ(world.refresh(first.refresh_token, csrf).error().code, Errc::token_invalid) << csrf;

  EXPECT_TRUE(world.refresh(first.refresh_token, first.csrf_token).has_value());
  world.clock.advance(1h);
  EXPECT_FALSE(world.refresh(first.refresh_token, "guess").has_value());
  EXPECT_TRUE(is_live(first)) << "a forged request must not log anybody out";
}

TEST_F(Login, CannotBeContinuedWithAnInventedToken) {
  for (const std::string& token : {std::string(), std::string("guess"), first.csrf_token, first.access_token})
    EXPECT_EQ(world.refresh(token, first.csrf_token).error().code, Errc::token_invalid);
}

TEST_F(Login, EndsAfter30DaysWithoutARefresh) {
  world.clock.advance(24h * 30 - 1ms);
  EXPECT_TRUE(is_live(first));
  world.clock.advance(1ms);

  EXPECT_FALSE(is_live(first));
  EXPECT_FALSE(world.refresh(first.refresh_token, first.csrf_token).has_value());
}

TEST_F(Login, EndsByLogout) {
  const auto other = world.log_in(email).value();

  ASSERT_TRUE(await(world.accounts.log_out(world.authenticate(first.access_token)->identity)).has_value());

  EXPECT_EQ(world.revoked, std::vector<std::string>{world.family_of(first)});
  EXPECT_EQ(world.authenticate(first.access_token).error().code, Errc::token_invalid);
  EXPECT_FALSE(world.refresh(first.refresh_token, first.csrf_token).has_value());
  EXPECT_TRUE(is_live(other));
}

TEST_F(Login, StoresNoTokenInClear) {
  const auto second = world.refresh(first.refresh_token, first.csrf_token).value();
  world.database->close();

  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.folder.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    for (const auto& token : {first.refresh_token, first.csrf_token, second.refresh_token, first.access_token})
      EXPECT_EQ(bytes.find(token), std::string::npos) << entry.path();
  }
}

TEST_F(Login, OfSomebodyElseOpensNothing) {
  auth::TokenClaims forged{"somebody-else", std::nullopt, world.family_of(first)};

  EXPECT_EQ(world.authenticate(world.issuer.issue(forged)).error().code, Errc::token_invalid);
  forged.family = "no-such-family";
  EXPECT_EQ(world.authenticate(world.issuer.issue(forged)).error().code, Errc::token_invalid);
}

TEST_F(Login, IsNotNeededForTokensWithoutOne) {
  const auto bearer = world.authenticate(world.issuer.issue({"robot", std::nullopt, std::nullopt, 60s}));

  ASSERT_TRUE(bearer.has_value());
  EXPECT_FALSE(bearer->identity.is_builtin);
  EXPECT_EQ(bearer->ends_at, bearer->identity.expires_at);
  EXPECT_TRUE(await(world.accounts.log_out(bearer->identity)).has_value());
}

TEST_F(Login, IsKeptByItsOwnPasswordChangeAndEndedByAnothers) {
  const auto other = world.log_in(email).value();
  const auto bearer = world.authenticate(first.access_token)->identity;

  EXPECT_EQ(await(world.accounts.change_password(bearer, "wrong one", "password 2")).outcome.error().code,
            Errc::invalid_payload);
  EXPECT_EQ(await(world.accounts.change_password(bearer, "password 1", "short")).outcome.error().code,
            Errc::invalid_payload);
  EXPECT_TRUE(is_live(other));
  ASSERT_TRUE(await(world.accounts.change_password(bearer, "password 1", "password 2")).outcome.has_value());

  EXPECT_TRUE(is_live(first));
  EXPECT_FALSE(is_live(other));
  EXPECT_EQ(world.revoked, std::vector<std::string>{world.family_of(other)});
  EXPECT_FALSE(world.log_in(email).has_value());
  EXPECT_TRUE(world.log_in(email, "password 2").has_value());
}

TEST_F(Login, CarriesTheNewNameOnceRefreshed) {
  std::vector<std::string> heard;
  world.accounts.on_renamed([&heard](UserId user_id, std::string name) -> Task<void> {
    heard.push_back(user_id.value + " is " + name);
    co_return;
  });
  const auto bearer = world.authenticate(first.access_token)->identity;

  EXPECT_EQ(await(world.accounts.rename(bearer, "")).error().code, Errc::invalid_payload);
  ASSERT_TRUE(await(world.accounts.rename(bearer, " Anna ")).has_value());

  const auto refreshed = world.refresh(first.refresh_token, first.csrf_token).value();
  EXPECT_EQ(world.authenticate(refreshed.access_token)->identity.name, "Anna");
  EXPECT_EQ(heard, std::vector<std::string>{first.user_id.value + " is Anna"});
}

TEST_F(Login, EndsWithAllOthersOfTheUserOnly) {
  const auto other = world.log_in(email).value();
  world.register_account("eve@example.org");
  const auto eves = world.log_in("eve@example.org").value();
  const auto bearer = world.authenticate(first.access_token)->identity;

  ASSERT_TRUE(await(world.accounts.log_out_everywhere(bearer)).has_value());

  EXPECT_FALSE(is_live(first) || is_live(other));
  EXPECT_TRUE(is_live(eves));
  EXPECT_EQ(world.revoked.size(), 2u);
}

TEST_F(Login, EndsWhenAnOperatorResetsThePassword) {
  EXPECT_EQ(await(world.accounts.reset_password("eve@example.org", "password 2")).error().code, Errc::not_found);
  ASSERT_TRUE(await(world.accounts.reset_password(email, "password 2")).has_value());

  EXPECT_FALSE(is_live(first));
  EXPECT_TRUE(world.log_in(email, "password 2").has_value());
}

TEST_F(Login, EndsWithItsAccount) {
  ASSERT_TRUE(await(world.accounts.delete_account(email)).has_value());

  EXPECT_FALSE(is_live(first));
  EXPECT_FALSE(world.log_in(email).has_value());
  EXPECT_FALSE(world.refresh(first.refresh_token, first.csrf_token).has_value());
  EXPECT_EQ(await(world.accounts.delete_account(email)).error().code, Errc::not_found);
  EXPECT_FALSE(await(world.accounts.find_person(first.user_id))->has_value());
  world.register_account(email);
}

TEST_F(Login, EndedByAnotherProcessIsNoticed) {
  const auto server = world.another_service();
  std::vector<std::string> noticed;
  server->on_family_revoked([&](const std::string& family) { noticed.push_back(family); });
  const auto earlier = world.log_in(email).value();
  ASSERT_TRUE(await(world.accounts.log_out(world.authenticate(earlier.access_token)->identity)).has_value());
  ASSERT_TRUE(await(server->keep_house()).has_value());
  EXPECT_TRUE(noticed.empty()) << "what was revoked before the start concerns no socket";

  ASSERT_TRUE(await(world.accounts.reset_password(email, "password 2")).has_value());
  ASSERT_TRUE(await(server->keep_house()).has_value());
  ASSERT_TRUE(await(server->keep_house()).has_value());

  EXPECT_EQ(noticed, std::vector<std::string>{world.family_of(first)});
}

TEST_F(Login, IsForgottenADayAfterItsEnd) {
  ASSERT_TRUE(await(world.accounts.log_out(world.authenticate(first.access_token)->identity)).has_value());
  const auto family = world.family_of(first);

  world.clock.advance(23h);
  ASSERT_TRUE(await(world.accounts.keep_house()).has_value());
  EXPECT_TRUE(await(world.store.find_family(family))->has_value());
  world.clock.advance(2h);
  ASSERT_TRUE(await(world.accounts.keep_house()).has_value());
  EXPECT_FALSE(await(world.store.find_family(family))->has_value());
  EXPECT_FALSE(world.refresh(first.refresh_token, first.csrf_token).has_value());
}

AccountSettings with_registration(Registration registration) {
  AccountSettings settings;
  settings.registration = registration;
  return settings;
}

TEST(Registration, CanBeClosed) {
  AccountWorld world(with_registration(Registration::closed));

  EXPECT_EQ(await(world.accounts.register_account({email, "password 1", "Ann"}, "a")).outcome.error().code,
            Errc::forbidden);
  EXPECT_TRUE(await(world.accounts.create_account({email, "password 1", "Ann"})).has_value());
  EXPECT_TRUE(world.log_in(email).has_value());
}

TEST(Registration, CanNeedAnInvitation) {
  AccountWorld world(with_registration(Registration::invite));
  EXPECT_EQ(await(world.accounts.register_account({email, "password 1", "Ann"}, "a")).outcome.error().code,
            Errc::forbidden);

  ASSERT_TRUE(await(world.accounts.invite("Ann@example.org", ListId::make(), Role::editor, UserId{"bob"}, nobody_yet))
                  .has_value());

  EXPECT_TRUE(await(world.accounts.register_account({email, "password 1", "Ann"}, "a")).outcome.has_value());
}

TEST(Invitations, AreOfferedWhenTheirAddressRegistersOrLogsInUntilTheyAreRemoved) {
  AccountWorld world;
  const auto list_id = ListId::make();
  std::vector<store::Invitation> offered;
  UserId offered_to;
  world.accounts.on_invitations([&](UserId user_id, std::vector<store::Invitation> invitations) -> Task<void> {
    offered_to = user_id;
    offered = std::move(invitations);
    co_return;
  });
  ASSERT_TRUE(await(world.accounts.invite(email, list_id, Role::viewer, UserId{"bob"}, nobody_yet)).has_value());
  ASSERT_TRUE(await(world.accounts.invite(email, list_id, Role::editor, UserId{"bob"}, nobody_yet)).has_value());

  const auto user_id = world.register_account(email);
  ASSERT_EQ(offered.size(), 1u);
  EXPECT_EQ(offered_to, user_id);
  EXPECT_EQ(offered[0].list_id, list_id);
  EXPECT_EQ(offered[0].role, Role::editor);
  EXPECT_EQ(offered[0].invited_by, UserId{"bob"});

  offered.clear();
  ASSERT_TRUE(world.log_in(email).has_value());
  EXPECT_EQ(offered.size(), 1u);

  EXPECT_TRUE(await(world.accounts.remove_invitation(email, list_id)).value());
  EXPECT_FALSE(await(world.accounts.remove_invitation(email, list_id)).value());
  offered.clear();
  ASSERT_TRUE(world.log_in(email).has_value());
  EXPECT_TRUE(offered.empty());
}

TEST(Registration, IsNotLetInByAShareThatAnAccountGotAtOnce) {
  AccountWorld world(with_registration(Registration::invite));
  const auto has_account = AccountService::Addressee::has_account;

  ASSERT_TRUE(
      await(world.accounts.invite(email, ListId::make(), Role::editor, UserId{"bob"}, has_account)).has_value());

  EXPECT_EQ(await(world.accounts.register_account({email, "password 1", "Ann"}, "a")).outcome.error().code,
            Errc::forbidden);
}

TEST(Invitations, HaveALimitThatDoesNotTellWhoHasAnAccount) {
  AccountSettings settings;
  settings.invitations_per_user = 2;
  const auto share = [](AccountWorld& world, std::string address, AccountService::Addressee addressee) {
    const auto invited =
        await(world.accounts.invite(std::move(address), ListId::make(), Role::viewer, UserId{"bob"}, addressee));
    return invited ? "ok" : invited.error().message;
  };

  std::set<std::vector<std::string>> answers;
  for (const auto first : {nobody_yet, AccountService::Addressee::has_account})
    for (const auto last : {nobody_yet, AccountService::Addressee::has_account}) {
      AccountWorld world(settings);
      answers.insert({share(world, "a@example.org", first), share(world, "b@example.org", nobody_yet),
                      share(world, "c@example.org", last)});
    }

  ASSERT_EQ(answers.size(), 1u);
  const std::vector<std::string>& only = *answers.begin();
  EXPECT_EQ(only[0], "ok");
  EXPECT_EQ(only[1], "ok");
  EXPECT_NE(only[2], "ok");
}

TEST(Invitations, NeedAnAddress) {
  AccountWorld world;

  EXPECT_EQ(
      await(world.accounts.invite("nonsense", ListId::make(), Role::viewer, UserId{"bob"}, nobody_yet)).error().code,
      Errc::invalid_payload);
}

auth::Identity identity(std::string user_id, std::optional<std::string> name) {
  auth::Identity someone;
  someone.user_id = std::move(user_id);
  someone.name = std::move(name);
  return someone;
}

TEST(People, AreKnownOnceTheyHaveConnected) {
  AccountWorld world;
  EXPECT_FALSE(await(world.accounts.find_person(UserId{"bob"}))->has_value());

  ASSERT_TRUE(await(world.accounts.remember(identity("bob", std::nullopt))).has_value());
  const auto nameless = await(world.accounts.find_person(UserId{"bob"})).value();
  ASSERT_TRUE(nameless.has_value());
  EXPECT_FALSE(nameless->has_value());
  ASSERT_TRUE(await(world.accounts.remember(identity("bob", "Bob"))).has_value());
  ASSERT_TRUE(await(world.accounts.remember(identity("bob", std::nullopt))).has_value());
  EXPECT_EQ(await(world.accounts.find_person(UserId{"bob"})).value().value(), "Bob");
  ASSERT_TRUE(await(world.accounts.remember(identity("bob", "Robert"))).has_value());
  EXPECT_EQ(await(world.accounts.find_person(UserId{"bob"})).value().value(), "Robert");
}

TEST(People, WithAnAccountGoByItsName) {
  AccountWorld world;
  const auto user_id = world.register_account(email);

  ASSERT_TRUE(await(world.accounts.remember(identity(user_id.value, "Somebody"))).has_value());

  EXPECT_EQ(await(world.accounts.find_person(user_id)).value().value(), "Ann");
}

TEST(People, AreWrittenOnlyWhenTheyAreNew) {
  AccountWorld world;
  ASSERT_TRUE(await(world.accounts.remember(identity("bob", "Bob"))).has_value());
  world.database->close();

  EXPECT_TRUE(await(world.accounts.remember(identity("bob", "Bob"))).has_value());
  EXPECT_EQ(await(world.accounts.remember(identity("eve", "Eve"))).error().code, Errc::unavailable);
}

AccountSettings with_limits(std::uint64_t logins, std::uint64_t registrations, std::uint64_t refreshes) {
  AccountSettings settings;
  settings.logins_per_address.count = logins;
  settings.logins_per_account.count = logins;
  settings.registrations_per_address.count = registrations;
  settings.refreshes_per_address.count = refreshes;
  return settings;
}

TEST(AccountLimits, BoundLoginsOfOneAddress) {
  AccountWorld world(with_limits(3, 0, 0));
  for (int i = 0; i < 3; ++i) {
    const auto attempt =
        await(world.accounts.log_in("x" + std::to_string(i) + "@example.org", "password 1", "10.0.0.9"));
    EXPECT_EQ(attempt.outcome.error().code, Errc::forbidden);
    EXPECT_EQ(attempt.standing.remaining, 2u - static_cast<unsigned>(i));
  }
  const auto hashes = world.passwords.hashes_run();

  const auto refused = await(world.accounts.log_in("x@example.org", "password 1", "10.0.0.9"));

  EXPECT_EQ(refused.outcome.error().code, Errc::rate_limited);
  EXPECT_EQ(refused.outcome.error().retry_after_ms, 60'000);
  EXPECT_EQ(refused.standing.limit, 3u);
  EXPECT_EQ(refused.standing.remaining, 0u);
  EXPECT_EQ(world.passwords.hashes_run(), hashes);
  EXPECT_EQ(await(world.accounts.log_in("x@example.org", "password 1", "10.0.0.10")).outcome.error().code,
            Errc::forbidden);
  world.clock.advance(60s);
  EXPECT_EQ(await(world.accounts.log_in("x@example.org", "password 1", "10.0.0.9")).outcome.error().code,
            Errc::forbidden);
}

TEST(AccountLimits, BoundLoginsOfOneAccountWhetherOrNotItExists) {
  AccountWorld world(with_limits(2, 0, 0));
  world.register_account(email);
  for (const std::string& who : {std::string(email), std::string("eve@example.org")}) {
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ(await(world.accounts.log_in(who, "password 2", who + std::to_string(i))).outcome.error().code,
                Errc::forbidden);
    EXPECT_EQ(await(world.accounts.log_in(" " + who, "password 2", who)).outcome.error().code, Errc::rate_limited);
  }
}

TEST(AccountLimits, BoundRegistrationsAndRefreshes) {
  AccountWorld world(with_limits(0, 1, 1));
  world.register_account(email);

  EXPECT_EQ(
      await(world.accounts.register_account({"b@example.org", "password 1", "B"}, "10.0.0.1")).outcome.error().code,
      Errc::rate_limited);
  EXPECT_EQ(world.refresh("x", "y").error().code, Errc::token_invalid);
  EXPECT_EQ(world.refresh("x", "y").error().code, Errc::rate_limited);
}

TEST(AccountLimits, AreOffAtZero) {
  AccountWorld world(with_limits(0, 0, 0));

  for (int i = 0; i < 50; ++i) {
    const auto attempt = await(world.accounts.refresh("x", "y", "10.0.0.1"));
    EXPECT_EQ(attempt.outcome.error().code, Errc::token_invalid);
    EXPECT_EQ(attempt.standing.limit, 0u);
  }
}

TEST(AccountService, SaysUnavailableWhenTheDatabaseIsGone) {
  AccountWorld world;
  world.register_account(email);
  const auto login = world.log_in(email).value();
  world.database->close();

  EXPECT_EQ(world.log_in(email).error().code, Errc::unavailable);
  EXPECT_EQ(world.refresh(login.refresh_token, login.csrf_token).error().code, Errc::unavailable);
  EXPECT_EQ(world.authenticate(login.access_token).error().code, Errc::unavailable);
}

}  // namespace
}  // namespace collab::services
