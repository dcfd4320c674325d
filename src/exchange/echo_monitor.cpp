#include "exchange/echo_monitor.hpp"

#include "core/log.hpp"
#include "core/uuid.hpp"
#include "exchange/keys.hpp"

namespace collab::exchange {

EchoMonitor::EchoMonitor(Shard& shard, redis::Client& client, redis::Subscriber& subscriber, EchoMonitorOptions options)
    : shard_(shard),
      client_(client),
      subscriber_(subscriber),
      options_(options),
      channel_(Keys::heartbeat(random_token(12))) {}

void EchoMonitor::start(std::function<void()> on_recovered) {
  on_recovered_ = std::move(on_recovered);
  heard_at_ = std::chrono::steady_clock::now();
  spawn(shard_.io(), "exchange: heartbeat", [this] { return beat(); });
}

Task<void> EchoMonitor::beat() {
  bool was_deaf = false;
  for (;;) {
    Task<Result<void>> subscribing = subscriber_.subscribe(channel_);
    co_await std::move(subscribing);
    redis::Arguments command("SPUBLISH", channel_, "");
    Task<Result<redis::Reply>> publishing = client_.command(channel_, std::move(command));
    const Result<redis::Reply> published = co_await std::move(publishing);
    if (!published)
      refusal_ = published.error().message;
    else
      refusal_ = published->is_error() ? published->text : std::string();
    asio::steady_timer timer(shard_.io(), options_.interval);
    co_await timer.async_wait(asio::use_awaitable);
    if (is_deaf() && !was_deaf) log::error("exchange", "this server is deaf", {{"why", problem()}});
    was_deaf = is_deaf();
  }
}

bool EchoMonitor::hear(std::string_view channel) {
  if (channel != channel_) return false;
  const bool was_deaf = is_deaf();
  heard_at_ = std::chrono::steady_clock::now();
  if (!was_deaf) return true;
  log::info("exchange", "this server hears again; its lists are compared", {});
  on_recovered_();
  return true;
}

bool EchoMonitor::is_deaf() const { return std::chrono::steady_clock::now() - heard_at_ > options_.deaf_after; }

std::string EchoMonitor::problem() const {
  if (!is_deaf()) return {};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options_.deaf_after).count();
  std::string text = "messages through Redis have not arrived for over " + std::to_string(seconds) + " s";
  if (!refusal_.empty()) text += " (" + refusal_ + ")";
  return text;
}

}  // namespace collab::exchange
