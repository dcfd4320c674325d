#include "app/worker_thread.hpp"

#include <future>
#include <utility>

namespace collab::app {

WorkerThread::WorkerThread(const Config& config, store::MergeStore& store, std::string name)
    : worker_(shards_[0], store, *config.redis, [&] {
        worker::WriteWorkerOptions options;
        options.name = std::move(name);
        options.tells_written = config.durability == exchange::Durability::database;
        return options;
      }()) {}

WorkerThread::~WorkerThread() {
  if (is_running_) stop();
}

void WorkerThread::start() {
  is_running_ = true;
  shards_.start();
  shards_[0].dispatch([this] { worker_.start(); });
}

void WorkerThread::stop() {
  if (!std::exchange(is_running_, false)) return;
  std::promise<void> stopped;
  asio::co_spawn(
      shards_[0].io(), [this] { return worker_.stop(); }, [&stopped](std::exception_ptr) { stopped.set_value(); });
  stopped.get_future().wait();
  shards_.stop_and_join();
}

}  // namespace collab::app
