// The table of all settings: one row each, with how it is read and what is said about it.
#pragma once

#include <span>
#include <string_view>

#include "app/config.hpp"

namespace collab::app {

enum class Secret : bool { no, yes };

/// One row. Everything that is known of a setting is here and nowhere else.
struct Setting {
  std::string_view name;      ///< of the variable; the flag is the same in lower case with dashes: LOG_FILE, --log-file
  std::string_view group;     ///< heading under which it stands in help and documents
  std::string_view fallback;  ///< its default as one would write it; "" = none
  std::string_view allowed;   ///< what may be given, for a person
  std::string_view meaning;   ///< one sentence, no full stop
  /// Reads a value that was given or the default; false = not allowed. Null for a setting of a later version.
  bool (*read)(std::string_view text, Config& into);
  Secret secret = Secret::no;
  std::string_view example = {};  ///< stands uncommented in .env.example
};

std::span<const Setting> settings();

/// The row of that name, or null.
const Setting* find_setting(std::string_view name);

/// "--log-file" for LOG_FILE.
std::string flag_of(const Setting& setting);

/// The name most like `name` if it is near enough to be a slip of the pen, else "".
std::string_view nearest_setting(std::string_view name);

}  // namespace collab::app
