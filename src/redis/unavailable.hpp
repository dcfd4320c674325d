// How this module says that Redis cannot be used now.
#pragma once

#include <string>
#include <utility>

#include "core/error.hpp"

namespace collab::redis {

enum class Outcome { not_executed, unknown };

inline Error unavailable(std::string message, Outcome outcome = Outcome::not_executed) {
  Error error;
  error.code = Errc::unavailable;
  error.message = std::move(message);
  error.is_outcome_unknown = outcome == Outcome::unknown;
  return error;
}

}  // namespace collab::redis
