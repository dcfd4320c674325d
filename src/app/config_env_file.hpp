// Reads the text of a .env file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace collab::app {

struct EnvLine {
  std::size_t number = 0;  ///< of the line, from 1
  std::string name;
  std::string value;
};

struct EnvFile {
  std::vector<EnvLine> lines;        ///< in order; a later line of the same name counts
  std::vector<std::size_t> strange;  ///< numbers of lines that are neither an assignment, nor a comment, nor empty
};

/// Lines are `NAME=value` or `export NAME=value`; spaces around both are dropped. A value may stand in '…' (as it is)
/// or "…" (with \n \t \" \\); without quotes, a # after a space begins a comment. Pure.
EnvFile parse_env_file(std::string_view text);

}  // namespace collab::app
