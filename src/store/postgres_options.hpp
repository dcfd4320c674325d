// How a PostgreSQL database is used.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "core/clock.hpp"

namespace collab::store {

struct PostgresOptions {
  /// Who else may be on the database.
  enum class Use {
    alone,   ///< this server writes the lists, and no other: kept by a lease
    shared,  ///< servers meet elsewhere; changes come through merge()
    tool,    ///< beside servers: does not migrate, must not write lists
  };

  std::string url;  ///< see pg::Target
  Use use = Use::alone;
  std::string holder = {};        ///< alone: the name of this server, the same over its restarts; nobody else's
  std::string holder_label = {};  ///< the same for a person: host and folder
  /// alone: another server has taken the lease, or the database is not the one any more that it was, so this server
  /// must end and begin anew. On the database's thread, once.
  std::function<void()> on_displaced = {};
  std::chrono::milliseconds lease_time{15'000};  ///< a holder that was not heard of for so long may be replaced
  /// Between looks whether the database is still the one that it was: a pooler hides a promotion from connections.
  std::chrono::milliseconds history_interval{5'000};

  unsigned connections = 4;                           ///< for reads and accounts; one more writes the lists
  std::size_t batch_size = 4'096;                     ///< most changes in one transaction
  std::size_t write_queue = 100'000;                  ///< changes waiting; what comes on top is refused as unavailable
  std::size_t read_queue = 100'000;                   ///< other calls waiting; likewise
  std::chrono::milliseconds patience{10'000};         ///< who has waited longer for his turn is refused as unavailable
  std::chrono::milliseconds connect_deadline{5'000};  ///< to connect, TLS included
  std::chrono::milliseconds read_deadline{10'000};    ///< for a call that reads
  std::chrono::milliseconds write_deadline{10'000};   ///< for a transaction that writes
  std::chrono::milliseconds migrate_deadline{600'000};
  /// After a failed attempt to connect, the next one comes no sooner; it doubles up to the second. Calls in between are
  /// refused at once.
  std::chrono::milliseconds first_backoff{100}, last_backoff{2'000};
  std::chrono::milliseconds retry_interval{
      1'000};                    ///< after a fault, the database is tried this often without being asked
  const Clock* clock = nullptr;  ///< for the era; null = the system's
};

}  // namespace collab::store
