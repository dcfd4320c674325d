// A PostgreSQL server of the test's own, and a pooler before it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/child_process.hpp"

namespace collab::support {

struct PostgresSettings {
  bool is_durable = false;          ///< fsync; without it a commit survives kill -9, but no power cut
  bool has_tls = false;             ///< listens on the loopback with a certificate for `localhost`
  std::size_t most_file_bytes = 0;  ///< of each of its files; 0 = no limit
};

/// A cluster in a folder of its own, listening on a Unix socket in it; its texts sort by a language's rules, so that
/// whoever relies on bytes is found out. Throws if something fails. The role of the tests, `collab`, is no superuser.
class PostgresServer {
 public:
  explicit PostgresServer(PostgresSettings settings = {});
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer();

  /// The one of this process, for tests that do it no harm. Ends with the process.
  static PostgresServer& shared();

  /// Makes an empty database that belongs to `collab`; its name.
  std::string make_database();
  /// For DATABASE_URL; as `collab` with its password.
  std::string url(const std::string& database) const;
  /// The same over TCP, with the parameters added: "sslmode=verify-full&sslrootcert=…".
  std::string tls_url(const std::string& database, const std::string& parameters) const;

  /// Runs SQL as the superuser; the rows, columns joined by "|", lines by "\n". Throws if it fails.
  std::string query(const std::string& database, const std::string& sql) const;

  /// kill -9 of every process of it.
  void kill();
  /// Starts it again, and waits until it serves.
  void start();
  /// SIGSTOP and SIGCONT for every process of it.
  void pause() { process_->signal_all(19); }
  void resume() { process_->signal_all(18); }

  const std::filesystem::path& folder() const { return folder_; }
  /// Of the authority that signed its certificate, and of another one.
  std::filesystem::path authority() const { return folder_ / "authority.crt"; }
  std::filesystem::path other_authority() const { return folder_ / "other.crt"; }

 private:
  void make_certificates();
  void make_cluster();
  bool is_serving() const;

  const PostgresSettings settings_;
  const Runner runner_ = Runner::unprivileged();
  std::filesystem::path folder_;
  int port_ = 5432;  // of the socket's name; with TLS, the real one
  std::unique_ptr<ChildProcess> process_;
  int databases_ = 0;
};

/// pgbouncer in transaction mode before a server.
class Pgbouncer {
 public:
  explicit Pgbouncer(const PostgresServer& server);
  ~Pgbouncer();

  std::string url(const std::string& database) const;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace collab::support
