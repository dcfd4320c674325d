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

TEST_F(OpsRoutes, ReadyIsOnlyWhoIsReady) {
  EXPECT_EQ(get("/readyz").status, 200u);
  report.is_ready = false;

  EXPECT_EQ(get("/readyz").status, 503u);
  EXPECT_EQ(get("/livez").status, 200u);
}

}  // namespace
}  // namespace collab::rest
