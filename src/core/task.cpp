#include "core/task.hpp"

#include "core/log.hpp"

namespace collab {

void report_escaped(std::string_view name, std::exception_ptr escaped) {
  try {
    std::rethrow_exception(std::move(escaped));
  } catch (const std::exception& fault) {
    log::error("core", "a background task ended with a fault", {{"task", name}, {"what", fault.what()}});
  } catch (...) {
    log::error("core", "a background task ended with an unknown fault", {{"task", name}});
  }
}

}  // namespace collab
