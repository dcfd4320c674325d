#include "exchange/keys.hpp"

#include "redis/slots.hpp"

namespace collab::exchange {
namespace {

constexpr std::string_view digits = "0123456789ABCDEF";

bool stays(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-_.@").find(static_cast<char>(c)) != std::string_view::npos;
}

}  // namespace

unsigned Keys::partition_of(const ListId& list_id) const { return redis::slot_of(list_id.to_string()) % partitions_; }

std::string Keys::in(unsigned partition, std::string_view name) const {
  std::string key = partition < 10 ? "collab:{0" : "collab:{";
  key += std::to_string(partition);
  key += "}:";
  key += name;
  return key;
}

std::string Keys::of(const ListId& list_id, std::string_view kind) const {
  std::string key = in(partition_of(list_id), kind);
  list_id.value.append_to(key);
  return key;
}

std::string Keys::loading(const ListId& list_id, std::string_view token) const {
  return in(partition_of(list_id), "loading:") + std::string(token);
}

std::string Keys::loading_ops(const ListId& list_id, std::string_view token) const {
  return in(partition_of(list_id), "loading_ops:") + std::string(token);
}

std::string Keys::memberships(const UserId& user_id) { return "collab:{u:" + escape(user_id.value) + "}:lists"; }
std::string Keys::notices(const UserId& user_id) { return "collab:{u:" + escape(user_id.value) + "}:notices"; }

std::optional<ListId> Keys::list_of(std::string_view key) {
  constexpr std::string_view kind = "}:list:";
  const std::size_t at = key.find(kind);
  if (at == std::string_view::npos) return std::nullopt;
  return ListId::parse(key.substr(at + kind.size()));
}

std::optional<ListId> Keys::list_of_ops(std::string_view key) const {
  constexpr std::string_view kind = "}:ops:";
  const std::size_t at = key.find(kind);
  if (at == std::string_view::npos) return std::nullopt;
  const auto list_id = ListId::parse(key.substr(at + kind.size()));
  return list_id && ops(*list_id) == key ? list_id : std::nullopt;
}

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (stays(byte)) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const std::size_t high = digits.find(text[i + 1]), low = digits.find(text[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

}  // namespace collab::exchange
