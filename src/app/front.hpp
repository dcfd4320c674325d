// The protocol half and the hinge, wired: sockets, events, HTTP.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.hpp"
#include "app/domain.hpp"
#include "app/web_client.hpp"
#include "core/shard.hpp"
#include "events/change_publisher.hpp"
#include "events/handlers.hpp"
#include "events/hub.hpp"
#include "events/todo_application.hpp"
#include "rest/account_routes.hpp"
#include "rest/ops_report.hpp"
#include "services/presence.hpp"
#include "socketio/server.hpp"
#include "transport/http_server.hpp"

namespace collab::app {

/// Made before the shards start, destroyed after they were joined and before the Domain. Main thread unless noted.
class Front {
 public:
  Front(const Config& config, ShardSet& shards, const Clock& clock, Domain& domain, std::string_view version,
        WebClient web_client);

  /// Opens the ports and starts to serve; the port of Socket.IO. Throws boost::system::system_error. While the shards
  /// run.
  std::uint16_t listen();
  void stop_listening() { http_->stop_listening(); }
  /// What /readyz says. Any thread.
  void set_ready(bool is_ready) { is_ready_ = is_ready; }
  /// Ends every connection, spread over DRAIN_SECONDS. On a shard.
  Task<void> drain_and_stop();

 private:
  void add_routes();
  void add_web_client(WebClient files);
  void listen_to_accounts();
  /// What happens on other servers.
  void listen_to_servers();
  void look_at_lists_of(const UserId& user_id, const ListId& list_id);
  Task<void> report_exchanges(rest::OpsReport& report);
  Task<rest::OpsReport> report();
  void add_protocol_metrics(std::vector<rest::Metric>& metrics) const;

  const Config& config_;
  ShardSet& shards_;
  Domain& domain_;
  const std::string version_;
  std::atomic<bool> is_ready_{false};
  events::Hub hub_;
  std::vector<std::unique_ptr<services::Presence>> presence_;         // by shard
  std::vector<std::unique_ptr<events::ChangePublisher>> publishers_;  // by shard
  std::unique_ptr<events::TodoApplication> application_;
  std::unique_ptr<events::HandlerParts> handlers_;
  std::unique_ptr<socketio::Server> sockets_;
  rest::AccountRoutes account_routes_;
  transport::HttpRouter router_;
  std::unique_ptr<transport::HttpServer> http_;
};

}  // namespace collab::app
