// What a Client is made of: the masters, who serves which slot, and how a command finds its way.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/task.hpp"
#include "redis/client.hpp"
#include "redis/dialer.hpp"
#include "redis/link.hpp"
#include "redis/slots.hpp"
#include "redis/wire.hpp"

namespace collab::redis {

/// Whoever wants to know that masters have changed: the subscriptions.
class TopologyListener {
 public:
  virtual ~TopologyListener() = default;
  /// Slots may have other masters than before.
  virtual void on_slots_changed() = 0;
  /// The one master (Topology::single, sentinel) is another one, or not one any more.
  virtual void on_master_lost(const std::string& why) = 0;
};

/// A command and, if it is a script, how to say it to a node that does not know it.
struct Request {
  Arguments command = {};
  std::function<Arguments()> by_text = nullptr;
};

/// See Client, which owns it together with the tasks that are under way. On its shard only.
///
/// Without a cluster there is one master, and every slot is its. In a cluster there is one for each address that the
/// slot map or a redirection has named; `is_in_map` tells which. One that was not named any more for a while is
/// retired.
class Nodes : public std::enable_shared_from_this<Nodes> {
 public:
  explicit Nodes(std::shared_ptr<Dialer> dialer);
  ~Nodes();

  void start();
  void stop();

  static Task<Result<Reply>> execute(std::shared_ptr<Nodes> self, std::optional<Slot> slot, Request request);
  static Task<Result<std::unique_ptr<Connection>>> open_dedicated(std::shared_ptr<Nodes> self,
                                                                  std::optional<Slot> slot);
  static Task<Result<void>> connected(std::shared_ptr<Nodes> self, std::chrono::milliseconds limit);

  /// A greeted connection to a master: the one at `address`, or if empty the one that there is. Without the hook.
  static Task<Result<std::unique_ptr<Connection>>> open_master(std::shared_ptr<Nodes> self,
                                                               std::optional<Address> address);
  /// The address of a slot's master in a cluster, as far as known.
  std::optional<Address> address_of(Slot slot) const;
  bool is_cluster() const { return dialer->settings->topology == Topology::cluster; }
  /// Whether the node is master of a slot.
  bool is_in_map(const Address& address) const;
  /// A node said that the slot is served there.
  void note_moved(Slot slot, const Address& address);
  /// The slot map may be out of date.
  void want_map();

  std::optional<Node> node_of(std::optional<Slot> slot) const;
  std::vector<Node> connected_nodes() const;
  Health health() const;

  const std::shared_ptr<Dialer> dialer;
  Client::ConnectHook hook = nullptr;
  std::vector<std::weak_ptr<TopologyListener>> listeners = {};

 private:
  struct Master {
    std::shared_ptr<Link> link = nullptr;
    bool is_in_map = false;
    bool is_idle = false;  // since the last look
  };
  struct Route {
    std::optional<Slot> slot = {};
    std::shared_ptr<Link> link = nullptr;
    bool is_asking = false;
    unsigned redirections = 0, pauses = 0;
  };
  /// A task that sleeps, or waits for a change. Owned here, so that stop() can destroy it.
  struct Pause {
    explicit Pause(asio::io_context& io) : timer(io) {}
    asio::steady_timer timer;
    OneShot<bool> done = {};
  };
  using Pauses = std::list<std::shared_ptr<Pause>>;

  static Task<Result<std::unique_ptr<Connection>>> open_hooked(std::shared_ptr<Nodes> self,
                                                               std::optional<Address> address);
  static Task<Result<Reply>> send_by(std::shared_ptr<Nodes> self, const Route& route, const Arguments& command);
  static Task<bool> react(std::shared_ptr<Nodes> self, Route& route, Request& request, const Reply& reply);
  static Task<bool> follow(std::shared_ptr<Nodes> self, Route& route, const Redirection& redirection);
  static Task<void> pause(std::shared_ptr<Nodes> self, Pauses& pauses, std::chrono::milliseconds time);

  static Task<void> keep_map(std::shared_ptr<Nodes> self);
  static Task<Result<SlotMap>> fetch_map(std::shared_ptr<Nodes> self);
  static Task<Result<SlotMap>> fetch_map_from(std::shared_ptr<Nodes> self, Address address);
  static Task<Result<SlotMap>> ask_for_map(std::shared_ptr<Wire> wire);
  std::vector<std::shared_ptr<Wire>> wires_by_freshness() const;
  void apply(const SlotMap& map);
  void watch_unused();
  void retire_unused();
  bool covers_all_slots() const;

  static Task<Result<Address>> find_master(std::shared_ptr<Nodes> self);
  static Task<Result<std::unique_ptr<Connection>>> open_some_sentinel(std::shared_ptr<Nodes> self);
  void watch_sentinels();
  void on_sentinel_message(const Reply& reply);

  Master& add_master(std::optional<Address> address);
  Master& master_at(const Address& address);
  const Master* master_of(std::optional<Slot> slot) const;
  void note_change();
  void note_demotion(Link& link);
  void lose_master(const std::string& why);
  void tell_listeners(const std::function<void(TopologyListener&)>& tell);

  std::list<Master> masters_;
  std::vector<Master*> by_slot_;  // of a cluster; nullptr: nobody known
  bool has_map_ = false, is_map_wanted_ = false, is_stopped_ = false;
  std::string map_problem_;
  std::unique_ptr<OneShot<bool>> map_wanted_;  // keep_map() waits
  asio::steady_timer retire_timer_;
  std::shared_ptr<Link> sentinel_watch_;
  std::vector<Address> sentinels_;  // the one that answered last comes first
  Pauses pauses_, watchers_;        // the latter: of connected(), woken by every change
};

}  // namespace collab::redis
