// What Redis answers (RESP2), as a value, and the reader that makes it out of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

struct redisReader;

namespace collab::redis {

/// One reply. Exactly the member that `kind` names has a meaning.
struct Reply {
  enum class Kind {
    nil,      ///< also the null array
    status,   ///< `text`: "OK"
    string,   ///< `text`: any bytes
    integer,  ///< `integer`
    error,    ///< `text`: "WRONGTYPE Operation against …"
    array,    ///< `elements`
  };

  Kind kind = Kind::nil;
  std::int64_t integer = 0;
  std::string text = {};
  std::vector<Reply> elements = {};

  bool is_nil() const { return kind == Kind::nil; }
  bool is_error() const { return kind == Kind::error; }
  bool is_array() const { return kind == Kind::array; }
  bool is_integer() const { return kind == Kind::integer; }
  /// A status or a string.
  bool is_text() const { return kind == Kind::status || kind == Kind::string; }
  /// An error with this first word: error.is_error("NOSCRIPT").
  bool is_error(std::string_view code) const;

  bool operator==(const Reply&) const = default;
};

/// A reply for a log or a test: `["OK", 5, nil]`. Long texts and arrays are cut.
std::string to_string(const Reply& reply);

/// Turns replies that tell of Redis' state, and not of the command, into Errc::unavailable, with the cause in the
/// log: LOADING, READONLY, MASTERDOWN, CLUSTERDOWN, TRYAGAIN, BUSY, MISCONF, OOM, NOREPLICAS, NOAUTH, NOPERM, and MOVED
/// and ASK, which only a client can follow. In all of them nothing was executed, if the command is no script or the
/// script begins with `#!lua`. Every other reply, errors of the command among them, passes.
Result<Reply> unless_fault(Reply reply);

/// Makes replies of bytes that come in pieces: hiredis' reader, filling our values directly. Bounded by `max_bytes` for
/// one reply and by seven levels of arrays. Not copyable; one per connection; its thread only.
class ReplyReader {
 public:
  static constexpr std::size_t default_max_bytes = 64 * 1024 * 1024;

  explicit ReplyReader(std::size_t max_bytes = default_max_bytes);
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  /// Takes the next bytes. False: what came before was no RESP, see problem(); nothing helps any more.
  bool feed(std::string_view bytes);
  /// The next complete reply, or nothing: feed more, or has_failed().
  std::optional<Reply> next();
  bool has_failed() const { return !problem_.empty(); }
  /// What was wrong with the bytes; "" = nothing.
  const std::string& problem() const { return problem_; }

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };
  std::unique_ptr<redisReader, Free> reader_;
  const std::size_t max_bytes_;
  std::size_t unfinished_bytes_ = 0;  // fed since a reply was last complete
  std::string problem_;
};

}  // namespace collab::redis
