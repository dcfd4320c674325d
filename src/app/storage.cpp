#include "app/storage.hpp"

#include <signal.h>
#include <unistd.h>

#include <fstream>

#include "core/log.hpp"
#include "core/uuid.hpp"
#include "store/files.hpp"
#include "store/postgres_account_store.hpp"
#include "store/postgres_store.hpp"
#include "store/sqlite_account_store.hpp"
#include "store/sqlite_store.hpp"
#include "store/supabase_account_store.hpp"
#include "store/supabase_database.hpp"
#include "store/supabase_store.hpp"

namespace collab::app {
namespace {

class SqliteStorage final : public Storage {
 public:
  explicit SqliteStorage(std::unique_ptr<store::SqliteDatabase> database) : database_(std::move(database)) {}

  store::Store& lists() override { return lists_; }
  store::AccountStore& accounts() override { return accounts_; }
  store::Upkeep& upkeep() override { return lists_; }
  std::string label() const override { return database_->file().string(); }
  void close() override { database_->close(); }

 private:
  std::unique_ptr<store::SqliteDatabase> database_;
  store::SqliteStore lists_{*database_};
  store::SqliteAccountStore accounts_{*database_};
};

/// A PostgreSQL, by the way for which these stores are.
template <class Lists, class Accounts>
class DatabaseStorage final : public Storage {
 public:
  DatabaseStorage(std::unique_ptr<store::PostgresDatabase> database, std::optional<store::LockFile> lock)
      : lock_(std::move(lock)), database_(std::move(database)) {}

  store::Store& lists() override { return lists_; }
  store::AccountStore& accounts() override { return accounts_; }
  store::Upkeep& upkeep() override { return lists_; }
  store::MergeStore* merging() override { return &lists_; }
  std::string label() const override { return database_->label(); }
  void close() override { database_->close(); }

 private:
  std::optional<store::LockFile> lock_;
  std::unique_ptr<store::PostgresDatabase> database_;
  Lists lists_{*database_};
  Accounts accounts_{*database_};
};
using PostgresStorage = DatabaseStorage<store::PostgresStore, store::PostgresAccountStore>;
using SupabaseStorage = DatabaseStorage<store::SupabaseStore, store::SupabaseAccountStore>;

Result<std::unique_ptr<Storage>> open_sqlite(Storage::Use use, const Config& config) {
  store::SqliteOptions options;
  options.data_dir = config.data_dir;
  options.tenant = use == Storage::Use::server ? store::Tenant::server : store::Tenant::tool;
  Result<std::unique_ptr<store::SqliteDatabase>> database = store::SqliteDatabase::open(std::move(options));
  if (!database) return database.error();
  return std::unique_ptr<Storage>(std::make_unique<SqliteStorage>(std::move(*database)));
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "this host";
}

// Somebody who sets DATABASE_URL or SUPABASE_URL may believe that his lists come along.
void warn_of_lists_left_behind(const Config& config, const store::PostgresDatabase& database) {
  const auto file = std::filesystem::path(config.data_dir) / store::database_file_name;
  std::error_code none;
  if (database.had_lists() || !std::filesystem::exists(file, none)) return;
  log::warning("store", "the database has no lists, and there is a file that may have some: collab-todo migrate-data",
               {{"file", file.string()}, {"database", database.label()}});
}

Result<std::unique_ptr<Storage>> open_database(Storage::Use use, const Config& config) {
  store::PostgresOptions options;
  options.url = config.database_url;
  options.use = store::PostgresOptions::Use::tool;
  std::optional<store::LockFile> lock;
  if (use == Storage::Use::server) {
    if (auto made = store::make_folder(config.data_dir); !made) return made.error();
    auto taken = store::LockFile::acquire(config.data_dir);
    if (!taken) return taken.error();
    lock.emplace(std::move(*taken));
    Result<store::PostgresOptions> alone = postgres_options(config);
    if (!alone) return alone.error();
    options = std::move(*alone);
  }
  if (use != Storage::Use::tool && config.redis) options.use = store::PostgresOptions::Use::shared;
  const bool is_direct = !config.database_url.empty();
  store::SupabaseOptions supabase{config.supabase_url, config.supabase_service_key, options};
  Result<std::unique_ptr<store::PostgresDatabase>> database =
      is_direct ? store::PostgresDatabase::open(std::move(options)) : store::open_supabase(std::move(supabase));
  if (!database) return database.error();
  if (use == Storage::Use::server) warn_of_lists_left_behind(config, **database);
  if (is_direct)
    return std::unique_ptr<Storage>(std::make_unique<PostgresStorage>(std::move(*database), std::move(lock)));
  return std::unique_ptr<Storage>(std::make_unique<SupabaseStorage>(std::move(*database), std::move(lock)));
}

}  // namespace

Result<std::string> server_id(const std::filesystem::path& data_dir) {
  const auto file = data_dir / "server_id";
  std::string id;
  std::ifstream(file) >> id;
  if (Uuid::parse(id)) return id;
  id = Uuid::make().to_string();
  const auto draft = data_dir / "server_id.new";
  std::ofstream(draft) << id << "\n";
  if (auto kept = store::rename_durably(draft, file); !kept) return kept.error();
  return id;
}

Result<store::PostgresOptions> postgres_options(const Config& config) {
  const auto id = server_id(config.data_dir);
  if (!id) return id.error();
  store::PostgresOptions options;
  options.url = config.database_url;
  options.holder = *id;
  options.holder_label = host_name() + ", process " + std::to_string(::getpid());
  // As an operator would: what was begun is ended, and somebody looks at the log.
  options.on_displaced = [] { ::kill(::getpid(), SIGTERM); };
  return options;
}

Result<std::unique_ptr<Storage>> Storage::open(Use use, const Config& config) {
  return config.has_database() ? open_database(use, config) : open_sqlite(use, config);
}

}  // namespace collab::app
