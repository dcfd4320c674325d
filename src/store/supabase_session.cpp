#include "store/supabase_session.hpp"

#include <curl/curl.h>

namespace collab::store::supabase {
namespace {

using pg::Fault;

/// An answer that is larger is none of ours: ten thousand items at their longest are less.
constexpr std::size_t most_bytes = 512'000'000;
constexpr std::size_t most_words_of_others = 200;
constexpr long success = 200, no_success = 300, too_large = 413;

std::size_t receive(char* bytes, std::size_t, std::size_t count, void* context) {
  auto& body = *static_cast<std::string*>(context);
  if (body.size() + count > most_bytes) return 0;
  body.append(bytes, count);
  return count;
}

std::string member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : "";
}

// `duplicate key value violates unique constraint "todo_accounts_email"`
std::string constraint_in(std::string_view message) {
  constexpr std::string_view before = "constraint \"";
  const std::size_t begin = message.find(before);
  if (begin == message.npos) return "";
  message.remove_prefix(begin + before.size());
  return std::string(message.substr(0, message.find('"')));
}

// PGRST202: there is no such function, or nobody has told PostgREST of it.
constexpr const char* no_functions =
    ". Run what `collab-todo schema` prints in the SQL editor, and database/supabase.sql behind it";

bool is_token(std::string_view key) { return key.starts_with("eyJ"); }

}  // namespace

/// What a request needs besides its words. Used by one thread of the pool at a time.
struct Session::Handle {
  explicit Handle(const Endpoint& endpoint) : url(endpoint.url) {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (ready == CURLE_OK) easy = curl_easy_init();
    add_header("Content-Type: application/json");
    add_header("Accept: application/json");
    add_header("Expect:");  // or a large body would wait for a word that nobody says
    add_header("apikey: " + endpoint.key);
    // The new keys are no tokens, and are taken for what they are in that header only.
    if (is_token(endpoint.key)) add_header("Authorization: Bearer " + endpoint.key);
  }
  ~Handle() {
    curl_slist_free_all(headers);
    if (easy) curl_easy_cleanup(easy);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  void add_header(const std::string& line) { headers = curl_slist_append(headers, line.c_str()); }
  pg::Outcome<json::value> request(const std::string& function, const json::object& arguments, Duration deadline);

  const std::string url;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
};

pg::Outcome<json::value> Session::Handle::request(const std::string& function, const json::object& arguments,
                                                  Duration deadline) {
  if (!easy) return Fault{Fault::Kind::outage, "libcurl could not be started"};
  const std::string target = url + function, words = json::serialize(arguments);
  std::string body;
  curl_easy_reset(easy);  // connections stay
  curl_easy_setopt(easy, CURLOPT_URL, target.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "collab-todo");
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(words.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, words.data());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(deadline.count()));
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
  const CURLcode outcome = curl_easy_perform(easy);
  if (outcome != CURLE_OK) return Fault{Fault::Kind::outage, curl_easy_strerror(outcome)};
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (status < success || status >= no_success) return fault_of(status, body);
  if (body.empty()) return json::value(nullptr);
  boost::system::error_code fault;
  json::value value = json::parse(body, fault);
  if (fault) return Fault{Fault::Kind::outage, "the answer is no JSON: " + body.substr(0, most_words_of_others)};
  return value;
}

Fault fault_of(long status, std::string_view body) {
  boost::system::error_code no_json;
  const json::value value = json::parse(body, no_json);
  const std::string in_words = "HTTP " + std::to_string(status);
  // What is larger than a gateway lets through is not taken the next time either; alone it may be small enough.
  if (status == too_large) return {Fault::Kind::data, in_words + ": the request is too large"};
  if (no_json || !value.is_object())
    return {Fault::Kind::outage, in_words + " " + std::string(body.substr(0, most_words_of_others))};
  const std::string code = member(value.get_object(), "code"), message = member(value.get_object(), "message");
  Fault fault{pg::kind_of(code), message + " (" + (code.empty() ? in_words : "SQLSTATE " + code) + ")"};
  if (code.starts_with("PGRST")) fault.cause = message + " (" + code + ")";
  if (code == "PGRST202") fault.cause += no_functions;
  if (code == "PGRST102") fault.kind = Fault::Kind::data;  // our JSON is none, so there is a value that is no text
  if (code.starts_with("23")) fault.constraint = constraint_in(message);
  return fault;
}

Session::Session(const Endpoint& endpoint, BlockingPool& threads)
    : threads_(threads), handle_(std::make_unique<Handle>(endpoint)) {}

Session::~Session() = default;

Task<pg::Outcome<>> Session::open(Duration deadline) {
  json::object nothing;
  const pg::Outcome<json::value> answer = co_await call("version", std::move(nothing), deadline);
  if (!answer) co_return answer.error();
  is_usable_ = true;
  co_return pg::Outcome<>();
}

Task<pg::Outcome<json::value>> Session::call(std::string_view function, json::object arguments, Duration deadline) {
  auto request = [handle = handle_.get(), name = "todo_rest_" + std::string(function), given = std::move(arguments),
                  deadline] { return handle->request(name, given, deadline); };
  Result<pg::Outcome<json::value>> done = co_await threads_.run(std::move(request));
  pg::Outcome<json::value> answer = Fault{Fault::Kind::outage, ""};
  if (done)
    answer = std::move(*done);
  else
    answer = Fault{Fault::Kind::outage, done.error().message};
  if (!answer && answer.error().kind == Fault::Kind::outage) is_usable_ = false;
  co_return answer;
}

}  // namespace collab::store::supabase
