#include "auth/jwks.hpp"

#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "core/log.hpp"

namespace collab::auth {
namespace {

constexpr std::chrono::milliseconds look_at_file_every{1'000};
constexpr std::size_t max_file_bytes = 1024 * 1024;
constexpr std::size_t max_callers_waiting = 10'000;

Error no_keys() {
  return Error{
      Errc::unavailable, "Tokens cannot be checked at the moment: the issuer's keys are not available.", {}, 5'000};
}

bool has_key_material(const json_t* jwk, std::initializer_list<const char*> members) {
  return std::all_of(members.begin(), members.end(),
                     [&](const char* member) { return string_member(jwk, member).has_value(); });
}

std::optional<Algorithm> algorithm_of(const json_t* jwk) {
  const auto type = string_member(jwk, "kty");
  if (type == "RSA" && has_key_material(jwk, {"n", "e"})) return Algorithm::rs256;
  if (type == "EC" && string_member(jwk, "crv") == "P-256" && has_key_material(jwk, {"x", "y"}))
    return Algorithm::es256;
  return std::nullopt;
}

bool may_verify(const json_t* jwk, Algorithm algorithm) {
  if (const auto use = string_member(jwk, "use"); use && *use != "sig") return false;
  if (const auto named = string_member(jwk, "alg"); named && *named != to_string(algorithm)) return false;
  const json_t* operations = json_object_get(jwk, "key_ops");
  if (!operations) return true;
  std::size_t index;
  const json_t* operation;
  json_array_foreach(operations, index, operation) {
    if (json_is_string(operation) && std::string_view(json_string_value(operation)) == "verify") return true;
  }
  return false;
}

}  // namespace

std::string_view to_string(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::hs256:
      return "HS256";
    case Algorithm::rs256:
      return "RS256";
    case Algorithm::es256:
      return "ES256";
  }
  return "";
}

std::optional<Algorithm> parse_algorithm(std::string_view text) {
  for (const auto algorithm : {Algorithm::hs256, Algorithm::rs256, Algorithm::es256}) {
    if (to_string(algorithm) == text) return algorithm;
  }
  return std::nullopt;
}

std::optional<KeySet::Key> KeySet::usable(const json_t* jwk) {
  const auto algorithm = algorithm_of(jwk);
  if (!algorithm || !may_verify(jwk, *algorithm)) return std::nullopt;
  // Only what verification needs is kept: a set that holds private parts by mistake does not put them in our memory.
  JsonHandle copy(json_object());
  for (const char* member : {"kty", "crv", "x", "y", "n", "e"}) {
    if (json_t* value = json_object_get(jwk, member)) json_object_set(copy.get(), member, value);
  }
  Key key{std::move(copy), *algorithm, std::nullopt};
  if (const auto kid = string_member(jwk, "kid")) key.kid = std::string(*kid);
  return key;
}

Result<SharedKeySet> KeySet::parse(std::string_view text) {
  const JsonHandle document = load_json(text);
  const json_t* keys = json_object_get(document.get(), "keys");
  if (!json_is_array(keys)) return Error{Errc::invalid_payload, "A key set is a JSON object with an array \"keys\"."};
  if (json_array_size(keys) > max_keys) return Error{Errc::invalid_payload, "The key set has more than 100 keys."};
  auto set = std::make_shared<KeySet>();
  std::size_t index;
  const json_t* jwk;
  json_array_foreach(keys, index, jwk) {
    if (auto key = usable(jwk)) set->keys_.push_back(std::move(*key));
  }
  if (set->keys_.empty()) return Error{Errc::invalid_payload, "The key set has no RSA or P-256 key for signatures."};
  return SharedKeySet(std::move(set));
}

std::vector<const json_t*> KeySet::candidates(Algorithm algorithm, const std::optional<std::string>& kid) const {
  std::vector<const json_t*> found;
  for (const auto& key : keys_) {
    if (key.algorithm != algorithm || (kid && key.kid != kid)) continue;
    if (found.size() < max_candidates) found.push_back(key.jwk.get());
  }
  return found;
}

bool KeySet::has(const std::string& kid) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const Key& key) { return key.kid == kid; });
}

// --- a file

FileKeySource::FileKeySource(std::string path, const Clock& clock)
    : path_(std::move(path)), clock_(clock), pool_("jwks", 1, max_callers_waiting) {}

Task<Result<SharedKeySet>> FileKeySource::keys(std::optional<std::string>) {
  SharedKeySet present;
  bool is_fresh = false;
  {
    const std::lock_guard lock(mutex_);
    present = held_;
    is_fresh = looked_at_ && clock_.now() < *looked_at_ + look_at_file_every.count();
  }
  if (!is_fresh) {
    auto job = [this] { return look(); };
    auto looked = co_await pool_.run(std::move(job));
    if (!looked) co_return looked.error();
    present = std::move(*looked);
  }
  if (!present) co_return no_keys();
  co_return present;
}

SharedKeySet FileKeySource::look() {
  {
    const std::lock_guard lock(mutex_);
    if (looked_at_ && clock_.now() < *looked_at_ + look_at_file_every.count()) return held_;
  }
  struct stat about {};
  std::string version = "absent";
  if (::stat(path_.c_str(), &about) == 0) {
    std::ostringstream words;
    words << about.st_ino << ' ' << about.st_size << ' ' << about.st_mtim.tv_sec << ' ' << about.st_mtim.tv_nsec;
    version = words.str();
  }
  const std::lock_guard lock(mutex_);
  looked_at_ = clock_.now();
  if (version == seen_) return held_;
  seen_ = version;
  std::ifstream file(path_, std::ios::binary);
  if (!file || static_cast<std::size_t>(about.st_size) > max_file_bytes) {
    log::warning("auth", "the key set cannot be read; keys stay as they were", {{"file", path_}});
    return held_;
  }
  const std::string text(std::istreambuf_iterator<char>(file), {});
  auto parsed = KeySet::parse(text);
  if (!parsed) {
    log::warning("auth", "the key set is not usable; keys stay as they were",
                 {{"file", path_}, {"why", parsed.error().message}});
    return held_;
  }
  held_ = std::move(*parsed);
  log::info("auth", "read the key set", {{"file", path_}, {"keys", held_->size()}});
  return held_;
}

// --- an address

UrlKeySource::UrlKeySource(std::string url, const Clock& clock, Fetch fetch)
    : url_(std::move(url)), clock_(clock), fetch_(std::move(fetch)), pool_("jwks", 1, max_callers_waiting) {}

UrlKeySource::~UrlKeySource() { stopping_ = true; }

UrlKeySource::Need UrlKeySource::need(const std::optional<std::string>& kid) const {
  using std::chrono::milliseconds;
  const auto now = clock_.now();
  if (tried_at_ && now < *tried_at_ + milliseconds(fetch_at_most_every).count()) return Need::nothing;
  if (!held_ || (kid && !held_->has(*kid))) return Need::now;
  return now >= held_since_ + milliseconds(refresh_every).count() ? Need::later : Need::nothing;
}

Task<Result<SharedKeySet>> UrlKeySource::keys(std::optional<std::string> kid) {
  SharedKeySet present;
  Need wanted = Need::nothing;
  {
    const std::lock_guard lock(mutex_);
    present = held_;
    wanted = need(kid);
    if (wanted == Need::later && !is_refresh_queued_)
      is_refresh_queued_ = pool_.post([this] { refresh(std::nullopt); });
  }
  if (wanted == Need::now) {
    auto job = [this, kid] { return refresh(kid); };
    auto refreshed = co_await pool_.run(std::move(job));
    if (!refreshed) co_return refreshed.error();
    present = std::move(*refreshed);
  }
  if (!present) co_return no_keys();
  co_return present;
}

SharedKeySet UrlKeySource::refresh(const std::optional<std::string>& kid) {
  {
    const std::lock_guard lock(mutex_);
    if (need(kid) == Need::nothing) {
      is_refresh_queued_ = false;
      return held_;
    }
  }
  auto body = fetch_(url_, FetchLimits{}, stopping_);
  auto parsed = body ? KeySet::parse(*body) : Result<SharedKeySet>(body.error());
  const std::lock_guard lock(mutex_);
  is_refresh_queued_ = false;
  tried_at_ = clock_.now();
  if (!parsed) {
    log::warning("auth", "the issuer's keys could not be fetched; keys stay as they were",
                 {{"url", url_}, {"why", parsed.error().message}});
    return held_;
  }
  held_ = std::move(*parsed);
  held_since_ = *tried_at_;
  log::info("auth", "fetched the issuer's keys", {{"url", url_}, {"keys", held_->size()}});
  return held_;
}

}  // namespace collab::auth
