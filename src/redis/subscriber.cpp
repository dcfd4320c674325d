#include "redis/subscriber.hpp"

#include "redis/subscriptions.hpp"

namespace collab::redis {

Subscriber::Subscriber(Client& client) : subscriptions_(std::make_shared<Subscriptions>(client.nodes_)) {
  client.nodes_->listeners.push_back(subscriptions_);
}

Subscriber::~Subscriber() { subscriptions_->stop(); }

void Subscriber::on_message(MessageHandler handler) { subscriptions_->message_handler = std::move(handler); }
void Subscriber::on_lost(LostHandler handler) { subscriptions_->lost_handler = std::move(handler); }

Task<Result<void>> Subscriber::subscribe(std::string channel) {
  return Subscriptions::subscribe(subscriptions_, std::move(channel));
}

void Subscriber::unsubscribe(std::string_view channel) { subscriptions_->unsubscribe(channel); }
std::size_t Subscriber::channels() const { return subscriptions_->channels(); }
std::size_t Subscriber::lost_channels() const { return subscriptions_->lost_channels(); }
Health Subscriber::health() const { return subscriptions_->health(); }

}  // namespace collab::redis
