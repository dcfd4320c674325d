// Whom the store knows already, so that not every connect has to write.
#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace collab::services {

/// The users that were remembered most recently, with the name under which that happened. Any thread; the lock is held
/// for one look-up. Owned by AccountService.
class KnownPeople {
 public:
  explicit KnownPeople(std::size_t capacity = 20'000) : capacity_(capacity) {}

  /// True if this user was added with this name, or `name` says nothing.
  bool knows(const std::string& user_id, const std::optional<std::string>& name);
  void add(const std::string& user_id, const std::optional<std::string>& name);
  void remove(const std::string& user_id);

 private:
  struct Entry {
    std::optional<std::string> name;
    std::list<std::string>::iterator place;
  };

  const std::size_t capacity_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> by_use_;  // most recent first
};

}  // namespace collab::services
