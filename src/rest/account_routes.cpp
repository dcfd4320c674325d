#include "rest/account_routes.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/json/object.hpp>

#include "core/json.hpp"

namespace collab::rest {
namespace {

namespace json = boost::json;
using transport::HttpRequest;
using transport::HttpResponse;

constexpr std::string_view refresh_cookie = "refresh_token_cookie";
constexpr std::string_view csrf_cookie = "csrf_refresh_token";
constexpr std::string_view cookie_days = "2592000";  // 30 days, as long as the login itself

constexpr std::size_t max_body = 16 * 1024;
constexpr std::size_t max_token_in_cookie = 256;
constexpr std::size_t max_depth = 8;

// --- answers

HttpResponse answer(unsigned status, const json::object& body) {
  std::string text;
  append_json(text, body);
  HttpResponse response(status, std::move(text));
  response.with("Cache-Control", "no-store");
  return response;
}

// Which fields are wrong, as failures of events tell it.
json::array faults_of(const Error& error) {
  json::array faults;
  for (const FieldError& fault : error.fields)
    faults.push_back({{"loc", json::value_from(fault.loc)}, {"msg", fault.msg}, {"type", fault.type}});
  return faults;
}

HttpResponse failure(unsigned status, const Error& error) {
  json::object body{{"error", error.message}};
  if (!error.fields.empty()) body["errors"] = faults_of(error);
  HttpResponse response = answer(status, body);
  if (error.retry_after_ms > 0) response.with("Retry-After", std::to_string((error.retry_after_ms + 999) / 1'000));
  return response;
}

// The status for a failure of the account service; `refused` is for what the path itself may refuse.
HttpResponse failure_of(const Error& error, unsigned refused) {
  switch (error.code) {
    case Errc::invalid_payload:
      return failure(400, error);
    case Errc::forbidden:
      return failure(refused, error);
    default:
      return failure(static_cast<unsigned>(http_status_of(error.code)), error);
  }
}

HttpResponse answer_with(const services::Profile& profile) {
  const auto text = [](const std::optional<std::string>& value) { return value ? json::value(*value) : json::value(); };
  return answer(200,
                {{"user_id", profile.user_id.value}, {"email", text(profile.email)}, {"name", text(profile.name)}});
}

std::string_view to_string(services::Registration registration) {
  using enum services::Registration;
  return registration == open ? "open" : registration == invite ? "invite" : "closed";
}

// Who has no good token reads `error`, or `msg` as older clients do.
HttpResponse unauthenticated(const Error& error) {
  if (http_status_of(error.code) != 401) return failure_of(error, 403);
  HttpResponse response = answer(401, {{"error", error.message}, {"msg", error.message}});
  response.with("WWW-Authenticate", "Bearer");
  return response;
}

void add_standing(HttpResponse& response, const services::RateStanding& standing) {
  if (standing.limit == 0) return;
  response.with("X-RateLimit-Limit", std::to_string(standing.limit));
  response.with("X-RateLimit-Remaining", std::to_string(standing.remaining));
  response.with("X-RateLimit-Reset", std::to_string((standing.resets_at + 999) / 1'000));
}

// --- requests

Error bad_request(std::string message) { return Error{Errc::invalid_payload, std::move(message)}; }

Result<json::object> body_of(const HttpRequest& request) {
  if (request.body.size() > max_body) return bad_request("The request is too large.");
  auto value = parse_json(request.body, {}, max_depth);
  if (!value || !value->is_object()) return bad_request("The request's body must be a JSON object.");
  return std::move(value->get_object());
}

void add_fault(Error& faults, std::string_view field, std::string_view what) {
  std::string sentence = "The field \"";
  sentence.append(field).append("\" ").append(what).append(".");
  faults.message.append(faults.message.empty() ? "" : " ").append(sentence);
  faults.fields.push_back({{std::string(field)}, std::move(sentence), "value_error"});
}

// What a request to log out may say: {"everywhere": true}, or nothing.
Result<bool> is_everywhere(const HttpRequest& request) {
  if (request.body.empty()) return false;
  const auto body = body_of(request);
  if (!body) return body.error();
  const json::value* everywhere = body->if_contains("everywhere");
  if (!everywhere) return false;
  if (everywhere->is_bool()) return everywhere->get_bool();
  Error fault = bad_request("");
  add_fault(fault, "everywhere", "must be true or false");
  return fault;
}

// The named members as strings, in their order; one sentence for each that is none.
template <std::size_t Count>
Result<std::array<std::string, Count>> strings_of(const HttpRequest& request,
                                                  const std::array<std::string_view, Count>& names) {
  const auto body = body_of(request);
  if (!body) return body.error();
  std::array<std::string, Count> texts;
  Error faults = bad_request("");
  for (std::size_t index = 0; index < Count; ++index) {
    const json::value* value = body->if_contains(names[index]);
    if (value && value->is_string())
      texts[index] = std::string(value->get_string());
    else
      add_fault(faults, names[index], "must be a text");
  }
  if (!faults.fields.empty()) return faults;
  return texts;
}

// Whom a limit counts. An IPv6 customer has a whole /64 to choose addresses from.
std::string limited_address(const boost::asio::ip::address& remote) {
  if (!remote.is_v6()) return remote.to_string();
  const auto v6 = remote.to_v6();
  if (v6.is_v4_mapped()) return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

std::string bearer_token(const HttpRequest& request) {
  constexpr std::string_view scheme = "bearer ";
  std::string_view value = request.header("authorization");
  if (value.size() < scheme.size() || !boost::beast::iequals(value.substr(0, scheme.size()), scheme)) return {};
  value.remove_prefix(value.find_first_not_of(' ', scheme.size()) == value.npos
                          ? value.size()
                          : value.find_first_not_of(' ', scheme.size()));
  return std::string(value);
}

std::string bounded(std::string_view token) {
  return token.size() > max_token_in_cookie ? std::string() : std::string(token);
}

}  // namespace

void AccountRoutes::add_to(transport::HttpRouter& router) {
  router.post("/auth/register", [this](const HttpRequest& request) { return register_account(request); });
  router.post("/auth/login", [this](const HttpRequest& request) { return log_in(request); });
  router.post("/auth/refresh", [this](const HttpRequest& request) { return refresh(request); });
  router.post("/auth/logout", [this](const HttpRequest& request) { return log_out(request); });
  router.get("/auth/me", [this](const HttpRequest& request) { return me(request); });
  router.add("PATCH", "/auth/me", [this](const HttpRequest& request) { return rename(request); });
  router.get("/auth/config", [this](const HttpRequest& request) { return config(request); });
  router.post("/auth/password", [this](const HttpRequest& request) { return change_password(request); });
}

Task<HttpResponse> AccountRoutes::register_account(const HttpRequest& request) {
  auto fields = strings_of<3>(request, {"email", "password", "name"});
  if (!fields) co_return failure_of(fields.error(), 403);
  services::NewAccount account{std::move((*fields)[0]), std::move((*fields)[1]), std::move((*fields)[2])};
  const std::string address = limited_address(request.remote);
  const auto registered = co_await accounts_.register_account(std::move(account), address);
  HttpResponse response =
      registered.outcome ? answer(201, {{"message", "The account was created."}, {"id", registered.outcome->value}})
                         : failure_of(registered.outcome.error(), 403);
  add_standing(response, registered.standing);
  co_return response;
}

Task<HttpResponse> AccountRoutes::log_in(const HttpRequest& request) {
  auto fields = strings_of<2>(request, {"email", "password"});
  if (!fields) co_return failure_of(fields.error(), 401);
  const std::string address = limited_address(request.remote);
  const auto login = co_await accounts_.log_in((*fields)[0], (*fields)[1], address);
  HttpResponse response =
      login.outcome
          ? answer(200, {{"access_token", login.outcome->access_token}, {"user_id", login.outcome->user_id.value}})
          : failure_of(login.outcome.error(), 401);
  if (login.outcome) add_cookies(response, request, *login.outcome);
  add_standing(response, login.standing);
  co_return response;
}

Task<HttpResponse> AccountRoutes::refresh(const HttpRequest& request) {
  const std::string token = bounded(request.cookie(refresh_cookie));
  const std::string csrf = bounded(request.header("x-csrf-token"));
  const std::string address = limited_address(request.remote);
  const auto login = co_await accounts_.refresh(token, csrf, address);
  HttpResponse response;
  if (login.outcome) {
    response = answer(200, {{"access_token", login.outcome->access_token}});
    add_cookies(response, request, *login.outcome);
  } else if (login.outcome.error().code == Errc::token_invalid) {
    response = answer(401, {{"msg", login.outcome.error().message}});
  } else {
    response = failure_of(login.outcome.error(), 401);
  }
  add_standing(response, login.standing);
  co_return response;
}

Task<HttpResponse> AccountRoutes::log_out(const HttpRequest& request) {
  const auto bearer = co_await bearer_of(request);
  if (!bearer) co_return unauthenticated(bearer.error());
  const auto everywhere = is_everywhere(request);
  if (!everywhere) co_return failure_of(everywhere.error(), 403);
  Task<Result<void>> ending =
      *everywhere ? accounts_.log_out_everywhere(bearer->identity) : accounts_.log_out(bearer->identity);
  const auto ended = co_await std::move(ending);
  if (!ended) co_return failure_of(ended.error(), 403);
  HttpResponse response =
      answer(200, {{"message", *everywhere ? "You are logged out everywhere." : "You are logged out."}});
  clear_cookies(response, request);
  co_return response;
}

Task<HttpResponse> AccountRoutes::me(const HttpRequest& request) {
  const auto bearer = co_await bearer_of(request);
  if (!bearer) co_return unauthenticated(bearer.error());
  const auto profile = co_await accounts_.profile(bearer->identity);
  co_return profile ? answer_with(*profile) : failure_of(profile.error(), 403);
}

Task<HttpResponse> AccountRoutes::rename(const HttpRequest& request) {
  const auto bearer = co_await bearer_of(request);
  if (!bearer) co_return unauthenticated(bearer.error());
  auto fields = strings_of<1>(request, {"name"});
  if (!fields) co_return failure_of(fields.error(), 403);
  const auto profile = co_await accounts_.rename(bearer->identity, std::move((*fields)[0]));
  co_return profile ? answer_with(*profile) : failure_of(profile.error(), 403);
}

Task<HttpResponse> AccountRoutes::config(const HttpRequest&) {
  HttpResponse response = answer(200, {{"registration", to_string(accounts_.registration())},
                                       {"password_min", services::min_password},
                                       {"password_max", services::max_password},
                                       {"name_max", services::max_name}});
  co_return response;
}

Task<HttpResponse> AccountRoutes::change_password(const HttpRequest& request) {
  const auto bearer = co_await bearer_of(request);
  if (!bearer) co_return unauthenticated(bearer.error());
  auto fields = strings_of<2>(request, {"current_password", "new_password"});
  if (!fields) co_return failure_of(fields.error(), 403);
  const auto changed = co_await accounts_.change_password(bearer->identity, (*fields)[0], (*fields)[1]);
  HttpResponse response = changed.outcome
                              ? answer(200, {{"message", "The password was changed. Other devices are logged out."}})
                              : failure_of(changed.outcome.error(), 403);
  add_standing(response, changed.standing);
  co_return response;
}

Task<Result<services::Bearer>> AccountRoutes::bearer_of(const HttpRequest& request) {
  std::string token = bearer_token(request);
  co_return co_await accounts_.authenticate(std::move(token));
}

std::string_view AccountRoutes::secure_attribute(const HttpRequest& request) const {
  return request.is_secure || cookies_ == CookieTransport::https_only ? "; Secure" : "";
}

void AccountRoutes::add_cookies(HttpResponse& response, const HttpRequest& request,
                                const services::SignedIn& login) const {
  const auto add = [&](std::string_view name, std::string_view value, std::string_view more) {
    std::string cookie(name);
    cookie.append("=")
        .append(value)
        .append("; Path=/; Max-Age=")
        .append(cookie_days)
        .append("; SameSite=Lax")
        .append(more);
    response.with("Set-Cookie", cookie.append(secure_attribute(request)));
  };
  add(refresh_cookie, login.refresh_token, "; HttpOnly");
  add(csrf_cookie, login.csrf_token, "");
}

void AccountRoutes::clear_cookies(HttpResponse& response, const HttpRequest& request) const {
  for (const auto name : {refresh_cookie, csrf_cookie}) {
    std::string cookie(name);
    cookie.append("=; Path=/; Max-Age=0; SameSite=Lax").append(name == refresh_cookie ? "; HttpOnly" : "");
    response.with("Set-Cookie", cookie.append(secure_attribute(request)));
  }
}

}  // namespace collab::rest
