// /auth/*: the account service over HTTP, with the shapes and statuses that existing browser clients rely on
// (docs/protocol.md).
#pragma once

#include <string_view>

#include "core/task.hpp"
#include "services/account_service.hpp"
#include "transport/http_router.hpp"

namespace collab::rest {

/// Whether cookies are sent back over https only.
enum class CookieTransport { any, https_only };

/// The account service's handlers. Stateless but for the service; any shard. Owned by the server; it outlives the
/// router's requests, and the service outlives it.
///
///   POST /auth/register {email, password, name}   201 {message, id}; 400, 403 {error}
///   POST /auth/login {email, password}            200 {access_token, user_id} and two cookies; 400, 401 {error}
///   POST /auth/refresh, cookies, X-CSRF-TOKEN     200 {access_token} and two cookies; 401 {msg}
///   POST /auth/logout, Bearer {everywhere?}       200 {message}, cookies cleared; 401 {error, msg}
///   GET  /auth/me, Bearer                         200 {user_id, email, name}; 401 {error, msg}
///   PATCH /auth/me, Bearer {name}                 the same; 400, 401 {error}
///   GET  /auth/config                             200 {registration, password_min, password_max, name_max}
///   POST /auth/password, Bearer
///        {current_password, new_password}         200 {message}; 400, 401 {error}
///
/// A 400 says in `errors`, as failures of events do, which fields are wrong. Anybody may get 429 {error} with
/// Retry-After, and 503 {error}. Limited paths tell X-RateLimit-Limit, -Remaining and -Reset (epoch seconds). Cookies:
/// refresh_token_cookie (HttpOnly) and csrf_refresh_token, SameSite=Lax, Path=/; those of origins that may not use
/// credentials never get here (transport/cors.hpp).
class AccountRoutes {
 public:
  /// `https_only` when PUBLIC_URL is an https address; requests that came over https get such cookies in any case.
  explicit AccountRoutes(services::AccountService& accounts, CookieTransport cookies = CookieTransport::any)
      : accounts_(accounts), cookies_(cookies) {}

  /// Before the server listens.
  void add_to(transport::HttpRouter& router);

 private:
  Task<transport::HttpResponse> register_account(const transport::HttpRequest& request);
  Task<transport::HttpResponse> log_in(const transport::HttpRequest& request);
  Task<transport::HttpResponse> refresh(const transport::HttpRequest& request);
  Task<transport::HttpResponse> log_out(const transport::HttpRequest& request);
  Task<transport::HttpResponse> me(const transport::HttpRequest& request);
  Task<transport::HttpResponse> rename(const transport::HttpRequest& request);
  Task<transport::HttpResponse> config(const transport::HttpRequest& request);
  Task<transport::HttpResponse> change_password(const transport::HttpRequest& request);

  Task<Result<services::Bearer>> bearer_of(const transport::HttpRequest& request);
  void add_cookies(transport::HttpResponse& response, const transport::HttpRequest& request,
                   const services::SignedIn& login) const;
  void clear_cookies(transport::HttpResponse& response, const transport::HttpRequest& request) const;
  std::string_view secure_attribute(const transport::HttpRequest& request) const;

  services::AccountService& accounts_;
  const CookieTransport cookies_;
};

}  // namespace collab::rest
