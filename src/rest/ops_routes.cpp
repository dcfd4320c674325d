#include "rest/ops_routes.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <boost/json.hpp>
#include <map>
#include <string_view>

#include "core/json.hpp"

namespace collab::rest {
namespace {

namespace json = boost::json;
using transport::HttpRequest;
using transport::HttpResponse;

std::string problem_of(const OpsReport& report) {
  if (!report.writer.problem.empty() || !report.shared || report.shared->problem.empty()) return report.writer.problem;
  return "the figures of the queue are not of now: " + report.shared->problem;
}

void add_shared(json::object& writer, const SharedReport& shared) {
  writer["lag"] = shared.lag;
  writer["oldest_ms"] = shared.oldest_ms;
  writer["retries"] = shared.retries;
  writer["taken_over"] = shared.taken_over;
  writer["dead_letters"] = shared.dead_letters;
  if (shared.problem.empty()) return;
  writer["figures_age_ms"] = shared.age_ms ? json::value(*shared.age_ms) : json::value();
}

json::object writer_json(const OpsReport& report) {
  const WriterReport& writer = report.writer;
  const auto& shared = report.shared;
  json::object result{{"running", writer.is_running},
                      {"queue_size", shared ? shared->queue_length : writer.queue_size},
                      {"writes_processed", writer.writes_processed},
                      {"writes_failed", shared ? shared->dead_letters : writer.writes_failed}};
  if (shared) add_shared(result, *shared);
  if (const std::string problem = problem_of(report); !problem.empty()) result["problem"] = problem;
  return result;
}

/// Nothing without Redis, as the seed has it.
void add_exchange(json::object& into, const OpsReport& report) {
  if (!report.shared) return;
  json::object exchange{{"redis_reconnects", report.shared->redis_reconnects}};
  const auto& round_trip = report.shared->redis_round_trip_us;
  exchange["redis_round_trip_us"] = round_trip ? json::value(*round_trip) : json::value();
  into["exchange"] = std::move(exchange);
}

json::object connections_json(const OpsReport& report) {
  return {{"total_connections", report.total_connections}, {"unique_users", report.unique_users}};
}

std::string_view status_of(const OpsReport& report) {
  if (!report.can_read) return "unhealthy";
  const bool is_redis_well = report.redis == "ok" || report.redis == "disabled";
  return report.writer.is_running && is_redis_well ? "healthy" : "degraded";
}

std::string text_of(const json::object& object) {
  std::string text;
  append_json(text, object);
  return text;
}

bool wants_prometheus_text(const HttpRequest& request) {
  const std::string_view accept = request.header("accept");
  return accept.find("text/plain") != accept.npos || accept.find("openmetrics-text") != accept.npos;
}

void add_shared_metrics(std::vector<Metric>& metrics, const OpsReport& report) {
  using enum Metric::Type;
  const SharedReport& shared = *report.shared;
  const auto add = [&metrics](const char* name, const char* help, Metric::Type type, std::uint64_t value,
                              double per_unit = 1) {
    metrics.push_back({name, help, type, static_cast<double>(value) / per_unit});
  };
  constexpr double milliseconds = 1e3, microseconds = 1e6;
  add("collab_queue_lag", "Changes that a worker has taken and not finished", gauge, shared.lag);
  add("collab_queue_oldest_seconds", "Since the oldest change that waits was accepted", gauge, shared.oldest_ms,
      milliseconds);
  add("collab_queue_dead_letters", "Changes that the database refused, see collab-todo dead-letters", gauge,
      shared.dead_letters);
  add("collab_queue_figures_stale", "1 while the figures of the queue are those of the last time", gauge,
      shared.problem.empty() ? 0 : 1);
  if (shared.age_ms)
    add("collab_queue_figures_age_seconds", "Since the figures of the queue were read", gauge, *shared.age_ms,
        milliseconds);
  add("collab_worker_retries_total", "Batches that were tried again", counter, shared.retries);
  add("collab_worker_taken_over_total", "Changes taken over from other workers", counter, shared.taken_over);
  add("collab_exchange_redis_up", "1 while Redis is connected", gauge, report.redis == "ok" ? 1 : 0);
  add("collab_exchange_redis_reconnects_total", "Connections to Redis that broke", counter, shared.redis_reconnects);
  if (shared.redis_round_trip_us)
    add("collab_exchange_redis_round_trip_seconds", "Time in which Redis told the figures of the queue", gauge,
        *shared.redis_round_trip_us, microseconds);
}

std::vector<Metric> all_metrics(const OpsReport& r) {
  using enum Metric::Type;
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  std::vector<Metric> metrics{
      {"collab_up", "1 while the server is ready for traffic", gauge, r.is_ready ? 1.0 : 0.0},
      {"collab_build_info", "The version that runs", gauge, 1, {{"version", r.version}}},
      {"collab_connections", "Sockets that are joined", gauge, number(r.total_connections)},
      {"collab_users", "Users with at least one socket", gauge, number(r.unique_users)},
      {"collab_storage_readable", "1 while lists can be read from storage", gauge, r.can_read ? 1.0 : 0.0},
      {"collab_writer_running", "1 while changes can be stored", gauge, r.writer.is_running ? 1.0 : 0.0},
      {"collab_writer_queue_size", "Changes that wait for their transaction", gauge,
       number(r.shared ? r.shared->queue_length : r.writer.queue_size)},
      {"collab_writer_writes_total", "Changes stored", counter, number(r.writer.writes_processed)},
      {"collab_writer_failed_total", "Changes that could not be stored", counter,
       number(r.shared ? r.shared->worker_dead_letters : r.writer.writes_failed)},
      {"collab_writer_batches_total", "Transactions committed", counter, number(r.writer.batches)},
      {"collab_cache_lists", "Lists in memory", gauge, number(r.cache.cached_lists)},
      {"collab_cache_items", "Items in memory", gauge, number(r.cache.active_items), {{"state", "active"}}},
      {"collab_cache_items", "Items in memory", gauge, number(r.cache.deleted_items), {{"state", "deleted"}}},
      {"collab_cache_bytes", "Estimated size of the lists in memory", gauge, number(r.cache.bytes)},
      {"collab_cache_hits_total", "Reads of a list answered from memory", counter, number(r.cache.hits)},
      {"collab_cache_misses_total", "Reads of a list that had to be loaded", counter, number(r.cache.misses)},
      {"collab_cache_evictions_total", "Lists dropped from memory to make room", counter, number(r.cache.evictions)},
  };
  if (r.shared) add_shared_metrics(metrics, r);
  metrics.insert(metrics.end(), r.more.begin(), r.more.end());
  return metrics;
}

}  // namespace

std::string health_json(const OpsReport& report) {
  json::object all{{"status", status_of(report)},
                   {"redis", report.redis},
                   {"writer", writer_json(report)},
                   {"pubsub_listener", report.pubsub_listener},
                   {"connections", connections_json(report)}};
  add_exchange(all, report);
  return text_of(all);
}

std::string metrics_json(const OpsReport& report) {
  json::object all{{"writer", writer_json(report)},
                   {"connections", connections_json(report)},
                   {"cache",
                    {{"cached_lists", report.cache.cached_lists},
                     {"total_items", report.cache.total_items},
                     {"active_items", report.cache.active_items},
                     {"deleted_items", report.cache.deleted_items}}}};
  add_exchange(all, report);
  return text_of(all);
}

std::string metrics_text(const OpsReport& report) {
  std::vector<prometheus::MetricFamily> families;
  for (const Metric& metric : all_metrics(report)) {
    const bool is_counter = metric.type == Metric::Type::counter;
    if (families.empty() || families.back().name != metric.name) {
      prometheus::MetricFamily family;
      family.name = metric.name;
      family.help = metric.help;
      family.type = is_counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
      families.push_back(std::move(family));
    }
    prometheus::ClientMetric sample;
    for (const auto& [name, value] : metric.labels) sample.label.push_back({name, value});
    (is_counter ? sample.counter.value : sample.gauge.value) = metric.value;
    families.back().metric.push_back(std::move(sample));
  }
  return prometheus::TextSerializer().Serialize(families);
}

void add_ops_routes(transport::HttpRouter& router, GatherReport gather) {
  router.get("/health", [gather](const HttpRequest&) -> Task<HttpResponse> {
    const OpsReport report = co_await gather();
    HttpResponse response(report.can_read ? 200 : 503, health_json(report));
    response.with("Cache-Control", "no-store");
    co_return response;
  });
  router.get("/metrics", [gather](const HttpRequest& request) -> Task<HttpResponse> {
    const OpsReport report = co_await gather();
    HttpResponse response = wants_prometheus_text(request)
                                ? HttpResponse(200, metrics_text(report), "text/plain; version=0.0.4; charset=utf-8")
                                : HttpResponse(200, metrics_json(report));
    response.with("Cache-Control", "no-store").with("Vary", "Accept");
    co_return response;
  });
  router.get("/livez", [](const HttpRequest&) -> Task<HttpResponse> {
    HttpResponse response(200, R"({"status":"alive"})");
    co_return response;
  });
  router.get("/readyz", [gather](const HttpRequest&) -> Task<HttpResponse> {
    const OpsReport report = co_await gather();
    HttpResponse response =
        report.is_ready ? HttpResponse(200, R"({"status":"ready"})") : HttpResponse(503, R"({"status":"not ready"})");
    co_return response;
  });
}

}  // namespace collab::rest
