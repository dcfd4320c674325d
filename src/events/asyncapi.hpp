// The AsyncAPI 3.0 document of the Socket.IO interface, generated from the structs that validate
// (events/messages*.hpp).
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace collab::events {

/// The version of the contract: it changes with what clients may say and get, not with every release.
inline constexpr std::string_view contract_version = "1.0.0";

boost::json::object asyncapi_document(std::string_view version = contract_version);

/// The same as text with two spaces of indentation and a newline at the end: what `collab-todo asyncapi` prints and
/// docs/asyncapi.json holds.
std::string asyncapi_text(std::string_view version = contract_version);

}  // namespace collab::events
