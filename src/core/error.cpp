#include "core/error.hpp"

#include <array>
#include <stdexcept>

namespace collab {
namespace {

struct Row {
  std::string_view name;
  std::string_view event;
  int http_status;
};

// In the order of Errc.
constexpr std::array<Row, 14> table{{
    {"invalid_payload", "validation_error", 422},
    {"token_missing", "auth_error", 401},
    {"token_invalid", "auth_error", 401},
    {"token_expired", "auth_error", 401},
    {"forbidden", "permission_error", 403},
    {"not_found", "action_error", 404},
    {"gone", "action_error", 410},
    {"already_exists", "action_error", 409},
    {"limit_exceeded", "action_error", 409},
    {"revision_conflict", "error", 409},
    {"rate_limited", "error", 429},
    {"unavailable", "error", 503},
    {"unknown_event", "error", 404},
    {"internal", "error", 500},
}};

const Row& row(Errc code) { return table.at(static_cast<std::size_t>(code)); }

}  // namespace

std::string_view to_string(Errc code) { return row(code).name; }
std::string_view event_of(Errc code) { return row(code).event; }
int http_status_of(Errc code) { return row(code).http_status; }

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) +
                         ": value() of a failed Result: " + std::string(to_string(error.code)) + ": " + error.message);
}

}  // namespace collab
