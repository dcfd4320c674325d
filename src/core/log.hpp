// One line per fact: a constant sentence and fields. `info` is life-cycle, `debug` is traffic.
// Never log a token, a password, or what a user wrote.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace collab::log {

enum class Level { debug, info, warning, error };
enum class Format { text, json };

/// A key and its value, already as text. Numbers and strings convert by themselves.
struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  template <std::integral T>
  Field(std::string_view k, T v) : key(k), value(std::to_string(v)), is_number(true) {}

  std::string_view key;
  std::string value;
  bool is_number = false;
};

struct Options {
  Level level = Level::info;
  Format format = Format::text;
  bool console = true;    ///< to standard error
  std::string file = {};  ///< path of a file that rotates at 10 MB, 5 kept; "" = none
};

/// Opens the sinks. Until it is called, lines of level warning and above go to standard error.
/// Throws std::runtime_error if the file cannot be opened. Main thread, before others log.
void configure(const Options& options);

/// Writes out what is buffered. Any thread.
void flush();

bool enabled(Level level);

/// Any thread; never blocks on the disk for long: lines are buffered by the sink and flushed at `warning` and above.
void write(Level level, std::string_view module, std::string_view sentence, std::initializer_list<Field> fields);

inline void debug(std::string_view module, std::string_view sentence, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::debug)) write(Level::debug, module, sentence, fields);
}
inline void info(std::string_view module, std::string_view sentence, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::info)) write(Level::info, module, sentence, fields);
}
inline void warning(std::string_view module, std::string_view sentence, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::warning)) write(Level::warning, module, sentence, fields);
}
inline void error(std::string_view module, std::string_view sentence, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::error)) write(Level::error, module, sentence, fields);
}

}  // namespace collab::log
