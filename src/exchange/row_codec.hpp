// Lists as Redis holds them: one hash per list, one field per row; and the messages in which servers tell each other of
// changes. Described in docs/redis.md.
//
// A row is `rev|…`: 13 digits, so that scripts compare rows without understanding them. Inside, a rev that is left
// empty is the row's own: whoever writes a row does not know its rev yet.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "model/change.hpp"

namespace collab::exchange {

/// The row that says where a list stands: "era state rev live". Scripts read it by position.
struct Meta {
  enum class State : char { live = 'l', deleted = 'd', absent = 'a' };
  Rev era = 0;
  State state = State::absent;
  Rev rev = 0;
  std::size_t live_items = 0;

  bool operator==(const Meta&) const = default;
};

inline constexpr std::string_view meta_field = "m";
/// The list's own row.
inline constexpr std::string_view head_field = "h";
/// Rewritten by every change of anything but items, so that a decision on members and links can demand that nothing of
/// them has moved: a row of a rev only.
inline constexpr std::string_view sharing_field = "v";
/// How many changes of the list wait for the store. Written by scripts only.
inline constexpr std::string_view unwritten_field = "n";
std::string item_field(const ItemId& item_id);
std::string member_field(const UserId& user_id);
std::string link_field(const LinkId& link_id);

/// A role as rows and scripts have it; '-' is Role::none.
char role_letter(Role role);
/// nullopt if it is no such letter.
std::optional<Role> parse_role(char letter);

/// A rev as rows have it: 13 digits with leading zeros.
std::string rev_text(Rev rev);
/// nullopt if it is no such text.
std::optional<Rev> parse_rev(std::string_view text);

std::string encode_meta(const Meta& meta);
std::optional<Meta> parse_meta(std::string_view text);
Meta meta_of(const ListState& state);
/// The first 15 bytes of a meta: era and state.
std::string guard_of(const Meta& meta);

/// A row to be written.
struct Row {
  std::string field;
  /// The rev of the row that the decision was made on; 0 = there was none; nullopt: the sharing row stands for it.
  std::optional<Rev> seen;
  std::string tail;  ///< the row without its rev
};

/// The rows that a change writes into a list of this state.
std::vector<Row> rows_of(const Change& change, const ListState& before);

/// Every field of the list, its meta included: what is installed where there was nothing.
std::vector<std::pair<std::string, std::string>> fields_of(const ListState& state);

/// Collects fields of a list's hash, in any order, into a state.
class StateReader {
 public:
  explicit StateReader(ListId list_id) { state_.id = list_id; }
  /// Begins with a state of which some rows are newer.
  explicit StateReader(const ListState& state) : state_(state) {}

  /// False if the value is no such row; then the state is not to be used.
  bool read(std::string_view field, std::string_view value);
  /// The state. Its era, rev and whether it is deleted are those of the meta, if one was read.
  ListState finish() &&;
  const std::optional<Meta>& meta() const { return meta_; }

 private:
  bool read_item(std::string_view id, Rev rev, std::string_view tail);
  bool read_member(std::string_view user, Rev rev, std::string_view tail);
  bool read_link(std::string_view id, Rev rev, std::string_view tail);
  bool read_head(Rev rev, std::string_view tail);

  ListState state_;
  std::optional<Meta> meta_;
};

/// A row of a change that is being read: see parse_message.
bool read_row(Change& change, std::string_view field, std::string_view tail);

/// What the head of a message says of a change, behind its revs: "kind user op". "-" is an op that there is not; "~…"
/// one that a server made up for a command without, so that a repetition of its own does no harm.
std::string message_head(const Change& change, std::optional<OpId> made_up = std::nullopt);
/// The whole message, as commit.lua makes it, of a change that has its rev.
std::string encode_message(Rev era, const Change& change);

struct Message {
  Rev era = 0;
  std::shared_ptr<Change> change;
  std::optional<OpId> made_up_op = {};  ///< instead of change->op_id
};
/// nullopt if it is none that we understand.
std::optional<Message> parse_message(const ListId& list_id, std::string_view text);
/// The fields of the rows that a message tells of. Valid as long as `text`.
std::vector<std::string_view> fields_of_message(std::string_view text);

/// The field of an op in the hash of ops.
std::string op_field(const UserId& user_id, const OpId& op_id);

}  // namespace collab::exchange
