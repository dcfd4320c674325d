#include "model/decide.hpp"

#include <algorithm>

#include "model/decision.hpp"
#include "model/permission.hpp"

namespace collab {
namespace {

/// A client's clock may be wrong by this much before its rev is nonsense.
constexpr EpochMs clock_tolerance = 60'000;

/// What the client says it saw, for the actions that can conflict; else null.
const SeenByClient* seen_of(const Command& command) {
  return std::visit(
      [](const auto& action) -> const SeenByClient* {
        if constexpr (requires { action.seen; })
          return &action.seen;
        else
          return nullptr;
      },
      command.action);
}

Result<void> check_client_rev(const Case& c) {
  const SeenByClient* seen = seen_of(c.command);
  if (!seen || !seen->rev) return ok();
  if (*seen->rev > std::max(c.now, c.state.rev) + clock_tolerance)
    return fault_of("client_rev", "Input should be a revision that this list has had, not one from the future",
                    "less_than_equal");
  return ok();
}

}  // namespace

Rev Case::next_rev() const { return std::max({static_cast<Rev>(now), state.rev + 1, state.era}); }

std::shared_ptr<Change> Case::accept(ChangeKind kind) const {
  auto change = std::make_shared<Change>();
  change->kind = kind;
  change->list_id = command.list_id;
  change->rev = next_rev();
  change->prev_rev = state.rev;
  change->user_id = command.user_id;
  change->op_id = command.op_id;
  return change;
}

SharedChange Case::nothing() const {
  auto change = accept(ChangeKind::nothing);
  change->rev = state.rev;
  return change;
}

ListRow Case::list_row() const {
  return {state.name, state.name_rev, state.owner_id, state.is_deleted, state.created_at, state.updated_at};
}

Error refusal(Errc code, std::string message) { return {code, std::move(message)}; }

Error fault_of(std::string_view field, std::string message, std::string_view type) {
  Error error{Errc::invalid_payload, std::string(field) + ": " + message};
  error.fields.push_back({{std::string(field)}, std::move(message), std::string(type)});
  return error;
}

Error conflict() { return refusal(Errc::revision_conflict, "Revision conflict"); }

Result<void> check_not_deleted(const ListState& state) {
  if (state.is_deleted) return refusal(Errc::gone, "The list is deleted; its owner can restore it from the trash");
  return ok();
}

Result<void> check_seen(const ListState& state, const SeenByClient& seen) {
  if (seen.epoch && *seen.epoch != state.epoch()) return conflict();
  if (seen.rev && *seen.rev > state.rev) return conflict();
  return ok();
}

bool is_newer(Rev rev, const SeenByClient& seen) { return seen.rev && rev > *seen.rev; }

Result<void> check_limit(std::size_t present, std::size_t limit, std::string_view what, std::string_view remedy) {
  if (limit == 0 || present < limit) return ok();
  return refusal(Errc::limit_exceeded, "A list can have at most " + std::to_string(limit) + " " + std::string(what) +
                                           "; " + std::string(remedy));
}

bool is_restorable(EpochMs deleted_at, EpochMs now, EpochMs trash_retention) {
  return trash_retention <= 0 || now - deleted_at <= trash_retention;
}

Result<void> authorize(const ListState& state, const Command& command) {
  const Role needed = role_needed_for(command);
  if (needed == Role::none) return ok();
  const Role role = state.role_of(command.user_id);
  if (role == Role::none) return refusal(Errc::forbidden, "You are not a member of this list");
  if (role < needed)
    return refusal(Errc::forbidden, "This needs the role " + std::string(to_string(needed)) +
                                        "; yours in this list is " + std::string(to_string(role)));
  return ok();
}

Result<SharedChange> decide(const ListState& state, const Command& command, const Rules& rules, EpochMs now) {
  const Case c{state, command, rules, now};
  if (auto allowed = authorize(state, command); !allowed) return allowed.error();
  if (auto plausible = check_client_rev(c); !plausible) return plausible.error();
  return std::visit([&c](const auto& action) { return decide_action(c, action); }, command.action);
}

bool is_ahead(const ListState& state, const Command& command) {
  const SeenByClient* seen = seen_of(command);
  return seen && seen->rev && *seen->rev > state.rev;
}

}  // namespace collab
