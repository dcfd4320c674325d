// Which handler answers which event. A handler gets a struct that has been validated, and decides nothing about lists.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "events/caller.hpp"
#include "schema/decode.hpp"

namespace collab::events {

/// Lists whose conflict snapshot was asked for by a batch: each is sent once, at its end.
using OwedSnapshots = std::vector<ListId>;

/// One event on its way. Lives until its handler has ended; on the shard of the socket.
struct Request {
  SocketRef socket;
  UserId user_id;
  std::optional<std::string> user_name;
  OwedSnapshots* owed_snapshots = nullptr;  ///< not null inside a batch

  /// The caller's data, null if the socket has gone meanwhile. Not to be held across co_await.
  Caller* caller() const {
    const auto alive = socket.socket.lock();
    return alive ? alive->data<Caller>() : nullptr;
  }
};

/// What goes into the ack beside `"ok":true`: members of a JSON object without braces, such as `"rev":5`; may be empty.
using AckFields = std::string;

/// Event name -> decode -> handler. Filled at start, then only read, by every shard.
class Router {
 public:
  /// Decodes inside the call: `data` need not outlive it, the request must outlive the task.
  using Handler = std::function<Task<Result<AckFields>>(Request&, const boost::json::value&)>;

  /// `handle(Request&, E) -> Task<Result<AckFields>>` answers E::event.
  template <class E, class F>
  void on(F handle) {
    auto decoded = [handle = std::move(handle)](Request& request,
                                                const boost::json::value& data) -> Task<Result<AckFields>> {
      Result<E> event = schema::decode<E>(data);
      if (!event) return ready(Result<AckFields>(event.error()));
      return handle(request, std::move(*event));
    };
    routes_.emplace(E::event, std::move(decoded));
  }

  /// Null for an event that does not exist.
  const Handler* find(std::string_view event) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, Handler, Hash, std::equal_to<>> routes_;
};

}  // namespace collab::events
