#include "store/supabase_database.hpp"

#include "store/postgres_setup.hpp"
#include "store/supabase_session.hpp"
#include "store/supabase_values.hpp"

namespace collab::store {
namespace supabase {
namespace {

using pg::Outcome;

constexpr const char* how_to_migrate = "its schema is older: run what `collab-todo schema` prints in the SQL editor";
Outcome<> without_value(const Outcome<json::value>& answer) {
  if (!answer) return answer.error();
  return Outcome<>();
}

json::object lookup_of(const Change& change) {
  json::object lookup{{"list_id", change.list_id.to_string()}, {"rev", change.rev}};
  if (change.op_id) {
    lookup["op"] = json::array{change.op_id->to_string(), text_argument(std::string_view(change.user_id.value))};
    return lookup;
  }
  if (change.list) lookup["list"] = true;
  if (change.item) lookup["item"] = change.item->id.to_string();
  if (change.link) lookup["link"] = change.link->id.to_string();
  json::array members;
  for (const Member& member : change.members) members.push_back(text_argument(std::string_view(member.user_id.value)));
  lookup["members"] = std::move(members);
  return lookup;
}

/// See Backend. One thread for each link.
class RestBackend final : public pg::Backend {
 public:
  RestBackend(PostgresOptions o, Endpoint endpoint, std::string label)
      : Backend(std::move(o)),
        endpoint_(std::move(endpoint)),
        label_(std::move(label)),
        threads_("supabase", links(), links()) {}

  const std::string& label() const override { return label_; }
  std::unique_ptr<pg::Link> make_link(asio::io_context&) override {
    return std::make_unique<Session>(endpoint_, threads_);
  }

  Task<Result<void>> prepare(pg::Link& link) override;
  Task<Outcome<pg::Settled>> settle(pg::Link& link, EpochMs now) override;
  Task<Outcome<pg::Lease>> take_lease(pg::Link& link) override;
  Task<Outcome<>> release_lease(pg::Link& link) override;

  Task<Outcome<>> probe_reading(pg::Link& link) override;
  Task<Outcome<>> probe_writing(pg::Link& link) override;

  Task<Outcome<Heads>> heads_of(pg::Link& link, const std::set<ListId>& lists) override;
  Task<Outcome<>> write(pg::Link& link, const pg::Fold& fold, const std::map<ListId, Rev>& before) override;
  Task<Outcome<std::vector<bool>>> are_stored(pg::Link& link, std::vector<SharedChange> changes) override;

 private:
  /// Those of the pool and the writer, and one to set up and to give the lease back.
  unsigned links() const { return std::max(options.connections, 1u) + 2; }
  Task<Outcome<json::value>> call(pg::Link& link, std::string_view function, json::object arguments = json::object()) {
    return static_cast<Session&>(link).call(function, std::move(arguments), options.write_deadline);
  }

  const Endpoint endpoint_;
  const std::string label_;
  BlockingPool threads_;
};

Task<Result<void>> RestBackend::prepare(pg::Link& link) {
  const Outcome<int> version =
      read_answer(co_await call(link, "version"), [](const json::value& answer) { return answer.to_number<int>(); });
  if (!version) co_return pg::start_error(*this, "cannot be read", version.error().cause);
  co_return pg::check_version(*this, *version, postgres_migrations().back().version, how_to_migrate);
}

Task<Outcome<pg::Settled>> RestBackend::settle(pg::Link& link, EpochMs now) {
  json::object arguments{{"now_ms", now}, {"may_settle", options.use != PostgresOptions::Use::tool}};
  co_return read_answer(co_await call(link, "settle", std::move(arguments)), [](const json::value& answer) {
    pg::Settled settled;
    if (!answer.at("era").is_null()) settled.era = answer.at("era").to_number<Rev>();
    settled.is_new = answer.at("is_new").as_bool();
    settled.has_lists = answer.at("has_lists").as_bool();
    return settled;
  });
}

Task<Outcome<pg::Lease>> RestBackend::take_lease(pg::Link& link) {
  json::object arguments{{"by_holder", options.holder},
                         {"by_label", text_argument(std::string_view(options.holder_label))},
                         {"for_ms", options.lease_time.count()}};
  co_return read_answer(co_await call(link, "take_lease", std::move(arguments)), [](const json::value& answer) {
    pg::Lease lease;
    if (answer.is_null()) return lease;
    lease.is_ours = answer.at("is_ours").as_bool();
    lease.label = pg::text_from_database(answer.at("label").as_string());
    lease.expires_at = answer.at("expires_at").to_number<EpochMs>();
    lease.left = std::chrono::milliseconds(answer.at("left_ms").to_number<std::int64_t>());
    return lease;
  });
}

Task<Outcome<>> RestBackend::release_lease(pg::Link& link) {
  json::object arguments{{"by_holder", options.holder}};
  co_return without_value(co_await call(link, "release_lease", std::move(arguments)));
}

Task<Outcome<>> RestBackend::probe_reading(pg::Link& link) { co_return without_value(co_await call(link, "version")); }

Task<Outcome<>> RestBackend::probe_writing(pg::Link& link) { co_return without_value(co_await call(link, "probe")); }

Task<Outcome<pg::Backend::Heads>> RestBackend::heads_of(pg::Link& link, const std::set<ListId>& lists) {
  json::array ids;
  for (const ListId& id : lists) ids.emplace_back(id.to_string());
  json::object arguments{{"of_lists", std::move(ids)}};
  co_return read_answer(co_await call(link, "heads", std::move(arguments)), [](const json::value& answer) {
    Heads heads;
    const Rows rows(answer);
    for (int row = 0; row < rows.size(); ++row) heads[rows[row].id<ListId>(0)] = rows[row].integer(1);
    return heads;
  });
}

Task<Outcome<>> RestBackend::write(pg::Link& link, const pg::Fold& fold, const std::map<ListId, Rev>& before) {
  json::array ids, revs;
  for (const auto& [id, rev] : before) {
    ids.emplace_back(id.to_string());
    revs.emplace_back(rev);
  }
  json::object arguments;
  arguments["by_holder"] = options.use == PostgresOptions::Use::alone ? options.holder : "";
  arguments["chain"] = json::array{std::move(ids), std::move(revs)};
  arguments["rows"] = fold.as_json(pg::Fold::KnownOps::refused);
  co_return without_value(co_await call(link, "write", std::move(arguments)));
}

Task<Outcome<std::vector<bool>>> RestBackend::are_stored(pg::Link& link, std::vector<SharedChange> changes) {
  json::array lookups;
  for (const SharedChange& change : changes) lookups.push_back(lookup_of(*change));
  json::object arguments{{"changes", std::move(lookups)}};
  co_return read_answer(co_await call(link, "stored", std::move(arguments)), [&changes](const json::value& answer) {
    std::vector<bool> stored;
    for (const json::value& one : answer.as_array()) stored.push_back(one.as_bool());
    if (stored.size() != changes.size()) throw std::length_error("not an answer for each change");
    return stored;
  });
}

}  // namespace
}  // namespace supabase

Result<std::unique_ptr<PostgresDatabase>> open_supabase(SupabaseOptions options) {
  std::string base = std::move(options.url);
  while (base.ends_with('/')) base.pop_back();
  supabase::Endpoint endpoint{base + "/rest/v1/rpc/", std::move(options.key)};
  return PostgresDatabase::open(
      std::make_unique<supabase::RestBackend>(std::move(options.database), std::move(endpoint), std::move(base)));
}

}  // namespace collab::store
