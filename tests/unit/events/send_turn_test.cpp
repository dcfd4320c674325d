#include "events/send_turn.hpp"

#include <gtest/gtest.h>

#include "events/caller.hpp"
#include "unit/socketio/socketio_world.hpp"

namespace collab::events {
namespace {

using Lines = std::vector<std::string>;

/// One socket with a caller, and handlers that want to send something large to it.
class SendTurnTest : public testing::Test {
 protected:
  SendTurnTest() {
    const auto data = [this] {
      socket().set_data(std::make_unique<Caller>(services::Bearer(), services::Connections::Slot(), 0, io()));
    };
    world_.on_shard(data);
  }
  // The application of this world knows nothing of callers.
  ~SendTurnTest() override { close(); }

  asio::io_context& io() { return world_.shards[0].io(); }
  socketio::Socket& socket() { return *world_.application.sockets.front(); }
  void close() {
    const auto end = [this] {
      socket().data<Caller>()->send_turns.close();
      socket().close_transport();
    };
    world_.on_shard(end);
  }

  /// A handler begins: it waits for its turn, then for leave_list_shard, then sends.
  void begin(std::string name) {
    const auto handle = [this, name = std::move(name)] { return send_large(name); };
    spawn(io(), "handler", handle);
    world_.run_ready();
  }
  Task<void> send_large(std::string name) {
    SocketRef socket(world_.application.sockets.front());
    const Result<SendTurn> turn = co_await take_send_turn(std::move(socket));
    if (!turn) {
      story_.push_back(name.append(" is refused: ").append(to_string(turn.error().code)));
      co_return;
    }
    story_.push_back(name.append(" has its turn"));
    at_list_shard_ = std::make_shared<OneShot<bool>>();
    co_await at_list_shard_->wait();
    world_.application.sockets.front()->emit(socketio::make_event("large", large_argument()));
  }
  void leave_list_shard() {
    world_.on_shard([this] { at_list_shard_->set(true); });
  }
  void client_reads() {
    world_.on_shard([this] { socketio::SocketioWorld::heard(session_); });
  }
  static std::string large_argument() { return std::string(400'000, '1'); }

  socketio::SocketioWorld world_;
  std::shared_ptr<engineio::Session> session_ = world_.join();
  std::shared_ptr<OneShot<bool>> at_list_shard_;
  Lines story_;
};

TEST_F(SendTurnTest, IsGivenToOneAtATimeInOrderOfArrival) {
  for (const char* name : {"first", "second", "third"}) begin(name);
  EXPECT_EQ(story_, Lines{"first has its turn"}) << "the queue is empty, but will not be";

  leave_list_shard();
  EXPECT_EQ(story_.size(), 1u) << "the queue has not drained";
  client_reads();
  EXPECT_EQ(story_, (Lines{"first has its turn", "second has its turn"}));
  leave_list_shard();
  client_reads();
  EXPECT_EQ(story_.back(), "third has its turn");
  leave_list_shard();
  client_reads();

  begin("fourth");
  EXPECT_EQ(story_.back(), "fourth has its turn");
  leave_list_shard();
}

TEST_F(SendTurnTest, IsNotTakenFromWhomItWasGivenToByWhoComesLater) {
  begin("first");
  begin("second");
  const auto race = [this] {
    at_list_shard_->set(true);
    spawn(io(), "handler", [this] { return send_large("newcomer"); });
    socketio::SocketioWorld::heard(session_);
  };
  world_.on_shard(race);
  client_reads();

  EXPECT_EQ(story_, (Lines{"first has its turn", "second has its turn"}));
  leave_list_shard();
  client_reads();
  EXPECT_EQ(story_.back(), "newcomer has its turn");
  leave_list_shard();
}

TEST_F(SendTurnTest, RefusesWhoWaitsForAClientThatHasGone) {
  for (const char* name : {"first", "second", "third"}) begin(name);
  leave_list_shard();  // now the second waits for the queue and the third for the second

  close();

  EXPECT_EQ(story_, (Lines{"first has its turn", "third is refused: unavailable", "second is refused: unavailable"}));
  begin("late");
  EXPECT_EQ(story_.back(), "late is refused: unavailable");
}

TEST_F(SendTurnTest, MayOutliveItsClient) {
  begin("first");

  close();
  leave_list_shard();

  EXPECT_EQ(story_, Lines{"first has its turn"});
  begin("late");
  EXPECT_EQ(story_.back(), "late is refused: unavailable");
}

}  // namespace
}  // namespace collab::events
