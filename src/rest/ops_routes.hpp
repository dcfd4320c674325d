// GET /health, /metrics, /livez, /readyz: for operators and orchestrators.
#pragma once

#include <functional>
#include <string>

#include "core/task.hpp"
#include "rest/ops_report.hpp"
#include "transport/http_router.hpp"

namespace collab::rest {

/// Gathers the report; on any shard.
using GatherReport = std::function<Task<OpsReport>()>;

/// Before the server listens.
void add_ops_routes(transport::HttpRouter& router, GatherReport gather);

/// "healthy": all is well; "degraded": reads work, writes do not or Redis is away; "unhealthy": reads do not work
/// either, and the path answers 503. The seed's JSON.
std::string health_json(const OpsReport& report);
/// The seed's JSON.
std::string metrics_json(const OpsReport& report);
/// Prometheus text format 0.0.4.
std::string metrics_text(const OpsReport& report);

}  // namespace collab::rest
