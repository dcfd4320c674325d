// Databases on the server that this process's tests share.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "store/postgres_account_store.hpp"
#include "store/postgres_store.hpp"
#include "support/postgres_server.hpp"

namespace collab::support {

/// Whether the store reaches the server itself, or through pgbouncer in transaction mode.
enum class Through { nothing, pooler };

inline Pgbouncer& shared_pooler() {
  static Pgbouncer pooler(PostgresServer::shared());
  return pooler;
}

/// An empty database of the shared server.
class PostgresDatabaseUnderTest {
 public:
  explicit PostgresDatabaseUnderTest(Through through = Through::nothing)
      : name_(PostgresServer::shared().make_database()),
        url_(through == Through::pooler ? shared_pooler().url(name_) : PostgresServer::shared().url(name_)) {}

  store::PostgresOptions options(store::PostgresOptions::Use use = store::PostgresOptions::Use::alone) const {
    store::PostgresOptions options;
    options.url = url_;
    options.use = use;
    options.holder = "test";
    options.holder_label = "a test";
    return options;
  }
  std::unique_ptr<store::PostgresDatabase> open(
      store::PostgresOptions::Use use = store::PostgresOptions::Use::alone) const {
    return open_with(options(use));
  }
  static std::unique_ptr<store::PostgresDatabase> open_with(store::PostgresOptions options) {
    auto opened = store::PostgresDatabase::open(std::move(options));
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }

  /// From now on nobody who connects as the test's role may write.
  void forbid_writing() const { query("revoke insert, update, delete on all tables in schema public from collab"); }
  void allow_writing() const { query("grant insert, update, delete on all tables in schema public to collab"); }

  std::string query(const std::string& sql) const { return PostgresServer::shared().query(name_, sql); }
  const std::string& name() const { return name_; }
  const std::string& url() const { return url_; }

 private:
  const std::string name_, url_;
};

}  // namespace collab::support
