#include "transport/http_router.hpp"

#include <boost/beast/core/string.hpp>

#include "core/log.hpp"

namespace collab::transport {

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (boost::beast::iequals(key, name)) return value;
  return {};
}

bool HttpRequest::has_header(std::string_view name) const {
  for (const auto& field : headers)
    if (boost::beast::iequals(field.first, name)) return true;
  return false;
}

std::optional<std::string_view> HttpRequest::parameter(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

std::string_view HttpRequest::cookie(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (!boost::beast::iequals(key, "cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t end = rest.find(';');
      std::string_view pair = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      while (pair.ends_with(' ')) pair.remove_suffix(1);
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
      std::string_view found = pair.substr(equals + 1);
      if (found.size() >= 2 && found.starts_with('"') && found.ends_with('"'))
        found = found.substr(1, found.size() - 2);
      return found;
    }
  }
  return {};
}

void HttpRouter::add(std::string method, std::string path, Handler handler) {
  auto& table = path.ends_with('*') ? prefixes_ : exact_;
  if (path.ends_with('*')) path.pop_back();
  table[std::move(path)].insert_or_assign(std::move(method), std::move(handler));
}

const HttpRouter::Methods* HttpRouter::find(std::string_view path) const {
  if (const auto exact = exact_.find(path); exact != exact_.end()) return &exact->second;
  const Methods* best = nullptr;
  std::size_t length = 0;
  for (const auto& [prefix, methods] : prefixes_) {
    if (!path.starts_with(prefix) || (best && prefix.size() < length)) continue;
    best = &methods;
    length = prefix.size();
  }
  return best;
}

Task<HttpResponse> HttpRouter::handle(const HttpRequest& request) const {
  const Methods* methods = find(request.path);
  if (!methods) {
    std::optional<HttpResponse> answer = fallback_ ? fallback_(request) : std::nullopt;
    co_return answer ? std::move(*answer) : HttpResponse(404, R"({"error":"Not found"})");
  }
  auto found = methods->find(request.method);
  if (found == methods->end() && request.method == "HEAD") found = methods->find("GET");
  if (found == methods->end()) {
    std::string allow;
    for (const auto& entry : *methods) allow += (allow.empty() ? "" : ", ") + entry.first;
    HttpResponse response(405, R"({"error":"Method not allowed"})");
    response.with("Allow", std::move(allow));
    co_return response;
  }
  std::string fault;
  try {
    co_return co_await found->second(request);
  } catch (const std::exception& thrown) {
    fault = thrown.what();
  }
  log::error("transport", "a request handler threw",
             {{"method", request.method}, {"path", request.path}, {"what", fault}});
  co_return HttpResponse(500, R"({"error":"Internal error"})");
}

}  // namespace collab::transport
