#include "engineio/polling.hpp"

#include <gtest/gtest.h>

#include "unit/engineio/session_world.hpp"

namespace collab::engineio {
namespace {

using namespace std::chrono_literals;

/// A polling session whose `open` packet has been fetched.
struct PollingWorld : SessionWorld {
  explicit PollingWorld(std::string user_agent = "") {
    HandshakeInfo info;
    info.user_agent = std::move(user_agent);
    session = sessions.open(std::move(info), polling);
    polling->attach(session);
    get();
    run_ready();
    answers.clear();
  }

  /// Sends a GET; its answer appears in `answers` as "200 body".
  std::shared_ptr<Poll> get() {
    auto poll = std::make_shared<Poll>();
    polling->get(poll);
    const auto note = [this, poll]() -> Task<void> { return note_answer(this, poll); };
    spawn(shard.io(), "poll", note);
    return poll;
  }
  static Task<void> note_answer(PollingWorld* world, std::shared_ptr<Poll> poll) {
    PollAnswer answer = co_await poll->wait();
    world->answers.push_back(std::to_string(answer.status) + " " + answer.body);
  }
  unsigned post(std::string body) { return polling->post(body).status; }

  std::shared_ptr<PollingTransport> polling = std::make_shared<PollingTransport>(shard);
  std::shared_ptr<Session> session;
  std::vector<std::string> answers;
};

const std::string bad_request = R"(400 {"code":3,"message":"Bad request"})";

TEST(Polling, PutsAllThatIsQueuedIntoOneAnswer) {
  PollingWorld world;
  world.session->send(make_text("4hello"));
  world.session->send(make_binary("\x01\x02\x03\x04"));

  world.get();
  world.run_ready();

  EXPECT_EQ(world.answers, std::vector<std::string>{"200 4hello\x1e"
                                                    "bAQIDBA=="});
}

TEST(Polling, AnswersAWaitingGetWhenTheTurnEnds) {
  PollingWorld world;
  world.get();
  world.run_ready();
  EXPECT_TRUE(world.answers.empty());

  world.session->send(make_text("4a"));
  world.session->send(make_text("4b"));
  world.run_ready();

  EXPECT_EQ(world.answers, std::vector<std::string>{"200 4a\x1e"
                                                    "4b"});
}

TEST(Polling, GivesPythonClientsNoMoreThanTheyTake) {
  PollingWorld world("python-requests/2.28.1");
  for (int count = 0; count < 20; ++count) world.session->send(make_text("4x"));

  world.get();
  world.get();
  world.run_ready();

  ASSERT_EQ(world.answers.size(), 2u);
  EXPECT_EQ(std::count(world.answers[0].begin(), world.answers[0].end(), 'x'), 16);
  EXPECT_EQ(std::count(world.answers[1].begin(), world.answers[1].end(), 'x'), 4);
}

TEST(Polling, ClosesOnASecondGet) {
  PollingWorld world;
  world.get();
  world.get();
  world.run_ready();

  EXPECT_EQ(world.answers, (std::vector<std::string>{"200 1", bad_request}));
  EXPECT_FALSE(world.session->is_open());
}

TEST(Polling, ClosesWhenAWaitingGetIsAborted) {
  PollingWorld world;
  const auto poll = world.get();

  world.polling->get_aborted(poll);

  EXPECT_EQ(world.received.closed_for, std::vector{CloseReason::transport_closed});
  world.run_ready();
}

TEST(Polling, IgnoresTheAbortOfAGetThatHasItsAnswer) {
  PollingWorld world;
  const auto poll = world.get();
  world.session->send(make_text("4a"));
  world.run_ready();

  world.polling->get_aborted(poll);

  EXPECT_TRUE(world.session->is_open());
}

TEST(Polling, AnswersNoopWhenTheClientCloses) {
  PollingWorld world;
  world.get();

  EXPECT_EQ(world.post("1"), 200u);
  world.get();
  world.run_ready();

  std::sort(world.answers.begin(), world.answers.end());
  EXPECT_EQ(world.answers, (std::vector<std::string>{"200 6", bad_request}));
}

TEST(Polling, RefusesAMalformedPayloadAndCloses) {
  PollingWorld world;

  EXPECT_EQ(world.post("4good\x1e"
                       "abc"),
            400u);

  EXPECT_TRUE(world.received.messages.empty());
  EXPECT_EQ(world.received.closed_for, std::vector{CloseReason::parse_error});
  EXPECT_EQ(world.post("4late"), 400u);
}

TEST(Polling, ClosesOnTwoPostsAtATime) {
  PollingWorld world;
  world.polling->begin_post();

  EXPECT_EQ(world.post("4a"), 400u);

  EXPECT_TRUE(world.received.messages.empty());
  EXPECT_FALSE(world.session->is_open());
}

TEST(Polling, TakesOnePostAfterAnother) {
  PollingWorld world;
  world.polling->begin_post();
  world.polling->end_post();

  EXPECT_EQ(world.post("4a\x1e"
                       "4b"),
            200u);

  EXPECT_EQ(world.received.messages, (std::vector<std::string>{"t:a", "t:b"}));
}

TEST(Polling, IsReleasedWithNoopWhileAnUpgradeIsUnderWay) {
  PollingWorld world;
  world.get();
  ASSERT_TRUE(world.session->begin_upgrade(std::make_shared<FakeTransport>()));
  world.run_ready();
  EXPECT_TRUE(world.answers.empty());

  world.session->probed();
  world.run_ready();
  world.get();
  world.run_ready();

  EXPECT_EQ(world.answers, (std::vector<std::string>{"200 6", "200 6"}));
  world.session->close(CloseReason::forced);
}

TEST(Polling, StillSaysWhatWasQueuedBeforeItCloses) {
  PollingWorld world;
  world.get();
  world.session->send(make_text("41"));

  world.session->close(CloseReason::forced);
  world.run_ready();

  EXPECT_EQ(world.answers, std::vector<std::string>{"200 41"});
}

}  // namespace
}  // namespace collab::engineio
