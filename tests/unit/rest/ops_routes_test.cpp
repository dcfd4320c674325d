#include "rest/ops_routes.hpp"

#include <gtest/gtest.h>

#include "support/await.hpp"

namespace collab::rest {
namespace {

using support::await;
using transport::HttpRequest;
using transport::HttpResponse;

/// The paths of a server whose report is the test's.
class OpsRoutes : public ::testing::Test {
 protected:
  OpsRoutes() {
    add_ops_routes(router_, [this]() -> Task<OpsReport> { co_return report; });
    report.is_ready = true;
    report.writer.is_running = true;
  }

  HttpResponse get(std::string path, std::string accept = "*/*") {
    HttpRequest request;
    request.method = "GET";
    request.path = std::move(path);
    request.headers.emplace_back("Accept", std::move(accept));
    return await(router_.handle(request));
  }

  OpsReport report;

 private:
  transport::HttpRouter router_;
};

// All of the report, each number another: what is shown in the wrong place is seen.
OpsReport full_report() {
  OpsReport report;
  report.version = "1.2.3";
  report.writer = {true, 5, 1234, 2, 77, ""};
  report.total_connections = 42;
  report.unique_users = 18;
  report.cache = {25, 312, 298, 14, 9'000, 31, 32, 33};
  return report;
}

TEST_F(OpsRoutes, HealthHasTheFieldsOfTheSeed) {
  report = full_report();

  const HttpResponse response = get("/health");

  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body, R"({"status":"healthy","redis":"disabled",)"
                           R"("writer":{"running":true,"queue_size":5,"writes_processed":1234,"writes_failed":2},)"
                           R"("pubsub_listener":"disabled","connections":{"total_connections":42,"unique_users":18}})");
}

TEST_F(OpsRoutes, MetricsHaveTheFieldsOfTheSeed) {
  report = full_report();

  EXPECT_EQ(get("/metrics").body,
            R"({"writer":{"running":true,"queue_size":5,"writes_processed":1234,"writes_failed":2},)"
            R"("connections":{"total_connections":42,"unique_users":18},)"
            R"("cache":{"cached_lists":25,"total_items":312,"active_items":298,"deleted_items":14}})");
}

TEST_F(OpsRoutes, HealthIsDegradedWhileWritingFails) {
  report.writer.is_running = false;
  report.writer.problem = "writing: the disk is full";

  const HttpResponse response = get("/health");

  EXPECT_EQ(response.status, 200u);
  EXPECT_TRUE(response.body.starts_with(R"({"status":"degraded",)")) << response.body;
  EXPECT_NE(response.body.find(R"("running":false)"), std::string::npos);
  EXPECT_NE(response.body.find(R"("problem":"writing: the disk is full")"), std::string::npos);
}

TEST_F(OpsRoutes, HealthIs503WithTheWholeReportWhileReadingFails) {
  for (const bool is_running : {true, false}) {
    report = full_report();
    report.can_read = false;
    report.writer.is_running = is_running;

    const HttpResponse response = get("/health");

    EXPECT_EQ(response.status, 503u);
    EXPECT_TRUE(response.body.starts_with(R"({"status":"unhealthy","redis":"disabled","writer":{"running":)"));
    EXPECT_TRUE(response.body.ends_with(R"("connections":{"total_connections":42,"unique_users":18}})"));
  }
}

TEST_F(OpsRoutes, PrometheusGetsTheSameNumbersAndMore) {
  report = full_report();
  report.more.push_back({"collab_more_total", "More", Metric::Type::counter, 9, {}});

  for (const char* accept : {"text/plain", "application/openmetrics-text; version=1.0.0"}) {
    const HttpResponse response = get("/metrics", accept);

    EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
    for (const char* line :
         {"collab_up 0", "collab_build_info{version=\"1.2.3\"} 1", "collab_connections 42", "collab_users 18",
          "collab_storage_readable 1", "collab_writer_running 1", "collab_writer_queue_size 5",
          "collab_writer_writes_total 1234", "collab_writer_failed_total 2", "collab_writer_batches_total 77",
          "collab_cache_lists 25", "collab_cache_items{state=\"active\"} 298",
          "collab_cache_items{state=\"deleted\"} 14", "collab_cache_bytes 9000", "collab_cache_hits_total 31",
          "collab_cache_misses_total 32", "collab_cache_evictions_total 33", "collab_more_total 9"})
      EXPECT_NE(response.body.find("\n" + std::string(line) + "\n"), std::string::npos) << line;
  }
}

OpsReport shared_report() {
  OpsReport report = full_report();
  report.redis = report.pubsub_listener = "ok";
  report.shared = SharedReport{.queue_length = 51,
                               .lag = 52,
                               .oldest_ms = 5'300,
                               .dead_letters = 54,
                               .age_ms = 0,
                               .retries = 55,
                               .taken_over = 56,
                               .worker_dead_letters = 57,
                               .redis_reconnects = 58,
                               .redis_round_trip_us = 590};
  return report;
}

TEST_F(OpsRoutes, HealthHasTheFiguresOfTheQueueThatServersShare) {
  report = shared_report();

  EXPECT_EQ(get("/health").body,
            R"({"status":"healthy","redis":"ok",)"
            R"("writer":{"running":true,"queue_size":51,"writes_processed":1234,"writes_failed":54,"lag":52,)"
            R"("oldest_ms":5300,"retries":55,"taken_over":56,"dead_letters":54},"pubsub_listener":"ok",)"
            R"("connections":{"total_connections":42,"unique_users":18},)"
            R"("exchange":{"redis_reconnects":58,"redis_round_trip_us":590}})");
  const std::string metrics = get("/metrics", "text/plain").body;
  for (const char* line :
       {"collab_writer_queue_size 51", "collab_queue_lag 52", "collab_queue_oldest_seconds 5.3",
        "collab_queue_dead_letters 54", "collab_queue_figures_stale 0", "collab_worker_retries_total 55",
        "collab_worker_taken_over_total 56", "collab_writer_failed_total 57", "collab_exchange_redis_up 1",
        "collab_exchange_redis_reconnects_total 58", "collab_exchange_redis_round_trip_seconds 0.00059"})
    EXPECT_NE(metrics.find("\n" + std::string(line)), std::string::npos) << line << "\n" << metrics;
}

TEST_F(OpsRoutes, HealthIsDegradedWhileRedisIsAwayAndSaysThatItsFiguresAreOld) {
  report = shared_report();
  report.redis = "127.0.0.1:6379: connection refused";
  report.shared->problem = "not connected";
  report.shared->age_ms = 7'000;

  const HttpResponse response = get("/health");

  EXPECT_EQ(response.status, 200u);
  EXPECT_TRUE(response.body.starts_with(R"({"status":"degraded","redis":"127.0.0.1:6379: connection refused",)"));
  EXPECT_NE(response.body.find(R"("figures_age_ms":7000,)"), std::string::npos) << response.body;
  EXPECT_NE(response.body.find(R"("problem":"the figures of the queue are not of now: not connected")"),
            std::string::npos);
}

TEST_F(OpsRoutes, ReadyIsOnlyWhoIsReady) {
  EXPECT_EQ(get("/readyz").status, 200u);
  report.is_ready = false;

  EXPECT_EQ(get("/readyz").status, 503u);
  EXPECT_EQ(get("/livez").status, 200u);
}

}  // namespace
}  // namespace collab::rest
