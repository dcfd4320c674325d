// One HTTP connection: requests one after another, until it closes or becomes a WebSocket.
#pragma once

#include <memory>
#include <string>

#include "core/task.hpp"
#include "engineio/handshake.hpp"
#include "engineio/polling.hpp"
#include "transport/http_reader.hpp"
#include "transport/http_router.hpp"
#include "transport/shard_transport.hpp"

namespace collab::transport {

/// Owned by its own task. Lives on one shard; a request for a session of another shard takes the connection there, as a
/// new object, before it is handled.
class HttpConnection final : public Connection, public std::enable_shared_from_this<HttpConnection> {
 public:
  /// A request that was read on another shard, and whatever came behind it.
  struct Arrival {
    HttpRequest request;
    std::string behind;
    std::string announced_sid;
    bool keep_alive = true;
    unsigned version = 11;
  };

  static void start(ShardTransport& home, UniqueFd fd, const boost::asio::ip::address& peer, Serve serve);
  HttpConnection(ShardTransport& home, UniqueFd fd, const boost::asio::ip::address& peer, Serve serve);

  void abort() override;

 private:
  enum class Next { next_request, end };

  Task<void> run(std::unique_ptr<Arrival> arrival);
  Task<bool> read_request();
  Task<bool> receive();
  Task<bool> write(std::string bytes);
  Task<Next> respond(HttpResponse response);
  Task<Next> handle();
  Task<Next> handle_engine();
  Task<Next> open_polling();
  Task<Next> poll(std::shared_ptr<engineio::PollingTransport> polling);
  Task<Next> upgrade();
  bool moves_to_other_shard();
  void watch_for_abort(std::shared_ptr<engineio::PollingTransport> polling, std::shared_ptr<engineio::Poll> poll);
  void announce_post();
  void retract_post();
  void close_session_of_oversized_post();
  template <class F>
  void tell_polling(const std::string& id, F tell);
  bool is_for_engine() const;
  std::string_view sid() const;
  std::shared_ptr<engineio::PollingTransport> polling_of(std::string_view sid) const;
  engineio::HandshakeInfo handshake(engineio::TransportKind kind) const;
  void finish();

  ShardTransport& home_;
  TcpSocket socket_;
  const boost::asio::ip::address peer_;
  const Serve serve_;
  bool keep_alive_ = true;
  bool has_left_ = false;  // the socket is somebody else's now
  unsigned version_ = 11;
  std::string in_;  // received, not yet parsed
  std::unique_ptr<HttpReader> reader_;
  HttpRequest request_;
  std::string announced_sid_;  // a POST under way has been announced to this session
};

}  // namespace collab::transport
