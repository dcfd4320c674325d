#include "exchange/op_purge.hpp"

#include "exchange/key_scan.hpp"
#include "exchange/row_codec.hpp"
#include "exchange/scripts.hpp"

namespace collab::exchange {
namespace {

constexpr int ops_per_step = 500;

Task<Result<std::uint64_t>> purge_old(redis::Client& client, std::string key, EpochMs oldest) {
  std::uint64_t purged = 0;
  std::string cursor;
  while (cursor != "0") {
    redis::Arguments scan("HSCAN", key, cursor.empty() ? "0" : cursor, "COUNT", ops_per_step);
    Task<Result<ScanStep>> scanning = scan_step(client, key, std::move(scan));
    const Result<ScanStep> found = co_await std::move(scanning);
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

}  // namespace

Task<Result<PurgedOps>> purge_ops(redis::Client& client, Keys keys, EpochMs oldest) {
  PurgedOps purged;
  VisitKey visit = [&](std::string_view key) -> Task<Result<void>> {
    const auto list_id = keys.list_of_ops(key);
    if (!list_id) co_return ok();
    Task<Result<void>> purging = purge_list(client, keys, *list_id, oldest, purged);
    co_return co_await std::move(purging);
  };
  Task<Result<void>> walking = for_each_key(client, keys, Keys::any_ops(), std::move(visit));
  const Result<void> walked = co_await std::move(walking);
  if (!walked) co_return walked.error();
  co_return purged;
}

}  // namespace collab::exchange
