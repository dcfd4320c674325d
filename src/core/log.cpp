#include "core/log.hpp"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <memory>
#include <vector>

namespace collab::log {
namespace {

constexpr std::size_t file_bytes = 10 * 1024 * 1024;
constexpr std::size_t files_kept = 5;

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "DEBUG";
    case Level::info:
      return "INFO";
    case Level::warning:
      return "WARNING";
    case Level::error:
      return "ERROR";
  }
  return "INFO";
}

struct State {
  State() {
    logger = std::make_shared<spdlog::logger>("collab", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%Y-%m-%d %H:%M:%S,%e %v");
    logger->set_level(spdlog::level::warn);
  }
  std::shared_ptr<spdlog::logger> logger;
  Format format = Format::text;
};

State& state() {
  static State instance;
  return instance;
}

// A value with a space, a quote or an '=' is quoted, so that a line can be split again.
void append_value(std::string& line, const std::string& value) {
  const bool plain = !value.empty() && value.find_first_of(" \"=\n\r\t\\") == std::string::npos;
  line += plain ? value : boost::json::serialize(boost::json::string(value));
}

std::string text_line(Level level, std::string_view module, std::string_view sentence,
                      std::initializer_list<Field> fields) {
  std::string line;
  line.append(name_of(level)).append(" [").append(module).append("] ").append(sentence);
  for (const Field& field : fields) {
    line.append(" ").append(field.key).append("=");
    append_value(line, field.value);
  }
  return line;
}

std::string json_line(Level level, std::string_view module, std::string_view sentence,
                      std::initializer_list<Field> fields) {
  boost::json::object line;
  line["level"] = name_of(level);
  line["module"] = module;
  line["message"] = sentence;
  for (const Field& field : fields) {
    if (field.is_number)
      line[field.key] = std::stoll(field.value);
    else
      line[field.key] = field.value;
  }
  return boost::json::serialize(line).substr(1);  // the pattern begins the object, with the time
}

}  // namespace

void configure(const Options& options) {
  std::vector<spdlog::sink_ptr> sinks;
  if (options.console) sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  if (!options.file.empty())
    sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(options.file, file_bytes, files_kept));
  auto logger = std::make_shared<spdlog::logger>("collab", sinks.begin(), sinks.end());
  logger->set_pattern(options.format == Format::text ? "%Y-%m-%d %H:%M:%S,%e %v"
                                                     : R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z",%v)");
  logger->set_level(to_spdlog(options.level));
  logger->flush_on(spdlog::level::info);
  state().logger = std::move(logger);
  state().format = options.format;
}

void flush() { state().logger->flush(); }

bool enabled(Level level) { return state().logger->should_log(to_spdlog(level)); }

void write(Level level, std::string_view module, std::string_view sentence, std::initializer_list<Field> fields) {
  auto& s = state();
  s.logger->log(to_spdlog(level), s.format == Format::text ? text_line(level, module, sentence, fields)
                                                           : json_line(level, module, sentence, fields));
}

}  // namespace collab::log
