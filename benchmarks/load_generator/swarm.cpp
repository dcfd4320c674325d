// Level-triggered epoll; writability is only watched after a short write.
#include "swarm.hpp"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "packet_scan.hpp"
#include "token.hpp"

namespace collab::bench {
namespace {

constexpr std::size_t concurrent_handshakes = 128;
/// Below the 28,232 ports that Linux has for one pair of addresses.
constexpr std::size_t connections_per_source = 25'000;

}  // namespace

Swarm::Swarm(Target target, std::chrono::seconds patience)
    : target_(std::move(target)),
      patience_(patience),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      read_buffer_(256 * 1024, '\0') {
  if (epoll_ < 0) throw Failure(std::string("epoll_create1: ") + std::strerror(errno));
}

Swarm::~Swarm() {
  clients_.clear();
  ::close(epoll_);
}

void Swarm::watch(Client& client, bool writing, bool is_new) {
  epoll_event event{};
  event.events = EPOLLIN | (writing ? EPOLLOUT : 0u);
  event.data.ptr = &client;
  if (epoll_ctl(epoll_, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, client.socket_, &event) != 0) {
    throw Failure(std::string("epoll_ctl: ") + std::strerror(errno));
  }
}

Client& Swarm::open(const std::string& user, std::uint16_t port) {
  const std::size_t index = clients_.size();
  const std::size_t source = index / connections_per_source;
  clients_.push_back(std::make_unique<Client>(*this, index, user, mint_token(target_.secret, user)));
  Client& client = *clients_.back();
  client.start(target_.host, port == 0 ? target_.port : port,
               source == 0 ? std::string() : "127.0.0." + std::to_string(source + 1));
  watch(client, true, true);
  return client;
}

std::vector<Client*> Swarm::connect(const std::vector<std::string>& users, std::uint16_t port) {
  std::vector<Client*> opened;
  opened.reserve(users.size());
  ready_ = 0;
  while (opened.size() < users.size()) {
    opened.push_back(&open(users[opened.size()], port));
    if (opened.size() - ready_ >= concurrent_handshakes) {
      run_until([&] { return opened.size() - ready_ < concurrent_handshakes; }, "handshakes");
    }
  }
  run_until([&] { return ready_ == opened.size(); }, "handshakes");
  return opened;
}

Client& Swarm::connect(const std::string& user, std::uint16_t port) {
  return *connect(std::vector<std::string>{user}, port).front();
}

void Swarm::close(Client& client) {
  flush_dirty();
  std::unique_ptr<Client>& owned = clients_[client.index_];
  owned.reset();
}

bool Swarm::on_awaited_ack(Client& client, std::uint64_t id, std::string_view json) {
  if (awaited_.client != &client || awaited_.id != id) return false;
  awaited_.arrived = true;
  awaited_.json = json;
  return true;
}

std::string Swarm::call(Client& client, std::string_view event, std::string_view data) {
  awaited_ = AwaitedAck{};
  awaited_.id = client.request(event, data);
  awaited_.client = &client;
  run_until([&] { return awaited_.arrived; }, event);
  awaited_.client = nullptr;
  if (!scan_packet(awaited_.json).ok)
    throw Failure(std::string(event) + " was refused: " + awaited_.json.substr(0, 400));
  return std::move(awaited_.json);
}

void Swarm::flush_dirty() {
  std::vector<Client*> dirty;
  dirty.swap(dirty_);
  for (Client* client : dirty) {
    const bool blocked = !client->flush();
    if (blocked != client->waits_to_write_) watch(*client, blocked, false);
    client->waits_to_write_ = blocked;
  }
}

void Swarm::turn(std::chrono::milliseconds wait) {
  flush_dirty();
  std::array<epoll_event, 1024> events;
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), static_cast<int>(wait.count()));
  now_ = Clock::now();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    Client& client = *static_cast<Client*>(event.data.ptr);
    if (event.events & EPOLLOUT) client.on_writable();
    if (event.events & (EPOLLIN | EPOLLERR | EPOLLHUP)) client.on_readable(read_buffer_);
  }
  flush_dirty();
}

void Swarm::run_until(const std::function<bool()>& done, std::string_view awaiting) {
  const auto deadline = Clock::now() + patience_;
  while (!done()) {
    if (Clock::now() > deadline)
      throw Failure("no answer within " + std::to_string(patience_.count()) + " s: " + std::string(awaiting));
    turn(std::chrono::milliseconds(100));
  }
}

void Swarm::run_for(std::chrono::milliseconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end) {
    turn(std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()) + std::chrono::milliseconds(1));
  }
}

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace collab::bench
