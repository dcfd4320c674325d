// The events of a connection: greeting, fresh tokens, presence, offline queues, and failures.
#pragma once

#include "events/messages_fields.hpp"

namespace collab::events {

// --- To clients.

struct LimitsBody {
  static constexpr std::string_view title = "Limits";
  static constexpr std::string_view about = "What this server allows; 0 is no limit.";
  Count max_payload;
  Count events_per_second;
  Count items_per_list;
  Count lists_per_user;
  Count members_per_list;
  Count batch_ops;
};
BOOST_DESCRIBE_STRUCT(LimitsBody, (),
                      (max_payload, events_per_second, items_per_list, lists_per_user, members_per_list, batch_ops))

struct ConnectedEvent {
  static constexpr std::string_view event = "connected";
  static constexpr std::string_view about = "The token is good; the socket is in its user's personal room.";
  UserIdText user_id;
  schema::Timestamp server_time;
  schema::Text<1, 100> server_version;
  LimitsBody limits;
};
BOOST_DESCRIBE_STRUCT(ConnectedEvent, (), (user_id, server_time, server_version, limits))

struct PresenceBody {
  static constexpr std::string_view title = "Presence";
  UserIdText user_id;
  schema::Nullable<PersonName> name;
  std::optional<ItemId> item_id;
  PresenceState state;
};
BOOST_DESCRIBE_STRUCT(PresenceBody, (), (user_id, name, item_id, state))

struct PresenceStateEvent {
  static constexpr std::string_view event = "presence_state";
  static constexpr std::string_view about =
      "Who is looking at the list now. At most twice a second to the list's room.";
  ListId list_id;
  schema::List<PresenceBody, schema::unbounded> users;
};
BOOST_DESCRIBE_STRUCT(PresenceStateEvent, (), (list_id, users))

struct FaultBody {
  static constexpr std::string_view title = "Fault";
  static constexpr std::string_view about = "One fault of a payload, as Pydantic reports it.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({
      {"loc", "The path to the field: names, and indices as numbers."},
      {"msg", "For a person."},
      {"type", "For a program: `missing`, `string_too_long`, ..."},
  });
  schema::List<schema::AnyJson, schema::unbounded> loc;
  MessageText msg;
  schema::Text<1, 100> type;
};
BOOST_DESCRIBE_STRUCT(FaultBody, (), (loc, msg, type))

/// A failure: five events share it, and the `error` of an ack.
struct FailureBody {
  static constexpr std::string_view title = "Failure";
  static constexpr std::string_view about = "Why something was refused.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({
      {"event", "The event that this would have been without an ack."},
      {"code", "For a program."},
      {"message", "For a person."},
      {"errors", "Every fault of the payload; with `invalid_payload`."},
      {"item", "The item as it stands; with some conflicts."},
      {"retry_after_ms", "When to try again; with `rate_limited` and `unavailable`."},
  });
  schema::Text<1, 100> event;
  schema::Text<1, 100> code;
  MessageText message;
  std::optional<schema::List<FaultBody, schema::unbounded>> errors;
  std::optional<ItemBody> item;
  std::optional<Count> retry_after_ms;
};
BOOST_DESCRIBE_STRUCT(FailureBody, (), (event, code, message, errors, item, retry_after_ms))

struct ValidationErrorEvent : FailureBody {
  static constexpr std::string_view event = "validation_error";
  static constexpr std::string_view about =
      "The payload does not fit the schema; `errors` has every fault. Code `invalid_payload`.";
};
BOOST_DESCRIBE_STRUCT(ValidationErrorEvent, (FailureBody), ())

struct PermissionErrorEvent : FailureBody {
  static constexpr std::string_view event = "permission_error";
  static constexpr std::string_view about =
      "Not a member, or the role is too low: the same answer whether or not the list exists. Code `forbidden`.";
};
BOOST_DESCRIBE_STRUCT(PermissionErrorEvent, (FailureBody), ())

struct AuthErrorEvent : FailureBody {
  static constexpr std::string_view event = "auth_error";
  static constexpr std::string_view about =
      "The token is at fault. Codes `token_missing`, `token_invalid`, `token_expired`.";
};
BOOST_DESCRIBE_STRUCT(AuthErrorEvent, (FailureBody), ())

struct ActionErrorEvent : FailureBody {
  static constexpr std::string_view event = "action_error";
  static constexpr std::string_view about =
      "The action cannot be done. Codes `not_found` (never existed), `gone` (deleted), `already_exists`, "
      "`limit_exceeded`.";
};
BOOST_DESCRIBE_STRUCT(ActionErrorEvent, (FailureBody), ())

struct ErrorEvent : FailureBody {
  static constexpr std::string_view event = "error";
  static constexpr std::string_view about =
      "Anything else. Codes `revision_conflict` (after a `list_snapshot`), `rate_limited`, `unavailable` (the "
      "outcome may be unknown: repeat with the same op_id), `unknown_event`, `internal`.";
};
BOOST_DESCRIBE_STRUCT(ErrorEvent, (FailureBody), ())

// --- From clients.

struct AuthenticateEvent {
  static constexpr std::string_view event = "authenticate";
  static constexpr std::string_view about = "A fresh token of the same user on a live connection.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({{"token", "A JWT."}});
  using Reply = Done;
  schema::Text<1, 8'192> token;
};
BOOST_DESCRIBE_STRUCT(AuthenticateEvent, (), (token))

struct PresenceEvent {
  static constexpr std::string_view event = "presence";
  static constexpr std::string_view about =
      "Says what the user is doing in a list. Never stored; ends with the socket, or 10 s after the last refresh.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({
      {"item_id", "Where in the list, if anywhere."},
      {"state", "A short word of the client's choosing, such as `viewing` or `editing`."},
  });
  using Reply = Done;
  ListId list_id;
  std::optional<ItemId> item_id;
  PresenceState state;
};
BOOST_DESCRIBE_STRUCT(PresenceEvent, (), (list_id, item_id, state))

struct BatchOp {
  static constexpr std::string_view title = "BatchOp";
  static constexpr std::string_view about =
      "One event of an offline queue. What is wrong with it is its own reply's matter.";
  static constexpr auto docs = std::to_array<schema::FieldDoc>({
      {"event", "An event that changes something; not `batch`."},
      {"data", "Its payload."},
  });
  schema::Text<1, 64> event;
  std::optional<schema::AnyJson> data;
};
BOOST_DESCRIBE_STRUCT(BatchOp, (), (event, data))

struct BatchReplies {
  static constexpr std::string_view title = "BatchReplies";
  static constexpr std::string_view about = "One reply per op, in order, each as its own ack would be.";
  schema::List<schema::AnyJson, schema::unbounded> replies;
};
BOOST_DESCRIBE_STRUCT(BatchReplies, (), (replies))

struct BatchEvent {
  static constexpr std::string_view event = "batch";
  static constexpr std::string_view about =
      "An offline queue, in order. One op's refusal does not stop the others, but after `unavailable` the rest "
      "answer `unavailable`, untried. At most one conflict snapshot per list, at the end.";
  static constexpr std::size_t max_ops = 500;
  using Reply = BatchReplies;
  schema::List<BatchOp, max_ops> ops;
};
BOOST_DESCRIBE_STRUCT(BatchEvent, (), (ops))

}  // namespace collab::events
