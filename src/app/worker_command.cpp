#include "app/worker_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "app/config.hpp"
#include "app/process.hpp"
#include "app/result_on.hpp"
#include "app/server.hpp"
#include "app/storage.hpp"
#include "app/worker_thread.hpp"
#include "core/log.hpp"
#include "core/shard.hpp"
#include "exchange/redis_setup.hpp"

namespace collab::app {
namespace {

constexpr int done = 0, failed = 1, misused = 2;
constexpr std::chrono::seconds report_interval{60};
/// How long an attempt to reach Redis takes at most, and the pause before the next one.
constexpr std::chrono::milliseconds redis_patience{5'000}, redis_pause{500};

int fail(const Error& error, int status = failed) {
  std::cerr << "collab-todo: " << describe(error) << "\n";
  return status;
}

/// What the counters say at one moment.
struct Counted {
  explicit Counted(const worker::WorkerCounters& counters)
      : processed(counters.processed.value()),
        batches(counters.batches.value()),
        retries(counters.retries.value()),
        taken_over(counters.taken_over.value()),
        dead_letters(counters.dead_letters.value()) {}
  bool operator==(const Counted&) const = default;

  void write_to_log(std::string_view sentence) const {
    log::info("worker", sentence,
              {{"processed", processed},
               {"batches", batches},
               {"retries", retries},
               {"taken_over", taken_over},
               {"dead_letters", dead_letters}});
  }

  std::uint64_t processed, batches, retries, taken_over, dead_letters;
};

/// Waits for Redis and looks at how it is set up. The status to end with, if not to go on.
std::optional<int> wait_for_redis(const redis::Settings& settings) {
  ShardSet shards(1);
  redis::Client client(shards[0].io(), settings);
  shards.start();
  shards[0].dispatch([&client] { client.start(); });
  std::optional<int> status;
  for (bool is_first = true;; is_first = false) {
    const Result<void> fit = result_on(shards[0], [&client]() -> Task<Result<void>> {
      Task<Result<void>> connecting = client.connected(redis_patience);
      const Result<void> connected = co_await std::move(connecting);
      if (!connected) co_return connected;
      Task<Result<void>> checking = exchange::check_setup(client, exchange::Keys());
      co_return co_await std::move(checking);
    });
    if (fit) break;
    if (fit.error().code != Errc::unavailable) {
      status = fail(fit.error());
      break;
    }
    if (is_first) log::warning("worker", "Redis is not reached; waiting for it", {{"why", fit.error().message}});
    if (wait_for_termination(redis_pause)) {
      status = done;
      break;
    }
  }
  shards.stop_and_join();
  return status;
}

int work(const CLI::App& command) {
  const Result<Config> config = load_config(command.remaining(), process_environment(), Purpose::data);
  if (!config) return fail(config.error(), misused);
  if (!config->redis)
    return fail({Errc::unavailable,
                 "The worker brings changes from Redis into PostgreSQL, and no Redis is set. Set REDIS_URL and "
                 "DATABASE_URL as the servers have them; without Redis a server writes by itself"},
                misused);
  if (const Result<void> opened = open_log(*config); !opened) return fail(opened.error());

  block_termination();
  if (const std::optional<int> status = wait_for_redis(*config->redis)) return *status;
  const Result<std::unique_ptr<Storage>> storage = Storage::open(Storage::Use::worker, *config);
  if (!storage) return fail(storage.error());
  WorkerThread worker(*config, *(*storage)->merging(), {});
  worker.start();
  log::info("worker", "started",
            {{"version", version()}, {"redis", redis::describe(*config->redis)}, {"database", (*storage)->label()}});

  Counted last(worker.counters());
  while (!wait_for_termination(report_interval)) {
    const Counted now(worker.counters());
    if (now != last) now.write_to_log("since the start");
    last = now;
  }
  worker.stop();
  (*storage)->close();
  Counted(worker.counters()).write_to_log("stopped");
  log::flush();
  return done;
}

}  // namespace

void add_worker_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("worker", "Bring changes from Redis into the database, without serving");
  command->allow_extras();
  command->footer(
      "With Redis, a change is accepted there first and written to DATABASE_URL a moment later. Every server does "
      "that\n"
      "too unless it has WORKER=off; this is for those who want it in processes of their own, as many as they like. "
      "It\n"
      "needs REDIS_URL and DATABASE_URL as the servers have them, no DATA_DIR and no port: once a minute it logs what\n"
      "it has done (LOG_LEVEL=info), and the length of the queue is in every server's /health. SIGTERM ends it when "
      "what\n"
      "it has taken is written. While Redis or the database is away it waits; nothing is lost by killing it.\n\n"
      "Every setting may be given as a flag too, such as --redis-url URL; `collab-todo serve --help` lists them.");
  command->callback([command, &status] { status = work(*command); });
}

}  // namespace collab::app
