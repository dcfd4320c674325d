// Who looks at a list right now. Never stored; an entry ends with its socket or 10 s after its last refresh.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/shard.hpp"
#include "model/ids.hpp"

namespace collab::services {

struct PresenceEntry {
  UserId user_id;
  std::optional<std::string> name;
  std::string socket_id;
  std::optional<ItemId> item_id;
  std::string state;
};

/// The presence of the lists that one shard owns. Used by its shard only.
class Presence {
 public:
  /// `publish(list_id, entries)` tells the list's room; it is called at most twice a second per list.
  using Publish = std::function<void(const ListId&, const std::vector<PresenceEntry>&)>;

  static constexpr std::chrono::milliseconds lifetime{10'000};
  static constexpr std::chrono::milliseconds publish_interval{500};
  static constexpr std::size_t max_entries_per_list = 1'000;

  /// `spread(list_id, entry, is_gone)` tells other servers what was set or removed here. Before the shard runs.
  using Spread = std::function<void(const ListId&, const PresenceEntry&, bool is_gone)>;
  void on_spread(Spread spread) { spread_ = std::move(spread); }
  /// What another server has told.
  void receive(const ListId& list_id, PresenceEntry entry, bool is_gone);

  using Time = std::chrono::steady_clock::time_point;
  /// `now` is for tests, which move the time and call run_due() themselves.
  Presence(Shard& shard, Publish publish, std::function<Time()> now = &std::chrono::steady_clock::now);

  /// Sets or refreshes the entry of this socket in this list. False if the list is full.
  bool set(const ListId& list_id, PresenceEntry entry);
  void remove_socket(const ListId& list_id, const std::string& socket_id);
  void remove_user(const ListId& list_id, const UserId& user_id);
  /// Who is there now; for somebody who enters.
  std::vector<PresenceEntry> entries(const ListId& list_id) const;
  /// What the timer does several times a second: ends what has expired, publishes what had to wait.
  void run_due();
  void stop();

 private:
  struct Timed {
    PresenceEntry entry;
    Time expires;
  };
  struct Room {
    std::vector<Timed> entries;
    Time next_publish{};
    bool is_changed = false;
  };

  bool put(const ListId& list_id, PresenceEntry entry);
  void touch(const ListId& list_id, Room& room);
  void publish(const ListId& list_id, Room& room, Time now);
  void arm();

  Shard& shard_;
  Publish publish_;
  Spread spread_;
  const std::function<Time()> now_;
  asio::steady_timer timer_;
  bool is_armed_ = false;
  std::unordered_map<ListId, Room> rooms_;
};

}  // namespace collab::services
