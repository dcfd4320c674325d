// batch: what a client did while it was offline, in order.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "events/encode_list.hpp"
#include "events/handlers.hpp"
#include "events/messages.hpp"

namespace collab::events {
namespace {

// A batch waits rather than exceed the rate limit.
Task<void> wait_for_budget(const Request& request) {
  for (;;) {
    Caller* const caller = request.caller();
    if (!caller) co_return;
    const auto wait = caller->budget.take(EventBudget::Clock::now());
    if (!wait) co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor, *wait);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<Result<AckFields>> run_op(const HandlerParts& parts, Request& request, const BatchOp& op) {
  static const boost::json::value no_data;
  if (!may_stand_in_batch(op.event.value))
    co_return Error{Errc::unknown_event, "An event of this name cannot stand in a batch"};
  co_await wait_for_budget(request);
  const Caller* const caller = request.caller();
  if (!caller) co_return Error{Errc::unavailable, "The connection has closed"};
  if (caller->is_expired) co_return Error{Errc::token_expired, "The token has expired"};
  co_return co_await parts.application.run(request, op.event.value, op.data ? op.data->value : no_data);
}

}  // namespace

void add_batch_handler(Router& router, const HandlerParts& parts) {
  router.on<BatchEvent>([&parts](Request& request, BatchEvent batch) -> Task<Result<AckFields>> {
    OwedSnapshots owed;
    request.owed_snapshots = &owed;
    std::vector<std::string> replies;
    bool is_unavailable = false;
    for (const BatchOp& op : batch.ops.values) {
      if (is_unavailable) {
        replies.push_back(encode_ack(Error{Errc::unavailable, "Not tried: an op before it could not be stored"}));
        continue;
      }
      const Result<AckFields> outcome = co_await run_op(parts, request, op);
      replies.push_back(outcome ? encode_ack(std::string_view(*outcome)) : encode_ack(outcome.error()));
      is_unavailable = !outcome && outcome.error().code == Errc::unavailable;
    }
    request.owed_snapshots = nullptr;
    for (const ListId& list_id : owed) co_await send_snapshot(parts, list_id, request.user_id, request.socket);
    co_return batch_fields(replies);
  });
}

}  // namespace collab::events
