#include "exchange/key_scan.hpp"

#include <set>

namespace collab::exchange {
namespace {

constexpr int keys_per_step = 500;

Task<Result<void>> scan_node(redis::Client& client, std::string routing_key, std::string match, VisitKey visit) {
  std::string cursor;
  while (cursor != "0") {
    redis::Arguments scan("SCAN", cursor.empty() ? "0" : cursor, "MATCH", match, "COUNT", keys_per_step);
    Task<Result<ScanStep>> scanning = scan_step(client, routing_key, std::move(scan));
    const Result<ScanStep> found = co_await std::move(scanning);
    if (!found) co_return found.error();
    cursor = found->cursor;
    for (const redis::Reply& key : found->found) {
      Task<Result<void>> visiting = visit(key.text);
      const Result<void> done = co_await std::move(visiting);
      if (!done) co_return done.error();
    }
  }
  co_return ok();
}

}  // namespace

Task<Result<ScanStep>> scan_step(redis::Client& client, std::string routing_key, redis::Arguments command) {
  Task<Result<redis::Reply>> scanning = client.command(routing_key, std::move(command));
  Result<redis::Reply> reply = co_await std::move(scanning);
  if (!reply) co_return reply.error();
  if (!reply->is_array() || reply->elements.size() != 2)
    co_return Error{Errc::unavailable, "Redis does not answer as it should: " + redis::to_string(*reply)};
  co_return ScanStep{reply->elements[0].text, std::move(reply->elements[1].elements)};
}

Task<Result<void>> for_each_key(redis::Client& client, Keys keys, std::string match, VisitKey visit) {
  std::set<redis::Address> seen;
  for (unsigned partition = 0; partition < keys.partitions(); ++partition) {
    const std::string key = keys.era(partition);
    const auto node = client.node_of(key);
    if (!node) co_return Error{Errc::unavailable, "Redis is not connected"};
    if (!seen.insert(node->address).second) continue;
    Task<Result<void>> scanning = scan_node(client, key, match, visit);
    const Result<void> done = co_await std::move(scanning);
    if (!done) co_return done.error();
  }
  co_return ok();
}

}  // namespace collab::exchange
