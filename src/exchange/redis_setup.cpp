#include "exchange/redis_setup.hpp"

#include <map>
#include <set>

#include "core/log.hpp"

namespace collab::exchange {
namespace {

/// A setting by which a Redis may lose what it has accepted.
struct Risk {
  std::string_view setting;
  bool (*is_safe)(std::string_view value);
  std::string_view advice, why;
};

constexpr Risk risks[] = {
    {"maxmemory-policy", [](std::string_view value) { return !value.starts_with("allkeys-"); },
     "noeviction or volatile-lru", "lists are evicted that are not in the database yet"},
    {"appendonly", [](std::string_view value) { return value == "yes"; }, "yes",
     "a Redis that ends takes every change with it that is not in the database yet"},
    {"appendfsync", [](std::string_view value) { return value == "always"; }, "always",
     "a power cut takes the last moments of accepted changes"},
    {"no-appendfsync-on-rewrite", [](std::string_view value) { return value == "no"; }, "no",
     "while its file is rewritten, a power cut takes accepted changes"},
};

using Values = std::map<std::string, std::string, std::less<>>;

/// The settings of the node that serves this key; empty if it does not tell.
Task<Values> settings_of(redis::Client& client, std::string key) {
  Values values;
  for (const Risk& risk : risks) {
    redis::Arguments command("CONFIG", "GET", risk.setting);
    Task<Result<redis::Reply>> asking = client.command(key, std::move(command));
    const Result<redis::Reply> reply = co_await std::move(asking);
    if (reply && reply->is_array() && reply->elements.size() == 2)
      values[reply->elements[0].text] = reply->elements[1].text;
  }
  co_return values;
}

void warn_of(const Values& values, const std::string& node) {
  if (values.empty())
    log::info("redis", "Redis does not tell its settings; docs/operations.md says what they should be",
              {{"node", node}});
  const auto appendonly = values.find("appendonly");
  const bool has_file = appendonly != values.end() && appendonly->second == "yes";
  for (const Risk& risk : risks) {
    const auto value = values.find(risk.setting);
    const bool is_about_file = risk.setting.find("appendfsync") != risk.setting.npos;
    if (value == values.end() || risk.is_safe(value->second) || (is_about_file && !has_file)) continue;
    log::warning(
        "redis", "a setting of Redis can lose accepted changes",
        {{"setting", risk.setting}, {"is", value->second}, {"set", risk.advice}, {"why", risk.why}, {"node", node}});
  }
}

Task<Result<void>> settle_partitions(redis::Client& client, Keys keys) {
  const std::string key = Keys::partition_count();
  redis::Arguments setting("SET", key, keys.partitions(), "NX"), getting("GET", key);
  Task<Result<redis::Reply>> making = client.command(key, std::move(setting));
  const Result<redis::Reply> made = co_await std::move(making);
  if (!made) co_return made.error();
  Task<Result<redis::Reply>> reading = client.command(key, std::move(getting));
  const Result<redis::Reply> present = co_await std::move(reading);
  if (!present) co_return present.error();
  if (present->is_text() && present->text == std::to_string(keys.partitions())) co_return ok();
  co_return Error{Errc::already_exists, "The lists in this Redis are spread over " + present->text + " partitions (" +
                                            key + "), and this program knows " + std::to_string(keys.partitions()) +
                                            ". Use the program that made them, or another Redis or REDIS_DB"};
}

}  // namespace

Task<Result<void>> check_setup(redis::Client& client, Keys keys) {
  std::set<redis::Address> seen;
  for (unsigned partition = 0; partition < keys.partitions(); ++partition) {
    const std::string key = keys.writes(partition);
    const auto node = client.node_of(key);
    if (!node || !seen.insert(node->address).second) continue;
    Task<Values> asking = settings_of(client, key);
    const Values values = co_await std::move(asking);
    warn_of(values, redis::to_string(node->address));
  }
  Task<Result<void>> settling = settle_partitions(client, keys);
  co_return co_await std::move(settling);
}

}  // namespace collab::exchange
