// Where a server keeps its lists and accounts: SQLite's file in DATA_DIR, the PostgreSQL of DATABASE_URL, or the
// project of SUPABASE_URL.
#pragma once

#include <filesystem>
#include <memory>

#include "app/config.hpp"
#include "store/account_store.hpp"
#include "store/merge_store.hpp"
#include "store/postgres_options.hpp"
#include "store/store.hpp"
#include "store/upkeep.hpp"

namespace collab::app {

/// Made before the shards start, closed while they run, destroyed after they were joined.
class Storage {
 public:
  enum class Use {
    server,  ///< the data folder is this process's alone, and so are the lists unless servers meet in Redis
    worker,  ///< brings changes from Redis into the database; needs no data folder
    tool,    ///< while a server may be running: accounts only, lists are the server's
  };

  /// What the settings say. The error's message tells an operator what is wrong.
  static Result<std::unique_ptr<Storage>> open(Use use, const Config& config);

  virtual ~Storage() = default;
  virtual store::Store& lists() = 0;
  virtual store::AccountStore& accounts() = 0;
  /// Null if it cannot stand behind Redis.
  virtual store::MergeStore* merging() { return nullptr; }
  virtual store::Upkeep& upkeep() = 0;
  /// What it is, for people; no secrets.
  virtual std::string label() const = 0;

  /// Does what waits, then lets nothing more happen. Main thread, while the shards run.
  virtual void close() = 0;
};

/// The name that this data folder's server has over its restarts; made at the first call. The folder is locked, so
/// nobody else goes by it.
Result<std::string> server_id(const std::filesystem::path& data_dir);

/// For the server of this data folder, which is locked, to have the lists of DATABASE_URL for itself. In the folder,
/// makes the name by which it holds them.
Result<store::PostgresOptions> postgres_options(const Config& config);

}  // namespace collab::app
