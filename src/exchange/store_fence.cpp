#include "exchange/store_fence.hpp"

#include <boost/asio/redirect_error.hpp>

#include "exchange/row_codec.hpp"

namespace collab::exchange {

StoreFence::StoreFence(Shard& shard, redis::Client& client, store::Store& store, Keys keys, StoreFenceOptions options)
    : shard_(shard), client_(client), store_(store), keys_(keys), options_(options) {}

void StoreFence::tell(std::string& payload, const ListId& list_id, const UserId& user_id, const OpId& op_id) {
  if (!payload.empty()) payload += '\n';
  payload += list_id.to_string();
  payload += ' ';
  payload += op_field(user_id, op_id);
}

void StoreFence::hear(std::string_view payload) {
  while (!payload.empty()) {
    const std::size_t end = std::min(payload.find('\n'), payload.size());
    const auto [first, last] = waiting_.equal_range(payload.substr(0, end));
    for (auto told = first; told != last; ++told) {
      told->second->is_told = true;
      told->second->timer.cancel();
    }
    payload.remove_prefix(std::min(end + 1, payload.size()));
  }
}

Task<Result<void>> StoreFence::pass(Op op, bool may_be_there) {
  const auto deadline = std::chrono::steady_clock::now() + options_.deadline;
  auto waiting = std::make_shared<Waiting>(shard_.io());
  std::string name;
  tell(name, op.list_id, op.user_id, op.op_id);
  const auto place = waiting_.emplace(std::move(name), waiting);
  bool is_there = false;
  if (may_be_there) {
    Task<bool> looking = is_stored(op);
    is_there = co_await std::move(looking);
  }
  while (!is_there && !waiting->is_told && std::chrono::steady_clock::now() < deadline) {
    waiting->timer.expires_after(options_.look_interval);
    boost::system::error_code cancelled;
    co_await waiting->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (waiting->is_told) break;
    Task<bool> looking = is_stored(op);
    is_there = co_await std::move(looking);
  }
  waiting_.erase(place);
  if (is_there || waiting->is_told) co_return ok();
  co_return Error{Errc::unavailable, "the database has not confirmed it in time"};
}

/// By the op if a client made it; else by the list having nothing that waits, in the era in which it was accepted:
/// another master may never have had it.
Task<bool> StoreFence::is_stored(const Op& op) {
  const std::string key = keys_.list(op.list_id);
  redis::Arguments command("HMGET", key, meta_field, unwritten_field);
  Task<Result<redis::Reply>> asking = client_.command(key, std::move(command));
  const Result<redis::Reply> reply = co_await std::move(asking);
  if (reply && reply->is_array() && reply->elements.size() == 2) {
    const auto meta = parse_meta(reply->elements[0].text);
    if (meta && meta->era == op.era && meta->rev >= op.rev && reply->elements[1].text == "0") co_return true;
  }
  if (op.is_made_up) co_return false;
  Task<Result<std::optional<Rev>>> finding = store_.find_op(op.list_id, op.user_id, op.op_id);
  const Result<std::optional<Rev>> found = co_await std::move(finding);
  co_return found&&* found;
}

}  // namespace collab::exchange
