// How long the disk needs for the smallest durable transaction: one row, WAL, synchronous=FULL. No server that
// acknowledges after durability can answer sooner, whatever its code is like.
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

void execute(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    throw std::runtime_error(sqlite3_errmsg(database));
}

std::vector<double> measure(sqlite3* database, std::size_t commits) {
  execute(database,
          "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE item(id INTEGER PRIMARY KEY, body TEXT)");
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(database, "INSERT INTO item(body) VALUES(zeroblob(200))", -1, &insert, nullptr);
  std::vector<double> times;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (times.size() < commits && std::chrono::steady_clock::now() < end) {
    const auto start = std::chrono::steady_clock::now();
    if (sqlite3_step(insert) != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(database));
    sqlite3_reset(insert);
    times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
  }
  sqlite3_finalize(insert);
  return times;
}

}  // namespace

/// sqlite_commit_floor FOLDER COMMITS: prints `{commit_p50_us, commit_p99_us}`; the folder should be on the data
/// folder's file system.
int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: sqlite_commit_floor FOLDER COMMITS\n";
    return 2;
  }
  const std::filesystem::path file = std::filesystem::path(argv[1]) / "commit-floor.db";
  sqlite3* database = nullptr;
  int status = 1;
  try {
    if (sqlite3_open(file.c_str(), &database) != SQLITE_OK) throw std::runtime_error("cannot open " + file.string());
    auto times = measure(database, std::stoul(argv[2]));
    std::sort(times.begin(), times.end());
    std::printf("{\"commits\":%zu,\"commit_p50_us\":%.1f,\"commit_p99_us\":%.1f}\n", times.size(),
                times[times.size() / 2], times[times.size() * 99 / 100]);
    status = 0;
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << std::endl;
  }
  sqlite3_close(database);
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  return status;
}
