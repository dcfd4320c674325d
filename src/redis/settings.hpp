// Where Redis is and how to speak to it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace collab::redis {

/// A place to connect to: host and port, or the path of a Unix socket.
struct Address {
  std::string host = {};
  std::uint16_t port = 0;
  std::string path = {};  ///< not empty: a Unix socket, and the rest has no meaning

  bool is_unix() const { return !path.empty(); }
  auto operator<=>(const Address&) const = default;
};
std::string to_string(const Address& address);  ///< "127.0.0.1:6379", "[::1]:6379", "unix:/run/redis.sock"

enum class Topology {
  single,    ///< one node, which must be a master
  sentinel,  ///< `addresses` are sentinels, which know where the master is
  cluster,   ///< `addresses` are some nodes of a Redis Cluster
};

struct Tls {
  bool is_on = false;
  std::string ca_file = {};           ///< PEM; "" = the system's
  std::string certificate_file = {};  ///< PEM, with its chain; "" = we show none
  std::string key_file = {};          ///< PEM
  bool verifies_server = true;        ///< chain and name; off only for a test: then anybody may be Redis
  std::string server_name = {};       ///< what the certificate must name; "" = the host that we connect to
};

struct Settings {
  Topology topology = Topology::single;
  std::vector<Address> addresses = {};
  std::string master_name = {};  ///< of Topology::sentinel
  int database = 0;
  std::string user = {};  ///< ACL; "" = the default user
  std::string password = {};
  std::string sentinel_user = {};  ///< what sentinels ask for, if anything
  std::string sentinel_password = {};
  Tls tls = {};
  std::string client_name = "collab-todo";  ///< CLIENT SETNAME: what CLIENT LIST shows

  std::chrono::milliseconds connect_deadline{5'000};  ///< for name, TCP, TLS and greeting together
  std::chrono::milliseconds command_deadline{5'000};  ///< then the connection is closed: replies could shift
  std::chrono::milliseconds keepalive{5'000};      ///< a PING when nothing was heard so long; command_deadline applies
  std::chrono::milliseconds backoff_first{50};     ///< between attempts to connect: random, up to this, doubled …
  std::chrono::milliseconds backoff_limit{3'000};  ///< … up to this
  std::size_t max_in_flight = 10'000;  ///< commands that wait for a reply on one connection; more are refused
  std::size_t max_reply_bytes = 64 * 1024 * 1024;
};

/// Understands
///
///     redis://[[user]:password@]host[:port][/db]       rediss:// the same with TLS
///     unix://[[user]:password@]/path/of/socket[?db=n]
///     redis+sentinel://[[user]:password@]host[:port][,host[:port]…]/master-name[/db]     rediss+sentinel://
///     redis+cluster://[[user]:password@]host[:port][,host[:port]…]                       rediss+cluster://
///
/// with percent-encoding in user, password, master name and path, [::1] for IPv6, ports 6379 and 26379 if none is
/// given. A lone word before the `@`, without a colon, is refused, as some clients take it for the user and others for
/// the password. Errc::invalid_payload says what is wrong and never repeats the URL.
Result<Settings> parse_url(std::string_view url);

/// The same from REDIS_HOST, REDIS_PORT, REDIS_DB and REDIS_PASSWORD, which may be empty.
Result<Settings> from_parts(std::string_view host, std::string_view port, std::string_view database,
                            std::string_view password);

/// Where it is, without user and password: for logs and --print-config.
std::string describe(const Settings& settings);

}  // namespace collab::redis
