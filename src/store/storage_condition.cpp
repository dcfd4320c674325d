#include "store/storage_condition.hpp"

#include "core/log.hpp"

namespace collab::store {
namespace {

constexpr std::chrono::seconds log_interval{10};

}  // namespace

void StorageCondition::failed(const std::string& cause, std::size_t jobs) {
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const bool is_news = cause_ != cause;
  cause_ = cause;
  unreported_jobs_ += jobs;
  if (!is_news && now - last_logged_ < log_interval) return;
  log::error("store", "the database does not work", {{"when", what_}, {"cause", cause}, {"refused", unreported_jobs_}});
  last_logged_ = now;
  unreported_jobs_ = 0;
}

void StorageCondition::succeeded() {
  const std::scoped_lock lock(mutex_);
  if (cause_.empty()) return;
  log::warning("store", "the database works again",
               {{"when", what_}, {"cause_was", cause_}, {"refused", unreported_jobs_}});
  cause_.clear();
  unreported_jobs_ = 0;
  last_logged_ = {};
}

bool StorageCondition::is_good() const {
  const std::scoped_lock lock(mutex_);
  return cause_.empty();
}

std::string StorageCondition::problem() const {
  const std::scoped_lock lock(mutex_);
  return cause_.empty() ? std::string{} : std::string(what_) + ": " + cause_;
}

}  // namespace collab::store
