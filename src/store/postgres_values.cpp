#include "store/postgres_values.hpp"

#include <boost/endian/conversion.hpp>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace collab::store::pg {
namespace {

// Their clock counts microseconds from the year 2000.
constexpr EpochMs their_epoch = 946'684'800'000;
constexpr std::int64_t microseconds = 1'000;

constexpr std::string_view escape = "\xEE\x80\x80";          // U+E000
constexpr std::string_view escaped_escape = "\xEE\x80\x81";  // U+E001, behind U+E000

template <class Integer>
void put_integer(std::string& out, Integer value) {
  const Integer big = boost::endian::native_to_big(value);
  out.append(reinterpret_cast<const char*>(&big), sizeof big);
}

template <class Integer>
Integer get_integer(std::string_view bytes) {
  Integer value{};
  std::memcpy(&value, bytes.data(), sizeof value);
  return boost::endian::big_to_native(value);
}

std::int64_t to_their_time(EpochMs time) { return (time - their_epoch) * microseconds; }

void put_uuid(std::string& out, const Uuid& id) {
  out.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

void put_element(std::string& out, std::string_view bytes) {
  put_integer(out, static_cast<std::int32_t>(bytes.size()));
  out.append(bytes);
}

Oid array_of(Type element) {
  switch (element) {
    case Type::boolean:
      return 1000;
    case Type::bytes:
      return 1001;
    case Type::integer:
      return 1016;
    case Type::text:
      return 1009;
    case Type::time:
      return 1185;
    case Type::uuid:
      return 2951;
  }
  return 0;
}

}  // namespace

std::string text_for_database(std::string_view text) {
  std::string out;
  if (text.find('\0') == text.npos && text.find(escape) == text.npos) return out.assign(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0') {
      out.append(escape).append(escape);
    } else if (text.substr(i).starts_with(escape)) {
      out.append(escape).append(escaped_escape);
      i += escape.size() - 1;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string text_from_database(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t found = text.find(escape);
    out.append(text.substr(0, found));
    if (found == text.npos) return out;
    text.remove_prefix(found + escape.size());
    if (text.starts_with(escape)) {
      out += '\0';
      text.remove_prefix(escape.size());
    } else {
      out.append(escape);
      if (text.starts_with(escaped_escape)) text.remove_prefix(escaped_escape.size());
    }
  }
}

EpochMs time_from_database(std::int64_t time) {
  const std::int64_t down = time % microseconds < 0 ? 1 : 0;  // division rounds towards zero
  return time / microseconds - down + their_epoch;
}

Column& Column::add(const Uuid& id) {
  ++count_;
  put_integer(elements_, static_cast<std::int32_t>(id.bytes.size()));
  put_uuid(elements_, id);
  return *this;
}

Column& Column::add(std::int64_t value) {
  ++count_;
  put_integer(elements_, static_cast<std::int32_t>(sizeof value));
  put_integer(elements_, type_ == Type::time ? to_their_time(value) : value);
  return *this;
}

Column& Column::add_boolean(bool value) {
  ++count_;
  put_element(elements_, value ? std::string_view("\1", 1) : std::string_view("\0", 1));
  return *this;
}

Column& Column::add(std::string_view value) {
  ++count_;
  if (type_ == Type::text)
    put_element(elements_, text_for_database(value));
  else
    put_element(elements_, value);
  return *this;
}

Column& Column::add_null() {
  ++count_;
  has_null_ = true;
  put_integer(elements_, std::int32_t{-1});
  return *this;
}

Oid Column::array_oid() const { return array_of(type_); }

// array_recv: dimensions, whether there are nulls, the elements' type, then of each dimension its size and first index.
std::string Column::array() const {
  std::string out;
  out.reserve(elements_.size() + 20);
  put_integer(out, std::int32_t{count_ > 0 ? 1 : 0});
  put_integer(out, std::int32_t{has_null_ ? 1 : 0});
  put_integer(out, static_cast<std::int32_t>(type_));
  if (count_ == 0) return out;
  put_integer(out, count_);
  put_integer(out, std::int32_t{1});
  return out.append(elements_);
}

Params& Params::put(Oid type, std::optional<std::string> value) {
  types_.push_back(type);
  values_.push_back(std::move(value));
  return *this;
}

Params& Params::add(const Uuid& id) {
  std::string bytes;
  put_uuid(bytes, id);
  return put(static_cast<Oid>(Type::uuid), std::move(bytes));
}

Params& Params::add(std::int64_t value) {
  std::string bytes;
  put_integer(bytes, value);
  return put(static_cast<Oid>(Type::integer), std::move(bytes));
}

Params& Params::add(std::string_view text) { return put(static_cast<Oid>(Type::text), text_for_database(text)); }

Params& Params::add(const std::optional<std::string>& text) {
  if (text) return add(*text);
  return put(static_cast<Oid>(Type::text), std::nullopt);
}

Params& Params::add(const Column& column) { return put(column.array_oid(), column.array()); }

Params& Params::add_boolean(bool value) {
  return put(static_cast<Oid>(Type::boolean), std::string(1, value ? '\1' : '\0'));
}

Params& Params::add_bytes(std::string_view bytes) { return put(static_cast<Oid>(Type::bytes), std::string(bytes)); }

void throw_exception_from_error(const Fault& fault, const boost::source_location&) {
  throw std::logic_error("a fault of the database was not looked at: " + fault.cause);
}

Fault::Kind kind_of(std::string_view state) {
  if (state == "40001" || state == "40P01") return Fault::Kind::retry;
  if (state.starts_with("22") || state.starts_with("23")) return Fault::Kind::data;
  if (state == "TD001") return Fault::Kind::chain;
  if (state == "TD002") return Fault::Kind::fenced;
  return Fault::Kind::outage;
}

Fault fault_of(const PGresult* result) {
  const auto field = [result](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string(text ? text : "");
  };
  const std::string state = field(PG_DIAG_SQLSTATE);
  Fault fault{Fault::Kind::outage, field(PG_DIAG_MESSAGE_PRIMARY), field(PG_DIAG_CONSTRAINT_NAME)};
  if (fault.cause.empty()) fault.cause = PQresultErrorMessage(result);
  if (fault.cause.empty()) fault.cause = "the connection was lost";
  if (!state.empty()) fault.cause += " (SQLSTATE " + state + ")";
  fault.kind = kind_of(state);
  return fault;
}

std::string_view Row::bytes(int column) const {
  return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
}

std::int64_t Row::integer(int column) const {
  const std::string_view value = bytes(column);
  if (value.size() == 8) return get_integer<std::int64_t>(value);
  return value.size() == 4 ? get_integer<std::int32_t>(value) : 0;
}

std::optional<std::int64_t> Row::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

bool Row::boolean(int column) const { return !is_null(column) && bytes(column) != std::string_view("\0", 1); }

EpochMs Row::time(int column) const { return time_from_database(integer(column)); }

std::optional<EpochMs> Row::optional_time(int column) const {
  return is_null(column) ? std::nullopt : std::optional(time(column));
}

std::optional<std::string> Row::optional_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

Uuid Row::uuid(int column) const {
  Uuid id;
  const std::string_view value = bytes(column);
  if (value.size() == id.bytes.size()) std::memcpy(id.bytes.data(), value.data(), value.size());
  return id;
}

std::size_t Rows::affected() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::size_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

}  // namespace collab::store::pg
