#include "support/postgres_server.hpp"

#include <libpq-fe.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <fstream>
#include <stdexcept>

#include "support/temp_dir.hpp"

namespace collab::support {
namespace {

namespace fs = std::filesystem;

// Not by +, of whose strings g++ 12 warns without cause.
std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(part);
  return text;
}

std::string program(std::string_view name) { return joined({"/usr/lib/postgresql/15/bin/", name}); }
constexpr const char* password = "pass word/?";
constexpr const char* password_in_url = "pass%20word%2F%3F";

// A socket's file is there before anybody listens.
bool listens(const fs::path& socket_file) {
  boost::asio::io_context io;
  boost::asio::local::stream_protocol::socket socket(io);
  boost::system::error_code fault;
  socket.connect(boost::asio::local::stream_protocol::endpoint(socket_file.string()), fault);
  return !fault;
}

// A folder that another user can work in: that one owns it, and all above it may be passed.
fs::path make_folder(Runner owner) {
  const fs::path folder = make_temp_folder("pg-");
  if (::getuid() == 0) {
    if (::chown(folder.c_str(), owner.uid, owner.gid) != 0)
      throw std::runtime_error("cannot give away " + folder.string());
    for (fs::path above = folder.parent_path(); above != above.root_path(); above = above.parent_path())
      fs::permissions(above, fs::perms::others_exec, fs::perm_options::add);
  }
  return folder;
}

void write_file(const fs::path& file, const std::string& text, Runner owner, mode_t mode = 0600) {
  {
    std::ofstream stream(file, std::ios::binary);
    stream << text;
  }
  ::chmod(file.c_str(), mode);
  if (::getuid() == 0 && ::chown(file.c_str(), owner.uid, owner.gid) != 0)
    throw std::runtime_error("cannot give away " + file.string());
}

}  // namespace

PostgresServer::PostgresServer(PostgresSettings settings)
    : settings_(std::move(settings)), folder_(make_folder(runner_)) {
  if (settings_.has_tls) {
    port_ = free_port();
    make_certificates();
  }
  make_cluster();
  start();
  query("postgres", joined({"create role collab login password '", password, "'"}));
}

PostgresServer::~PostgresServer() {
  process_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

void PostgresServer::make_cluster() {
  const fs::path log = folder_ / "initdb.log";
  run_program({program("initdb"), joined({"--pgdata=", (folder_ / "data").string()}), "--username=postgres",
               "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8",
               "--locale-provider=icu", "--icu-locale=en", "--wal-segsize=1", "--no-sync", "--no-instructions"},
              log, runner_);
}

void PostgresServer::make_certificates() {
  const auto openssl = [this](std::vector<std::string> words) {
    words.insert(words.begin(), "openssl");
    run_program(words, folder_ / "openssl.log", runner_);
  };
  const auto path = [this](const char* name) { return (folder_ / name).string(); };
  for (const char* name : {"authority", "other"}) {
    const std::string base = path(name);
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", joined({"/CN=", name}), "-keyout", joined({base, ".key"}), "-out", joined({base, ".crt"})});
  }
  write_file(folder_ / "names", "subjectAltName=DNS:localhost\n", runner_);
  openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
           "-keyout", path("server.key"), "-out", path("server.csr")});
  openssl({"x509", "-req", "-in", path("server.csr"), "-CA", path("authority.crt"), "-CAkey", path("authority.key"),
           "-CAcreateserial", "-days", "2", "-extfile", path("names"), "-out", path("server.crt")});
}

void PostgresServer::start() {
  std::vector<std::string> words{program("postgres"), "-D", (folder_ / "data").string()};
  const auto set = [&words](const std::string& setting) {
    words.emplace_back("-c");
    words.push_back(setting);
  };
  set(joined({"unix_socket_directories=", folder_.string()}));
  set(joined({"port=", std::to_string(port_)}));
  set(settings_.has_tls ? "listen_addresses=localhost" : "listen_addresses=");
  if (settings_.has_tls) {
    set("ssl=on");
    set(joined({"ssl_cert_file=", (folder_ / "server.crt").string()}));
    set(joined({"ssl_key_file=", (folder_ / "server.key").string()}));
  }
  if (!settings_.is_durable) {
    set("fsync=off");
    set("full_page_writes=off");
  }
  set("shared_buffers=16MB");
  set("autovacuum=off");
  Runner runner = runner_;
  runner.most_file_bytes = settings_.most_file_bytes;
  process_ = std::make_unique<ChildProcess>(words, folder_ / "postgres.log", runner);
  wait_until(
      [this] {
        if (process_->has_ended()) throw std::runtime_error("postgres ended:\n" + text_of(folder_ / "postgres.log"));
        return is_serving();
      },
      "postgres serves");
}

bool PostgresServer::is_serving() const {
  const std::string target =
      joined({"host=", folder_.string(), " port=", std::to_string(port_), " user=postgres dbname=postgres"});
  return PQping(target.c_str()) == PQPING_OK;
}

void PostgresServer::kill() {
  process_->signal_all(SIGKILL);
  process_->wait();
}

std::string PostgresServer::make_database() {
  const std::string name = joined({"test", std::to_string(++databases_)});
  query("postgres", joined({"create database ", name, " owner collab"}));
  return name;
}

std::string PostgresServer::url(const std::string& database) const {
  return joined({"postgresql://collab:", password_in_url, "@/", database, "?host=", folder_.string(),
                 "&port=", std::to_string(port_)});
}

std::string PostgresServer::tls_url(const std::string& database, const std::string& parameters) const {
  return joined(
      {"postgresql://collab:", password_in_url, "@localhost:", std::to_string(port_), "/", database, "?", parameters});
}

std::string PostgresServer::query(const std::string& database, const std::string& sql) const {
  const std::string target = joined({"host=", folder_.string(), " port=", std::to_string(port_),
                                     " user=postgres dbname=", database, " options='-c client_min_messages=error'"});
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(target.c_str()), PQfinish);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error("cannot run: " + sql + "\n" + PQerrorMessage(connection.get()));
  std::string text;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    if (row > 0) text += '\n';
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      if (column > 0) text += '|';
      text += PQgetisnull(result.get(), row, column) ? "(null)" : PQgetvalue(result.get(), row, column);
    }
  }
  return text;
}

Pgbouncer::Pgbouncer(const PostgresServer& server) {
  const Runner runner = Runner::unprivileged();
  folder_ = make_folder(runner);
  write_file(folder_ / "users", joined({"\"collab\" \"", password, "\"\n"}), runner);
  write_file(folder_ / "pgbouncer.ini",
             // Fewer connections than the store's: they must share, and nobody may keep one.
             joined({"[databases]\n* = host=", server.folder().string(),
                     " port=5432\n[pgbouncer]\nlisten_addr=\nlisten_port=6432\nunix_socket_dir=", folder_.string(),
                     "\nauth_type=scram-sha-256\nauth_file=", (folder_ / "users").string(),
                     "\npool_mode=transaction\ndefault_pool_size=2\nmax_client_conn=100\nlogfile=",
                     (folder_ / "pgbouncer.log").string(), "\npidfile=", (folder_ / "pid").string(), "\n"}),
             runner);
  process_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{"/usr/sbin/pgbouncer", (folder_ / "pgbouncer.ini").string()}, folder_ / "output.log",
      runner);
  wait_until(
      [this] {
        if (process_->has_ended()) throw std::runtime_error("pgbouncer ended:\n" + text_of(folder_ / "output.log"));
        return listens(folder_ / ".s.PGSQL.6432");
      },
      "pgbouncer listens");
}

Pgbouncer::~Pgbouncer() {
  process_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string Pgbouncer::url(const std::string& database) const {
  return joined({"postgresql://collab:", password_in_url, "@/", database, "?host=", folder_.string(), "&port=6432"});
}

}  // namespace collab::support
