// The changes that the store will never take, for the operator who decides what becomes of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exchange/keys.hpp"
#include "redis/client.hpp"

namespace collab::exchange {

/// How long a list stays in Redis that the store has whole.
inline constexpr std::chrono::milliseconds clean_lifetime = std::chrono::hours(24);

/// An accepted change that was taken out of the queue because the database refused it for what it is.
struct DeadLetter {
  unsigned partition = 0;
  std::string id;           ///< among the dead letters of its partition; begins with the time, Unix milliseconds
  std::string original_id;  ///< in the write stream
  std::string list_key;
  std::string change;  ///< as servers tell each other of it, see row_codec.hpp
  std::string why;     ///< in the database's words

  std::optional<ListId> list_id() const { return Keys::list_of(list_key); }
  /// What kind of change it is: "item_added". "?" if it cannot be read at all.
  std::string kind() const;
};

/// Reads and moves dead letters. Other processes may do the same meanwhile: each letter is moved once. Everything on
/// the client's shard; every failure is Errc::unavailable, and what was done before it stays done.
class DeadLetters {
 public:
  /// The client outlives this.
  DeadLetters(redis::Client& client, Keys keys) : client_(client), keys_(keys) {}

  /// Calls `take` for each, oldest first within a partition.
  Task<Result<void>> each(std::function<void(const DeadLetter&)> take);
  /// Nullopt if there is none of this id.
  Task<Result<std::optional<DeadLetter>>> find(unsigned partition, std::string id);

  /// Back into the queue: the worker tries again. How many there were: one or none.
  Task<Result<std::uint64_t>> retry(unsigned partition, std::string id);
  Task<Result<std::uint64_t>> retry_all();
  /// Gone for good. What Redis holds of the list stays as it is until it is forgotten there; then the list is as the
  /// database has it.
  Task<Result<std::uint64_t>> drop(unsigned partition, std::string id);
  Task<Result<std::uint64_t>> drop_all();

 private:
  using Letters = std::vector<DeadLetter>;
  using Move = Task<Result<std::uint64_t>> (DeadLetters::*)(unsigned, Letters);

  Task<Result<Letters>> range(unsigned partition, std::string from, std::string to, std::size_t at_most);
  Task<Result<std::uint64_t>> move_all(Move move);
  Task<Result<std::uint64_t>> move_one(Move move, unsigned partition, std::string id);
  Task<Result<std::uint64_t>> retry_these(unsigned partition, Letters letters);
  Task<Result<std::uint64_t>> drop_these(unsigned partition, Letters letters);

  redis::Client& client_;
  const Keys keys_;
};

}  // namespace collab::exchange
