#include "socketio/server.hpp"

#include <boost/asio/steady_timer.hpp>

#include "socketio/client.hpp"

namespace collab::socketio {

/// The sessions of one shard that have joined nothing yet, and their deadline. On that shard.
struct Server::ShardPart {
  explicit ShardPart(Shard& shard) : timer(shard.io()) {}

  void watch(Client& client, std::chrono::milliseconds timeout) {
    unjoined.push_back(client, std::chrono::steady_clock::now() + timeout);
    if (!is_armed) arm();
  }

  void arm() {
    is_armed = unjoined.front() != nullptr;
    if (!is_armed) return;
    timer.expires_at(unjoined.first());
    timer.async_wait([this](boost::system::error_code fault) {
      if (fault) return;
      const auto now = std::chrono::steady_clock::now();
      while (unjoined.first() <= now)
        static_cast<Client*>(unjoined.front())->session().close(engineio::CloseReason::protocol_error);
      arm();
    });
  }

  engineio::DeadlineList unjoined;
  asio::steady_timer timer;
  bool is_armed = false;
};

Namespace::Namespace(ShardSet& shards, std::string name, Application& application)
    : all_(shards), name_(std::move(name)), application_(application), shards_(shards.size()) {}

void Namespace::broadcast(std::string_view room, const SharedMessage& event) {
  for (unsigned index = 0; index < all_.size(); ++index) {
    if (all_[index].is_current())
      rooms().emit(room, event);
    else
      all_[index].dispatch([this, name = std::string(room), event] { rooms().emit(name, event); });
  }
}

Server::Server(ShardSet& shards, Settings settings) : shards_(shards), settings_(std::move(settings)) {
  for (unsigned index = 0; index < shards.size(); ++index) parts_.push_back(std::make_unique<ShardPart>(shards[index]));
  engine_ = std::make_unique<engineio::Server>(shards, settings_.engine, *this);
}

Server::~Server() = default;

Namespace& Server::add(std::string name, Application& application) {
  const auto made = namespaces_.try_emplace(name, shards_, name, application);
  return made.first->second;
}

Namespace* Server::find(std::string_view name) {
  const auto found = namespaces_.find(name);
  return found == namespaces_.end() ? nullptr : &found->second;
}

void Server::each_shard(const std::function<void(Shard&)>& f) {
  for (unsigned index = 0; index < shards_.size(); ++index) {
    Shard& shard = shards_[index];
    shard.dispatch([f, &shard] { f(shard); });
  }
}

std::unique_ptr<engineio::SessionHandler> Server::make_handler(engineio::Session& session) {
  auto client = std::make_unique<Client>(*this, session);
  parts_[session.shard().index()]->watch(*client, settings_.connect_timeout);
  return client;
}

}  // namespace collab::socketio
