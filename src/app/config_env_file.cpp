#include "app/config_env_file.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "app/config_values.hpp"

namespace collab::app {

namespace {

bool is_name(std::string_view text) {
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text.front())) &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

/// What may follow a closing quote: nothing, or a comment.
bool is_end(std::string_view rest) {
  rest = trimmed(rest);
  return rest.empty() || rest.starts_with('#');
}

std::optional<std::string> in_double_quotes(std::string_view text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return is_end(text.substr(i + 1)) ? std::optional(value) : std::nullopt;
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      value += text[i] == 'n' ? '\n' : text[i] == 't' ? '\t' : text[i];
    } else {
      value += text[i];
    }
  }
  return std::nullopt;
}

std::optional<std::string> read_value(std::string_view text) {
  if (text.starts_with('"')) return in_double_quotes(text);
  if (text.starts_with('\'')) {
    const std::size_t end = text.find('\'', 1);
    if (end == std::string_view::npos || !is_end(text.substr(end + 1))) return std::nullopt;
    return std::string(text.substr(1, end - 1));
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool after_space = i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t';
    if (text[i] == '#' && after_space) return std::string(trimmed(text.substr(0, i)));
  }
  return std::string(text);
}

}  // namespace

EnvFile parse_env_file(std::string_view text) {
  EnvFile file;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // the mark some editors put first
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("export ")) line = trimmed(line.substr(7));
    const std::size_t equals = line.find('=');
    const std::string_view name = trimmed(line.substr(0, equals));
    std::optional<std::string> value;
    if (equals != std::string_view::npos && is_name(name)) value = read_value(trimmed(line.substr(equals + 1)));
    if (value)
      file.lines.push_back({number, std::string(name), std::move(*value)});
    else
      file.strange.push_back(number);
  }
  return file;
}

}  // namespace collab::app
