// What is said about the settings: faults, effective values, help, documents. All from the table.
#include <algorithm>

#include "app/config.hpp"
#include "app/config_table.hpp"

namespace collab::app {

namespace {

/// Calls `heading(group)` where a new group begins and `row(setting)` for each setting.
template <class Heading, class Row>
void each_setting(Heading heading, Row row) {
  std::string_view group;
  for (const Setting& setting : settings()) {
    if (setting.group != group) heading(group = setting.group);
    row(setting);
  }
}

void pad(std::string& text, std::size_t from, std::size_t width) {
  text.append(std::max<std::size_t>(1, width - std::min(width, text.size() - from)), ' ');
}

std::string allowed_of(const Setting& setting) {
  return setting.allowed.empty() ? "" : " (" + std::string(setting.allowed) + ")";
}

}  // namespace

std::string describe(const Error& error) {
  std::string text = error.message + "\n";
  for (const FieldError& fault : error.fields) {
    text += "  ";
    for (const std::string& part : fault.loc) text += part + ": ";
    text += fault.msg + "\n";
  }
  return text;
}

std::string print_config(const Config& config) {
  std::string text;
  for (const SettingShown& shown : config.shown) {
    const std::size_t start = text.size();
    text += std::string(shown.name) + "=" + shown.value;
    pad(text, start, 48);
    text += "# " + std::string(to_string(shown.source)) + "\n";
  }
  return text;
}

std::string settings_help() {
  std::string text =
      "Settings, each as a flag, a variable of the environment or a line of .env (--env-file PATH; the flag wins, then "
      "the\n"
      "environment). --set NAME=value does the same as the flag.\n";
  each_setting([&](std::string_view group) { text += "\n" + std::string(group) + "\n"; },
               [&](const Setting& setting) {
                 const std::size_t start = text.size();
                 text += "  " + flag_of(setting);
                 pad(text, start, 36);
                 text += std::string(setting.meaning);
                 if (!setting.fallback.empty() && setting.read) text += " [" + std::string(setting.fallback) + "]";
                 text += "\n";
                 if (setting.allowed.empty()) return;
                 text.append(36, ' ');
                 text += std::string(setting.allowed) + "\n";
               });
  return text;
}

std::string settings_markdown() {
  std::string text;
  each_setting(
      [&](std::string_view group) {
        text += (text.empty() ? "### " : "\n### ") + std::string(group) +
                "\n\n| variable | default | meaning |\n| --- | --- | --- |\n";
      },
      [&](const Setting& setting) {
        const std::string fallback = setting.fallback.empty() ? "–" : "`" + std::string(setting.fallback) + "`";
        text += "| `" + std::string(setting.name) + "` | " + fallback + " | " + std::string(setting.meaning) +
                allowed_of(setting) + " |\n";
      });
  return text;
}

std::string settings_env_example() {
  std::string text =
      "# Settings of collab-todo. ./run copies this file to .env, which the server reads at start; variables of the\n"
      "# environment and flags win over it. A line that begins with # shows the default.\n";
  each_setting([&](std::string_view group) { text += "\n# --- " + std::string(group) + "\n"; },
               [&](const Setting& setting) {
                 text += "\n# " + std::string(setting.meaning) + allowed_of(setting) + ".\n";
                 if (setting.example.empty())
                   text += "#" + std::string(setting.name) + "=" + std::string(setting.fallback) + "\n";
                 else
                   text += std::string(setting.name) + "=" + std::string(setting.example) + "\n";
               });
  return text;
}

}  // namespace collab::app
