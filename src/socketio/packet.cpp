#include "socketio/packet.hpp"

#include <array>
#include <charconv>

#include "core/json.hpp"
#include "core/utf8.hpp"

namespace collab::socketio {
namespace {

namespace json = boost::json;

constexpr std::size_t max_ack_id_digits = 16;
constexpr std::size_t max_attachment_digits = 4;

constexpr std::array<std::string_view, 6> reserved_events = {"connect",       "connect_error", "disconnect",
                                                             "disconnecting", "newListener",   "removeListener"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_binary(PacketType type) { return type == PacketType::binary_event || type == PacketType::binary_ack; }

/// The type that the application sees.
PacketType plain(PacketType type) {
  if (type == PacketType::binary_event) return PacketType::event;
  if (type == PacketType::binary_ack) return PacketType::ack;
  return type;
}

Decoded fault(std::string_view what) { return Decoded{DecodeStatus::error, {}, what}; }

/// Takes decimal digits, at most `max_digits`, from the front of `text`. nullopt if there are none or too many.
std::optional<std::uint64_t> take_number(std::string_view& text, std::size_t max_digits) {
  std::size_t length = 0;
  while (length < text.size() && is_digit(text[length])) ++length;
  if (length == 0 || length > max_digits) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + length, number);
  text.remove_prefix(length);
  return number;
}

/// What stands before the payload; `payload` is the rest.
struct Head {
  PacketType type = PacketType::event;
  std::size_t attachments = 0;
  std::string_view nsp = "/";
  std::optional<std::uint64_t> id = {};
  std::string_view payload = {};
  std::string_view error = {};  ///< not empty: the packet is faulty and the rest means nothing
};

Head faulty(std::string_view error) {
  Head head;
  head.error = error;
  return head;
}

Head read_head(std::string_view text, const DecodeLimits& limits) {
  if (text.empty() || text.front() < '0' || text.front() > '6') return faulty("unknown packet type");
  Head head;
  head.type = static_cast<PacketType>(text.front() - '0');
  text.remove_prefix(1);
  if (is_binary(head.type)) {
    const auto attachments = take_number(text, max_attachment_digits);
    if (!attachments || text.empty() || text.front() != '-') return faulty("illegal attachments");
    if (*attachments > limits.max_attachments) return faulty("too many attachments");
    head.attachments = static_cast<std::size_t>(*attachments);
    text.remove_prefix(1);
  }
  if (!text.empty() && text.front() == '/') {
    const std::size_t comma = text.find(',');
    head.nsp = text.substr(0, comma);
    if (head.nsp.size() > limits.max_namespace_length) return faulty("namespace too long");
    if (!is_valid_utf8(head.nsp)) return faulty("namespace is not UTF-8");
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  if (!text.empty() && is_digit(text.front())) {
    head.id = take_number(text, max_ack_id_digits);
    if (!head.id || *head.id > max_ack_id) return faulty("illegal ack id");
  }
  head.payload = text;
  const PacketType type = plain(head.type);
  if (head.id && type != PacketType::event && type != PacketType::ack) return faulty("ack id where none may be");
  if (!head.id && type == PacketType::ack) return faulty("ack without an id");
  return head;
}

bool is_valid_payload(PacketType type, const json::value& payload) {
  switch (plain(type)) {
    case PacketType::connect:
      return payload.is_object();
    case PacketType::connect_error:
      return payload.is_object() || payload.is_string();
    case PacketType::ack:
      return payload.is_array();
    case PacketType::event: {
      const json::array* array = payload.if_array();
      if (!array || array->empty()) return false;
      const json::string* name = array->front().if_string();
      return name && !is_reserved_event({name->data(), name->size()});
    }
    default:
      return false;  // DISCONNECT carries nothing
  }
}

bool may_lack_payload(PacketType type) { return type == PacketType::connect || type == PacketType::disconnect; }

/// Checks the placeholders in a binary packet's payload and gives them their one form. Recursion is bounded by
/// max_json_depth.
class PlaceholderCheck {
 public:
  explicit PlaceholderCheck(std::size_t attachments) : is_named_(attachments, false) {}

  /// True if every placeholder names an attachment, and every attachment is named.
  bool passes(json::value& payload) {
    return walk(payload) && std::find(is_named_.begin(), is_named_.end(), false) == is_named_.end();
  }

 private:
  bool walk(json::value& value) {
    if (json::array* array = value.if_array()) {
      for (json::value& element : *array) {
        if (!walk(element)) return false;
      }
      return true;
    }
    json::object* object = value.if_object();
    if (!object) return true;
    if (const json::value* mark = object->if_contains("_placeholder"); mark && mark->is_bool() && mark->get_bool()) {
      return take(*object);
    }
    for (auto& member : *object) {
      if (!walk(member.value())) return false;
    }
    return true;
  }

  bool take(json::object& placeholder) {
    const json::value* num = placeholder.if_contains("num");
    if (!num || !num->is_int64() || num->get_int64() < 0) return false;
    const auto index = static_cast<std::size_t>(num->get_int64());
    if (index >= is_named_.size()) return false;
    is_named_[index] = true;
    placeholder.clear();
    placeholder.emplace("_placeholder", true);
    placeholder.emplace("num", static_cast<std::int64_t>(index));
    return true;
  }

  std::vector<bool> is_named_;
};

void append_head(std::string& out, PacketType type, const PacketHead& head) {
  out += static_cast<char>('0' + static_cast<char>(type));
  if (is_binary(type)) {
    append_json_uint(out, head.attachments);
    out += '-';
  }
  if (head.nsp != "/" && !head.nsp.empty()) {
    out += head.nsp;
    out += ',';
  }
  if (head.id) append_json_uint(out, *head.id);
}

}  // namespace

std::string_view Packet::event_name() const {
  const json::string& name = data.get_array().front().get_string();
  return {name.data(), name.size()};
}

bool is_reserved_event(std::string_view name) {
  return std::find(reserved_events.begin(), reserved_events.end(), name) != reserved_events.end();
}

struct Decoder::Pending {
  Packet packet;
  std::size_t due = 0;    ///< attachments that have not come
  std::size_t bytes = 0;  ///< of those that have
};

Decoder::Decoder(const DecodeLimits& limits) : limits_(limits) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Decoded Decoder::add_text(std::string_view text, json::storage_ptr storage) {
  if (pending_) return fault("text while an attachment is due");
  const Head head = read_head(text, limits_);
  if (!head.error.empty()) return fault(head.error);
  if (head.payload.empty()) {
    if (!may_lack_payload(head.type)) return fault("payload missing");
    return Decoded{DecodeStatus::packet, Packet{head.type, std::string(head.nsp), {}, {}, {}}, {}};
  }

  if (head.attachments > 0) storage = {};
  std::optional<json::value> payload = parse_json(head.payload, std::move(storage));
  if (!payload || !is_valid_payload(head.type, *payload)) return fault("invalid payload");
  if (is_binary(head.type) && !PlaceholderCheck(head.attachments).passes(*payload)) return fault("illegal attachments");

  // Constructed, never assigned: assigning a value of another storage would copy it.
  Packet packet{plain(head.type), std::string(head.nsp), head.id, std::move(*payload), {}};
  if (head.attachments == 0) return Decoded{DecodeStatus::packet, std::move(packet), {}};
  pending_ = std::make_unique<Pending>(Pending{std::move(packet), head.attachments, 0});
  return Decoded{DecodeStatus::pending, {}, {}};
}

Decoded Decoder::add_binary(std::string_view bytes) {
  if (!pending_) return fault("attachment that was not announced");
  if (bytes.size() > limits_.max_attachment_bytes - pending_->bytes) return fault("attachments too large");
  pending_->bytes += bytes.size();
  pending_->packet.attachments.emplace_back(bytes);
  if (--pending_->due > 0) return Decoded{DecodeStatus::pending, {}, {}};
  const std::unique_ptr<Pending> done = std::move(pending_);
  return Decoded{DecodeStatus::packet, std::move(done->packet), {}};
}

void append_event(std::string& out, std::string_view name, std::string_view args_json, const PacketHead& head) {
  append_head(out, head.attachments ? PacketType::binary_event : PacketType::event, head);
  out += '[';
  append_json_string(out, name);
  if (!args_json.empty()) {
    out += ',';
    out += args_json;
  }
  out += ']';
}

void append_ack(std::string& out, std::uint64_t id, std::string_view args_json, const PacketHead& head) {
  PacketHead with_id = head;
  with_id.id = id;
  append_head(out, head.attachments ? PacketType::binary_ack : PacketType::ack, with_id);
  out += '[';
  out += args_json;
  out += ']';
}

void append_connect(std::string& out, std::string_view nsp, std::string_view sid) {
  append_head(out, PacketType::connect, {.nsp = nsp});
  out += R"({"sid":)";
  append_json_string(out, sid);
  out += '}';
}

void append_connect_error(std::string& out, std::string_view nsp, std::string_view message,
                          std::string_view data_json) {
  append_head(out, PacketType::connect_error, {.nsp = nsp});
  out += R"({"message":)";
  append_json_string(out, message);
  if (!data_json.empty()) {
    out += R"(,"data":)";
    out += data_json;
  }
  out += '}';
}

void append_disconnect(std::string& out, std::string_view nsp) {
  append_head(out, PacketType::disconnect, {.nsp = nsp});
}

void append_packet(std::string& out, const Packet& packet) {
  PacketType type = packet.type;
  if (!packet.attachments.empty() && type == PacketType::event) type = PacketType::binary_event;
  if (!packet.attachments.empty() && type == PacketType::ack) type = PacketType::binary_ack;
  append_head(out, type, {packet.nsp, packet.id, packet.attachments.size()});
  if (!packet.data.is_null()) append_json(out, packet.data);
}

}  // namespace collab::socketio
