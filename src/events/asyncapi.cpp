#include "events/asyncapi.hpp"

#include <boost/mp11/algorithm.hpp>

#include "core/json.hpp"
#include "events/messages.hpp"
#include "schema/json_schema.hpp"

namespace collab::events {
namespace {

namespace json = boost::json;
namespace mp11 = boost::mp11;

constexpr std::string_view channel = "todo";

constexpr std::string_view introduction =
    "Shared todo lists, edited live by many people. The transport is Socket.IO (protocol v5 over Engine.IO v4), "
    "path `/socket.io/`, namespace `/`; the token goes into the CONNECT packet as `auth: { token }`. Messages are "
    "Socket.IO events with one argument. Every client event may ask for an ack: `{ ok: true, ... }` with the fields "
    "of the success event, or `{ ok: false, error }`. Without an ack, a failure is emitted as `validation_error`, "
    "`permission_error`, `auth_error`, `action_error` or `error`. Unknown top-level fields are ignored.";

json::object ref_to(std::string path) { return {{"$ref", "#/" + std::move(path)}}; }

json::object channel_message(std::string_view name) {
  return ref_to("channels/" + std::string(channel) + "/messages/" + std::string(name));
}

std::string ack_of(std::string_view event) { return std::string(event) + ".ack"; }

/// Calls `f` with mp_identity<Event> for each event of a list.
template <class Events, class F>
void for_each_event(F f) {
  mp11::mp_for_each<mp11::mp_transform<mp11::mp_identity, Events>>(f);
}

/// The document as it grows, event by event.
class Document {
 public:
  Document() { definitions_.docs = common_docs; }

  template <class Event>
  void add_server_event() {
    add_event<Event>("send");
  }

  template <class Event>
  void add_client_event() {
    using Reply = typename Event::Reply;
    const std::string ack = ack_of(Event::event);
    json::object& operation = add_event<Event>("receive");
    add_message(ack, "The answer to " + std::string(Event::event), ack_schema(reply_schema<Reply>()));
    operation["reply"] = json::object{{"channel", ref_to("channels/" + std::string(channel))},
                                      {"messages", json::array{channel_message(ack)}}};
  }

  json::object finish(std::string_view version) &&;

 private:
  template <class Event>
  json::object& add_event(std::string_view action);
  void add_message(const std::string& name, std::string_view summary, json::object payload);
  template <class Reply>
  json::object reply_schema();
  json::object ack_schema(json::object fields);

  schema::Definitions definitions_;
  json::object messages_;
  json::object channel_messages_;
  json::object operations_;
};

template <class Event>
json::object& Document::add_event(std::string_view action) {
  const std::string name{Event::event};
  definitions_.schemas[name] = schema::detail::struct_schema<Event>(definitions_);
  add_message(name, Event::about, {{"$ref", definitions_.prefix + name}});
  operations_[name] = json::object{{"action", action},
                                   {"channel", ref_to("channels/" + std::string(channel))},
                                   {"summary", Event::about},
                                   {"messages", json::array{channel_message(name)}}};
  return operations_[name].as_object();
}

void Document::add_message(const std::string& name, std::string_view summary, json::object payload) {
  messages_[name] =
      json::object{{"name", name}, {"title", name}, {"summary", summary}, {"payload", std::move(payload)}};
  channel_messages_[name] = ref_to("components/messages/" + name);
}

template <class Reply>
json::object Document::reply_schema() {
  if constexpr (mp11::mp_contains<ServerEvents, Reply>::value)
    return {{"$ref", definitions_.prefix + std::string(Reply::event)}};
  else
    return schema::json_schema_of<Reply>(definitions_);
}

json::object Document::ack_schema(json::object fields) {
  const auto outcome = [](bool is_ok) {
    return json::object{{"type", "object"},
                        {"properties", json::object{{"ok", json::object{{"type", "boolean"}, {"const", is_ok}}}}},
                        {"required", json::array{"ok"}}};
  };
  // A repeat, or an update that wrote nothing, is answered with the rev alone.
  json::object accepted = outcome(true);
  accepted["anyOf"] = json::array{std::move(fields), schema::json_schema_of<Done>(definitions_)};
  json::object refused = outcome(false);
  refused["properties"].as_object()["error"] = schema::json_schema_of<FailureBody>(definitions_);
  refused["required"].as_array().emplace_back("error");
  return {{"oneOf", json::array{std::move(accepted), std::move(refused)}}};
}

json::object Document::finish(std::string_view version) && {
  return {
      {"asyncapi", "3.0.0"},
      {"info", json::object{{"title", "collab-todo"}, {"version", version}, {"description", introduction}}},
      {"defaultContentType", "application/json"},
      {"servers",
       json::object{{"local", json::object{{"host", "localhost:7788"},
                                           {"protocol", "ws"},
                                           {"pathname", "/socket.io/"},
                                           {"description",
                                            "Socket.IO over WebSocket or HTTP long-polling, as `./run` starts it."},
                                           {"security", json::array{ref_to("components/securitySchemes/token")}}}}}},
      {"channels", json::object{{channel, json::object{{"address", "/"},
                                                       {"title", "The namespace of the todo lists"},
                                                       {"messages", std::move(channel_messages_)}}}}},
      {"operations", std::move(operations_)},
      {"components",
       json::object{
           {"schemas", std::move(definitions_.schemas)},
           {"messages", std::move(messages_)},
           {"securitySchemes",
            json::object{{"token", json::object{{"type", "http"},
                                                {"scheme", "bearer"},
                                                {"bearerFormat", "JWT"},
                                                {"description",
                                                 "Sent as `auth: { token }` in the Socket.IO CONNECT packet."}}}}}}},
  };
}

void append_indented(std::string& out, const json::value& value, std::size_t depth) {
  const auto new_line = [&out](std::size_t levels) { (out += '\n').append(2 * levels, ' '); };
  if (const json::object* object = value.if_object(); object && !object->empty()) {
    char separator = '{';
    for (const auto& [key, member] : *object) {
      out += separator;
      new_line(depth + 1);
      append_json_string(out, {key.data(), key.size()});
      out += ": ";
      append_indented(out, member, depth + 1);
      separator = ',';
    }
    new_line(depth);
    out += '}';
  } else if (const json::array* array = value.if_array(); array && !array->empty()) {
    char separator = '[';
    for (const json::value& element : *array) {
      out += separator;
      new_line(depth + 1);
      append_indented(out, element, depth + 1);
      separator = ',';
    }
    new_line(depth);
    out += ']';
  } else {
    append_json(out, value);
  }
}

}  // namespace

json::object asyncapi_document(std::string_view version) {
  Document document;
  for_each_event<ClientEvents>([&](auto type) { document.add_client_event<typename decltype(type)::type>(); });
  for_each_event<ServerEvents>([&](auto type) { document.add_server_event<typename decltype(type)::type>(); });
  return std::move(document).finish(version);
}

std::string asyncapi_text(std::string_view version) {
  std::string out;
  append_indented(out, asyncapi_document(version), 0);
  out += '\n';
  return out;
}

}  // namespace collab::events
