// How a database of ours is reached: by libpq, or over Supabase's REST interface.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "store/postgres_options.hpp"
#include "store/postgres_rows.hpp"
#include "store/postgres_values.hpp"

namespace collab::store::pg {

/// One way to the database, for one call at a time. Everything on the thread of the io_context that it was made for; a
/// call that waits must not outlive it.
class Link {
 public:
  using Duration = std::chrono::milliseconds;

  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  virtual ~Link() = default;

  /// Connects, instead of a connection that was there.
  virtual Task<Outcome<>> open(Duration deadline) = 0;
  /// Open, and not known to be broken.
  virtual bool is_usable() = 0;
  virtual bool is_in_transaction() const { return false; }
  virtual void close() = 0;
};

/// Who has the lists to himself.
struct Lease {
  bool is_ours = false;
  std::string label = {};  ///< of the holder, for a person
  EpochMs expires_at = 0;  ///< by the database's clock
  std::chrono::milliseconds left{0};
};

/// What a database says of itself.
struct Settled {
  Rev era = 0;
  bool is_new = false;  ///< it was restored, copied or promoted since it was last opened
  bool has_lists = false;
};

/// What the machinery of PostgresDatabase asks of a database, whichever way it goes there. Each is one transaction. The
/// links are those that it made itself. Outlives them.
class Backend {
 public:
  using Heads = std::unordered_map<ListId, Rev>;

  explicit Backend(PostgresOptions o) : options(std::move(o)) {}
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  /// What it is, for people: never a secret.
  virtual const std::string& label() const = 0;
  virtual std::unique_ptr<Link> make_link(asio::io_context& io) = 0;

  /// Makes sure that the schema is there and that all of it can be used. The error is for an operator.
  virtual Task<Result<void>> prepare(Link& link) = 0;
  /// The era; a new one if the database was restored, copied or promoted since it was last opened, because then changes
  /// that were acknowledged may be missing. `now` is the time of a new one; a tool begins none.
  virtual Task<Outcome<Settled>> settle(Link& link, EpochMs now) = 0;
  /// Takes or renews the lease of `options.holder`, unless another one has it.
  virtual Task<Outcome<Lease>> take_lease(Link& link) = 0;
  virtual Task<Outcome<>> release_lease(Link& link) = 0;

  /// Whether it can be read, and written.
  virtual Task<Outcome<>> probe_reading(Link& link) = 0;
  virtual Task<Outcome<>> probe_writing(Link& link) = 0;

  /// The revs of these lists; those that are not there are left out.
  virtual Task<Outcome<Heads>> heads_of(Link& link, const std::set<ListId>& lists) = 0;
  /// Writes the rows if the lists are at the revs `before`, which they continue.
  virtual Task<Outcome<>> write(Link& link, const Fold& fold, const std::map<ListId, Rev>& before) = 0;
  /// Of each change whether it is stored: an op_id knows exactly, else every row of it must be there as it was written,
  /// or newer.
  virtual Task<Outcome<std::vector<bool>>> are_stored(Link& link, std::vector<SharedChange> changes) = 0;

  const PostgresOptions options;
};

}  // namespace collab::store::pg
