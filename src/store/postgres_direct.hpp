// A database that is reached by libpq, as DATABASE_URL says.
#pragma once

#include "store/postgres_connection.hpp"

namespace collab::store::pg {

/// See Backend. Its links are Connections.
class DirectBackend final : public Backend {
 public:
  DirectBackend(PostgresOptions o, Target target) : Backend(std::move(o)), target_(std::move(target)) {}

  const std::string& label() const override { return target_.label(); }
  std::unique_ptr<Link> make_link(asio::io_context& io) override { return std::make_unique<Connection>(io, target_); }

  /// Migrates, unless it is for a tool.
  Task<Result<void>> prepare(Link& link) override;
  Task<Outcome<Settled>> settle(Link& link, EpochMs now) override;
  Task<Outcome<Lease>> take_lease(Link& link) override;
  Task<Outcome<>> release_lease(Link& link) override;

  Task<Outcome<>> probe_reading(Link& link) override;
  Task<Outcome<>> probe_writing(Link& link) override;

  Task<Outcome<Heads>> heads_of(Link& link, const std::set<ListId>& lists) override;
  Task<Outcome<>> write(Link& link, const Fold& fold, const std::map<ListId, Rev>& before) override;
  Task<Outcome<std::vector<bool>>> are_stored(Link& link, std::vector<SharedChange> changes) override;

 private:
  const Target target_;
};

}  // namespace collab::store::pg
