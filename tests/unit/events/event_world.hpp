// The whole of events/ on real shards: real sockets without transports, real lists over a store that can be held.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "events/handlers.hpp"
#include "exchange/local_exchange.hpp"
#include "socketio/server.hpp"
#include "support/account_world.hpp"
#include "support/memory_store.hpp"
#include "support/on_shard.hpp"
#include "support/one_list.hpp"

namespace collab::events {

/// What a client has been sent, in order. Taken on the session's shard, read by the test's thread.
class Inbox final : public engineio::Transport, public std::enable_shared_from_this<Inbox> {
 public:
  engineio::TransportKind kind() const override { return engineio::TransportKind::websocket; }
  void wake() override {
    if (const auto open = session.lock()) open->shard().post([self = shared_from_this()] { self->take(); });
  }
  void close(engineio::CloseReason reason) override { closed_for = reason; }
  void retire() override {}

  void take() {
    const auto open = session.lock();
    if (!open || !is_reading) return;
    const std::lock_guard lock(mutex_);
    const auto waiting = open->queue().waiting();
    for (const auto& message : waiting) packets_.emplace_back(message->payload());
    open->sent(waiting.size());
    has_more_.notify_all();
  }

  std::vector<std::string> packets() {
    const std::lock_guard lock(mutex_);
    return packets_;
  }
  /// The first packet that begins like this, as soon as it is there.
  std::string wait_for(const std::string& beginning) {
    std::unique_lock lock(mutex_);
    for (;;) {
      for (const std::string& packet : packets_)
        if (packet.starts_with(beginning)) return packet;
      has_more_.wait(lock);
    }
  }

  std::weak_ptr<engineio::Session> session;
  // On the session's shard.
  bool is_reading = true;
  std::optional<engineio::CloseReason> closed_for;

 private:
  std::mutex mutex_;
  std::condition_variable has_more_;
  std::vector<std::string> packets_;
};

/// One socket of a user, spoken to from the test's thread.
class TestClient {
 public:
  TestClient(socketio::Server& server, Shard& shard, const std::string& token) : shard_(shard) {
    session_ = test::call(shard_, [&] {
      auto session = server.engine().here().open({}, inbox_);
      inbox_->session = session;
      inbox_->take();
      return session;
    });
    say("0{\"token\":\"" + token + "\"}");
    inbox_->wait_for("42[\"connected\"");
  }

  Shard& shard() const { return shard_; }
  std::vector<std::string> packets() {
    test::call(shard_, [this] { inbox_->take(); });
    return inbox_->packets();
  }
  /// From now on nothing is taken, but by read_once().
  void stop_reading() {
    test::call(shard_, [this] { inbox_->is_reading = false; });
  }
  void go_on_reading() {
    test::call(shard_, [this] { inbox_->is_reading = true, inbox_->take(); });
  }
  /// Takes what is queued at this moment.
  void read_once() {
    test::call(shard_, [this] { inbox_->is_reading = true, inbox_->take(), inbox_->is_reading = false; });
  }
  std::optional<engineio::CloseReason> closed_for() {
    return test::call(shard_, [this] { return inbox_->closed_for; });
  }

  /// Sends an event; its answer is that of the id.
  int send(const std::string& event, const std::string& data) {
    say("2" + std::to_string(++acks_) + "[\"" + event + "\"," + data + "]");
    return acks_;
  }
  std::string answer(int id) { return inbox_->wait_for("43" + std::to_string(id) + "["); }
  std::string ask(const std::string& event, const std::string& data) { return answer(send(event, data)); }

  /// The events of this list since the client is there, each with the names of the items that it brings; checks that
  /// each follows the one before it. What has been posted to the socket's shard counts.
  std::vector<std::string> heard_of(const ListId& list_id, Rev known = 0) {
    std::vector<std::string> lines;
    Rev rev = known;
    for (const std::string& packet : packets()) {
      if (!packet.starts_with("42[")) continue;
      const boost::json::array event = boost::json::parse(packet.substr(2)).as_array();
      const boost::json::object* data = event.size() > 1 ? event[1].if_object() : nullptr;
      const boost::json::value* about = data ? data->if_contains("list_id") : nullptr;
      if (!about || about->as_string() != list_id.to_string()) continue;
      const std::string name(event[0].as_string());
      lines.push_back(name + follow(name, *data, rev));
    }
    return lines;
  }

 private:
  /// Without the type of Engine.IO.
  void say(const std::string& packet) {
    shard_.post([session = session_, packet] {
      session->receive({engineio::PacketType::message, engineio::DataKind::text, packet});
    });
  }

  // The names of what came, and where it leads.
  static std::string follow(const std::string& event, const boost::json::object& data, Rev& rev) {
    const boost::json::object& list = data.contains("list") ? data.at("list").as_object() : data;
    for (const char* field : {"base_rev", "prev_rev"}) {
      const auto* before = data.if_contains(field);
      EXPECT_EQ(before ? before->as_int64() : rev, rev) << event;
    }
    rev = list.at("rev").as_int64();
    std::vector<std::string> names;
    if (const auto* item = data.if_contains("item")) names.emplace_back(item->as_object().at("name").as_string());
    if (const auto* items = list.if_contains("items"); items && items->is_object())
      for (const auto& [id, item] : items->as_object()) names.emplace_back(item.as_object().at("name").as_string());
    if (const auto* items = list.if_contains("items"); items && items->is_array())
      for (const auto& item : items->as_array()) names.emplace_back(item.as_object().at("name").as_string());
    std::sort(names.begin(), names.end());
    std::string text;
    for (const std::string& name : names) text.append(" ").append(name);
    return text;
  }

  Shard& shard_;
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  std::shared_ptr<engineio::Session> session_;
  int acks_ = 0;
};

/// A shard that does nothing until it is let go. What is posted to it meanwhile waits in its order.
class StoppedShard {
 public:
  explicit StoppedShard(Shard& shard) {
    shard.post([go_on = go_on_.get_future().share()] { go_on.wait(); });
  }
  ~StoppedShard() { go_on_.set_value(); }
  StoppedShard(const StoppedShard&) = delete;
  StoppedShard& operator=(const StoppedShard&) = delete;

 private:
  std::promise<void> go_on_;
};

/// Everything of one server but transports and the disk.
class EventWorld {
 public:
  explicit EventWorld(unsigned count, socketio::Settings settings = {}) : shards(count) {
    std::vector<services::Lists::ShardParts> owned;
    for (unsigned at = 0; at < count; ++at) {
      exchanges_.push_back(std::make_unique<exchange::LocalExchange>(shards[at], store, accounts.clock,
                                                                     exchange::LocalExchangeOptions{}));
      replicas_.push_back(
          std::make_unique<replica::Replica>(shards[at], *exchanges_[at], accounts.clock, replica::ReplicaOptions{}));
      owned.push_back({replicas_[at].get(), exchanges_[at].get()});
    }
    lists = std::make_unique<services::Lists>(shards, std::move(owned), services::ListLimits{0});
    std::vector<services::Presence*> presence;
    std::vector<ChangePublisher*> publishers;
    for (unsigned at = 0; at < count; ++at) {
      auto publish = [](const ListId&, const std::vector<services::PresenceEntry>&) {};
      presence_.push_back(std::make_unique<services::Presence>(shards[at], std::move(publish)));
      presence.push_back(presence_.back().get());
      publishers_.push_back(std::make_unique<ChangePublisher>(hub, *replicas_[at], *presence_.back()));
      publishers.push_back(publishers_.back().get());
      replicas_[at]->listen(*lists);
      replicas_[at]->listen(*publishers_.back());
    }
    TodoApplication::Parts parts{shards, accounts.clock, accounts.accounts, connections_, *lists, presence, hub};
    application_ = std::make_unique<TodoApplication>(std::move(parts), Limits{}, "0.0.0");
    handlers_ = std::make_unique<HandlerParts>(HandlerParts{
        shards, accounts.clock, *application_, *lists, accounts.accounts, hub, publishers, presence, true, "", &probe});
    add_handlers(*handlers_);
    sockets_ = std::make_unique<socketio::Server>(shards, std::move(settings));
    hub.attach(sockets_->add("/", *application_));
    probe.before_state = [](const ListId&) -> Task<void> { co_return; };
    probe.state_taken = [](const ListId&) {};
    shards.start();
  }

  ~EventWorld() {
    for (unsigned at = 0; at < shards.size(); ++at) test::call(shards[at], [this, at] { presence_[at]->stop(); });
    test::ask(shards[0], [this] { return sockets_->stop(); });
    shards.stop_and_join();
  }

  TestClient connect(const UserId& user_id, Shard& shard) {
    return TestClient(*sockets_, shard, accounts.issuer.issue(auth::TokenClaims{user_id.value}));
  }

  Shard& owner(const ListId& list_id) { return lists->owner(list_id); }
  /// Another one than the list's.
  Shard& other(const ListId& list_id) { return shards[(owner(list_id).index() + 1) % shards.size()]; }

  /// Decides on the list's shard; the answer comes when the change is durable.
  std::future<Result<exchange::Accepted>> start(const ListId& list_id, const UserId& user_id, Action action) {
    Command command = test::command_of(list_id, user_id, std::move(action));
    auto commit = [this, command = std::move(command)] { return lists->commit(command); };
    return asio::co_spawn(owner(list_id).io(), std::move(commit), asio::use_future);
  }
  void accept(const ListId& list_id, const UserId& user_id, Action action) {
    const auto accepted = start(list_id, user_id, std::move(action)).get();
    ASSERT_TRUE(accepted) << accepted.error().message;
  }
  /// The same, decided but not durable: it becomes so with store.release().
  std::future<Result<exchange::Accepted>> start_held(const ListId& list_id, const UserId& user_id, Action action) {
    const std::size_t held = test::call(owner(list_id), [this] {
      store.hold_applies();
      return store.held();
    });
    auto answer = start(list_id, user_id, std::move(action));
    test::ask(owner(list_id), [this, held]() -> Task<void> {
      while (store.held() == held) co_await test::settle(1);
    });
    return answer;
  }
  /// Lets everything become durable that is held, and be published. On the list's shard.
  Task<void> let_become_durable(ListId list_id, Rev before) {
    store.release();
    while (replicas_[owner(list_id).index()]->peek(list_id)->rev == before) co_await test::settle(1);
  }
  Rev rev_of(const ListId& list_id) {
    return test::call(owner(list_id), [&] { return replicas_[owner(list_id).index()]->peek(list_id)->rev; });
  }

  ShardSet shards;
  test::AccountWorld accounts;
  test::MemoryStore store;
  EntryProbe probe;  ///< set from the list's shard, or before anybody enters
  std::unique_ptr<services::Lists> lists;
  Hub hub{shards};

 private:
  services::Connections connections_{shards, 0, 0};
  std::vector<std::unique_ptr<exchange::LocalExchange>> exchanges_;
  std::vector<std::unique_ptr<replica::Replica>> replicas_;
  std::vector<std::unique_ptr<services::Presence>> presence_;
  std::vector<std::unique_ptr<ChangePublisher>> publishers_;
  std::unique_ptr<TodoApplication> application_;
  std::unique_ptr<HandlerParts> handlers_;
  std::unique_ptr<socketio::Server> sockets_;
};

}  // namespace collab::events
