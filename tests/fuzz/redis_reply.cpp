// RESP from a server that may be none, in pieces of any size; and what we read out of replies.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "redis/reply.hpp"
#include "redis/slots.hpp"

using namespace collab::redis;

namespace {

constexpr std::size_t max_bytes = 4'096;

// All replies, when the bytes come in pieces of this size; whether the reader has failed.
std::vector<Reply> read(std::string_view bytes, std::size_t piece, bool& has_failed) {
  ReplyReader reader(max_bytes);
  std::vector<Reply> replies;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.feed(bytes.substr(at, piece));
    while (auto reply = reader.next()) replies.push_back(std::move(*reply));
  }
  has_failed = reader.has_failed();
  return replies;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.size() > max_bytes) return 0;
  bool failed_whole = false, failed_sliced = false, failed_in_threes = false;
  const auto whole = read(bytes, size + 1, failed_whole);
  collab::fuzz::check(read(bytes, 1, failed_sliced) == whole, "single bytes make the same replies");
  collab::fuzz::check(read(bytes, 3, failed_in_threes) == whole, "pieces of three make the same replies");
  collab::fuzz::check(failed_whole == failed_sliced && failed_whole == failed_in_threes,
                      "a failure does not depend on the pieces");
  const Address asked{"127.0.0.1", 6379};
  for (const Reply& reply : whole) {
    (void)to_string(reply);
    (void)unless_fault(reply);
    if (const auto map = SlotMap::parse(reply, asked))
      for (const auto& range : map->ranges)
        collab::fuzz::check(range.first <= range.last && range.last < slot_count, "a range is one");
    if (const auto redirection = Redirection::parse(reply, asked))
      collab::fuzz::check(redirection->slot < slot_count, "a slot is one");
  }
  return 0;
}
