// Socket.IO packets (protocol v5) as shared Engine.IO messages.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engineio/message.hpp"

namespace collab::socketio {

using engineio::SharedMessage;

/// `42["name",args]`. `args_json`: JSON values separated by commas, without brackets; may be empty. Any thread.
SharedMessage make_event(std::string_view name, std::string_view args_json, std::string_view nsp = "/");

/// `45n-["name",args]` and its n binary messages; `args_json` holds the placeholders. Without attachments: one message.
std::vector<SharedMessage> make_event(std::string_view name, std::string_view args_json,
                                      const std::vector<std::string>& attachments, std::string_view nsp = "/");

/// `43id[args]`.
SharedMessage make_ack(std::uint64_t id, std::string_view args_json, std::string_view nsp = "/");

/// `46n-id[args]` with its n binaries. Without attachments: one message.
std::vector<SharedMessage> make_ack(std::uint64_t id, std::string_view args_json,
                                    const std::vector<std::string>& attachments, std::string_view nsp = "/");

}  // namespace collab::socketio
