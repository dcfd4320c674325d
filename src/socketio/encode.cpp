#include "socketio/encode.hpp"

#include "socketio/packet.hpp"

namespace collab::socketio {
namespace {

using engineio::Message;
using engineio::MessageBuilder;

constexpr char message_packet = '4';  // Engine.IO's type of everything that Socket.IO says

std::vector<SharedMessage> with_attachments(MessageBuilder builder, const std::vector<std::string>& attachments) {
  std::vector<SharedMessage> parts;
  parts.reserve(1 + attachments.size());
  parts.push_back(std::move(builder).finish());
  for (const auto& attachment : attachments) parts.push_back(engineio::make_binary(attachment));
  return parts;
}

}  // namespace

SharedMessage make_event(std::string_view name, std::string_view args_json, std::string_view nsp) {
  MessageBuilder builder(Message::Kind::text, 16 + nsp.size() + name.size() + args_json.size());
  builder.out() += message_packet;
  append_event(builder.out(), name, args_json, {.nsp = nsp});
  return std::move(builder).finish();
}

std::vector<SharedMessage> make_event(std::string_view name, std::string_view args_json,
                                      const std::vector<std::string>& attachments, std::string_view nsp) {
  MessageBuilder builder(Message::Kind::text, 24 + nsp.size() + name.size() + args_json.size());
  builder.out() += message_packet;
  append_event(builder.out(), name, args_json, {.nsp = nsp, .attachments = attachments.size()});
  return with_attachments(std::move(builder), attachments);
}

SharedMessage make_ack(std::uint64_t id, std::string_view args_json, std::string_view nsp) {
  MessageBuilder builder(Message::Kind::text, 40 + nsp.size() + args_json.size());
  builder.out() += message_packet;
  append_ack(builder.out(), id, args_json, {.nsp = nsp});
  return std::move(builder).finish();
}

std::vector<SharedMessage> make_ack(std::uint64_t id, std::string_view args_json,
                                    const std::vector<std::string>& attachments, std::string_view nsp) {
  MessageBuilder builder(Message::Kind::text, 40 + nsp.size() + args_json.size());
  builder.out() += message_packet;
  append_ack(builder.out(), id, args_json, {.nsp = nsp, .attachments = attachments.size()});
  return with_attachments(std::move(builder), attachments);
}

}  // namespace collab::socketio
