// Who speaks: what a verified token says about its bearer.
#pragma once

#include <optional>
#include <string>

#include "core/clock.hpp"

namespace collab::auth {

/// The bearer of a token that was verified. A value; any thread.
struct Identity {
  std::string user_id;                     ///< `sub`: 1-255 characters without U+0000
  std::optional<std::string> name = {};    ///< the `name` claim, or that of `user_metadata`, if usable
  std::optional<std::string> email = {};   ///< the `email` claim, if it is a usable string
  std::optional<std::string> family = {};  ///< `fam`: the login that this token belongs to
  bool is_builtin = false;  ///< issued by our account service: lives as long as `family`, not until `exp`
  EpochMs expires_at = 0;   ///< `exp`; the leeway of verification is not in it
};

}  // namespace collab::auth
