#include "services/known_people.hpp"

namespace collab::services {

bool KnownPeople::knows(const std::string& user_id, const std::optional<std::string>& name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(user_id);
  if (found == entries_.end()) return false;
  by_use_.splice(by_use_.begin(), by_use_, found->second.place);
  return !name || found->second.name == name;
}

void KnownPeople::add(const std::string& user_id, const std::optional<std::string>& name) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(user_id); found != entries_.end()) {
    if (name) found->second.name = name;
    return;
  }
  if (entries_.size() >= capacity_) {
    entries_.erase(by_use_.back());
    by_use_.pop_back();
  }
  by_use_.push_front(user_id);
  entries_.emplace(user_id, Entry{name, by_use_.begin()});
}

void KnownPeople::remove(const std::string& user_id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(user_id);
  if (found == entries_.end()) return;
  by_use_.erase(found->second.place);
  entries_.erase(found);
}

}  // namespace collab::services
