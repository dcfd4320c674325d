#include "exchange/op_purge.hpp"

#include <set>

#include "exchange/row_codec.hpp"
#include "exchange/scripts.hpp"

namespace collab::exchange {
namespace {

constexpr int keys_per_step = 500, ops_per_step = 500;

/// A step of SCAN or HSCAN: where to go on ("0" = it was the last one), and what there was.
struct Step {
  std::string cursor;
  std::vector<redis::Reply> found;
};

Task<Result<Step>> step(redis::Client& client, std::string routing_key, redis::Arguments command) {
  Task<Result<redis::Reply>> scanning = client.command(routing_key, std::move(command));
  Result<redis::Reply> reply = co_await std::move(scanning);
  if (!reply) co_return reply.error();
  if (!reply->is_array() || reply->elements.size() != 2)
    co_return Error{Errc::unavailable, "Redis does not answer as it should: " + redis::to_string(*reply)};
  co_return Step{reply->elements[0].text, std::move(reply->elements[1].elements)};
}

Task<Result<std::uint64_t>> purge_old(redis::Client& client, std::string key, EpochMs oldest) {
  std::uint64_t purged = 0;
  std::string cursor;
  while (cursor != "0") {
    redis::Arguments scan("HSCAN", key, cursor.empty() ? "0" : cursor, "COUNT", ops_per_step);
    Task<Result<Step>> scanning = step(client, key, std::move(scan));
    const Result<Step> found = co_await std::move(scanning);
    if (!found) co_return found.error();
    cursor = found->cursor;
    redis::Arguments forget("HDEL", key);
    for (std::size_t i = 0; i + 1 < found->found.size(); i += 2)
      if (parse_rev(found->found[i + 1].text).value_or(oldest) < oldest) forget.add(found->found[i].text);
    if (forget.size() == 2) continue;
    purged += forget.size() - 2;
    Task<Result<redis::Reply>> forgetting = client.command(key, std::move(forget));
    const Result<redis::Reply> forgotten = co_await std::move(forgetting);
    if (!forgotten) co_return forgotten.error();
  }
  co_return purged;
}

Task<Result<void>> purge_list(redis::Client& client, Keys keys, ListId list_id, EpochMs oldest, PurgedOps& purged) {
  const std::string ops = keys.ops(list_id);
  redis::Arguments names(keys.list(list_id), ops);
  Task<Result<redis::Reply>> purging = client.evaluate(scripts::purge_ops(), std::move(names), {});
  const Result<redis::Reply> reply = co_await std::move(purging);
  if (!reply) co_return reply.error();
  if (reply->is_integer() && reply->integer == 1) {
    ++purged.lists;
    co_return ok();
  }
  Task<Result<std::uint64_t>> aging = purge_old(client, ops, oldest);
  const Result<std::uint64_t> aged = co_await std::move(aging);
  if (!aged) co_return aged.error();
  purged.ops += *aged;
  co_return ok();
}

/// Everything on the node that serves this key.
Task<Result<void>> purge_node(redis::Client& client, Keys keys, std::string routing_key, EpochMs oldest,
                              PurgedOps& purged) {
  std::string cursor;
  while (cursor != "0") {
    redis::Arguments scan("SCAN", cursor.empty() ? "0" : cursor, "MATCH", Keys::any_ops(), "COUNT", keys_per_step);
    Task<Result<Step>> scanning = step(client, routing_key, std::move(scan));
    const Result<Step> found = co_await std::move(scanning);
    if (!found) co_return found.error();
    cursor = found->cursor;
    for (const redis::Reply& key : found->found) {
      const auto list_id = keys.list_of_ops(key.text);
      if (!list_id) continue;
      Task<Result<void>> purging = purge_list(client, keys, *list_id, oldest, purged);
      const Result<void> done = co_await std::move(purging);
      if (!done) co_return done.error();
    }
  }
  co_return ok();
}

}  // namespace

Task<Result<PurgedOps>> purge_ops(redis::Client& client, Keys keys, EpochMs oldest) {
  PurgedOps purged;
  std::set<redis::Address> seen;
  for (unsigned partition = 0; partition < keys.partitions(); ++partition) {
    const std::string key = keys.era(partition);
    const auto node = client.node_of(key);
    if (!node) co_return Error{Errc::unavailable, "Redis is not connected"};
    if (!seen.insert(node->address).second) continue;
    Task<Result<void>> purging = purge_node(client, keys, key, oldest, purged);
    const Result<void> done = co_await std::move(purging);
    if (!done) co_return done.error();
  }
  co_return purged;
}

}  // namespace collab::exchange
