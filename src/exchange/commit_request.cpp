#include "exchange/commit_request.hpp"

#include "exchange/row_codec.hpp"
#include "exchange/scripts.hpp"
#include "model/permission.hpp"

namespace collab::exchange {
namespace {

/// A row that was seen, as scripts compare it: "" = there was none.
std::string seen_text(Rev rev) { return rev == 0 ? std::string() : rev_text(rev); }

/// The letters of the roles that may do this; "*" = whoever.
std::string roles_for(const Command& command) {
  const Role least = role_needed_for(command);
  if (least == Role::none) return "*";
  std::string letters;
  for (const Role role : {Role::viewer, Role::editor, Role::owner})
    if (role >= least) letters += role_letter(role);
  return letters;
}

Meta::State state_after(const Change& change, Meta::State before) {
  if (change.list) return change.list->is_deleted ? Meta::State::deleted : Meta::State::live;
  return before == Meta::State::absent ? Meta::State::live : before;
}

/// By how much the change moves the number of live items.
int live_items_of(const Change& change, const ListState& before) {
  if (!change.item) return 0;
  const SharedItem* present = before.find_item(change.item->id);
  return (change.item->is_deleted ? 0 : 1) - (present && !(*present)->is_deleted ? 1 : 0);
}

/// The row that the command is about, compared and not written; `seen` is what it is compared with.
redis::Arguments row_to_compare(const Attempt& attempt) {
  const CommandTurns::Row item = row_of(attempt.command);
  const SharedItem* present = item ? attempt.state->find_item(*item) : nullptr;
  const Rev seen = item ? (present ? (*present)->rev : 0) : attempt.state->sharing_rev;
  redis::Arguments row;
  row.add(item ? item_field(*item) : std::string(sharing_field));
  row.add(attempt.decision ? seen_text(seen) : "never").add("");
  return row;
}

redis::Arguments rows_to_write(const Attempt& attempt) {
  redis::Arguments rows;
  for (const Row& row : rows_of(*attempt.decision, *attempt.state))
    rows.add(row.field).add(row.seen ? seen_text(*row.seen) : "*").add(row.tail);
  return rows;
}

}  // namespace

/// The item that the command is about, if it is about one.
CommandTurns::Row row_of(const Command& command) {
  return std::visit(
      [](const auto& action) -> CommandTurns::Row {
        if constexpr (requires { action.item_id; })
          return action.item_id;
        else
          return std::nullopt;
      },
      command.action);
}

CommitRequest commit_request(const Keys& names, const Attempt& attempt, const CommitRules& limits) {
  const Command& command = attempt.command;
  const Meta before = meta_of(*attempt.state);
  const bool writes = attempt.decision && !attempt.is_nothing();
  const bool needs_list_rev =
      limits.rules.conflict_scope == ConflictScope::list && attempt.decision && attempt.decision->item;
  const unsigned partition = names.partition_of(command.list_id);

  CommitRequest request;
  request.keys.add(names.list(command.list_id)).add(names.ops(command.list_id));
  request.keys.add(names.writes(partition)).add(names.era(partition));
  redis::Arguments& arguments = request.arguments;
  arguments.add(guard_of(before));
  arguments.add(writes ? std::string(1, static_cast<char>(state_after(*attempt.decision, before.state))) : "=");
  arguments.add(member_field(command.user_id)).add(roles_for(command));
  arguments.add(op_field(command.user_id, attempt.op));
  arguments.add(needs_list_rev ? rev_text(attempt.state->rev) : "");
  arguments.add(writes ? live_items_of(*attempt.decision, *attempt.state) : 0).add(limits.rules.items_per_list);
  arguments.add(limits.write_stream_max);
  arguments.add(attempt.decision ? message_head(*attempt.decision, attempt.op) : "-");
  arguments.append(writes ? rows_to_write(attempt) : row_to_compare(attempt));
  return request;
}

/// Gives a change that was decided under a guessed rev the one that it got.
ListView told_state(const Attempt& attempt, const redis::Reply& reply) {
  const auto& told = reply.elements;
  if (scripts::verdict_of(reply) != "MOVED" || told.size() < 4) return nullptr;
  const auto meta = parse_meta(told[1].text);
  if (!meta || guard_of(*meta) != guard_of(meta_of(*attempt.state))) return nullptr;
  const CommandTurns::Row item = row_of(attempt.command);
  if (item && attempt.state->exists()) {
    StateReader reader(*attempt.state);
    bool is_good = reader.read(meta_field, told[1].text);
    if (!told[2].is_nil()) is_good = is_good && reader.read(member_field(attempt.command.user_id), told[2].text);
    if (!told[3].is_nil()) is_good = is_good && reader.read(item_field(*item), told[3].text);
    return is_good ? std::make_shared<const ListState>(std::move(reader).finish()) : nullptr;
  }
  if (attempt.decision) return nullptr;
  if (meta->rev == attempt.state->rev) return attempt.state;
  // What is not about an item depends on nothing that leaves this row as it is.
  const Rev sharing_rev = parse_rev(std::string_view(told[3].text).substr(0, 13)).value_or(0);
  return !item && sharing_rev == attempt.state->sharing_rev ? attempt.state : nullptr;
}

SharedChange with_rev(const Change& decided, Rev rev, Rev prev_rev) {
  auto change = std::make_shared<Change>(decided);
  const Rev guess = decided.rev;
  const auto set = [&](Rev& place) {
    if (place == guess) place = rev;
  };
  change->rev = rev;
  change->prev_rev = prev_rev;
  if (change->list) set(change->list->name_rev);
  if (change->item) {
    auto item = std::make_shared<Item>(*change->item);
    set(item->rev);
    for (Rev& field_rev : item->field_revs) set(field_rev);
    change->item = std::move(item);
  }
  for (Member& member : change->members) set(member.rev);
  if (change->link) set(change->link->rev);
  return change;
}

}  // namespace collab::exchange
