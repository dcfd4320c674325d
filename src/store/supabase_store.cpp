#include "store/supabase_store.hpp"

#include "store/postgres_readers.hpp"
#include "store/supabase_session.hpp"
#include "store/supabase_values.hpp"

namespace collab::store {
namespace {

using supabase::asking;
using supabase::Rows;
using supabase::Session;
using supabase::text_argument;
namespace json = boost::json;

constexpr std::int64_t rows_per_step = 500;

LoadedList read_loaded(ListId list_id, Rev era, const json::value& answer) {
  auto state = std::make_shared<ListState>();
  state->id = list_id;
  state->era = era;
  LoadedList loaded{state, {}};
  const json::object& found = answer.as_object();
  if (found.at("list").is_null()) return loaded;
  pg::read_list(*state, supabase::Row(found.at("list")));
  const pg::Outcome<> items = pg::read_items(*state, Rows(found.at("items")));
  if (!items) throw std::runtime_error(items.error().cause);
  state->members = pg::read_members(Rows(found.at("members")));
  state->links = pg::read_links(Rows(found.at("links")));
  loaded.op_fingerprints = pg::read_fingerprints(Rows(found.at("ops")));
  return loaded;
}

/// What came of a merge, with the database's refusal of a value as an outcome.
struct Merged {
  std::size_t written = 0;
  std::string refusal;  ///< "" = none
};

}  // namespace

Task<Result<LoadedList>> SupabaseStore::load(ListId list_id) {
  const auto read = [list_id, era = database_.era()](const json::value& answer) {
    return read_loaded(list_id, era, answer);
  };
  return database_.read<Session>(
      asking("list", {{"of_list", list_id.to_string()}}, database_.options().read_deadline, read));
}

Task<Result<std::vector<Membership>>> SupabaseStore::lists_of(UserId user_id) {
  const auto read = [](const json::value& answer) { return pg::read_memberships(Rows(answer)); };
  return database_.read<Session>(asking("lists_of", {{"of_user", text_argument(std::string_view(user_id.value))}},
                                        database_.options().read_deadline, read));
}

Task<Result<std::optional<Rev>>> SupabaseStore::find_op(ListId list_id, UserId user_id, OpId op_id) {
  const auto read = [](const json::value& answer) {
    return answer.is_null() ? std::nullopt : std::optional<Rev>(answer.to_number<Rev>());
  };
  json::object arguments{{"in_list", list_id.to_string()},
                         {"of_user", text_argument(std::string_view(user_id.value))},
                         {"of_op", op_id.to_string()}};
  return database_.read<Session>(asking("rev_of_op", std::move(arguments), database_.options().read_deadline, read));
}

Task<Result<std::optional<ListId>>> SupabaseStore::list_of_link(LinkId link_id) {
  const auto read = [](const json::value& answer) {
    std::optional<ListId> list_id;
    if (!answer.is_null()) list_id = ListId{Uuid::parse(answer.as_string()).value()};
    return list_id;
  };
  return database_.read<Session>(
      asking("list_of_link", {{"of_link", link_id.to_string()}}, database_.options().read_deadline, read));
}

Task<Result<std::vector<StoredOp>>> SupabaseStore::ops_of(ListId list_id) {
  const auto read = [](const json::value& answer) { return pg::read_ops(Rows(answer)); };
  return database_.read<Session>(
      asking("ops", {{"in_list", list_id.to_string()}}, database_.options().read_deadline, read));
}

Task<std::vector<bool>> SupabaseStore::apply(std::vector<SharedChange> changes) {
  return database_.apply(std::move(changes));
}

Task<Result<MergeOutcome>> SupabaseStore::merge(std::vector<SharedChange> changes) {
  pg::Fold fold;
  for (const SharedChange& change : changes) fold.add(change);
  if (fold.is_empty()) co_return MergeOutcome{};
  json::array lists;
  for (const ListId& id : fold.list_ids()) lists.emplace_back(id.to_string());
  json::object arguments;
  arguments["of_lists"] = std::move(lists);
  arguments["rows"] = fold.as_json(pg::Fold::KnownOps::kept);
  auto call = [arguments = std::move(arguments),
               deadline = database_.options().write_deadline](Session& session) -> Task<pg::Outcome<Merged>> {
    const pg::Outcome<json::value> answer = co_await session.call("merge", arguments, deadline);
    const auto read = [](const json::value& written) { return Merged{written.to_number<std::size_t>(), {}}; };
    if (!answer && answer.error().kind == pg::Fault::Kind::data) co_return Merged{0, answer.error().cause};
    co_return supabase::read_answer(answer, read);
  };
  const Result<Merged> merged = co_await database_.write<Session>(std::move(call));
  if (!merged) co_return merged.error();
  if (!merged->refusal.empty()) co_return Error{Errc::invalid_payload, merged->refusal};
  co_return MergeOutcome{merged->written};
}

// Until there is nothing left to do; what was done in all. Each step is a transaction, and waits its turn.
Task<Result<std::int64_t>> SupabaseStore::repeat(std::string_view what, EpochMs before) {
  std::int64_t total = 0;
  for (;;) {
    const auto read = [](const json::value& answer) { return answer.to_number<std::int64_t>(); };
    json::object arguments{{"what", what}, {"before", before}, {"most", rows_per_step}};
    auto call = asking("purge", std::move(arguments), database_.options().write_deadline, read);
    const Result<std::int64_t> removed = co_await database_.keep_house<Session>(std::move(call));
    if (!removed) co_return removed.error();
    if (*removed == 0) co_return total;
    total += *removed;
  }
}

Task<Result<Purged>> SupabaseStore::purge(EpochMs now, Retention retention) {
  const Result<std::int64_t> ops = co_await repeat("ops", now - retention.ops);
  if (!ops) co_return ops.error();
  const Result<std::int64_t> items = co_await repeat("items", now - retention.trash);
  if (!items) co_return items.error();
  const Result<std::int64_t> lists = co_await repeat("lists", now - retention.trash);
  if (!lists) co_return lists.error();
  co_return Purged{*items, *lists, *ops};
}

}  // namespace collab::store
