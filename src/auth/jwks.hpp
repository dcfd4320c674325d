// The public keys of an issuer (JSON Web Key Set, RFC 7517), from a file or by HTTP.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/json_handle.hpp"
#include "core/blocking_pool.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/task.hpp"

namespace collab::auth {

/// The signatures we know (RFC 7518). `none` is not among them.
enum class Algorithm { hs256, rs256, es256 };
std::string_view to_string(Algorithm algorithm);  ///< "HS256"
std::optional<Algorithm> parse_algorithm(std::string_view text);

/// The usable keys of one set: RSA and P-256, for signatures. Symmetric keys and private parts are left out, so that
/// whatever an issuer publishes, no public value ever becomes a shared secret. Immutable; any thread.
class KeySet {
 public:
  /// Keys that we cannot use are passed over; a set without any that we can is refused.
  static Result<std::shared_ptr<const KeySet>> parse(std::string_view text);

  /// The keys that may have made such a signature: the ones of that `kid`, or all if the token named none. At most
  /// `max_candidates`.
  std::vector<const json_t*> candidates(Algorithm algorithm, const std::optional<std::string>& kid) const;
  bool has(const std::string& kid) const;
  std::size_t size() const { return keys_.size(); }

  static constexpr std::size_t max_keys = 100;
  static constexpr std::size_t max_candidates = 8;

 private:
  struct Key {
    JsonHandle jwk;
    Algorithm algorithm = Algorithm::rs256;
    std::optional<std::string> kid;
  };
  static std::optional<Key> usable(const json_t* jwk);

  std::vector<Key> keys_;
};
using SharedKeySet = std::shared_ptr<const KeySet>;

/// Where keys come from. Any thread; destroyed after the shards' loops have ended, before the shards.
class KeySource {
 public:
  virtual ~KeySource() = default;
  /// The present set; one that should hold `kid`, if the source can be asked for it. Errc::unavailable while there is
  /// no set at all.
  virtual Task<Result<SharedKeySet>> keys(std::optional<std::string> kid) = 0;
};

/// JWT_JWKS_FILE. Looks at the file at most once a second and reads it when it has changed; a file that cannot be read
/// or understood leaves the keys as they were, with a warning in the log.
class FileKeySource final : public KeySource {
 public:
  FileKeySource(std::string path, const Clock& clock);
  Task<Result<SharedKeySet>> keys(std::optional<std::string> kid) override;

 private:
  SharedKeySet look();

  const std::string path_;
  const Clock& clock_;
  std::mutex mutex_;  // guards all below: asked by every shard, filled by the pool's thread
  SharedKeySet held_;
  std::string seen_;  // what tells one version of the file from another
  std::optional<EpochMs> looked_at_;
  BlockingPool pool_;
};

/// Bounds of fetching a set.
struct FetchLimits {
  std::chrono::milliseconds timeout{5'000};
  std::size_t max_bytes = 1024 * 1024;
};

/// Gets the body of an http or https address; gives up when `stop` becomes true. Blocks. Errc::unavailable with a
/// reason.
Result<std::string> fetch_url(const std::string& url, FetchLimits limits, const std::atomic<bool>& stop);

/// JWT_JWKS_URL. The set is fetched at the first need, every 10 minutes, and at once when a token names a key that we
/// do not have; but never twice within 30 seconds, so that invented key ids cost the issuer nothing. A failed fetch
/// leaves the keys as they were. Nobody waits for the regular refresh.
class UrlKeySource final : public KeySource {
 public:
  using Fetch =
      std::function<Result<std::string>(const std::string& url, FetchLimits limits, const std::atomic<bool>& stop)>;

  static constexpr std::chrono::minutes refresh_every{10};
  static constexpr std::chrono::seconds fetch_at_most_every{30};

  UrlKeySource(std::string url, const Clock& clock, Fetch fetch = fetch_url);
  ~UrlKeySource() override;
  Task<Result<SharedKeySet>> keys(std::optional<std::string> kid) override;

 private:
  enum class Need { nothing, later, now };
  Need need(const std::optional<std::string>& kid) const;  // under the mutex
  SharedKeySet refresh(const std::optional<std::string>& kid);

  const std::string url_;
  const Clock& clock_;
  const Fetch fetch_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;  // guards all below: asked by every shard, filled by the pool's thread
  SharedKeySet held_;
  EpochMs held_since_ = 0;
  std::optional<EpochMs> tried_at_;
  bool is_refresh_queued_ = false;
  BlockingPool pool_;  // one thread: whoever comes second finds the keys that the first one brought
};

}  // namespace collab::auth
