// How servers tell each other who looks at a list.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/presence.hpp"

namespace collab::events {

struct PresenceMessage {
  services::PresenceEntry entry;
  bool is_gone = false;
};

std::string encode_presence_message(const services::PresenceEntry& entry, bool is_gone);
/// nullopt if it is none that we understand.
std::optional<PresenceMessage> parse_presence_message(std::string_view text);

}  // namespace collab::events
