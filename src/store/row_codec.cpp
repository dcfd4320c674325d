#include "store/row_codec.hpp"

#include "store/store.hpp"

namespace collab::store {

std::string pack_field_revs(const Item& item) {
  std::string packed;
  for (const Rev field_rev : item.field_revs) {
    auto age = static_cast<std::uint64_t>(item.rev - field_rev);
    for (; age >= 0x80; age >>= 7) packed += static_cast<char>(age | 0x80);
    packed += static_cast<char>(age);
  }
  return packed;
}

bool unpack_field_revs(std::string_view packed, Rev rev, std::array<Rev, item_field_count>& revs) {
  for (Rev& field_rev : revs) {
    std::uint64_t age = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (packed.empty() || shift > 63) return false;
      const auto byte = static_cast<std::uint8_t>(packed.front());
      packed.remove_prefix(1);
      age |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) break;
    }
    field_rev = rev - static_cast<Rev>(age);
  }
  return packed.empty();
}

std::uint64_t op_fingerprint(const UserId& user_id, const OpId& op_id) {
  // FNV-1a over user and op, then the finalizer of SplitMix64: the same in every process, because it may be kept.
  std::uint64_t hash = 0xCBF29CE484222325ull;
  const auto add = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 0x100000001B3ull; };
  for (const std::uint8_t byte : op_id.value.bytes) add(byte);
  for (const char c : user_id.value) add(static_cast<std::uint8_t>(c));
  hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9ull;
  hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBull;
  return hash ^ (hash >> 31);
}

}  // namespace collab::store
