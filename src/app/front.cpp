#include "app/front.hpp"

#include "core/json.hpp"
#include "core/log.hpp"
#include "events/asyncapi.hpp"
#include "events/encode_list.hpp"
#include "events/presence_message.hpp"
#include "rest/ops_routes.hpp"

namespace collab::app {
namespace {

/// How long a request for figures waits for Redis.
constexpr std::chrono::milliseconds queue_patience{500};

constexpr std::string_view no_web_client =
    "collab-todo is running. This build has no web client: scripts/web.sh builds it, and needs Node.js 20 or newer.\n"
    "Socket.IO clients connect here all the same. /docs has every event, /health says how the server is.\n";

socketio::Settings socket_settings(const Config& config) {
  socketio::Settings settings;
  settings.engine.ping_interval = config.ping_interval;
  settings.engine.ping_timeout = config.ping_timeout;
  settings.engine.max_payload = config.max_payload;
  settings.engine.hard_limit = config.limit_send_queue_bytes == 0 ? SIZE_MAX : config.limit_send_queue_bytes;
  settings.engine.soft_limit = std::min(settings.engine.soft_limit, settings.engine.hard_limit);
  settings.engine.max_sessions_per_address = config.limit_connections_per_ip;
  settings.connect_timeout = config.connect_timeout;
  return settings;
}

transport::HttpSettings http_settings(const Config& config) {
  transport::HttpSettings settings;
  settings.cors = transport::Cors(config.cors_origins);
  settings.proxies = transport::TrustedProxies(config.trusted_proxies);
  settings.deflate = config.permessage_deflate;
  return settings;
}

events::Limits event_limits(const Config& config) {
  return {config.max_payload, config.limit_events_per_second, config.limit_items_per_list, config.limit_lists_per_user,
          config.limit_members_per_list};
}

rest::CookieTransport cookie_transport(const Config& config) {
  return config.public_url.starts_with("https:") ? rest::CookieTransport::https_only : rest::CookieTransport::any;
}

std::string link_base(const Config& config) {
  return config.public_url.empty() ? "http://localhost:" + std::to_string(config.port) : config.public_url;
}

}  // namespace

Front::Front(const Config& config, ShardSet& shards, const Clock& clock, Domain& domain, std::string_view version,
             WebClient web_client)
    : config_(config),
      shards_(shards),
      domain_(domain),
      version_(version),
      hub_(shards),
      account_routes_(domain.accounts(), cookie_transport(config)) {
  std::vector<services::Presence*> presence;
  std::vector<events::ChangePublisher*> publishers;
  for (unsigned shard = 0; shard < shards.size(); ++shard) {
    auto publish = [this](const ListId& list_id, const std::vector<services::PresenceEntry>& entries) {
      hub_.to_list_volatile(list_id, events::presence_message(list_id, entries));
    };
    presence_.push_back(std::make_unique<services::Presence>(shards[shard], std::move(publish)));
    presence.push_back(presence_.back().get());
    publishers_.push_back(std::make_unique<events::ChangePublisher>(hub_, domain.replica(shard), *presence_.back()));
    publishers.push_back(publishers_.back().get());
    domain.replica(shard).listen(*publishers_.back());
  }
  events::TodoApplication::Parts parts{shards,   clock, domain.accounts(), domain.connections(), domain.lists(),
                                       presence, hub_};
  application_ = std::make_unique<events::TodoApplication>(std::move(parts), event_limits(config), version_);
  handlers_ = std::make_unique<events::HandlerParts>(
      events::HandlerParts{shards, clock, *application_, domain.lists(), domain.accounts(), hub_, publishers, presence,
                           config.auth_service, link_base(config), nullptr, config.trash_retention.count()});
  events::add_handlers(*handlers_);
  sockets_ = std::make_unique<socketio::Server>(shards, socket_settings(config));
  hub_.attach(sockets_->add("/", *application_));
  listen_to_accounts();
  if (domain.is_shared()) listen_to_servers();
  add_routes();
  if (config.web_client) add_web_client(web_client);
  http_ = std::make_unique<transport::HttpServer>(shards, http_settings(config), router_, &sockets_->engine());
}

void Front::listen_to_accounts() {
  domain_.accounts().on_family_revoked([this](const std::string& family) {
    const Error ended{Errc::token_invalid, "This login has ended. Sign in again"};
    hub_.disconnect_login(family, socketio::make_event("auth_error", events::encode_failure(ended)));
  });
  domain_.accounts().on_invitations([this](UserId user_id, std::vector<store::Invitation> invitations) {
    return events::redeem_invitations(*handlers_, std::move(user_id), std::move(invitations));
  });
  domain_.accounts().on_renamed([this](UserId user_id, std::string name) {
    return events::rename_member(*handlers_, std::move(user_id), std::move(name));
  });
}

void Front::listen_to_servers() {
  // A list that somebody here looks at is followed, whether it is in memory or not.
  hub_.watch_rooms([this](const ListId& list_id, bool is_occupied) {
    domain_.lists().owner(list_id).dispatch([this, list_id, is_occupied] {
      replica::Replica& replica = domain_.lists().replica_of(list_id);
      is_occupied ? replica.pin(list_id) : replica.unpin(list_id);
    });
  });
  domain_.connections().on_left([this](const UserId& user_id) { domain_.lists().forget_user(user_id); });
  for (unsigned shard = 0; shard < shards_.size(); ++shard) {
    exchange::Exchange& exchange = domain_.lists().exchange_on(shard);
    services::Presence& presence = *presence_[shard];
    exchange.on_notice([this](const exchange::Notice& notice) { look_at_lists_of(notice.user_id, notice.list_id); });
    exchange.on_ephemeral([&presence](const ListId& list_id, std::string_view text) {
      if (auto message = events::parse_presence_message(text))
        presence.receive(list_id, std::move(message->entry), message->is_gone);
    });
    presence.on_spread([&exchange](const ListId& list_id, const services::PresenceEntry& entry, bool is_gone) {
      exchange.publish(list_id, events::encode_presence_message(entry, is_gone));
    });
  }
}

void Front::look_at_lists_of(const UserId& user_id, const ListId& list_id) {
  services::Lists& lists = domain_.lists();
  if (list_id != ListId{}) {
    Shard& owner = lists.owner(list_id);
    auto look = [&lists, publisher = publishers_[owner.index()].get(), user_id, list_id] {
      return publisher->look_again(lists, user_id, list_id);
    };
    return owner.dispatch([&owner, look] { spawn(owner.io(), "look again", look); });
  }
  spawn(lists.owner(user_id).io(), "look at all lists", [this, &lists, user_id]() -> Task<void> {
    const Result<std::vector<ListId>> all = co_await lists.lists_then_and_now(user_id);
    if (!all) co_return;
    for (const ListId& one : *all) look_at_lists_of(user_id, one);
  });
}

Task<void> Front::report_exchanges(rest::OpsReport& report) {
  if (!domain_.is_shared()) co_return;
  rest::SharedReport shared;
  report.redis = report.pubsub_listener = "ok";
  for (unsigned shard = 0; shard < shards_.size(); ++shard) {
    auto ask = [this, shard]() -> Task<exchange::Health> { co_return domain_.exchange_health(shard); };
    const exchange::Health health = co_await shards_[shard].run(ask);
    if (!health.is_ok) report.redis = report.pubsub_listener = health.problem;
    shared.redis_reconnects += health.connections_lost;
  }
  auto read = [this] { return domain_.write_queue()->read(queue_patience); };
  const exchange::WriteQueueReading queue = co_await shards_[0].run(read);
  shared.queue_length = queue.figures.length;
  shared.lag = queue.figures.lag;
  shared.oldest_ms = static_cast<std::uint64_t>(queue.figures.oldest.count());
  shared.dead_letters = queue.figures.dead_letters;
  shared.problem = queue.problem;
  if (queue.age) shared.age_ms = static_cast<std::uint64_t>(queue.age->count());
  if (queue.round_trip) shared.redis_round_trip_us = static_cast<std::uint64_t>(queue.round_trip->count());
  if (const WorkerThread* worker = domain_.worker()) {
    const worker::WorkerCounters& counters = worker->counters();
    report.writer.writes_processed = counters.processed.value();
    report.writer.batches = counters.batches.value();
    shared.worker_dead_letters = counters.dead_letters.value();
    shared.retries = counters.retries.value();
    shared.taken_over = counters.taken_over.value();
  }
  report.shared = std::move(shared);
}

void Front::add_routes() {
  rest::add_ops_routes(router_, [this] { return report(); });
  if (config_.auth_service) account_routes_.add_to(router_);
  std::string document;
  append_json(document, events::asyncapi_document(version_));
  router_.get("/docs",
              [document = std::move(document)](const transport::HttpRequest&) -> Task<transport::HttpResponse> {
                transport::HttpResponse response(200, document);
                co_return response;
              });
}

void Front::add_web_client(WebClient files) {
  if (files.empty()) {
    router_.get("/", [](const transport::HttpRequest&) -> Task<transport::HttpResponse> {
      transport::HttpResponse response(200, std::string(no_web_client), "text/plain; charset=utf-8");
      co_return response;
    });
    return;
  }
  // The first segments of what the server answers itself: what is not there is missing, and no page of the client.
  std::vector<std::string> reserved{"auth", "docs", "health", "livez", "metrics", "readyz", "socket.io"};
  router_.otherwise([client = transport::StaticFiles(files, std::move(reserved))](
                        const transport::HttpRequest& request) { return client.answer(request); });
}

std::uint16_t Front::listen() {
  const std::uint16_t port = http_->listen(config_.host, config_.port);
  if (config_.auth_service && config_.auth_port)
    http_->listen(config_.host, *config_.auth_port, transport::Serve::router_only);
  application_->start_expiry_watch();
  return port;
}

Task<void> Front::drain_and_stop() {
  co_await sockets_->drain(config_.drain);
  co_await sockets_->stop();
  co_await http_->stop();
  application_->stop();
  for (unsigned shard = 0; shard < shards_.size(); ++shard)
    shards_[shard].dispatch([presence = presence_[shard].get()] { presence->stop(); });
}

Task<rest::OpsReport> Front::report() {
  replica::Statistics cache;
  for (unsigned shard = 0; shard < shards_.size(); ++shard) {
    auto ask = [this, shard]() -> Task<replica::Statistics> { co_return domain_.replica(shard).statistics(); };
    cache += co_await shards_[shard].run(ask);
  }
  const store::Health storage = domain_.store().health();
  rest::OpsReport report;
  report.is_ready = is_ready_;
  report.version = version_;
  report.can_read = storage.can_read;
  report.writer = {storage.is_running,    storage.queue_size, storage.writes_processed,
                   storage.writes_failed, storage.batches,    storage.problem};
  report.total_connections = domain_.connections().total();
  report.unique_users = domain_.connections().unique_users();
  report.cache = {cache.cached_lists, cache.total_items, cache.active_items, cache.deleted_items,
                  cache.bytes,        cache.hits,        cache.misses,       cache.evictions};
  co_await report_exchanges(report);
  add_protocol_metrics(report.more);
  co_return report;
}

void Front::add_protocol_metrics(std::vector<rest::Metric>& metrics) const {
  using enum rest::Metric::Type;
  const engineio::CounterValues engine = sockets_->engine().counters();
  const transport::CounterValues http = http_->counters();
  const auto add = [&metrics](const char* name, const char* help, rest::Metric::Type type, std::uint64_t value) {
    metrics.push_back({name, help, type, static_cast<double>(value)});
  };
  add("collab_engineio_sessions", "Engine.IO sessions", gauge, engine.sessions_open);
  add("collab_engineio_sessions_total", "Engine.IO sessions opened", counter, engine.sessions_total);
  add("collab_engineio_websockets", "Sessions whose transport is WebSocket", gauge, engine.websocket_open);
  add("collab_engineio_upgrades_total", "Sessions upgraded from polling", counter, engine.upgrades_total);
  add("collab_engineio_messages_received_total", "Messages from clients", counter, engine.messages_received);
  add("collab_engineio_messages_sent_total", "Messages to clients, each recipient counted", counter,
      engine.messages_sent);
  add("collab_engineio_messages_dropped_total", "Volatile messages not sent to slow clients", counter,
      engine.messages_dropped);
  add("collab_engineio_slow_closed_total", "Sessions closed because they did not read", counter, engine.closed_slow);
  add("collab_engineio_ping_timeouts_total", "Sessions closed because they did not answer", counter,
      engine.closed_ping_timeout);
  add("collab_engineio_protocol_errors_total", "Sessions closed for breaking the protocol", counter,
      engine.closed_protocol);
  add("collab_transport_connections", "TCP connections", gauge, http.connections_open);
  add("collab_transport_requests_total", "HTTP requests answered", counter, http.requests_total);
  add("collab_transport_bad_requests_total", "HTTP requests that were malformed, too large or too slow", counter,
      http.requests_bad);
  add("collab_transport_received_bytes_total", "Bytes from clients", counter, http.bytes_received);
  add("collab_transport_sent_bytes_total", "Bytes to clients", counter, http.bytes_sent);
}

}  // namespace collab::app
