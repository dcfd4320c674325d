// HTTP requests and answers as values, and who answers which path.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/shard.hpp"
#include "core/task.hpp"

namespace collab::transport {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// A whole request. Header names are compared without regard to case.
class HttpRequest {
 public:
  std::string method;  ///< "GET"
  std::string path;    ///< percent-decoded, without the query: "/auth/login"
  std::string query_text;
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order
  HeaderList headers;
  std::string body;
  boost::asio::ip::address remote;  ///< the client's, after X-Forwarded-For of trusted proxies
  bool is_secure = false;           ///< X-Forwarded-Proto of a trusted proxy says https
  Shard* shard = nullptr;           ///< on which the handler runs

  /// The first header of that name, "" if there is none.
  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
  /// The first query parameter of that name.
  std::optional<std::string_view> parameter(std::string_view name) const;
  /// The value of a cookie, "" if there is none. Cookies of origins that may not use credentials are not here at all.
  std::string_view cookie(std::string_view name) const;
};

/// An answer. Content-Length, Connection and the CORS headers are added by the connection.
struct HttpResponse {
  HttpResponse() = default;
  explicit HttpResponse(unsigned status_code, std::string content = "",
                        std::string type = "application/json; charset=utf-8")
      : status(status_code), body(std::move(content)), content_type(std::move(type)) {}

  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  HeaderList headers;  ///< more of them: Set-Cookie, Cache-Control, …

  HttpResponse& with(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

/// Method and path -> handler. Filled on the main thread before the server listens; then only read, by every shard.
/// HEAD is answered by GET's handler. A known path with another method is 405, an unknown one 404, a throw 500, all
/// with `{"error":…}`.
class HttpRouter {
 public:
  /// Runs on the shard of the connection. The request lives until the task has ended.
  using Handler = std::function<Task<HttpResponse>(const HttpRequest&)>;

  /// `path` is exact ("/health"), or a prefix if it ends in "*" ("/assets/*"; "/*" is the fallback). Exact wins, then
  /// the longest prefix.
  void add(std::string method, std::string path, Handler handler);
  void get(std::string path, Handler handler) { add("GET", std::move(path), std::move(handler)); }
  void post(std::string path, Handler handler) { add("POST", std::move(path), std::move(handler)); }

  /// Is asked about paths that nobody else answers, whatever the method; nullopt: 404.
  using Fallback = std::function<std::optional<HttpResponse>(const HttpRequest&)>;
  void otherwise(Fallback fallback) { fallback_ = std::move(fallback); }

  Task<HttpResponse> handle(const HttpRequest& request) const;

 private:
  using Methods = std::map<std::string, Handler, std::less<>>;
  const Methods* find(std::string_view path) const;

  std::map<std::string, Methods, std::less<>> exact_;
  std::map<std::string, Methods, std::less<>> prefixes_;  // without the "*"
  Fallback fallback_;
};

}  // namespace collab::transport
