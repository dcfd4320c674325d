// share_list, unshare_list, leave_list, transfer_list, and share links.
#include "auth/digest.hpp"
#include "core/log.hpp"
#include "events/commands.hpp"
#include "events/encode_list.hpp"
#include "events/handlers.hpp"
#include "events/messages.hpp"
#include "model/decide.hpp"

namespace collab::events {
namespace {

using Addressee = services::AccountService::Addressee;

constexpr std::size_t secret_bytes = 16;  // 128 random bits

// `<list id>.<secret>`: the code leads to its list without an index of secrets.
std::string code_of(const ListId& list_id, std::string_view secret) {
  return list_id.to_string().append(".").append(secret);
}

struct ParsedCode {
  ListId list_id;
  std::string secret_hash;
};
std::optional<ParsedCode> parse_code(std::string_view code) {
  const std::size_t dot = code.find('.');
  if (dot == code.npos) return std::nullopt;
  const auto list_id = ListId::parse(code.substr(0, dot));
  if (!list_id) return std::nullopt;
  return ParsedCode{*list_id, auth::sha256(code.substr(dot + 1))};
}

Error no_such_link() { return {Errc::not_found, "This link is not valid, or not any more"}; }

// Whether the caller may share at all, before anything is said about whom he shares with.
Task<Result<void>> check_owner(const HandlerParts& parts, ListId list_id, UserId user_id) {
  auto check = [&]() -> Task<Result<void>> {
    const Result<ListView> state = co_await parts.lists.replica_of(list_id).read(list_id);
    if (!state) co_return state.error();
    ShareList nobody{UserId{}, std::nullopt, Role::viewer};
    const Command command{list_id, user_id, std::nullopt, std::move(nobody)};
    co_return authorize(**state, command);
  };
  co_return co_await parts.lists.owner(list_id).run(check);
}

std::string as_given(const ShareListEvent& event) {
  return event.shared_user_id ? event.shared_user_id->value : event.email->value;
}

/// Whom a share is meant for; no user: an address that nobody has registered yet.
struct Target {
  std::optional<UserId> user_id;
  std::optional<std::string> name;
};

Task<Result<Target>> find_target(const HandlerParts& parts, const ShareListEvent& event) {
  Target target;
  if (event.shared_user_id) {
    target.user_id = UserId{event.shared_user_id->value};
  } else {
    if (!parts.finds_people_by_email)
      co_return Error{Errc::not_found, "This server does not know e-mail addresses: share by user id"};
    Result<std::optional<UserId>> found = co_await parts.accounts.find_user_by_email(event.email->value);
    if (!found) co_return found.error();
    target.user_id = *found;
    if (!target.user_id) co_return target;
  }
  const auto person = co_await parts.accounts.find_person(*target.user_id);
  if (!person) co_return person.error();
  if (!*person) co_return Error{Errc::not_found, "There is no user of this id"};
  target.name = **person;
  co_return target;
}

Task<Result<AckFields>> share(const HandlerParts& parts, Request& request, ShareListEvent event) {
  const Result<void> allowed = co_await check_owner(parts, event.list_id, request.user_id);
  if (!allowed) co_return allowed.error();
  if (event.email) {  // a deleted list invites nobody; else the commit tells, which knows what was accepted before
    const Result<ListView> view = co_await parts.lists.view(event.list_id, request.user_id);
    if (!view) co_return view.error();
  }
  Result<Target> target = co_await find_target(parts, event);
  if (!target) co_return target.error();
  const Role role = to_role(event.role);
  if (event.email) {
    const auto addressee = target->user_id ? Addressee::has_account : Addressee::nobody_yet;
    const Result<void> invited =
        co_await parts.accounts.invite(event.email->value, event.list_id, role, request.user_id, addressee);
    if (!invited) co_return invited.error();
  }
  std::string rev;
  if (target->user_id) {
    ShareList action{*target->user_id, target->name, role};
    Command command{event.list_id, request.user_id, event.op_id, std::move(action)};
    const Result<exchange::Accepted> accepted = co_await parts.lists.commit(std::move(command));
    if (!accepted) {
      if (event.email) co_await parts.accounts.remove_invitation(event.email->value, event.list_id);
      co_return accepted.error();
    }
    if (accepted->is_repeat) co_return rev_field(accepted->rev);
    if (event.shared_user_id) rev = rev_field(accepted->rev) + ",";
  }
  const std::string success = encode_list_share_success(event.list_id, as_given(event), role);
  parts.hub.to_socket(request.socket, socketio::make_event("list_share_success", success));
  co_return rev + std::string(members_of(success));
}

// False: it is to be tried again.
Task<bool> redeem(const HandlerParts& parts, UserId user_id, const store::Invitation& invitation) {
  const auto person = co_await parts.accounts.find_person(user_id);
  if (!person) co_return false;
  ShareList action{user_id, *person ? **person : std::nullopt, invitation.role};
  Command command{invitation.list_id, invitation.invited_by, std::nullopt, std::move(action)};
  const Result<exchange::Accepted> accepted = co_await parts.lists.commit(std::move(command));
  // What was refused (the list is gone, the inviter is its owner no longer) will be refused next time too.
  co_return accepted || accepted.error().code != Errc::unavailable;
}

Task<Result<AckFields>> create_link(const HandlerParts& parts, Request& request, CreateShareLinkEvent event) {
  const std::string secret = random_token(secret_bytes);
  CreateShareLink action{LinkId::make(), auth::sha256(secret), to_role(event.role), std::nullopt};
  if (event.expires_at) action.expires_at = event.expires_at->value;
  MadeLink made{action.link_id, code_of(event.list_id, secret), ""};
  made.url = parts.public_url + "/join/" + made.code;
  Command command{event.list_id, request.user_id, event.op_id, std::move(action)};
  const Result<exchange::Accepted> accepted = co_await parts.lists.commit(std::move(command));
  if (!accepted) co_return accepted.error();
  if (accepted->is_repeat) co_return rev_field(accepted->rev);
  co_return new_share_link_fields(made, accepted->rev);
}

Task<Result<AckFields>> list_links(const HandlerParts& parts, Request& request, ListShareLinksEvent event) {
  const Result<void> allowed = co_await check_owner(parts, event.list_id, request.user_id);
  if (!allowed) co_return allowed.error();
  const Result<ListView> view = co_await parts.lists.view(event.list_id, request.user_id);
  if (!view) co_return view.error();
  co_return share_link_fields(**view);
}

Task<Result<AckFields>> revoke_link(const HandlerParts& parts, Request& request, RevokeShareLinkEvent event) {
  const Result<std::optional<ListId>> list_id = co_await parts.lists.list_of_link(event.link_id);
  if (!list_id) co_return list_id.error();
  // The same answer for a link that does not exist and for one of somebody else's list.
  if (!*list_id) co_return Error{Errc::forbidden, "You are not a member of this list"};
  RevokeShareLink action{event.link_id};
  Command command{**list_id, request.user_id, event.op_id, std::move(action)};
  co_return co_await commit_and_answer(parts, request, std::move(command));
}

Task<Result<AckFields>> accept_link(const HandlerParts& parts, Request& request, AcceptShareLinkEvent event) {
  std::optional<ParsedCode> code = parse_code(event.code.value);
  if (!code) co_return no_such_link();
  const ListId list_id = code->list_id;
  AcceptShareLink action{std::move(code->secret_hash), request.user_name};
  Command command{list_id, request.user_id, event.op_id, std::move(action)};
  const Result<exchange::Accepted> accepted = co_await parts.lists.commit(std::move(command));
  if (!accepted) co_return accepted.error();
  std::string fields = rev_field(accepted->rev);
  const Result<ListView> view = co_await parts.lists.view(list_id, request.user_id);
  if (!view || accepted->is_repeat) co_return fields;
  const Role role = (*view)->role_of(request.user_id);
  const std::string shared = encode_list_shared_with_you(**view, encode_snapshot(**view, role), role);
  co_return fields + "," + std::string(members_of(shared));
}

}  // namespace

Task<void> redeem_invitations(const HandlerParts& parts, UserId user_id, std::vector<store::Invitation> invitations) {
  for (const store::Invitation& invitation : invitations) {
    if (!invitation.is_settled) {
      const bool is_done = co_await redeem(parts, user_id, invitation);
      if (!is_done) continue;
    }
    const Result<bool> removed = co_await parts.accounts.remove_invitation(invitation.email, invitation.list_id);
    if (!removed)
      log::warning("events", "an invitation that was redeemed stays", {{"list_id", invitation.list_id.to_string()}});
  }
}

Task<void> rename_member(const HandlerParts& parts, UserId user_id, std::string name) {
  parts.hub.rename_user(user_id, name);
  const Result<std::vector<ListId>> lists = co_await parts.lists.lists_of(user_id, name);
  bool is_everywhere = lists.has_value();
  for (std::size_t index = 0; lists && index < lists->size(); ++index) {
    RenameMember action{name};
    Command command{(*lists)[index], user_id, std::nullopt, std::move(action)};
    const Result<exchange::Accepted> accepted = co_await parts.lists.commit(std::move(command));
    // Refused otherwise: the list is gone, or the user no longer in it.
    if (!accepted && accepted.error().code == Errc::unavailable) is_everywhere = false;
  }
  if (!is_everywhere) log::warning("events", "some lists keep a member's former name", {{"user_id", user_id.value}});
}

void add_sharing_handlers(Router& router, const HandlerParts& parts) {
  router.on<ShareListEvent>([&parts](Request& r, ShareListEvent e) { return share(parts, r, std::move(e)); });
  router.on<CreateShareLinkEvent>(
      [&parts](Request& r, CreateShareLinkEvent e) { return create_link(parts, r, std::move(e)); });
  router.on<ListShareLinksEvent>(
      [&parts](Request& r, ListShareLinksEvent e) { return list_links(parts, r, std::move(e)); });
  router.on<RevokeShareLinkEvent>(
      [&parts](Request& r, RevokeShareLinkEvent e) { return revoke_link(parts, r, std::move(e)); });
  router.on<AcceptShareLinkEvent>(
      [&parts](Request& r, AcceptShareLinkEvent e) { return accept_link(parts, r, std::move(e)); });
  auto leave = [&parts](Request& r, LeaveListEvent e) -> Task<Result<AckFields>> {
    RemoveMember action{r.user_id};
    Command command{e.list_id, r.user_id, e.op_id, std::move(action)};
    co_return co_await commit_and_answer(parts, r, std::move(command));
  };
  router.on<LeaveListEvent>(std::move(leave));
  on_command<UnshareListEvent>(router, parts);
  on_command<TransferListEvent>(router, parts);
}

}  // namespace collab::events
