#include "support/redis_server.hpp"

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <stdexcept>

namespace collab::support {
namespace {

using Words = std::vector<std::string>;
constexpr std::chrono::seconds patience{30};

Runner me() { return {::getuid(), ::getgid()}; }

bool is_free(std::uint16_t port) {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_bound = ::bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  return is_bound;
}

redis::Reply converted(const redisReply& reply) {
  using Kind = redis::Reply::Kind;
  redis::Reply out;
  switch (reply.type) {
    case REDIS_REPLY_STRING:
      out.kind = Kind::string;
      break;
    case REDIS_REPLY_STATUS:
      out.kind = Kind::status;
      break;
    case REDIS_REPLY_ERROR:
      out.kind = Kind::error;
      break;
    case REDIS_REPLY_INTEGER:
      out.kind = Kind::integer;
      break;
    case REDIS_REPLY_ARRAY:
      out.kind = Kind::array;
      break;
    default:
      out.kind = Kind::nil;
  }
  if (reply.str) out.text.assign(reply.str, reply.len);
  out.integer = reply.integer;
  for (std::size_t i = 0; i < reply.elements; ++i) out.elements.push_back(converted(*reply.element[i]));
  return out;
}

// Nothing if nobody listens.
std::unique_ptr<redisContext, decltype(&redisFree)> connect_to(std::uint16_t port) {
  const timeval limit{5, 0};
  std::unique_ptr<redisContext, decltype(&redisFree)> context(redisConnectWithTimeout("127.0.0.1", port, limit),
                                                              &redisFree);
  if (context && !context->err) redisSetTimeout(context.get(), limit);
  if (context && context->err) context.reset();
  return context;
}

std::optional<redis::Reply> try_run(std::uint16_t port, const Words& words) {
  const auto context = connect_to(port);
  if (!context) return std::nullopt;
  std::vector<const char*> pointers;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    pointers.push_back(word.data());
    sizes.push_back(word.size());
  }
  const std::unique_ptr<redisReply, decltype(&freeReplyObject)> reply(
      static_cast<redisReply*>(
          redisCommandArgv(context.get(), static_cast<int>(words.size()), pointers.data(), sizes.data())),
      &freeReplyObject);
  if (!reply) return std::nullopt;
  return converted(*reply);
}

void quicken(redis::Settings& settings) {
  settings.connect_deadline = std::chrono::milliseconds(2'000);
  settings.command_deadline = std::chrono::milliseconds(2'000);
  settings.keepalive = std::chrono::milliseconds(500);
  settings.backoff_first = std::chrono::milliseconds(5);
  settings.backoff_limit = std::chrono::milliseconds(100);
}

void expect_ok(const redis::Reply& reply, const std::string& what) {
  if (reply.is_error()) throw std::runtime_error(what + ": " + reply.text);
}

}  // namespace

std::uint16_t server_port() {
  constexpr int first = 20'000, count = 12'000;
  // One after the other from a random begin, so that this process never gets one twice.
  static int next = [] {
    std::random_device random;
    return std::uniform_int_distribution<>(0, count - 1)(random);
  }();
  for (int attempt = 0; attempt < 1'000; ++attempt) {
    const auto port = static_cast<std::uint16_t>(first + next);
    next = (next + 1) % count;
    if (is_free(port)) return port;
  }
  throw std::runtime_error("there is no free port");
}

Certificates::Certificates(const std::filesystem::path& folder) {
  const auto file = [&](const char* name) { return (folder / name).string(); };
  const auto openssl = [&](const Words& rest) {
    Words words{"openssl", "req",   "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes",  "-days", "2"};
    words.insert(words.end(), rest.begin(), rest.end());
    run_program(words, folder / "openssl.log", me());
  };
  ca = file("ca.pem");
  other_ca = file("other_ca.pem");
  certificate = file("server.pem");
  key = file("server.key");
  client_certificate = file("client.pem");
  client_key = file("client.key");
  openssl({"-keyout", file("ca.key"), "-out", ca, "-subj", "/CN=tests"});
  openssl({"-keyout", file("other_ca.key"), "-out", other_ca, "-subj", "/CN=others"});
  openssl({"-keyout", key, "-out", certificate, "-subj", "/CN=redis", "-CA", ca, "-CAkey", file("ca.key"), "-addext",
           "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"});
  openssl({"-keyout", client_key, "-out", client_certificate, "-subj", "/CN=client", "-CA", ca, "-CAkey",
           file("ca.key"), "-addext", "basicConstraints=critical,CA:FALSE"});
}

std::vector<std::string> with_tls(const Certificates& certificates, bool demands_client_certificate) {
  return {"tls-port 0", "tls-cert-file " + certificates.certificate, "tls-key-file " + certificates.key,
          "tls-ca-cert-file " + certificates.ca,
          std::string("tls-auth-clients ") + (demands_client_certificate ? "yes" : "no")};
}

RedisServer::RedisServer(std::vector<std::string> options) : is_sentinel_(false), port_(server_port()) {
  std::ofstream conf(folder_ / "redis.conf");
  conf << "port " << port_ << "\nbind 127.0.0.1\ndir " << folder_.path().string()
       << "\nsave \"\"\nappendonly no\nunixsocket " << socket_path() << "\nlogfile \"\"\n";
  for (std::string& option : options) {
    if (option == "tls-port 0") option = "tls-port " + std::to_string(tls_port_ = server_port());
    conf << option << '\n';
  }
  conf.close();
  start();
}

RedisServer::RedisServer(Sentinel, std::vector<std::string> options) : is_sentinel_(true), port_(server_port()) {
  std::ofstream conf(folder_ / "redis.conf");
  conf << "port " << port_ << "\nbind 127.0.0.1\ndir " << folder_.path().string() << "\nlogfile \"\"\n";
  for (const std::string& option : options) conf << option << '\n';
  conf.close();
  start();
}

redis::Address RedisServer::address() const { return {"127.0.0.1", port_}; }

redis::Settings RedisServer::settings() const {
  redis::Settings settings;
  settings.addresses.push_back(address());
  quicken(settings);
  return settings;
}

void RedisServer::launch() {
  const std::string conf = (folder_ / "redis.conf").string();
  Words words{is_sentinel_ ? "redis-sentinel" : "redis-server", conf};
  process_ = std::make_unique<ChildProcess>(words, folder_ / "log", me());
}

void RedisServer::start() {
  launch();
  wait_until(
      [&] {
        if (process_->has_ended()) throw std::runtime_error("redis did not start:\n" + log());
        const auto pong = try_run(port_, {"PING"});
        return pong && !pong->is_error("LOADING");  // one that demands a password has started as well
      },
      "redis answers", patience);
}

void RedisServer::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

void RedisServer::pause() { process_->signal(SIGSTOP); }
void RedisServer::resume() { process_->signal(SIGCONT); }

redis::Reply RedisServer::run(const Words& words) const {
  auto reply = try_run(port_, words);
  if (!reply) throw std::runtime_error("redis does not answer to " + words.front());
  return std::move(*reply);
}

std::string RedisServer::info(const std::string& name) const {
  const std::string all = run({"INFO", "all"}).text;
  const std::size_t at = all.find("\n" + name + ":");
  if (at == all.npos) return {};
  const std::size_t begin = at + name.size() + 2;
  return all.substr(begin, all.find('\r', begin) - begin);
}

int RedisServer::clients_named(const std::string& name) const {
  const std::string all = run({"CLIENT", "LIST"}).text;
  int count = 0;
  for (std::size_t at = all.find(" name=" + name + " "); at != all.npos; at = all.find(" name=" + name + " ", at + 1))
    ++count;
  return count;
}

RedisCluster::RedisCluster(unsigned masters, unsigned replicas, Words options) {
  for (unsigned i = 0; i < masters * (1 + replicas); ++i) {
    Words all{"cluster-enabled yes",
              "cluster-config-file nodes.conf",
              "cluster-node-timeout 1500",
              "repl-diskless-sync-delay 0",
              "cluster-allow-replica-migration no",
              "cluster-replica-validity-factor 0",
              "cluster-port " + std::to_string(server_port())};
    all.insert(all.end(), options.begin(), options.end());
    nodes_.push_back(std::make_unique<RedisServer>(std::move(all)));
  }
  for (std::size_t i = 0; i < size(); ++i) {
    expect_ok(node(i).run({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)}), "SET-CONFIG-EPOCH");
    if (i >= masters) continue;
    const auto first = 16'384 * i / masters, last = 16'384 * (i + 1) / masters - 1;
    expect_ok(node(i).run({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(last)}), "ADDSLOTSRANGE");
  }
  for (std::size_t i = 1; i < size(); ++i) {
    const std::string bus = node(i).run({"CONFIG", "GET", "cluster-port"}).elements.at(1).text;
    expect_ok(node(0).run({"CLUSTER", "MEET", "127.0.0.1", std::to_string(node(i).port()), bus}), "MEET");
  }
  const auto knows = [&](std::size_t i, const std::string& what, const std::string& value) {
    return node(i).run({"CLUSTER", "INFO"}).text.find(what + ":" + value + "\r") != std::string::npos;
  };
  for (std::size_t i = 0; i < size(); ++i)
    wait_until([&] { return knows(i, "cluster_known_nodes", std::to_string(size())); }, "the nodes know each other");
  for (std::size_t i = masters; i < size(); ++i)
    expect_ok(node(i).run({"CLUSTER", "REPLICATE", id_of(i % masters)}), "REPLICATE");
  for (std::size_t i = 0; i < size(); ++i) {
    wait_until([&] { return knows(i, "cluster_state", "ok"); }, "the cluster is ok");
    if (i >= masters) wait_until([&] { return node(i).info("master_link_status") == "up"; }, "a replica has its data");
  }
}

std::string RedisCluster::id_of(std::size_t node) const { return nodes_[node]->run({"CLUSTER", "MYID"}).text; }

std::size_t RedisCluster::owner_of(unsigned slot) const {
  for (std::size_t i = 0; i < size(); ++i)
    if (const auto owner = owner_of(slot, i)) return *owner;
  throw std::runtime_error("nobody serves the slot");
}

std::optional<std::size_t> RedisCluster::owner_of(unsigned slot, std::size_t asked) const {
  const auto reply = try_run(nodes_[asked]->port(), {"CLUSTER", "SLOTS"});
  if (!reply || reply->is_error()) return std::nullopt;
  for (const redis::Reply& range : reply->elements)
    if (range.elements[0].integer <= slot && slot <= range.elements[1].integer)
      for (std::size_t owner = 0; owner < size(); ++owner)
        if (nodes_[owner]->port() == range.elements[2].elements[1].integer) return owner;
  return std::nullopt;
}

redis::Settings RedisCluster::settings() const {
  redis::Settings settings;
  settings.topology = redis::Topology::cluster;
  for (const auto& node : nodes_) settings.addresses.push_back(node->address());
  quicken(settings);
  return settings;
}

void RedisCluster::begin_migration(unsigned slot, std::size_t from, std::size_t to) {
  const std::string number = std::to_string(slot);
  expect_ok(node(to).run({"CLUSTER", "SETSLOT", number, "IMPORTING", id_of(from)}), "IMPORTING");
  expect_ok(node(from).run({"CLUSTER", "SETSLOT", number, "MIGRATING", id_of(to)}), "MIGRATING");
}

void RedisCluster::migrate_keys(unsigned slot, std::size_t from, std::size_t to, int at_most) {
  const redis::Reply keys = node(from).run({"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), std::to_string(at_most)});
  if (keys.elements.empty()) return;
  Words words{"MIGRATE", "127.0.0.1", std::to_string(node(to).port()), "", "0", "5000", "KEYS"};
  for (const redis::Reply& key : keys.elements) words.push_back(key.text);
  expect_ok(node(from).run(words), "MIGRATE");
}

void RedisCluster::end_migration(unsigned slot, std::size_t to) {
  const std::string number = std::to_string(slot), id = id_of(to);
  expect_ok(node(to).run({"CLUSTER", "SETSLOT", number, "NODE", id}), "NODE");
  for (std::size_t i = 0; i < size(); ++i)
    if (i != to && node(i).info("role") == "master")
      expect_ok(node(i).run({"CLUSTER", "SETSLOT", number, "NODE", id}), "NODE");
  // Two masters that take slots from each other before they have heard of each other's epochs end up in disagreement.
  const auto epoch_of = [&](std::size_t i) {
    const std::string info = node(i).run({"CLUSTER", "INFO"}).text;
    const std::size_t at = info.find("cluster_current_epoch:");
    return info.substr(at, info.find('\r', at) - at);
  };
  for (std::size_t i = 0; i < size(); ++i)
    wait_until([&] { return owner_of(slot, i) == to && epoch_of(i) == epoch_of(to); }, "the nodes agree on the slot");
}

RedisSentinels::RedisSentinels(unsigned replicas) {
  nodes_.push_back(std::make_unique<RedisServer>(Words{"repl-diskless-sync-delay 0"}));
  const std::string port = std::to_string(node(0).port());
  for (unsigned i = 0; i < replicas; ++i)
    nodes_.push_back(std::make_unique<RedisServer>(Words{"repl-diskless-sync-delay 0", "replicaof 127.0.0.1 " + port}));
  for (std::size_t i = 1; i < size(); ++i)
    wait_until([&] { return node(i).info("master_link_status") == "up"; }, "a replica has its data");
  for (int i = 0; i < 3; ++i)
    sentinels_.push_back(std::make_unique<RedisServer>(
        RedisServer::Sentinel{},
        Words{"sentinel monitor tests 127.0.0.1 " + port + " 2", "sentinel down-after-milliseconds tests 2000",
              "sentinel failover-timeout tests 2000", "sentinel parallel-syncs tests 5"}));
  for (const auto& sentinel : sentinels_)
    wait_until(
        [&] {
          const std::string masters = sentinel->run({"INFO", "sentinel"}).text;
          return masters.find("slaves=" + std::to_string(replicas) + ",sentinels=3") != masters.npos;
        },
        "the sentinels know each other", patience);
}

std::size_t RedisSentinels::master() const {
  const redis::Reply reply = sentinels_.front()->run({"SENTINEL", "get-master-addr-by-name", "tests"});
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (reply.elements.size() == 2 && reply.elements[1].text == std::to_string(nodes_[i]->port())) return i;
  throw std::runtime_error("the sentinels know no master");
}

redis::Settings RedisSentinels::settings() const {
  redis::Settings settings;
  settings.topology = redis::Topology::sentinel;
  settings.master_name = "tests";
  for (const auto& sentinel : sentinels_) settings.addresses.push_back(sentinel->address());
  quicken(settings);
  return settings;
}

}  // namespace collab::support
