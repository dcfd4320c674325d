// Projects as Supabase has them, on the PostgreSQL server that this process's tests share: its roles and grants, and a
// stand-in for PostgREST (tests/e2e/support/postgrest.js).
#pragma once

#include <fstream>
#include <iterator>

#include "store/supabase_account_store.hpp"
#include "store/supabase_database.hpp"
#include "store/supabase_store.hpp"
#include "support/postgres_fixture.hpp"
#include "support/temp_dir.hpp"

namespace collab::support {

/// The stand-in before the shared server, ended with the process.
class PostgrestStandIn {
 public:
  static PostgrestStandIn& shared() {
    static PostgrestStandIn stand_in;
    return stand_in;
  }

  /// For SUPABASE_URL.
  std::string url(const std::string& database) const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/" + database;
  }
  /// As a machine that stands still.
  void pause() const { process_->signal(SIGSTOP); }
  void resume() const { process_->signal(SIGCONT); }
  /// kill -9.
  void kill() {
    process_->signal(SIGKILL);
    process_->wait();
  }
  void start() {
    const auto log = folder_.path() / "log";
    std::filesystem::remove(log);
    const std::vector<std::string> words{"node", COLLAB_POSTGREST_STAND_IN, server_.folder().string(),
                                         std::to_string(port_)};
    process_ = std::make_unique<ChildProcess>(words, log, Runner{::getuid(), ::getgid()});
    wait_until(
        [this, log] {
          if (process_->has_ended()) throw std::runtime_error("the stand-in ended:\n" + text_of(log));
          return text_of(log).find("listens") != std::string::npos;
        },
        "the stand-in listens");
  }

 private:
  PostgrestStandIn() { start(); }

  PostgresServer& server_ = PostgresServer::shared();
  TempDir folder_;
  const int port_ = free_port();
  std::unique_ptr<ChildProcess> process_;
};

/// A project with our schema in it.
class SupabaseProjectUnderTest {
 public:
  SupabaseProjectUnderTest() {
    become_project(storage_);
    storage_.open()->close();
    storage_.query("set role collab; " + supabase_sql());
  }

  /// Roles, and grants of everything to them, as a project has them before our tables are in it.
  static void become_project(const PostgresDatabaseUnderTest& storage) {
    storage.query(
        "do $$ begin if to_regrole('service_role') is null then"
        " create role anon; create role authenticated; create role service_role bypassrls;"
        " create role authenticator noinherit login; grant anon, authenticated, service_role to authenticator;"
        " end if; end $$;"
        "grant usage on schema public to anon, authenticated, service_role;"
        "alter default privileges for role collab in schema public grant all on tables to anon, authenticated, "
        "service_role;"
        "alter default privileges for role collab in schema public"
        " grant all on functions to anon, authenticated, service_role");
  }

  /// database/supabase.sql
  static std::string supabase_sql() {
    std::ifstream file(COLLAB_SUPABASE_SQL);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  store::SupabaseOptions options(store::PostgresOptions::Use use = store::PostgresOptions::Use::alone) const {
    return {PostgrestStandIn::shared().url(storage_.name()), service_key, storage_.options(use)};
  }
  std::unique_ptr<store::PostgresDatabase> open(
      store::PostgresOptions::Use use = store::PostgresOptions::Use::alone) const {
    return open_with(options(use));
  }
  static std::unique_ptr<store::PostgresDatabase> open_with(store::SupabaseOptions options) {
    auto opened = store::open_supabase(std::move(options));
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }

  /// The database behind it.
  const PostgresDatabaseUnderTest& storage() const { return storage_; }

  /// Signed by the stand-in's secret: {"iss": "supabase", "role": "service_role"}, and the same with "anon".
  static constexpr const char* service_key =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZSIsInJvbGUiOiJzZXJ2aWNlX3JvbGUifQ."
      "Z4TT8phoeobskhliG2PrBh2bQ55PAJ-MI6xMwge60uY";
  static constexpr const char* anon_key =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZSIsInJvbGUiOiJhbm9uIn0."
      "JWWa1B2eVjUssEboOR5gYteourwrne2SS-EmdrMQ8Y4";

 private:
  PostgresDatabaseUnderTest storage_;
};

}  // namespace collab::support
