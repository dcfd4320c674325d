#include "exchange/dead_letters.hpp"

#include <map>

#include "exchange/row_codec.hpp"
#include "exchange/scripts.hpp"

namespace collab::exchange {
namespace {

/// Letters that are read or moved at once.
constexpr std::size_t page = 100;

Error strange(const redis::Reply& reply) {
  return {Errc::unavailable, "Redis does not answer as it should: " + redis::to_string(reply)};
}

DeadLetter parse(unsigned partition, const redis::Reply& entry) {
  DeadLetter letter;
  letter.partition = partition;
  if (entry.elements.size() != 2) return letter;
  letter.id = entry.elements[0].text;
  const auto& fields = entry.elements[1].elements;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    if (fields[i].text == "l") letter.list_key = fields[i + 1].text;
    if (fields[i].text == "c") letter.change = fields[i + 1].text;
    if (fields[i].text == "why") letter.why = fields[i + 1].text;
    if (fields[i].text == "id") letter.original_id = fields[i + 1].text;
  }
  return letter;
}

Result<std::uint64_t> count_of(const Result<redis::Reply>& reply) {
  if (!reply) return reply.error();
  if (!reply->is_integer()) return strange(*reply);
  return static_cast<std::uint64_t>(reply->integer);
}

}  // namespace

std::string DeadLetter::kind() const {
  // "era rev prev_rev kind user op", whatever follows: also of a version that we do not understand.
  std::string_view rest = change;
  for (int word = 0; word < 3; ++word) {
    const std::size_t end = rest.find(' ');
    if (end == rest.npos) return "?";
    rest.remove_prefix(end + 1);
  }
  const std::string_view name = rest.substr(0, rest.find_first_of(" \n"));
  const bool is_name = !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == name.npos;
  return is_name ? std::string(name) : "?";
}

Task<Result<DeadLetters::Letters>> DeadLetters::range(unsigned partition, std::string from, std::string to,
                                                      std::size_t at_most) {
  const std::string stream = keys_.dead_letters(partition);
  redis::Arguments command("XRANGE", stream, from, to, "COUNT", at_most);
  Task<Result<redis::Reply>> reading = client_.command(stream, std::move(command));
  const Result<redis::Reply> reply = co_await std::move(reading);
  if (!reply) co_return reply.error();
  if (!reply->is_array()) co_return strange(*reply);
  Letters letters;
  for (const redis::Reply& entry : reply->elements) letters.push_back(parse(partition, entry));
  co_return letters;
}

Task<Result<void>> DeadLetters::each(std::function<void(const DeadLetter&)> take) {
  for (unsigned partition = 0; partition < keys_.partitions(); ++partition) {
    std::string from = "-";
    for (bool goes_on = true; goes_on;) {
      Task<Result<Letters>> reading = range(partition, from, "+", page);
      const Result<Letters> letters = co_await std::move(reading);
      if (!letters) co_return letters.error();
      for (const DeadLetter& letter : *letters) take(letter);
      goes_on = letters->size() == page;
      if (goes_on) from = "(" + letters->back().id;
    }
  }
  co_return ok();
}

Task<Result<std::optional<DeadLetter>>> DeadLetters::find(unsigned partition, std::string id) {
  Task<Result<Letters>> reading = range(partition, id, id, 1);
  Result<Letters> letters = co_await std::move(reading);
  if (!letters) co_return letters.error();
  std::optional<DeadLetter> found;
  if (!letters->empty()) found = std::move(letters->front());
  co_return found;
}

Task<Result<std::uint64_t>> DeadLetters::retry(unsigned partition, std::string id) {
  return move_one(&DeadLetters::retry_these, partition, std::move(id));
}
Task<Result<std::uint64_t>> DeadLetters::drop(unsigned partition, std::string id) {
  return move_one(&DeadLetters::drop_these, partition, std::move(id));
}
Task<Result<std::uint64_t>> DeadLetters::retry_all() { return move_all(&DeadLetters::retry_these); }
Task<Result<std::uint64_t>> DeadLetters::drop_all() { return move_all(&DeadLetters::drop_these); }

Task<Result<std::uint64_t>> DeadLetters::move_one(Move move, unsigned partition, std::string id) {
  Task<Result<Letters>> reading = range(partition, id, id, 1);
  Result<Letters> letters = co_await std::move(reading);
  if (!letters) co_return letters.error();
  if (letters->empty()) co_return std::uint64_t{0};
  Task<Result<std::uint64_t>> moving = (this->*move)(partition, std::move(*letters));
  co_return co_await std::move(moving);
}

/// Those that are there when it begins: a worker may bury again what is being tried again.
Task<Result<std::uint64_t>> DeadLetters::move_all(Move move) {
  std::uint64_t moved = 0;
  for (unsigned partition = 0; partition < keys_.partitions(); ++partition) {
    Task<Result<redis::Reply>> asking =
        client_.command(keys_.dead_letters(partition),
                        redis::Arguments("XREVRANGE", keys_.dead_letters(partition), "+", "-", "COUNT", 1));
    const Result<redis::Reply> newest = co_await std::move(asking);
    if (!newest) co_return newest.error();
    if (!newest->is_array()) co_return strange(*newest);
    if (newest->elements.empty()) continue;
    const std::string last = parse(partition, newest->elements.front()).id;
    for (bool goes_on = true; goes_on;) {
      Task<Result<Letters>> reading = range(partition, "-", last, page);
      Result<Letters> letters = co_await std::move(reading);
      if (!letters) co_return letters.error();
      goes_on = letters->size() == page;
      if (letters->empty()) continue;
      Task<Result<std::uint64_t>> moving = (this->*move)(partition, std::move(*letters));
      const Result<std::uint64_t> count = co_await std::move(moving);
      if (!count) co_return count.error();
      moved += *count;
    }
  }
  co_return moved;
}

Task<Result<std::uint64_t>> DeadLetters::retry_these(unsigned partition, Letters letters) {
  redis::Arguments keys(keys_.dead_letters(partition), keys_.writes(partition)), arguments;
  for (const DeadLetter& letter : letters) arguments.add(letter.id);
  Task<Result<redis::Reply>> moving =
      client_.evaluate(scripts::retry_dead_letters(), std::move(keys), std::move(arguments));
  const Result<redis::Reply> reply = co_await std::move(moving);
  co_return count_of(reply);
}

Task<Result<std::uint64_t>> DeadLetters::drop_these(unsigned partition, Letters letters) {
  redis::Arguments keys(keys_.dead_letters(partition)), arguments(clean_lifetime.count());
  std::map<std::string_view, std::size_t> index;
  for (const DeadLetter& letter : letters) {
    // What names no list of this partition is no key that the script may touch.
    const auto list_id = letter.list_id();
    std::size_t place = 0;
    if (list_id && keys_.list(*list_id) == letter.list_key && keys_.partition_of(*list_id) == partition) {
      const auto [found, is_new] = index.try_emplace(letter.list_key, index.size() + 2);
      if (is_new) keys.add(letter.list_key);
      place = found->second;
    }
    arguments.add(letter.id).add(place);
  }
  Task<Result<redis::Reply>> moving =
      client_.evaluate(scripts::drop_dead_letters(), std::move(keys), std::move(arguments));
  const Result<redis::Reply> reply = co_await std::move(moving);
  co_return count_of(reply);
}

}  // namespace collab::exchange
