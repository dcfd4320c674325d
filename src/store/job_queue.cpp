#include "store/job_queue.hpp"

namespace collab::store {

std::unique_ptr<DatabaseJob> JobQueue::push(std::unique_ptr<DatabaseJob> job) {
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    const std::size_t weight = job->weight();
    // One that is bigger than the whole queue gets in when it is alone.
    if (is_closed_ || (size_ + weight > capacity_ && !jobs_.empty())) return job;
    size_ += weight;
    jobs_.push_back(std::move(job));
    wake = waiting_ > 0;
  }
  if (wake) arrived_.notify_one();
  return nullptr;
}

DatabaseJobs JobQueue::take(std::size_t weight, std::optional<std::chrono::milliseconds> longest) {
  std::unique_lock lock(mutex_);
  const auto is_ready = [this] { return !jobs_.empty() || is_closed_; };
  ++waiting_;
  if (longest)
    arrived_.wait_for(lock, *longest, is_ready);
  else
    arrived_.wait(lock, is_ready);
  --waiting_;

  DatabaseJobs taken;
  std::size_t taken_weight = 0;
  while (!jobs_.empty() && (taken.empty() || taken_weight + jobs_.front()->weight() <= weight)) {
    taken_weight += jobs_.front()->weight();
    taken.push_back(std::move(jobs_.front()));
    jobs_.pop_front();
  }
  size_ -= taken_weight;
  return taken;
}

void JobQueue::close() {
  {
    const std::scoped_lock lock(mutex_);
    is_closed_ = true;
  }
  arrived_.notify_all();
}

bool JobQueue::is_drained() const {
  const std::scoped_lock lock(mutex_);
  return is_closed_ && jobs_.empty();
}

std::size_t JobQueue::size() const {
  const std::scoped_lock lock(mutex_);
  return size_;
}

}  // namespace collab::store
