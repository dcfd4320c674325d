// What a Subscriber is made of.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/task.hpp"
#include "redis/link.hpp"
#include "redis/nodes.hpp"
#include "redis/slots.hpp"
#include "redis/subscriber.hpp"

namespace collab::redis {

/// See Subscriber, which owns it together with the tasks that wait. On its shard only.
///
/// Each master has a branch: a connection and what was asked on it. A channel belongs to the branch of its slot and is
///
///     new ──ask──► asked ──confirmed──► subscribed ──(loss)──► lost ──ask──► asked again ──confirmed──► subscribed
///
/// Invariants:
/// 1. A message is handed over only if its channel is subscribed, and came by the branch that the channel belongs to.
/// 2. Of each channel that was subscribed once, the caller learns of every loss, when it is over. One that never was
///    is forgotten when it fails, and whoever waits is told.
/// 3. `Branch::asked` are the commands without a reply, in the order in which they were sent.
class Subscriptions final : public TopologyListener, public std::enable_shared_from_this<Subscriptions> {
 public:
  explicit Subscriptions(std::shared_ptr<Nodes> nodes);

  static Task<Result<void>> subscribe(std::shared_ptr<Subscriptions> self, std::string name);
  void unsubscribe(std::string_view name);
  void stop();

  void on_slots_changed() override;
  void on_master_lost(const std::string& why) override;

  std::size_t channels() const { return channels_.size(); }
  std::size_t lost_channels() const { return lost_; }
  Health health() const;

  Subscriber::MessageHandler message_handler = nullptr;
  Subscriber::LostHandler lost_handler = nullptr;

 private:
  struct Asked {
    std::string channel = {};
    std::uint64_t serial = 0;  // of a SUBSCRIBE; 0: it is an unsubscription
    bool is_subscribe() const { return serial > 0; }
  };
  struct Branch {
    std::optional<Address> address = {};  // of a cluster's node
    std::shared_ptr<Link> link = nullptr;
    std::deque<Asked> asked = {};
  };
  enum class State { fresh, asked, subscribed };
  struct Channel {
    Slot slot = 0;
    Branch* branch = nullptr;
    State state = State::fresh;
    bool is_lost = false;      // was subscribed, and something may have been missed since
    unsigned moves = 0;        // since it was last confirmed
    std::uint64_t serial = 0;  // of what was asked last: only the reply to that counts
    std::list<OneShot<Result<void>>> waiting = {};
  };
  using Channels = std::unordered_map<std::string, Channel>;

  Branch* branch_for(Slot slot);
  Branch& add_branch(std::optional<Address> address);
  void on_up(Branch& branch);
  void on_down(Branch& branch);
  void on_reply(Branch& branch, Reply reply);
  void on_confirmed(Branch& branch, const std::string& name);
  void on_unsubscribed(Branch& branch, const std::string& name);
  void on_error(Branch& branch, const Reply& reply);
  std::optional<Asked> take_asked(Branch& branch, const Reply& error, const std::optional<Redirection>& moved);

  void ask(const std::string& name, Channel& channel);
  void take_leave(const std::string& name, Branch& branch);
  void move(const std::string& name, Channel& channel, Branch& to);
  void mark_lost(Channel& channel);
  /// Forgets a channel that never was subscribed, or leaves a lost one to the next attempt; tells who waits.
  void fail(Channels::iterator channel);
  void announce_restored();
  void retry_later();
  void retry();
  void retire_unused();

  const std::shared_ptr<Nodes> nodes_;
  std::list<Branch> branches_;
  Channels channels_;
  std::size_t lost_ = 0;
  std::uint64_t serials_ = 0;
  std::vector<std::string> restored_;  // and not yet announced
  asio::steady_timer retry_timer_;
  Backoff retry_backoff_;
  bool is_retry_due_ = false, is_stopped_ = false;
};

}  // namespace collab::redis
