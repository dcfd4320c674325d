#include "core/blocking_pool.hpp"

#include <pthread.h>

namespace collab {

BlockingPool::BlockingPool(std::string name, unsigned threads, std::size_t max_waiting) : max_waiting_(max_waiting) {
  for (unsigned index = 0; index < threads; ++index) {
    threads_.emplace_back([this, thread_name = name + "-" + std::to_string(index)] {
      pthread_setname_np(pthread_self(), thread_name.substr(0, 15).c_str());
      work();
    });
  }
}

BlockingPool::~BlockingPool() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool BlockingPool::post(std::function<void()> job) {
  return enqueue(std::make_unique<Told>(std::move(job))) == nullptr;
}

std::unique_ptr<BlockingPool::Job> BlockingPool::enqueue(std::unique_ptr<Job> job) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= max_waiting_) return job;
    waiting_.push_back(std::move(job));
  }
  wake_.notify_one();
  return nullptr;
}

void BlockingPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (is_stopping_) return;
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job->run();
    job.reset();
    lock.lock();
  }
}

}  // namespace collab
