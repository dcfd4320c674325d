// Requests to PostgREST, the REST interface of a Supabase project, as coroutines over libcurl.
#pragma once

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "core/blocking_pool.hpp"
#include "store/postgres_backend.hpp"

namespace collab::store::supabase {

namespace json = boost::json;

/// Where a project is, and by which key it takes us for its service.
struct Endpoint {
  std::string url;  ///< of the functions: SUPABASE_URL/rest/v1/rpc/
  /// SUPABASE_SERVICE_KEY: a JWT with the role service_role, or a key "sb_secret_…", which is none.
  std::string key;
};

/// One handle of libcurl, with the connection that it keeps. Each request calls one function of the database, which is
/// one transaction, and blocks a thread of the pool until it is answered. See pg::Link; the pool outlives
/// it.
class Session final : public pg::Link {
 public:
  Session(const Endpoint& endpoint, BlockingPool& threads);
  ~Session() override;

  /// Asks whether somebody is there who takes our key.
  Task<pg::Outcome<>> open(Duration deadline) override;
  bool is_usable() override { return is_usable_; }
  void close() override { is_usable_ = false; }

  /// Calls todo_rest_<function> with these arguments; what it gives, null for nothing. A fault that comes from the
  /// database says so by its SQLSTATE. If nobody or somebody else answers, or not in time, the kind is an outage, and
  /// whether it was done is not known.
  Task<pg::Outcome<json::value>> call(std::string_view function, json::object arguments, Duration deadline);

 private:
  struct Handle;

  BlockingPool& threads_;
  const std::unique_ptr<Handle> handle_;
  bool is_usable_ = false;
};

/// What `read` makes of an answer; an outage if it throws, because the answer has another form: it is not from us.
template <class Read>
pg::Outcome<std::invoke_result_t<const Read&, const json::value&>> read_answer(const pg::Outcome<json::value>& answer,
                                                                               const Read& read) {
  if (!answer) return answer.error();
  try {
    return read(*answer);
  } catch (const std::exception& fault) {
    return pg::Fault{pg::Fault::Kind::outage, std::string("an answer cannot be read: ") + fault.what()};
  }
}

/// A call of one function, for PostgresDatabase, of whose answer `read` makes a value.
template <class Read>
auto asking(std::string_view function, json::object arguments, pg::Link::Duration deadline, Read read) {
  using Value = std::invoke_result_t<const Read&, const json::value&>;
  return [function, arguments = std::move(arguments), deadline,
          read = std::move(read)](Session& session) -> Task<pg::Outcome<Value>> {
    const pg::Outcome<json::value> answer = co_await session.call(function, arguments, deadline);
    co_return read_answer(answer, read);
  };
}

/// What an answer that is no success says: the error of PostgREST or of the database, or of what stands between.
pg::Fault fault_of(long status, std::string_view body);

}  // namespace collab::store::supabase
