// The one error type of the house. Expected failures are values of it; exceptions are for faults only.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace collab {

/// The codes of docs/protocol.md, "Replies and errors". A new one needs a caller that acts differently on it.
enum class Errc {
  invalid_payload,
  token_missing,
  token_invalid,
  token_expired,
  forbidden,
  not_found,
  gone,
  already_exists,
  limit_exceeded,
  revision_conflict,
  rate_limited,
  unavailable,
  unknown_event,
  internal,
};

/// One fault of one field, as Pydantic reports it.
struct FieldError {
  std::vector<std::string> loc;  ///< path to the field: {"updates", "name"}
  std::string msg;               ///< for a person: "String should have at most 255 characters"
  std::string type;              ///< for a program: "string_too_long"
};

/// Why something was refused. The message is for a person who can act on it; it never holds SQL, a stack trace, a token
/// or what another user wrote.
struct Error {
  Errc code = Errc::internal;
  std::string message;
  std::vector<FieldError> fields = {};  ///< for invalid_payload: every fault, not only the first
  std::int64_t retry_after_ms = 0;      ///< for rate_limited and unavailable: when to try again; 0 = not known
  bool is_outcome_unknown = false;      ///< for unavailable: it was sent, and may have been done all the same
};

/// The wire name of a code: Errc::not_found -> "not_found".
std::string_view to_string(Errc code);

/// The event under which a failure with this code is reported: Errc::forbidden -> "permission_error".
std::string_view event_of(Errc code);

/// The HTTP status for the same failure: Errc::forbidden -> 403.
int http_status_of(Errc code);

template <class T = void>
using Result = boost::system::result<T, Error>;

/// A Result<void> that succeeded.
inline Result<void> ok() { return Result<void>{}; }

// Called by boost::system::result when value() is taken from an error without having looked: a fault of ours.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace collab
