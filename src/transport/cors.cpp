#include "transport/cors.hpp"

#include <boost/beast/core/string.hpp>

namespace collab::transport {
namespace {

bool is_same(std::string_view a, std::string_view b) { return boost::beast::iequals(a, b); }

// "https://app.example:8443" -> "app.example:8443"; "" for "null" and the like.
std::string_view authority_of(std::string_view origin) {
  const std::size_t scheme_end = origin.find("://");
  return scheme_end == std::string_view::npos ? std::string_view{} : origin.substr(scheme_end + 3);
}

// "[::1]:8080" -> "[::1]", "host:80" -> "host".
std::string_view without_port(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.find(']', colon) != std::string_view::npos) return authority;
  return authority.substr(0, colon);
}

bool is_own_host(std::string_view origin, std::string_view host) {
  const std::string_view authority = authority_of(origin);
  return !authority.empty() && is_same(without_port(authority), without_port(host));
}

bool is_own_origin(std::string_view origin, std::string_view host) {
  const std::string_view authority = authority_of(origin);
  return !authority.empty() && is_same(authority, host);
}

bool is_for_scripts(std::string_view header) {
  constexpr std::string_view standing = "X-RateLimit-";
  return is_same(header, "Retry-After") || is_same(header.substr(0, standing.size()), standing);
}

void expose(const HeaderList& answered, HeaderList& headers) {
  std::string names;
  for (const auto& [name, value] : answered)
    if (is_for_scripts(name)) names.append(names.empty() ? "" : ", ").append(name);
  if (!names.empty()) headers.emplace_back("Access-Control-Expose-Headers", std::move(names));
}

}  // namespace

Cors::Cors(std::vector<std::string> origins) {
  for (auto& origin : origins) {
    while (origin.ends_with('/')) origin.pop_back();
    if (origin == "*")
      is_any_ = true;
    else if (!origin.empty())
      origins_.push_back(std::move(origin));
  }
}

Cors Cors::star() {
  Cors cors;
  cors.is_any_ = cors.is_star_ = true;
  return cors;
}

OriginRights Cors::rights(std::string_view origin, std::string_view host) const {
  // Not a browser's cross-origin request: nobody else's cookies can be in it.
  if (origin.empty()) return {.may_connect = true, .has_credentials = true};
  for (const auto& known : origins_)
    if (is_same(origin, known)) return {.may_connect = true, .has_credentials = true};
  if (is_any_) return {.may_connect = true, .has_credentials = is_own_host(origin, host)};
  const bool is_own = is_own_origin(origin, host);
  return {.may_connect = is_own, .has_credentials = is_own};
}

void Cors::add_headers(std::string_view origin, std::string_view host, Answer answer, HeaderList& headers,
                       const HeaderList& answered) const {
  const OriginRights allowed = rights(origin, host);
  if (is_star_ || (is_any_ && (origin.empty() || !allowed.has_credentials))) {
    headers.emplace_back("Access-Control-Allow-Origin", "*");
    if (!is_star_) headers.emplace_back("Vary", "Origin");
  } else {
    headers.emplace_back("Vary", "Origin");
    if (origin.empty() || !allowed.may_connect) return;
    headers.emplace_back("Access-Control-Allow-Origin", std::string(origin));
    headers.emplace_back("Access-Control-Allow-Credentials", "true");
  }
  if (answer == Answer::plain) return expose(answered, headers);
  headers.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  headers.emplace_back("Access-Control-Allow-Headers", "content-type, x-csrf-token, authorization");
  headers.emplace_back("Access-Control-Max-Age", "600");
}

}  // namespace collab::transport
