#include "exchange/row_codec.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>

#include "core/json.hpp"
#include "exchange/keys.hpp"

namespace collab::exchange {
namespace {

namespace json = boost::json;

constexpr std::size_t rev_digits = 13;
constexpr std::string_view role_letters = "-veo";  // in the order of Role

/// Sent between servers of different versions: never renamed.
constexpr std::array<std::string_view, 15> kind_names = {
    "list_created",   "list_updated",  "list_deleted",          "list_restored", "member_set",
    "member_removed", "member_left",   "ownership_transferred", "item_added",    "item_updated",
    "item_deleted",   "item_restored", "link_created",          "link_revoked",  "nothing"};

std::optional<ChangeKind> parse_kind(std::string_view name) {
  const auto found = std::find(kind_names.begin(), kind_names.end(), name);
  if (found == kind_names.end()) return std::nullopt;
  return static_cast<ChangeKind>(found - kind_names.begin());
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Takes what stands before the next `separator` off the front of `text`, and the separator.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

// ----------------------------------------------------------------------------------------------------------- JSON

/// Writes `{"k":value,…}`, leaving out what is absent.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  void text(char key, std::string_view value) {
    name(key);
    append_json_string(out_, value);
  }
  void text_if(char key, const std::optional<std::string>& value) {
    if (value) text(key, *value);
  }
  void number(char key, std::int64_t value) {
    name(key);
    append_json_int(out_, value);
  }
  void finish() { out_ += '}'; }

 private:
  void name(char key) {
    if (out_.back() != '{') out_ += ',';
    out_ += '"';
    out_ += key;
    out_ += "\":";
  }
  std::string& out_;
};

/// Reads it. What is missing or of another type is as if it were absent, but noted where it is demanded.
class ObjectReader {
 public:
  explicit ObjectReader(std::string_view text) : value_(parse_json(text, &storage_)) {
    object_ = value_ ? value_->if_object() : nullptr;
  }
  bool is_good() const { return object_ && !lacks_; }

  std::optional<std::string> text_or_none(std::string_view key) {
    const json::value* value = find(key);
    const json::string* text = value ? value->if_string() : nullptr;
    return text ? std::optional(std::string(*text)) : std::nullopt;
  }
  std::string text(std::string_view key) {
    auto value = text_or_none(key);
    lacks_ = lacks_ || !value;
    return value ? std::move(*value) : std::string();
  }
  std::optional<std::int64_t> number_or_none(std::string_view key) {
    const json::value* value = find(key);
    return value && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
  }
  std::int64_t number(std::string_view key) {
    const auto value = number_or_none(key);
    lacks_ = lacks_ || !value;
    return value.value_or(0);
  }

 private:
  const json::value* find(std::string_view key) const { return object_ ? object_->if_contains(key) : nullptr; }

  std::array<unsigned char, 2048> buffer_;
  json::monotonic_resource storage_{buffer_.data(), buffer_.size()};
  std::optional<json::value> value_;
  const json::object* object_ = nullptr;
  bool lacks_ = false;
};

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, fault] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (fault != std::errc() || end != text.data() + i + 2) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

// ----------------------------------------------------------------------------------------------------------- rows

void append_own_rev(std::string& tail, Rev rev, Rev row_rev) {
  tail += '|';
  if (rev != row_rev) append_json_int(tail, rev);
}

/// A rev inside a row of this rev.
bool read_own_rev(std::string_view& tail, Rev row_rev, Rev& rev) {
  const std::string_view text = take(tail, '|');
  if (text.empty()) return rev = row_rev, true;
  const auto parsed = parse_number<Rev>(text);
  if (!parsed || *parsed < 0 || text.size() > rev_digits) return false;
  rev = *parsed;
  return true;
}

std::string tail_of(const Item& item) {
  std::string tail;
  for (const Rev rev : item.field_revs) append_own_rev(tail, rev, item.rev);
  tail += '|';
  ObjectWriter out(tail);
  out.text('n', item.name);
  out.text_if('d', item.description);
  out.number('s', static_cast<std::int64_t>(item.status));
  if (item.done) out.number('o', 1);
  out.text_if('t', item.due_date);
  out.text_if('m', item.media_url);
  out.text('p', item.position);
  if (item.is_deleted) out.number('x', 1);
  out.number('c', item.created_at);
  out.number('u', item.updated_at);
  out.text('b', item.created_by.value);
  out.text('w', item.updated_by.value);
  out.finish();
  return tail;
}

SharedItem parse_item(std::string_view id, Rev rev, std::string_view tail) {
  const auto item_id = ItemId::parse(id);
  if (!item_id || tail.empty()) return nullptr;
  auto item = std::make_shared<Item>();
  item->id = *item_id;
  item->rev = rev;
  tail.remove_prefix(1);
  for (Rev& field_rev : item->field_revs)
    if (!read_own_rev(tail, rev, field_rev)) return nullptr;
  ObjectReader in(tail);
  item->name = in.text("n");
  item->description = in.text_or_none("d");
  const std::int64_t status = in.number("s");
  if (status < 0 || status > 2) return nullptr;
  item->status = static_cast<Status>(status);
  item->done = in.number_or_none("o").has_value();
  item->due_date = in.text_or_none("t");
  item->media_url = in.text_or_none("m");
  item->position = in.text("p");
  item->is_deleted = in.number_or_none("x").has_value();
  item->created_at = in.number("c");
  item->updated_at = in.number("u");
  item->created_by.value = in.text("b");
  item->updated_by.value = in.text("w");
  return in.is_good() ? item : nullptr;
}

std::string tail_of(const Member& member) {
  std::string tail = "|";
  tail += role_letter(member.role);
  tail += '|';
  ObjectWriter out(tail);
  out.text_if('n', member.name);
  out.finish();
  return tail;
}

std::optional<Member> parse_member(std::string_view user, Rev rev, std::string_view tail) {
  auto name = unescape(user);
  if (!name || tail.size() < 3 || tail[0] != '|' || tail[2] != '|') return std::nullopt;
  const auto role = parse_role(tail[1]);
  if (!role) return std::nullopt;
  ObjectReader in(tail.substr(3));
  Member member{UserId{std::move(*name)}, in.text_or_none("n"), *role, rev};
  return in.is_good() ? std::optional(std::move(member)) : std::nullopt;
}

std::string tail_of(const ShareLink& link) {
  std::string tail = "|";
  ObjectWriter out(tail);
  out.text('h', to_hex(link.secret_hash));
  out.number('r', static_cast<std::int64_t>(link.role));
  if (link.expires_at) out.number('e', *link.expires_at);
  if (link.is_revoked) out.number('x', 1);
  out.number('c', link.created_at);
  out.finish();
  return tail;
}

std::optional<ShareLink> parse_link(std::string_view id, Rev rev, std::string_view tail) {
  const auto link_id = LinkId::parse(id);
  if (!link_id || tail.empty()) return std::nullopt;
  ObjectReader in(tail.substr(1));
  auto hash = from_hex(in.text("h"));
  const std::int64_t role = in.number("r");
  if (!hash || role < 0 || role > 3) return std::nullopt;
  ShareLink link{*link_id,
                 std::move(*hash),
                 static_cast<Role>(role),
                 in.number_or_none("e"),
                 in.number_or_none("x").has_value(),
                 in.number("c"),
                 rev};
  return in.is_good() ? std::optional(std::move(link)) : std::nullopt;
}

std::string tail_of(const ListRow& row, Rev row_rev, Rev purge_floor) {
  std::string tail;
  append_own_rev(tail, row.name_rev, row_rev);
  tail += '|';
  ObjectWriter out(tail);
  out.text('n', row.name);
  out.text('o', row.owner_id.value);
  if (row.is_deleted) out.number('x', 1);
  out.number('c', row.created_at);
  out.number('u', row.updated_at);
  if (purge_floor != 0) out.number('f', purge_floor);
  out.finish();
  return tail;
}

struct Head {
  ListRow row;
  Rev purge_floor = 0;
};

std::optional<Head> parse_head(Rev rev, std::string_view tail) {
  if (tail.empty()) return std::nullopt;
  tail.remove_prefix(1);
  Head head;
  if (!read_own_rev(tail, rev, head.row.name_rev)) return std::nullopt;
  ObjectReader in(tail);
  head.row.name = in.text("n");
  head.row.owner_id.value = in.text("o");
  head.row.is_deleted = in.number_or_none("x").has_value();
  head.row.created_at = in.number("c");
  head.row.updated_at = in.number("u");
  head.purge_floor = in.number_or_none("f").value_or(0);
  return in.is_good() ? std::optional(std::move(head)) : std::nullopt;
}

/// Sets the row in the place of its predecessor, or where its key belongs.
template <class Row, class Key>
void put(std::shared_ptr<const std::vector<Row>>& rows, Row row, Key key) {
  auto next = std::make_shared<std::vector<Row>>(*rows);
  const auto place =
      std::lower_bound(next->begin(), next->end(), row, [key](const Row& a, const Row& b) { return a.*key < b.*key; });
  if (place != next->end() && (*place).*key == row.*key)
    *place = std::move(row);
  else
    next->insert(place, std::move(row));
  rows = std::move(next);
}

}  // namespace

std::string item_field(const ItemId& item_id) { return "i:" + item_id.to_string(); }
std::string member_field(const UserId& user_id) { return "u:" + escape(user_id.value); }
std::string link_field(const LinkId& link_id) { return "k:" + link_id.to_string(); }
std::string op_field(const UserId& user_id, const OpId& op_id) {
  return op_id.to_string() + ' ' + escape(user_id.value);
}

char role_letter(Role role) { return role_letters[static_cast<std::size_t>(role)]; }

std::optional<Role> parse_role(char letter) {
  const std::size_t role = role_letters.find(letter);
  if (role == std::string_view::npos) return std::nullopt;
  return static_cast<Role>(role);
}

std::string rev_text(Rev rev) {
  std::string digits = std::to_string(rev);
  if (digits.size() < rev_digits) digits.insert(0, rev_digits - digits.size(), '0');
  return digits;
}

std::optional<Rev> parse_rev(std::string_view text) {
  if (text.size() != rev_digits || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return parse_number<Rev>(text);
}

std::string encode_meta(const Meta& meta) {
  return guard_of(meta) + ' ' + rev_text(meta.rev) + ' ' + std::to_string(meta.live_items);
}

std::string guard_of(const Meta& meta) { return rev_text(meta.era) + ' ' + static_cast<char>(meta.state); }

std::optional<Meta> parse_meta(std::string_view text) {
  const auto era = parse_rev(take(text, ' '));
  const std::string_view state = take(text, ' ');
  const auto rev = parse_rev(take(text, ' '));
  const auto live = parse_number<std::size_t>(text);
  if (!era || !rev || !live || state.size() != 1 || std::string_view("lda").find(state) == std::string_view::npos)
    return std::nullopt;
  return Meta{*era, static_cast<Meta::State>(state[0]), *rev, *live};
}

Meta meta_of(const ListState& state) {
  const auto is = !state.exists() ? Meta::State::absent : state.is_deleted ? Meta::State::deleted : Meta::State::live;
  return {state.era, is, state.rev, state.live_items};
}

std::vector<Row> rows_of(const Change& change, const ListState& before) {
  std::vector<Row> rows;
  if (change.item) {
    const SharedItem* present = before.find_item(change.item->id);
    rows.push_back({item_field(change.item->id), present ? (*present)->rev : 0, tail_of(*change.item)});
  }
  if (!change.list && !change.link && change.members.empty()) return rows;
  rows.push_back({std::string(sharing_field), before.sharing_rev, ""});
  if (change.list)
    rows.push_back({std::string(head_field), std::nullopt, tail_of(*change.list, change.rev, before.purge_floor)});
  for (const Member& member : change.members)
    rows.push_back({member_field(member.user_id), std::nullopt, tail_of(member)});
  if (change.link) rows.push_back({link_field(change.link->id), std::nullopt, tail_of(*change.link)});
  return rows;
}

std::vector<std::pair<std::string, std::string>> fields_of(const ListState& state) {
  std::vector<std::pair<std::string, std::string>> fields;
  fields.emplace_back(meta_field, encode_meta(meta_of(state)));
  if (!state.exists()) return fields;
  const ListRow row{state.name, state.name_rev, state.owner_id, state.is_deleted, state.created_at, state.updated_at};
  fields.emplace_back(sharing_field, rev_text(state.sharing_rev));
  fields.emplace_back(head_field, rev_text(state.own_rev) + tail_of(row, state.own_rev, state.purge_floor));
  for (const Member& member : *state.members)
    fields.emplace_back(member_field(member.user_id), rev_text(member.rev) + tail_of(member));
  for (const ShareLink& link : *state.links)
    fields.emplace_back(link_field(link.id), rev_text(link.rev) + tail_of(link));
  state.items.for_each([&fields](const ItemId& id, const SharedItem& item) {
    fields.emplace_back(item_field(id), rev_text(item->rev) + tail_of(*item));
  });
  return fields;
}

// ----------------------------------------------------------------------------------------------------------- states

bool StateReader::read(std::string_view field, std::string_view value) {
  if (field == meta_field) {
    meta_ = parse_meta(value);
    return meta_.has_value();
  }
  if (field == unwritten_field) return true;
  const auto rev = parse_rev(value.substr(0, rev_digits));
  if (!rev) return false;
  const std::string_view tail = value.substr(rev_digits);
  if (field == sharing_field) {
    state_.sharing_rev = *rev;
    return true;
  }
  if (field == head_field) return read_head(*rev, tail);
  if (field.starts_with("i:")) return read_item(field.substr(2), *rev, tail);
  if (field.starts_with("u:")) return read_member(field.substr(2), *rev, tail);
  if (field.starts_with("k:")) return read_link(field.substr(2), *rev, tail);
  return true;  // of a newer version
}

bool StateReader::read_item(std::string_view id, Rev rev, std::string_view tail) {
  SharedItem item = parse_item(id, rev, tail);
  if (!item) return false;
  const SharedItem* before = state_.find_item(item->id);
  if (before && !(*before)->is_deleted) --state_.live_items;
  if (!item->is_deleted) ++state_.live_items;
  if (item->position > state_.last_position) state_.last_position = item->position;
  state_.items_rev = std::max(state_.items_rev, rev);
  const ItemId item_id = item->id;
  state_.items = std::move(state_.items).set(item_id, std::move(item));
  return true;
}

bool StateReader::read_member(std::string_view user, Rev rev, std::string_view tail) {
  auto member = parse_member(user, rev, tail);
  if (!member) return false;
  put(state_.members, std::move(*member), &Member::user_id);
  return true;
}

bool StateReader::read_link(std::string_view id, Rev rev, std::string_view tail) {
  auto link = parse_link(id, rev, tail);
  if (!link) return false;
  put(state_.links, std::move(*link), &ShareLink::id);
  return true;
}

bool StateReader::read_head(Rev rev, std::string_view tail) {
  const auto head = parse_head(rev, tail);
  if (!head) return false;
  state_.own_rev = rev;
  state_.name = head->row.name;
  state_.name_rev = head->row.name_rev;
  state_.owner_id = head->row.owner_id;
  state_.is_deleted = head->row.is_deleted;
  state_.created_at = head->row.created_at;
  state_.updated_at = head->row.updated_at;
  state_.purge_floor = head->purge_floor;
  return true;
}

ListState StateReader::finish() && {
  if (meta_) {
    state_.era = meta_->era;
    state_.rev = meta_->rev;
    state_.live_items = meta_->live_items;
    state_.is_deleted = meta_->state == Meta::State::deleted;
  }
  return std::move(state_);
}

// ----------------------------------------------------------------------------------------------------------- messages

bool read_row(Change& change, std::string_view field, std::string_view tail) {
  if (field.starts_with("i:")) {
    change.item = parse_item(field.substr(2), change.rev, tail);
    return change.item != nullptr;
  }
  if (field.starts_with("u:")) {
    auto member = parse_member(field.substr(2), change.rev, tail);
    if (member) change.members.push_back(std::move(*member));
    return member.has_value();
  }
  if (field.starts_with("k:")) {
    change.link = parse_link(field.substr(2), change.rev, tail);
    return change.link.has_value();
  }
  if (field != head_field) return true;
  const auto head = parse_head(change.rev, tail);
  if (head) change.list = head->row;
  return head.has_value();
}

std::string message_head(const Change& change, std::optional<OpId> made_up) {
  std::string head(kind_names[static_cast<std::size_t>(change.kind)]);
  head += ' ';
  head += escape(change.user_id.value);
  head += ' ';
  head += change.op_id ? change.op_id->to_string() : made_up ? "~" + made_up->to_string() : "-";
  return head;
}

std::string encode_message(Rev era, const Change& change) {
  std::string text = rev_text(era) + ' ' + rev_text(change.rev) + ' ' + rev_text(change.prev_rev) + ' ';
  text += message_head(change);
  const ListState nothing;
  for (const Row& row : rows_of(change, nothing)) {
    text += '\n';
    text += row.field;
    text += ' ';
    text += row.tail;
  }
  return text;
}

std::optional<Message> parse_message(const ListId& list_id, std::string_view text) {
  std::string_view head = take(text, '\n');
  const auto era = parse_rev(take(head, ' ')), rev = parse_rev(take(head, ' ')), prev_rev = parse_rev(take(head, ' '));
  const auto kind = parse_kind(take(head, ' '));
  auto user = unescape(take(head, ' '));
  const std::string_view op = take(head, ' ');
  if (!era || !rev || !prev_rev || !kind || !user || op.empty()) return std::nullopt;

  Message message{*era, std::make_shared<Change>()};
  Change& change = *message.change;
  change.kind = *kind;
  change.list_id = list_id;
  change.rev = *rev;
  change.prev_rev = *prev_rev;
  change.user_id.value = std::move(*user);
  if (op.starts_with('~'))
    message.made_up_op = OpId::parse(op.substr(1));
  else if (op != "-")
    change.op_id = OpId::parse(op);
  if (op != "-" && !change.op_id && !message.made_up_op) return std::nullopt;
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    const std::string_view field = take(line, ' ');
    if (!read_row(change, field, line)) return std::nullopt;
  }
  return message;
}

std::vector<std::string_view> fields_of_message(std::string_view text) {
  std::vector<std::string_view> fields;
  take(text, '\n');
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    fields.push_back(take(line, ' '));
  }
  return fields;
}

}  // namespace collab::exchange
