// L2: where servers meet. Decides commands on the newest shared state, records them, spreads the changes.
// LocalExchange is the one of a process that is alone; one over Redis comes next.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "model/change.hpp"
#include "model/command.hpp"
#include "model/list.hpp"
#include "store/store.hpp"

namespace collab::exchange {

/// The answer to a command that was accepted, now or earlier.
struct Accepted {
  Rev rev = 0;
  bool is_repeat = false;  ///< a known (user, op_id): nothing was changed, `change` is null
  SharedChange change;     ///< kind `nothing` if it wrote nothing
};

/// A message to all sockets of one user, on every server: look at this list again, you have (or had) access to it.
struct Notice {
  UserId user_id;
  ListId list_id;  ///< nil: at all of them, notices may have been missed
};

struct Health {
  bool is_ok = true;
  std::string problem = {};
  std::uint64_t connections_lost = 0;  ///< to Redis, since the start; each was or is made again
};

/// One instance per shard; all methods on that shard, for lists that it owns.
class Exchange {
 public:
  /// `after` is the state that the change led to, if it is at hand; else null.
  using ChangeHandler = std::function<void(const SharedChange&, const ListView& after)>;
  using NoticeHandler = std::function<void(const Notice&)>;

  virtual ~Exchange() = default;

  /// The newest shared and durable state; falls through to the store on a miss. rev 0 if it was never created.
  /// Only for lists that are watched.
  virtual Task<Result<ListView>> fetch(ListId list_id) = 0;

  /// Completes when every change of the list that was accepted anywhere before this call has been given to the change
  /// handler: for who has reason to believe that this server is behind. Nothing to wait for if it is not watched.
  virtual Task<Result<void>> catch_up(ListId list_id) = 0;

  /// See store::Store::lists_of.
  virtual Task<Result<std::vector<store::Membership>>> lists_of(UserId user_id) = 0;

  /// See store::Store::list_of_link.
  virtual Task<Result<std::optional<ListId>>> list_of_link(LinkId link_id) = 0;

  /// Decides and records, atomically. `local` is the replica's state: the truth in embedded mode when nothing is
  /// pending, a hint elsewhere. Completes when the change is durable and has been given to the change handler. Commands
  /// of one list are decided in call order; a later one does not wait for an earlier one to become durable. Order of
  /// refusal: membership, role, known op_id (which answers Accepted), existence, conflict, limits.
  virtual Task<Result<Accepted>> commit(ListView local, Command command) = 0;

  /// From now on the changes of this list reach the change handler, in rev order, each at most once; a gap shows as a
  /// prev_rev that is not yours (a change of kind `nothing` says only that the list must be read again: it has changed
  /// unheard, or a new era has begun). Fetch only after watch has returned.
  virtual Task<Result<void>> watch(ListId list_id) = 0;
  virtual void unwatch(ListId list_id) = 0;
  /// Whether a command of this list is on its way: it must stay watched.
  virtual bool is_busy(ListId list_id) const = 0;
  /// About how much memory watching this list costs.
  virtual std::size_t bytes_of(ListId list_id) const = 0;

  virtual void on_change(ChangeHandler handler) = 0;

  /// Gives the notice to the notice handler of every server that watches the user, on the shard that does; in embedded
  /// mode, to that of this exchange.
  virtual Task<Result<void>> notify(Notice notice) = 0;
  virtual void on_notice(NoticeHandler handler) = 0;
  /// From now on notices to this user are heard here. To be called before the user's lists are read.
  virtual Task<Result<void>> watch_user(UserId user_id) = 0;
  virtual void unwatch_user(const UserId& user_id) = 0;

  /// Tells the other servers that watch the list something that is never stored, ordered or repeated. Lost without a
  /// trace if it cannot be sent at once.
  virtual void publish(ListId list_id, std::string payload) = 0;
  using EphemeralHandler = std::function<void(const ListId&, std::string_view payload)>;
  virtual void on_ephemeral(EphemeralHandler handler) = 0;

  virtual Health health() const = 0;
};

}  // namespace collab::exchange
