#include "events/presence_message.hpp"

#include <boost/json/object.hpp>

#include "core/json.hpp"

namespace collab::events {

std::string encode_presence_message(const services::PresenceEntry& entry, bool is_gone) {
  boost::json::object message;
  message["socket"] = entry.socket_id;
  if (is_gone) {
    message["gone"] = true;
  } else {
    message["user"] = entry.user_id.value;
    message["state"] = entry.state;
    if (entry.name) message["name"] = *entry.name;
    if (entry.item_id) message["item"] = entry.item_id->to_string();
  }
  std::string text;
  append_json(text, message);
  return text;
}

std::optional<PresenceMessage> parse_presence_message(std::string_view text) {
  const auto value = parse_json(text);
  const boost::json::object* message = value ? value->if_object() : nullptr;
  if (!message) return std::nullopt;
  const auto find = [message](std::string_view key) -> std::optional<std::string> {
    const boost::json::value* field = message->if_contains(key);
    const boost::json::string* words = field ? field->if_string() : nullptr;
    return words ? std::optional(std::string(*words)) : std::nullopt;
  };
  PresenceMessage read;
  const auto socket = find("socket"), user = find("user"), state = find("state"), item = find("item");
  read.is_gone = message->contains("gone");
  if (!socket || (!read.is_gone && (!user || !state))) return std::nullopt;
  read.entry.socket_id = *socket;
  read.entry.user_id.value = user.value_or("");
  read.entry.state = state.value_or("");
  read.entry.name = find("name");
  if (item) read.entry.item_id = ItemId::parse(*item);
  return read;
}

}  // namespace collab::events
